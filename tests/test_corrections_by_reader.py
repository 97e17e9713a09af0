"""Reader's corrections: what a reader gives at ingest and corrects later, kept apart from what an article states."""

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any, cast

import pytest
from click.testing import CliRunner
from fastapi.testclient import TestClient

from index.errors import InputError, NotFound
from index.reading import read_paths, read_text
from index.store.sqlite_replacement import COPIED_TABLES
from index.types import Article, Filters, stated
from service.answering.types import Question
from service.api import create_app
from service.cli import footnote
from service.client import RemoteWorkspace
from service.ingestion.sources import with_facts
from service.library.types import ArticleEdit
from service.rendering import terminal
from service.runtime.home_lock import Home
from service.runtime.settings import Settings
from service.workspace import Workspace
from tests.conftest import light_engines

TEXT = "Pump fails\n\nThe pump at Mill End failed on Monday night, and the river flooded the lower town within an hour."


@pytest.fixture
def collection(settings: Settings) -> Iterator[Workspace]:
    opened = Workspace(settings, light_engines(), Home(settings.home))
    article = read_text("pump", TEXT)
    source = article.source.model_copy(update={"outlet": stated("Herlad", "x"), "published": stated("2024-03-04", "x")})
    opened.ingest([article.model_copy(update={"source": source}), read_text("other", TEXT.replace("pump", "dam"))])
    yield opened
    opened.close()


EDITS = [
    ("outlet", "Herald", "Herlad"),
    ("published", "2025-03-04", "2024-03-04"),
    ("published", "2025-03", "2024-03-04"),
    ("title", "Pump fails again", None),
    ("author", "Jane Doe, John Roe", None),
    ("outlet", "", "Herlad"),
]


@pytest.mark.parametrize(("field", "value", "before"), EDITS)
def test_a_correction_is_shown_as_one_and_can_be_undone(
    collection: Workspace, field: str, value: str, before: str | None
) -> None:
    kept = collection.article("pump")
    found = collection.edit("pump", ArticleEdit.model_validate({field: value}))
    listed = next(each for each in collection.articles(10, 0).articles if each.id == "pump")
    for each in (found, listed):
        assert (getattr(each, field), each.stated) == (value or None, {field: before})
        assert each.basis[field].startswith("corrected: the article has")
    assert (found.version, found.text) == (1, TEXT)
    assert "(corrected" in terminal.article(found)
    assert collection.edit("pump", ArticleEdit(undo=True)) == kept


@pytest.mark.parametrize("value", ["2025-13-01", "yesterday", "03/04/2025", "2025-02-30", "25-03-04", "20"])
def test_a_date_that_is_none_is_refused(collection: Workspace, value: str) -> None:
    with pytest.raises(InputError, match="not a date"):
        collection.edit("pump", ArticleEdit(published=value))
    assert collection.article("pump").stated == {}


def test_an_edit_of_nothing_and_of_no_article_is_refused(collection: Workspace) -> None:
    with pytest.raises(InputError, match="nothing to correct"):
        collection.edit("pump", ArticleEdit())
    with pytest.raises(NotFound):
        collection.edit("nothing", ArticleEdit(outlet="Herald"))


def test_a_correction_decides_filters_citations_and_as_of(collection: Workspace) -> None:
    asked = Question(text="When did the pump at Mill End fail?", filters=Filters(outlet="herald"))
    assert collection.ask(asked).verdict == "not_in_corpus"
    collection.edit("pump", ArticleEdit(outlet="Herald", published="2025-03-04"))
    answer = collection.ask(asked)
    used = (*answer.citations, *answer.closest)
    assert {(each.article_id, each.outlet, each.published) for each in used} == {("pump", "Herald", "2025-03-04")}
    early = asked.model_copy(update={"filters": Filters(as_of="2024-12-31")})
    answer = collection.ask(early)
    assert "pump" not in {each.article_id for each in (*answer.citations, *answer.closest)}


def test_undoing_with_a_new_value_indexes_the_new_one(collection: Workspace) -> None:
    collection.edit("pump", ArticleEdit(outlet="Herald"))
    assert collection.edit("pump", ArticleEdit(undo=True, outlet="Harbury Gazette")).outlet == "Harbury Gazette"
    assert collection.store.lexical.document_frequency(["gazette", "herald"]) == {"gazette": 1, "herald": 0}


def test_citations_of_an_earlier_answer_resolve_after_a_correction(collection: Workspace) -> None:
    answer = collection.ask(Question(text="When did the pump at Mill End fail?"))
    collection.edit("pump", ArticleEdit(outlet="Herald", title="Another headline"))
    assert answer.citations
    for each in answer.citations:
        assert collection.article(each.article_id, each.version).text[each.start : each.end] == each.quote


