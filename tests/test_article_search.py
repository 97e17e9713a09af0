"""Article list: searched, filtered, sorted and counted alike in both stores, and removed several at a time."""

from collections.abc import Callable, Iterator
from typing import Any, cast

import pytest
from fastapi.testclient import TestClient

from index.chunking import chunk
from index.embedding import HashEmbedder, PartVectors
from index.errors import NotFound
from index.kind_names import SUFFIXES_BY_KIND
from index.reading import SUFFIXES, read_text
from index.store.article_search import ArticleQuery
from index.store.store import DocumentStore
from index.types import Fact, Filters, Source, Turn, stated
from service.answering.types import Question
from service.api import create_app
from service.briefing.types import BriefRequest
from service.checking.types import CheckEvent, CheckReport
from service.client import RemoteWorkspace
from service.library.articles import list_articles, query_words
from service.workspace import Workspace

EMBEDDER = HashEmbedder(16)
ARTICLES = {
    # id: title, outlet, day, location, text
    "a": ("Harbour closed", "Reuters", "2025-05-02", "upload:a.pdf", "The storm kept the ferries in the Müller dock."),
    "b": ("a strike begins", "Gazette", "2025-06", "/desk/b.TXT", "The dockers of Norwick closed the gates."),
    "c": (None, None, None, None, "Nobody signed this note about the storm."),
    "d": ("Budget 100% passed", "gazette weekly", "2024-01-09", "https://example.org/d?x=1", "The mayor signed."),
}


@pytest.fixture
def filled(store: DocumentStore) -> DocumentStore:
    for name, (title, outlet, day, location, text) in ARTICLES.items():
        facts = {"title": title, "outlet": outlet, "published": day}
        source = Source.model_validate(
            {field: stated(value, "x") if value else Fact() for field, value in facts.items()}
        )
        article = read_text(name, text).model_copy(update={"source": source, "location": location})
        chunks = chunk(article, 1, EMBEDDER)
        texts = [each.span.of(article.text) for each in chunks]
        vectors = EMBEDDER.embed(texts)
        parts = PartVectors(vectors, [vectors[[i]] for i in range(len(chunks))])
        store.add(article, 1, chunks, parts, f"{outlet or ''} | {title or ''}")
    return store


def ids(store: DocumentStore, q: str = "", **chosen: Any) -> str:
    query = ArticleQuery(words=query_words(store, q), **chosen)
    found = list_articles(store, 10, 0, query)
    assert found.total == len(found.articles)
    return "".join(each.id for each in found.articles)


@pytest.mark.parametrize(
    ("q", "found"),
    [
        ("", "abcd"),
        ("storm", "ac"),
        ("storms", "ac"),
        ("HARB", "a"),
        ("gazette", "bd"),
        ("gazette dockers", "b"),
        ("muller", "a"),
        ('"kept the ferries"', "a"),
        ('"ferries the kept"', ""),
        ("100% passed", "d"),
        ("10%% passed", ""),
        ("bud_et", ""),
        ("bud\\\\get", ""),
        ("volcano", ""),
        ("-", ""),
        ("'; DROP TABLE article", ""),
    ],
)
def test_words_are_looked_for_in_title_outlet_and_text(filled: DocumentStore, q: str, found: str) -> None:
    assert ids(filled, q) == found


@pytest.mark.parametrize(
    ("chosen", "found"),
    [
        ({"outlet": "Gazette"}, "b"),
        ({"since": "2025-01-01"}, "ab"),
        ({"since": "2025-06-20"}, "b"),
        ({"until": "2025-06-20"}, "abd"),
        ({"since": "2025-05-01", "until": "2025-05-31"}, "a"),
        ({"kind": "pdf"}, "a"),
        ({"kind": "text"}, "b"),
        ({"kind": "web"}, "d"),
        ({"missing": "title"}, "c"),
        ({"missing": "outlet"}, "c"),
        ({"missing": "published"}, "c"),
        ({"sort": "newest"}, "badc"),
        ({"sort": "oldest"}, "dabc"),
        ({"sort": "title"}, "bdac"),
        ({"sort": "outlet"}, "bdac"),
    ],
)
def test_the_list_is_filtered_and_sorted(filled: DocumentStore, chosen: dict[str, Any], found: str) -> None:
    assert ids(filled, **chosen) == found


def test_what_came_last_is_listed_first(filled: DocumentStore) -> None:
    with filled.ledger.transaction():
        filled.ledger.execute("UPDATE article SET ingested_at = '2999' WHERE id = 'c'")
    assert ids(filled, sort="added").startswith("c")


def test_a_page_of_what_was_found_counts_all_pages(filled: DocumentStore) -> None:
    query = ArticleQuery(words=query_words(filled, "storm"), sort="newest")
    page = list_articles(filled, 1, 1, query)
    assert ([each.id for each in page.articles], page.total) == (["c"], 2)
    assert page.articles[0].opening == "Nobody signed this note about the storm."
    assert list_articles(filled, 5, 7, query).total == 2


def test_outlets_and_kinds_are_counted(filled: DocumentStore) -> None:
    outlets = {each.name: each.articles for each in filled.articles.outlet_facets()}
    kinds = {each.name: each.articles for each in filled.articles.kind_facets()}
    assert outlets == {"Gazette": 1, "Reuters": 1, "gazette weekly": 1}
    assert kinds == {"pdf": 1, "text": 1, "web": 1}
    assert {each.id: each.kind for each in filled.articles.list_current()} == {
        "a": "pdf", "b": "text", "c": None, "d": "web"
    }  # fmt: skip


def test_every_suffix_that_is_read_has_a_kind() -> None:
    assert sorted(each for suffixes in SUFFIXES_BY_KIND.values() for each in suffixes) == list(SUFFIXES)


