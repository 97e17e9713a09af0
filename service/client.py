"""HTTP client: calls a workspace that another process serves, so that the CLI works while the server runs."""

import json
from collections.abc import Callable, Generator, Iterable, Iterator
from typing import Any
from urllib.parse import quote

import httpx
from pydantic import TypeAdapter

from index.errors import FootnoteError, HomeError, InputError, NotFound
from index.types import Article, BriefSummary, Filters
from service.answering.replay import Replay
from service.answering.types import Answer, Question
from service.briefing.brief_replay import BriefReplay
from service.briefing.types import Brief, BriefComparison, BriefList, BriefRequest
from service.checking.types import CheckBegun, CheckedSentence, CheckEvent, CheckReport
from service.conversation.types import KeptConversation
from service.ingestion.types import IngestReport, RefusedInput
from service.library.types import ArticleEdit, ArticleList, ArticleView, SearchResults
from service.runtime.types import Readiness

TIMEOUT_SECONDS = 300.0
ARTICLES_PER_REQUEST = 20
CHECK_EVENTS: dict[str, type[CheckEvent]] = {"begun": CheckBegun, "sentence": CheckedSentence, "done": CheckReport}
REPLAYED: TypeAdapter[Replay | BriefReplay] = TypeAdapter(Replay | BriefReplay)


class RemoteWorkspace:
    """Workspace client: the methods of `Workspace`, each as one HTTP request."""

    def __init__(
        self, url: str, client: httpx.Client | None = None, *, key: str = "", collection: str | None = None
    ) -> None:
        self._url = url
        self._collection = {} if collection is None else {"collection": collection}
        headers = {"Authorization": f"Bearer {key}"} if key else {}
        self._client = client or httpx.Client(base_url=url, timeout=TIMEOUT_SECONDS, trust_env=False, headers=headers)

    def close(self) -> None:
        """Close the connection; the server keeps running."""
        self._client.close()

    def ingest(
        self, found: Iterable[Article | InputError], progress: Callable[[str], None] = lambda line: None
    ) -> IngestReport:
        """Send the articles in batches; each article is ingested whole or not at all."""
        reports: list[IngestReport] = []
        batch: list[Article] = []
        for item in found:
            if isinstance(item, InputError):
                reports.append(IngestReport(refused=(RefusedInput(reason=str(item)),)))
            else:
                batch.append(item)
            if len(batch) == ARTICLES_PER_REQUEST:
                reports.append(self._send(batch, progress))
                batch = []
        if batch:
            reports.append(self._send(batch, progress))
        return IngestReport(
            new=tuple(name for report in reports for name in report.new),
            changed=tuple(name for report in reports for name in report.changed),
            unchanged=tuple(name for report in reports for name in report.unchanged),
            refused=tuple(refused for report in reports for refused in report.refused),
        )

    def _send(self, batch: list[Article], progress: Callable[[str], None]) -> IngestReport:
        body = {"articles": [_record(article) for article in batch]}
        report = IngestReport.model_validate_json(self.call("POST", "/v1/articles", json=body))
        progress(f"{len(report.new)} new, {len(report.changed)} changed, {len(report.unchanged)} unchanged")
        return report

    def ask(self, question: Question) -> Answer:
        """Ask and wait for the whole answer."""
        body = {"question": question.text, "style": question.style, **_filter_parameters(question.filters)}
        if question.trace:
            body["trace"] = True
        if question.conversation is not None:
            body["conversation"] = question.conversation
        return Answer.model_validate_json(self.call("POST", "/v1/ask", json=body))

    def brief(self, request: BriefRequest) -> Brief:
        """Request a brief and wait for it."""
        body = request.model_dump(include={"topic", "since_last", "length"}) | _filter_parameters(request.filters)
        return Brief.model_validate_json(self.call("POST", "/v1/briefs", json=body))

    @property
    def brief_archive(self) -> "RemoteBriefArchive":
        """The briefs that the server keeps."""
        return RemoteBriefArchive(self.call)

    def kept_answer(self, receipt: str) -> Answer:
        """Return the answer stored under a receipt id."""
        return Answer.model_validate_json(self.call("GET", f"/v1/answers/{quote(receipt, safe='')}"))

    def conversation(self, conversation_id: str) -> KeptConversation:
        """Return a conversation with its answers."""
        path = f"/v1/conversations/{quote(conversation_id, safe='')}"
        return KeptConversation.model_validate_json(self.call("GET", path))

    def replay(self, reference: str | Answer) -> Replay:
        """Request the replay of an answer, given by its receipt id or whole."""
        found = self.replay_answer_or_brief(reference)
        if isinstance(found, BriefReplay):
            raise InputError(f"receipt {reference!r} is of a brief; name the receipt of an answer")
        return found

    def replay_answer_or_brief(self, reference: str | Answer) -> Replay | BriefReplay:
        """Request the replay of what is kept under a receipt id, or of a whole answer."""
        body = {"receipt": reference} if isinstance(reference, str) else {"answer": reference.model_dump(mode="json")}
        return REPLAYED.validate_json(self.call("POST", "/v1/replay", json=body))

    def check(self, text: str, filters: Filters) -> CheckReport:
        """Check a draft against the collection, sentence by sentence."""
        return CheckReport.model_validate_json(
            self.call("POST", "/v1/check", json={"text": text, **_filter_parameters(filters)})
        )

    def check_stream(self, text: str, filters: Filters) -> Generator[CheckEvent, None, None]:
        """Check a draft; yields each sentence as soon as its verdict is known, and last the report."""
        body = {"text": text, "stream": True, **_filter_parameters(filters)}
        name = ""
        for line in self._lines("POST", "/v1/check", json=body):
            field, _, value = line.partition(": ")
            if field == "event":
                name = value
            elif field == "data" and name in CHECK_EVENTS:
                yield CHECK_EVENTS[name].model_validate_json(value)
            elif field == "data" and name == "error":
                raise FootnoteError(str(json.loads(value)["detail"]))

    def search(self, query: str, limit: int, filters: Filters) -> SearchResults:
        """Return the passages nearest to a query, best first."""
        params = {"q": query, "limit": limit, **_filter_parameters(filters)}
        return SearchResults.model_validate_json(self.call("GET", "/v1/search", params=params))

    def articles(self, limit: int, offset: int) -> ArticleList:
        """List current articles in the order of their ids."""
        params = {"limit": limit, "offset": offset}
        return ArticleList.model_validate_json(self.call("GET", "/v1/articles", params=params))

    def article(self, article_id: str, version: int | None = None, *, difference: bool = False) -> ArticleView:
        """Return one article with its text, and with `difference` what changed in it."""
        params = {} if version is None else {"version": version}
        params |= {"difference": 1} if difference else {}
        found = self.call("GET", f"/v1/articles/{quote(article_id, safe='')}", params=params)
        return ArticleView.model_validate_json(found)

    def edit(self, article_id: str, edit: ArticleEdit) -> ArticleView:
        """Correct facts about an article."""
        path = f"/v1/articles/{quote(article_id, safe='')}"
        return ArticleView.model_validate_json(self.call("PATCH", path, json=edit.model_dump(exclude_defaults=True)))

    def remove(self, article_id: str) -> None:
        """Remove an article from the ledger and the index."""
        self.call("DELETE", f"/v1/articles/{quote(article_id, safe='')}")

    def readiness(self) -> Readiness:
        """Return whether questions can be answered, with the state of each component."""
        return Readiness.model_validate_json(self.call("GET", "/ready", accept=(200, 503)))

    def use_model(self, name: str) -> None:
        """Let another language model write from now on."""
        self.call("POST", "/v1/engine", json={"model": name})

    def remove_collection(self, name: str) -> None:
        """Remove a named collection with all that is in it."""
        self.call("DELETE", f"/v1/collections/{quote(name, safe='')}")

    def call(self, method: str, path: str, *, accept: tuple[int, ...] = (200,), **options: Any) -> str:
        """Send one request and return the body of the response; raises FootnoteError for another status."""
        try:
            response = self._client.request(method, path, **self._with_collection(options))
        except httpx.HTTPError as error:
            raise HomeError(
                f"the server at {self._url} has the home folder open but does not answer: {error}"
            ) from error
        if response.status_code not in accept:
            # A server that answers 503 may be back for the next request.
            problem = {404: NotFound, 503: HomeError}.get(response.status_code, FootnoteError)
            raise problem(_problem_detail(response))
        return response.text

    def _with_collection(self, options: dict[str, Any]) -> dict[str, Any]:
        return {**options, "params": {**options.get("params", {}), **self._collection}}

    def _lines(self, method: str, path: str, **options: Any) -> Iterator[str]:
        """Yield the lines of a stream as they come."""
        try:
            with self._client.stream(method, path, **self._with_collection(options)) as response:
                if response.status_code != 200:
                    response.read()
                    raise FootnoteError(_problem_detail(response))
                yield from response.iter_lines()
        except httpx.HTTPError as error:
            raise HomeError(f"the server at {self._url} broke off while it checked: {error}") from error


