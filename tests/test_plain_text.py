"""Plain text reader: stated, inferred and unknown source facts, and the body."""

from pathlib import Path

import pytest

from index.errors import InputError
from index.reading import read_file, read_paths, read_text
from index.types import Article, Basis
from tests.conftest import SEEDS


def article(stem: str) -> Article:
    found = next(iter(read_file(next(SEEDS.glob(f"{stem}*.txt")))))
    assert isinstance(found, Article)
    return found


@pytest.mark.parametrize(
    ("stem", "field", "value", "basis"),
    [
        ("000", "outlet", "IANS", "stated"),
        ("000", "place", "Islamabad", "stated"),
        ("000", "published", "2026-02-11", "inferred"),
        ("000", "title", None, "unknown"),
        ("001", "published", "2025-10-16", "stated"),
        ("001", "place", "New Delhi", "stated"),
        ("001", "outlet", None, "unknown"),
        ("002", "published", "2025-10-09", "stated"),
        ("002", "outlet", "The Asian Age", "inferred"),
        ("002", "author", "Dr. Shantanu Mukharji", "inferred"),
        ("003", "place", "New Delhi", "stated"),
        ("003", "published", None, "unknown"),
        ("003", "outlet", None, "unknown"),
        ("004", "published", "2026-01-08", "inferred"),
        ("004", "place", "Washington", "stated"),
        ("004", "author", None, "unknown"),
    ],
)
def test_source_facts_of_the_seed_articles(stem: str, field: str, value: str | None, basis: Basis) -> None:
    fact = getattr(article(stem).source, field)
    assert (fact.value, fact.basis) == (value, basis)


def test_headlines_are_distinguished_from_section_labels() -> None:
    assert (article("004").source.title.value or "").startswith("US cannot ignore Pakistan's role")
    assert (article("002").source.title.value or "").startswith("A Perilous Convergence")


@pytest.mark.parametrize("boilerplate", ["Latest News", "More From OP-ED", "Go to Home Page", "scor/as", "Published:"])
def test_boilerplate_is_not_body(boilerplate: str) -> None:
    for path in SEEDS.glob("*.txt"):
        found = article(path.stem)
        assert all(boilerplate not in paragraph.of(found.text) for paragraph in found.body)


def test_the_text_is_kept_byte_for_byte(tmp_path: Path) -> None:
    for path in SEEDS.glob("*.txt"):
        assert article(path.stem).text.encode() == path.read_bytes()
    odd = tmp_path / "odd.txt"
    odd.write_bytes("\ufeffFirst line, with a mark before it.\r\nSecond line,\tthen a tab.\r\n".encode())
    found = next(iter(read_file(odd)))
    assert isinstance(found, Article)
    assert found.text.encode() == odd.read_bytes()


@pytest.mark.parametrize(
    "text",
    [
        "The minister spoke for two hours on the new budget and left without questions.",
        "Feb 11 was a cold day in the capital, and few people came to the square to listen.",
        "It was said that the storm, which came on Wednesday, did no harm to the old harbour.",
    ],
)
def test_nothing_is_invented(text: str) -> None:
    source = read_text("x", text).source
    facts = (source.title, source.outlet, source.author, source.place, source.published)
    assert [fact.value for fact in facts] == [None] * 5


def test_a_year_is_inferred_only_when_the_weekday_settles_it() -> None:
    lead = "Paris, Mar 3 (AFP) The court ruled on {day} that the law of January 2024 stands, and the state must pay."
    assert read_text("x", lead.format(day="Sunday")).source.published.value == "2024-03-03"
    assert read_text("x", lead.format(day="Monday")).source.published.value == "2025-03-03"
    assert read_text("x", lead.format(day="Friday")).source.published.value is None


def test_hard_wrapped_lines_are_one_paragraph() -> None:
    text = "The harbour was closed because of the\nstorm, and no ship left before\nTuesday noon, the office said."
    assert [p.of(text) for p in read_text("x", text).body] == [text]


@pytest.mark.parametrize(
    ("name", "content", "says"),
    [
        ("empty.txt", b" \n ", "is empty"),
        ("binary.txt", b"abc\x00def", "binary"),
        ("cyrillic.txt", "Да".encode("iso8859_5"), "too short to detect"),
        ("dots.txt", b"... --- ...", "no words"),
        ("page.pages", b"PK", "not a kind"),
        ("page.docx", b"PK", "is a broken document"),
        ("bad.jsonl", b'{"id": "a"}', "bad.jsonl:1: text"),
        ("bad2.jsonl", b"{oops", "bad2.jsonl:1"),
        ("blank.jsonl", b'{"id": "a", "text": "  "}', "is empty"),
        ("noid.jsonl", b'{"id": " ", "text": "words"}', "noid.jsonl:1: id"),
    ],
)
def test_an_unusable_file_gives_one_line(tmp_path: Path, name: str, content: bytes, says: str) -> None:
    path = tmp_path / name
    path.write_bytes(content)
    errors = [found for found in read_file(path) if isinstance(found, InputError)]
    assert len(errors) == 1
    assert says in str(errors[0])
    assert "\n" not in str(errors[0])


def test_one_bad_line_does_not_stop_the_rest(tmp_path: Path) -> None:
    path = tmp_path / "export.jsonl"
    path.write_text('{"id": "a", "text": "One."}\n{oops\n{"id": "b", "text": "Two.", "source": "Gazette"}\n')
    found = list(read_paths([path]))
    articles = [item for item in found if isinstance(item, Article)]
    assert [item.id for item in articles] == ["a", "b"]
    assert articles[1].source.outlet.value == "Gazette"
    assert isinstance(found[1], InputError)


def test_a_missing_path_is_named() -> None:
    with pytest.raises(InputError, match="does not exist"):
        list(read_paths([Path("nowhere.txt")]))