def test_several_articles_are_removed_together_or_none(filled: DocumentStore) -> None:
    with pytest.raises(NotFound, match="gone"):
        filled.remove("a", "gone")
    assert filled.articles.count() == 4
    assert filled.remove("a", "c") == ["a@1#0", "c@1#0"]
    assert ids(filled, "storm") == ""
    assert filled.articles.present(["a", "b", "d"]) == ["b", "d"]


def test_conversations_are_found_by_the_words_of_their_titles_and_questions(store: DocumentStore) -> None:
    asked = {"one": ["When was the rally?", "By whom?"], "two": ["Which bread?"]}
    for name, questions in asked.items():
        for i, question in enumerate(questions):
            receipt = f"{name}{i}"
            store.history.keep_answer(
                receipt, "{}", name, Turn(question=question, asked=question, receipt=receipt, created_at="now")
            )
    store.history.rename_conversation("two", "Sourdough")

    def found(query: str) -> list[str]:
        listed = store.history.conversations(10, 0, query)
        assert store.history.count_conversations(query) == len(listed)
        return [each.id for each in listed]

    assert found("") == ["two", "one"]
    assert found("RALLY whom") == ["one"]
    assert found("sour bread") == ["two"]
    assert found("rallies") == ["one"]
    assert found("rally bread") == []
    assert [each.turns for each in store.history.conversations(10, 0, "whom")] == [2]


@pytest.fixture
def client(workspace: Workspace) -> Iterator[TestClient]:
    with TestClient(create_app(workspace)) as opened:
        yield opened


@pytest.fixture
def listed(client: TestClient) -> Callable[..., list[str]]:
    def listed(**chosen: Any) -> list[str]:
        return [each["id"] for each in client.get("/v1/articles", params=chosen).json()["articles"]]

    return listed


def test_articles_are_found_over_http_as_the_reader_corrected_them(
    client: TestClient, listed: Callable[..., list[str]]
) -> None:
    every = listed()
    assert len(every) == client.get("/v1/facets").json()["total"] == 5
    body = {"title": "Aardvarks over Norwick", "outlet": "The Herald", "published": "2031-01-02"}
    client.patch(f"/v1/articles/{every[2]}", json=body).raise_for_status()
    for chosen in ({"q": "aardv"}, {"outlet": "The Herald"}, {"since": "2031-01-01"}, {"sort": "newest", "limit": 1}):
        assert listed(**chosen) == [every[2]]
    assert listed(sort="title")[0] == every[2]
    assert {"name": "The Herald", "articles": 1} in client.get("/v1/facets").json()["outlets"]
    client.patch(f"/v1/articles/{every[2]}", json={"title": ""}).raise_for_status()
    assert listed(q="aardv") == []
    assert every[2] in listed(missing="title")


@pytest.mark.parametrize("chosen", [{"sort": "random"}, {"since": "May"}, {"kind": "exe"}, {"missing": "text"}])
def test_a_filter_that_is_none_is_a_problem(client: TestClient, chosen: dict[str, str]) -> None:
    assert client.get("/v1/articles", params=chosen).status_code == 422


def test_several_articles_are_removed_in_one_request(client: TestClient, listed: Callable[..., list[str]]) -> None:
    first, second, *rest = listed()
    body = {"article_ids": [second, "gone", first, first]}
    assert client.post("/v1/articles/removals", json=body).json() == {"removed": sorted([first, second])}
    assert listed() == rest
    assert client.post("/v1/articles/removals", json=body).json() == {"removed": []}
    assert client.post("/v1/articles/removals", json={"article_ids": []}).status_code == 422


def test_only_the_chosen_articles_are_used(client: TestClient, listed: Callable[..., list[str]]) -> None:
    question = {"question": "What is said about the attack on the BAP rally?"}
    cited = {each["article_id"] for each in client.post("/v1/ask", json=question).json()["citations"]}
    assert cited
    others = [each for each in listed() if each not in cited]
    for path, body in (("ask", question), ("briefs", {"topic": "BAP rally"})):
        found = client.post(f"/v1/{path}", json={**body, "article_ids": others}).json()
        named = {each["article_id"] for each in (*found["citations"], *found["closest"])}
        assert named <= {*others}
        assert found["receipt"]["article_ids"] == others
    assert client.post("/v1/ask", json={**question, "article_ids": []}).status_code == 422
    hits = client.get("/v1/search", params={"q": "rally", "article_ids": others}).json()["results"]
    assert hits
    assert {each["article_id"] for each in hits} <= {*others}


def sources(report: CheckEvent) -> set[str]:
    assert isinstance(report, CheckReport)
    return {each.article_id for sentence in report.sentences for each in sentence.citations}


def test_a_client_passes_on_which_articles_were_chosen(client: TestClient, listed: Callable[..., list[str]]) -> None:
    remote = RemoteWorkspace("http://testserver", cast(Any, client))
    question = Question(text="What is said about the attack on the BAP rally?")
    cited = {each.article_id for each in remote.ask(question).citations}
    others = tuple(each for each in listed() if each not in cited)
    filters = Filters(article_ids=others)
    asked = remote.ask(question.model_copy(update={"filters": filters}))
    briefed = remote.brief(BriefRequest(topic="BAP rally", filters=filters))
    assert cited
    assert asked.receipt.article_ids == briefed.receipt.article_ids == others
    assert {each.article_id for each in remote.search("rally", 5, filters).results} <= {*others}
    claim = "ISKP carried out a suicide bombing at a political rally."
    assert sources(remote.check(claim, Filters())) & cited
    assert sources(remote.check(claim, filters)) <= {*others}
    assert sources(list(remote.check_stream(claim, filters))[-1]) <= {*others}