@pytest.mark.parametrize("value", ["1970", "1970-01-01", "1898-03-04", "2025-10"])
def test_a_date_of_any_year_can_be_given(collection: Workspace, value: str) -> None:
    assert collection.edit("pump", ArticleEdit(published=value)).published == value


def test_a_correction_changes_the_revision_and_what_is_searched(collection: Workspace) -> None:
    before = collection.store.revision()
    collection.edit("pump", ArticleEdit(outlet="Harbury Gazette"))
    assert collection.store.revision() != before
    assert collection.store.lexical.document_frequency(["gazette"]) == {"gazette": 1}
    collection.edit("pump", ArticleEdit(undo=True))
    assert collection.store.revision() == before
    assert collection.store.lexical.document_frequency(["gazette"]) == {"gazette": 0}
    assert collection.store.faults() == []


def test_a_correction_stays_when_the_article_changes_and_goes_with_it(collection: Workspace) -> None:
    collection.edit("pump", ArticleEdit(outlet="Herald"))
    collection.ingest([read_text("pump", TEXT + " Nobody was hurt.")])
    assert (collection.article("pump").version, collection.article("pump").outlet) == (2, "Herald")
    assert collection.article("pump", 1).stated == {"outlet": "Herlad"}
    collection.remove("pump")
    collection.ingest([read_text("pump", TEXT)])
    assert collection.article("pump").outlet is None


def test_corrections_survive_a_rebuild() -> None:
    assert {"correction", "location"} <= {*COPIED_TABLES}


def test_an_article_is_corrected_over_http(collection: Workspace) -> None:
    with TestClient(create_app(collection)) as client:
        reply = client.patch("/v1/articles/pump", json={"outlet": "Herald", "published": "2025-03-04"})
        assert (reply.status_code, reply.json()["outlet"], reply.json()["stated"]["outlet"]) == (
            200,
            "Herald",
            "Herlad",
        )
        assert client.patch("/v1/articles/pump", json={"published": "soon"}).status_code == 422
        assert client.patch("/v1/articles/pump", json={}).status_code == 422
        assert client.patch("/v1/articles/nothing", json={"outlet": "Herald"}).status_code == 404
        remote = RemoteWorkspace("http://testserver", cast(Any, client))
        assert remote.edit("pump", ArticleEdit(author="Jane Doe")).author == "Jane Doe"
        assert client.patch("/v1/articles/pump", json={"undo": True}).json()["stated"] == {}


def ingest(collection: Workspace, path: Path, **given: str) -> Article:
    report = collection.ingest(with_facts(read_paths([path]), given))
    [name] = (*report.new, *report.changed, *report.unchanged)
    return collection.store.articles.get(name).article


def test_facts_given_at_ingest_fill_what_the_file_does_not_state(collection: Workspace, tmp_path: Path) -> None:
    path = tmp_path / "story.md"
    path.write_text("---\nauthor: Ann Poe\n---\n\n" + TEXT)
    source = ingest(collection, path, outlet="Herald", published="2025-03-04", author="Jane Doe").source
    assert (source.outlet.value, source.outlet.basis) == ("Herald", "given")
    assert (source.published.value, source.author.value) == ("2025-03-04", "Ann Poe")


def test_facts_given_at_ingest_stay_when_the_file_is_read_again(collection: Workspace, tmp_path: Path) -> None:
    path = tmp_path / "story.txt"
    path.write_text(TEXT.replace("Monday", "Tuesday"))
    ingest(collection, path, outlet="Herald")
    assert collection.ingest(read_paths([path])).unchanged == ("story",)
    path.write_text(TEXT.replace("Monday", "Tuesday") + " Nobody was hurt.")
    assert ingest(collection, path).source.outlet.value == "Herald"
    path.write_text(f"LONDON (Reuters) - {TEXT[12:].strip()}\n\n– Reuters")
    assert ingest(collection, path).source.outlet.value == "Reuters"


def test_the_command_gives_and_corrects_facts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for command in ("ingest", "articles edit"):
        shown = CliRunner().invoke(footnote, [*command.split(), "--help"]).output
        assert all(option in shown for option in ("--outlet", "--published", "--author"))
    bad = CliRunner().invoke(footnote, ["--home", str(tmp_path), "ingest", str(tmp_path), "--published", "soon"])
    assert bad.exit_code == 1
    assert "is not a date" in bad.output


def test_a_server_keeps_what_was_given(collection: Workspace, tmp_path: Path) -> None:
    path = tmp_path / "story.txt"
    path.write_text(TEXT.replace("Monday", "Tuesday"))
    with TestClient(create_app(collection)) as client, closing(RemoteWorkspace("http://testserver", cast(Any, client))):
        remote = RemoteWorkspace("http://testserver", cast(Any, client))
        remote.ingest(with_facts(read_paths([path]), {"outlet": "Herald"}))
        assert collection.article("story").basis["outlet"].startswith("given")
        assert remote.ingest(read_paths([path])).unchanged == ("story",)