class RemoteBriefArchive:
    """Brief archive: the methods of `BriefArchive`, each as one HTTP request."""

    def __init__(self, call: Callable[..., str]) -> None:
        self._call = call

    def briefs(self, topic: str | None, limit: int, offset: int) -> BriefList:
        """List stored briefs, newest first."""
        params = {"limit": limit, "offset": offset, **({"topic": topic} if topic is not None else {})}
        return BriefList.model_validate_json(self._call("GET", "/v1/briefs", params=params))

    def brief(self, receipt: str) -> Brief:
        """Return a kept brief."""
        return Brief.model_validate_json(self._call("GET", _brief_path(receipt)))

    def rename(self, receipt: str, title: str) -> BriefSummary:
        """Give a brief another title."""
        return BriefSummary.model_validate_json(self._call("PATCH", _brief_path(receipt), json={"title": title}))

    def delete(self, receipt: str) -> BriefSummary:
        """Delete a brief, and return what was deleted."""
        return BriefSummary.model_validate_json(self._call("DELETE", _brief_path(receipt)))

    def compare(self, receipt: str, other: str) -> BriefComparison:
        """Compare two briefs."""
        found = self._call("GET", f"{_brief_path(receipt)}/comparison", params={"with": other})
        return BriefComparison.model_validate_json(found)


def _brief_path(receipt: str) -> str:
    return f"/v1/briefs/{quote(receipt, safe='')}"


def _record(article: Article) -> dict[str, Any]:
    """Return the request body of an article, with what was read from its file and how each fact is known."""
    read = {
        "source": article.source.model_dump(),
        "body": [(span.start, span.end) for span in article.body],
        "location": article.location,
        "id_basis": article.id_basis,
    }
    return {"id": article.id, "text": article.text, "read": read}


def _filter_parameters(filters: Filters) -> dict[str, Any]:
    return filters.model_dump(exclude_none=True, exclude={"undated"})


def _problem_detail(response: httpx.Response) -> str:
    try:
        return str(response.json()["detail"])
    except (ValueError, KeyError, TypeError):
        return f"the server answered {response.status_code} without saying why"
