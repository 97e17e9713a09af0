"""Identity: ids of articles, whatever files, links and message ids are called; no article replaces another one."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from index.reading import RawFile, feed_entries, read_paths, read_raw
from index.store.identity import UPLOAD
from index.types import Article
from service.ingestion.types import IngestReport
from service.runtime.home_lock import Home
from service.runtime.settings import Settings
from service.workspace import Workspace
from tests.conftest import light_engines

PUMP = "The pump at Mill End failed on Monday night, and the river flooded the lower town within an hour."
BUDGET = "The council of Harbury passed its budget for the year after six hours of debate on Thursday evening."
SCHOOL = "A new school for three hundred children will open beside the railway station in the autumn of next year."


@pytest.fixture
def collection(settings: Settings) -> Iterator[Workspace]:
    opened = Workspace(settings, light_engines(), Home(settings.home))
    yield opened
    opened.close()


def put(path: Path, content: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(content, encoding="utf-8")
    return path


def ingest(collection: Workspace, *paths: Path) -> IngestReport:
    return collection.ingest(read_paths(paths))


def texts(collection: Workspace) -> set[str]:
    listed = collection.articles(100, 0).articles
    return {collection.article(each.id).text.strip() for each in listed}


def counts(report: IngestReport) -> tuple[int, int, int, int]:
    return len(report.new), len(report.changed), len(report.unchanged), len(report.refused)


@pytest.mark.parametrize(
    "name",
    [
        "Pump fails at Mill End.txt",
        "Pump fails (1) [Herald].txt",
        "100% sure & certain.txt",
        "Überflutung in Mühlhausen.txt",
        "水泵星期一停了.txt",
        "a#b?c=d.txt",
        'it\'s, "quoted".txt',
        " leading and trailing .txt",
        "naïve – dash—and…dots.txt",
        "@home~0123456789ab.txt",
        "x" * 240 + ".txt",
    ],
)
def test_any_file_name_is_read(collection: Workspace, tmp_path: Path, name: str) -> None:
    path = put(tmp_path / name, PUMP)
    assert counts(ingest(collection, path)) == (1, 0, 0, 0)
    assert counts(ingest(collection, path)) == (0, 0, 1, 0)
    article_id = collection.articles(10, 0).articles[0].id
    assert collection.article(article_id).text == PUMP


def test_a_page_that_a_download_tool_named_after_its_query_is_read(tmp_path: Path) -> None:
    put(tmp_path / "index.html?id=3", f"<html><body><h1>Pump fails</h1><p>{PUMP}</p><p>{BUDGET}</p></body></html>")
    assert [type(each) for each in read_paths([tmp_path])] == [Article]


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("a/print.txt", "b/print.txt"),
        ("a/print.txt", "a/deep/print.txt"),
        ("story.txt", "story.md"),
        ("a b.txt", "a-b.txt"),
        ("2025/03/index.txt", "2025/04/index.txt"),
        ("Print.txt", "sub/Print.md"),
    ],
)
def test_files_of_one_name_are_two_articles(collection: Workspace, tmp_path: Path, one: str, other: str) -> None:
    first, second = put(tmp_path / one, PUMP), put(tmp_path / other, BUDGET)
    assert counts(ingest(collection, first)) == (1, 0, 0, 0)
    assert counts(ingest(collection, second)) == (1, 0, 0, 0)
    assert texts(collection) == {PUMP, BUDGET}
    assert counts(ingest(collection, first, second)) == (0, 0, 2, 0)


def test_an_edited_file_of_a_shared_name_is_a_version_of_its_own_article(collection: Workspace, tmp_path: Path) -> None:
    first, second = put(tmp_path / "in/a/print.txt", PUMP), put(tmp_path / "in/b/print.txt", BUDGET)
    ingest(collection, tmp_path / "in")
    put(second, BUDGET.replace("six", "seven"))
    assert counts(ingest(collection, tmp_path / "in")) == (0, 1, 1, 0)
    assert texts(collection) == {PUMP, second.read_text()}
    put(first, PUMP.replace("Monday", "Tuesday"))
    assert counts(ingest(collection, first)) == (0, 1, 0, 0)
    assert texts(collection) == {first.read_text(), second.read_text()}


def test_a_page_and_its_print_are_two_articles(tmp_path: Path) -> None:
    page = f"<html><body><article><h1>Pump</h1><p>{PUMP}</p><p>{PUMP}</p></article></body></html>"
    put(tmp_path / "x.html", page)
    put(tmp_path / "x.txt", BUDGET)
    put(tmp_path / "x.md", SCHOOL)
    ids = [each.id for each in read_paths([tmp_path]) if isinstance(each, Article)]
    assert len(set(ids)) == 3


@pytest.mark.parametrize(
    "moved", ["b/print.txt", "a/renamed.txt", "c/Ganz anders (1).txt", "print.text", "a/x/print.txt"]
)
def test_a_moved_file_is_the_same_article(collection: Workspace, tmp_path: Path, moved: str) -> None:
    path = put(tmp_path / "a/print.txt", PUMP)
    ingest(collection, path)
    (tmp_path / moved).parent.mkdir(parents=True, exist_ok=True)
    path = path.rename(tmp_path / moved)
    assert counts(ingest(collection, path)) == (0, 0, 1, 0)
    put(path, PUMP + " It was repaired on Wednesday.")
    assert counts(ingest(collection, path)) == (0, 1, 0, 0)
    assert len(texts(collection)) == 1


def test_copies_in_one_run_are_one_article(collection: Workspace, tmp_path: Path) -> None:
    for name in ("a/print.txt", "b/print.txt", "c/other.txt"):
        put(tmp_path / "in" / name, PUMP)
    assert counts(ingest(collection, tmp_path / "in")) == (1, 0, 2, 0)


@pytest.mark.parametrize(
    "edited", [PUMP.replace("Monday", "Tuesday"), f"{PUMP}\n\n{SCHOOL}", f"CORRECTED: {PUMP}", PUMP[:60] + "."]
)
def test_an_edited_file_is_a_new_version(collection: Workspace, tmp_path: Path, edited: str) -> None:
    path = put(tmp_path / "print.txt", PUMP)
    ingest(collection, path)
    put(path, edited)
    report = ingest(collection, path)
    assert counts(report) == (0, 1, 0, 0)
    assert collection.article(report.changed[0], 1).text == PUMP


def test_another_article_under_the_same_path_replaces_nothing(collection: Workspace, tmp_path: Path) -> None:
    one = " ".join(f"river{n} flood{n} pump{n} town{n}" for n in range(20))
    other = " ".join(f"budget{n} council{n} debate{n} vote{n}" for n in range(20))
    path = put(tmp_path / "latest.txt", f"{one}.")
    ingest(collection, path)
    put(path, f"{other}.")
    assert counts(ingest(collection, path)) == (1, 0, 0, 0)
    assert len(texts(collection)) == 2


@pytest.mark.parametrize(
    "edited", [PUMP.replace("an hour", "two hours"), PUMP + " Three children drowned.", PUMP.upper()]
)
def test_an_article_of_an_older_home_goes_on_under_its_id(collection: Workspace, tmp_path: Path, edited: str) -> None:
    [old] = [each for each in read_paths([put(tmp_path / "print.txt", PUMP)]) if isinstance(each, Article)]
    collection.ingest([old.model_copy(update={"location": None, "id_basis": "record"})])
    put(tmp_path / "b/print.txt", BUDGET)
    assert counts(ingest(collection, tmp_path / "b/print.txt")) == (1, 0, 0, 0)
    put(tmp_path / "print.txt", edited)
    assert ingest(collection, tmp_path / "print.txt").changed == ("print",)


def upload(collection: Workspace, name: str, content: str) -> IngestReport:
    raw = RawFile(id="print", name=name, content=content.encode(), suffix=".txt", location=f"{UPLOAD}{name}")
    return collection.ingest(read_raw(raw))


def test_two_uploads_of_one_name_are_two_articles(collection: Workspace) -> None:
    assert counts(upload(collection, "print.txt", PUMP)) == (1, 0, 0, 0)
    assert counts(upload(collection, "print.txt", BUDGET)) == (1, 0, 0, 0)
    assert counts(upload(collection, "print.txt", PUMP)) == (0, 0, 1, 0)
    assert counts(upload(collection, "print.txt", BUDGET.replace("six", "five"))) == (0, 1, 0, 0)
    assert texts(collection) == {PUMP, BUDGET.replace("six", "five")}


ROWS = {
    "link": [{"url": "https://a.org/x", "text": PUMP}, {"url": "https://a.org/x", "text": BUDGET}],
    "fragment": [{"url": "https://a.org/x#1", "text": PUMP}, {"url": "https://a.org/x#2", "text": BUDGET}],
    "query": [{"url": "https://a.org/x?ref=1", "text": PUMP}, {"url": "https://a.org/x?ref=2", "text": BUDGET}],
    "id": [{"id": "7", "text": PUMP}, {"id": "7", "text": BUDGET}],
    "guid": [{"guid": "g", "title": "A", "text": PUMP}, {"guid": "g", "title": "B", "text": BUDGET}],
    "opening": [{"title": "A", "text": PUMP + PUMP}, {"title": "A", "text": PUMP + PUMP + BUDGET}],
    "home page": [{"url": "https://a.org/", "text": PUMP}, {"url": "http://www.a.org", "text": BUDGET}],
    "title only": [{"id": "7", "title": "A", "text": PUMP}, {"id": "7", "title": "B", "text": PUMP}],
}


@pytest.mark.parametrize("kind", [".json", ".jsonl", ".csv"])
@pytest.mark.parametrize("rows", ROWS.values(), ids=ROWS)
def test_rows_that_repeat_an_id_are_told_apart(
    collection: Workspace, tmp_path: Path, rows: list[dict[str, str]], kind: str
) -> None:
    if kind == ".csv":
        lines = [",".join(rows[0]), *(",".join(f'"{value}"' for value in row.values()) for row in rows)]
    else:
        lines = [json.dumps(rows)] if kind == ".json" else [json.dumps(row) for row in rows]
    path = put(tmp_path / f"export{kind}", "\n".join(lines))
    assert counts(ingest(collection, path)) == (2, 0, 0, 0)
    assert counts(ingest(collection, path)) == (0, 0, 2, 0)
    assert texts(collection) == {row["text"] for row in rows}


@pytest.mark.parametrize("rows", list(ROWS.values())[:5], ids=list(ROWS)[:5])
def test_files_that_share_an_id_are_told_apart(
    collection: Workspace, tmp_path: Path, rows: list[dict[str, str]]
) -> None:
    paths = [put(tmp_path / name / "export.jsonl", json.dumps(row)) for name, row in zip("ab", rows, strict=True)]
    for path in paths:
        assert counts(ingest(collection, path)) == (1, 0, 0, 0)
    assert texts(collection) == {PUMP, BUDGET}
    assert counts(ingest(collection, *paths)) == (0, 0, 2, 0)


def test_a_record_edited_in_its_export_is_a_new_version(collection: Workspace, tmp_path: Path) -> None:
    path = put(tmp_path / "export.jsonl", json.dumps({"id": "7", "text": PUMP}))
    ingest(collection, path)
    put(tmp_path / "later.jsonl", json.dumps({"id": "7", "text": PUMP + " Nobody was hurt."}))
    assert ingest(collection, tmp_path / "later.jsonl").changed == ("7",)


FEED = "<rss version='2.0'><channel><title>Herald</title>{}</channel></rss>"
ITEM = "<item><title>{}</title><link>{}</link><description>{}</description></item>"


@pytest.mark.parametrize(
    "links",
    [
        ("https://a.org/live", "https://a.org/live"),
        ("https://a.org/live#1", "https://a.org/live#2"),
        ("https://a.org/live?ref=1", "https://a.org/live?ref=2"),
        ("https://a.org/live?utm_source=a", "https://a.org/live"),
        ("https://a.org", "https://a.org/"),
    ],
)
def test_feed_items_that_share_a_link_are_told_apart(collection: Workspace, tmp_path: Path, links: list[str]) -> None:
    items = [ITEM.format(name, link, text) for name, link, text in zip("AB", links, (PUMP, BUDGET), strict=True)]
    path = put(tmp_path / "feed.xml", FEED.format("".join(items)))
    assert counts(ingest(collection, path)) == (2, 0, 0, 0)
    assert counts(ingest(collection, path)) == (0, 0, 2, 0)
    raw = RawFile(id="feed", name="feed.xml", content=path.read_bytes(), suffix=".xml")
    assert [entry.teaser for entry in feed_entries(raw)] == [False, False]
    put(path, FEED.format(items[1]))
    assert counts(ingest(collection, path)) == (0, 0, 1, 0)


def test_a_feed_of_one_link_that_rolls_on_replaces_nothing(collection: Workspace, tmp_path: Path) -> None:
    def feed(*texts: str) -> str:
        return FEED.format("".join(ITEM.format(f"Item {t[:9]}", "https://a.org/live", t) for t in texts))

    path = put(tmp_path / "feed.xml", feed(PUMP, BUDGET))
    ingest(collection, path)
    put(path, feed(SCHOOL, PUMP))
    ingest(collection, path)
    texts = [collection.store.articles.get(each.id).article.text for each in collection.articles(10, 0).articles]
    assert all(any(words in text for text in texts) for words in (PUMP, BUDGET, SCHOOL))


def test_rows_of_one_id_that_come_in_several_requests_replace_nothing(collection: Workspace, tmp_path: Path) -> None:
    rows = "\n".join(json.dumps({"id": "7", "text": text}) for text in (PUMP, BUDGET, SCHOOL))
    for item in read_paths([put(tmp_path / "rows.jsonl", rows)]):
        collection.ingest([item])
    assert len(collection.articles(10, 0).articles) == 3


def test_a_short_article_under_the_same_path_replaces_nothing(collection: Workspace, tmp_path: Path) -> None:
    for text in (PUMP, BUDGET, SCHOOL):
        ingest(collection, put(tmp_path / "latest.txt", text))
    assert len(collection.articles(10, 0).articles) == 3


MAIL = "From ann@a.org Mon Mar  3 10:00:00 2025\nFrom: Ann <ann@a.org>\nSubject: {}\nDate: {}\n{}\n{}\n\n"
DATE = "Mon, 3 Mar 2025 10:00:00 +0000"


@pytest.mark.parametrize("extra", ["", "Message-ID: <1@a.org>\n", "To: b@a.org\n", "X-Id: 4\n", "Message-ID:\n"])
def test_mails_that_share_an_id_are_told_apart(collection: Workspace, tmp_path: Path, extra: str) -> None:
    mails = [MAIL.format("News", DATE, extra, text) for text in (PUMP, BUDGET)]
    path = put(tmp_path / "box.mbox", "".join(mails))
    assert counts(ingest(collection, path)) == (2, 0, 0, 0)
    assert counts(ingest(collection, path)) == (0, 0, 2, 0)


def test_an_edited_copy_in_another_folder_is_a_version_and_another_days_report_is_not(
    collection: Workspace, tmp_path: Path
) -> None:
    long = " ".join(f"The river{n} rose by {n} metres at the town{n} of Harbury{n}." for n in range(12))
    ingest(collection, put(tmp_path / "a/report.txt", long))
    assert ingest(collection, put(tmp_path / "b/report.txt", long.replace("river3", "brook3"))).changed == ("report",)
    dated = "---\ndate: 2025-03-0{}\n---\n\n" + long
    ingest(collection, put(tmp_path / "a/daily.md", dated.format(3)))
    assert counts(ingest(collection, put(tmp_path / "b/daily.md", dated.format(4)))) == (1, 0, 0, 0)
    both = [put(tmp_path / f"c/{name}/both.txt", long.replace("river1", name)) for name in ("lake", "sea")]
    assert counts(ingest(collection, *both)) == (2, 0, 0, 0)
