"""Cluster callers: ask and ingest without pause over equal processes, and go to the next one when one is away."""

import json
import random
import re
import threading
import time
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

from pydantic import ValidationError

from evals.harness.suites.suite_registry import SEEDS_AS_OF
from evals.studies.durability.synthetic_articles import story
from evals.studies.scaling.cluster import BROKEN, ApiProcess, send
from index.types import Article, Record
from service.answering.types import Answer
from service.ingestion.types import IngestReport

PAUSE_SECONDS = 0.2
"""Pause of a caller whose request was refused, or that no process took."""
RETRIED = {BROKEN, 429, 503}
ARTICLES_PER_BATCH = 2
PUBLISHED = "2026-11-28"
"""Date of the articles that are ingested meanwhile: later than the day on which the callers stand."""
REQUEST = re.compile(r"\b[0-9a-f]{32}\b")
"""Id of a request, which an error that is not foreseen names."""
Texts = Mapping[str, str]
"""Texts by article id."""


class Reply(NamedTuple):
    """Reply: status, body, the record that was asked for, which process gave it, when, and after how many seconds."""

    status: int
    body: Any
    wanted: type[Record]
    process: int
    at: float
    seconds: float

    @property
    def is_success(self) -> bool:
        """Whether it has what was asked for."""
        return self.status == 200 and _is_record(self.body, self.wanted)

    @property
    def is_clean(self) -> bool:
        """Whether it is a success, an error that says what to do, or a request that a proxy sends again."""
        says = self.status in RETRIED and isinstance(self.body, dict) and bool(self.body.get("detail"))
        return self.status == BROKEN or self.is_success or says


def _is_record(body: Any, wanted: type[Record]) -> bool:
    try:
        wanted.model_validate_json(json.dumps(body))
    except ValidationError:
        return False
    return bool(body)


def ask(process: ApiProcess, question: str) -> tuple[int, Any]:
    """Ask one process a question, to be answered in the articles' own words."""
    return send(process, "POST", "/v1/ask", {"question": question, "style": "quote", "as_of": SEEDS_AS_OF})


def is_exact(answer: Any, texts: Texts) -> bool:
    """Whether every quotation of an answer is copied from the article that it names, one that was there before."""
    return all(
        texts.get(each["article_id"], "")[each["start"] : each["end"]] == each["quote"] for each in answer["citations"]
    )


def record(article: Article) -> dict[str, str]:
    """Return the record of an article as it is sent."""
    return {"id": article.id, "text": article.text, "published": PUBLISHED}


class Callers:
    """Callers: threads that ask, and threads that ingest; every reply is kept."""

    def __init__(self, processes: Sequence[ApiProcess], verdicts: Mapping[str, str], texts: Texts) -> None:
        """Store what is right.

        Args:
            verdicts: verdict by question, of an idle server.
            texts: articles that may be quoted.
        """
        self._processes, self._verdicts, self._texts = processes, verdicts, texts
        self._over, self._lock = threading.Event(), threading.Lock()
        self._threads: list[threading.Thread] = []
        self._numbers = iter(range(1_000_000))
        self.replies: list[Reply] = []
        self.wrong: list[str] = []
        self.unclean: list[str] = []
        """Replies that are neither an answer nor an error that says what to do."""
        self.receipts: set[str] = set()
        self.sent: dict[str, Article] = {}
        self.acknowledged: set[str] = set()

    def start(self, asking: int, ingesting: int = 0) -> None:
        """Start so many threads of each kind."""
        runs: list[Callable[[int], None]] = [*[self._ask] * asking, *[self._ingest] * ingesting]
        self._threads = [threading.Thread(target=run, args=(n,), daemon=True) for n, run in enumerate(runs)]
        for each in self._threads:
            each.start()

    def stop(self) -> None:
        """Let every thread finish its request."""
        self._over.set()
        for each in self._threads:
            each.join()

    def answered_after(self, began: float, process: int) -> float | None:
        """Return when the first answer of a process came that was given after `began`; None when none has."""
        with self._lock:
            times = [r.at for r in self.replies if r.process == process and r.status == 200 and r.at > began]
        return min(times, default=None)

    def statuses(self) -> dict[str, int]:
        """Return the number of replies by status."""
        return {str(status): n for status, n in sorted(Counter(reply.status for reply in self.replies).items())}

    def _send(self, wanted: type[Record], first: int, method: Callable[[ApiProcess], tuple[int, Any]]) -> Reply:
        """Send a request to one process, and to the next ones while it is not taken, as a proxy does."""
        for turn in range(len(self._processes)):
            number = (first + turn) % len(self._processes)
            began = time.monotonic()
            status, body = method(self._processes[number])
            reply = Reply(status, body, wanted, number, at=time.monotonic(), seconds=time.monotonic() - began)
            with self._lock:
                self.replies.append(reply._replace(body=None))
            if status != BROKEN:
                break
        if not reply.is_clean:
            named = REQUEST.search(str(body))
            self.unclean.append(f"{status}: {body}" + (self._processes[number].logged(named.group()) if named else ""))
        if status in RETRIED:
            self._over.wait(PAUSE_SECONDS)
        return reply

    def _ask(self, number: int) -> None:
        rng = random.Random(number)
        while not self._over.is_set():
            question = rng.choice([*self._verdicts])
            first = rng.randrange(len(self._processes))
            reply = self._send(Answer, first, lambda each: ask(each, question))  # noqa: B023
            if reply.is_success:
                self.receipts.add(reply.body["receipt"]["id"])
                if reply.body["verdict"] != self._verdicts[question] or not is_exact(reply.body, self._texts):
                    self.wrong.append(f"{question}: {reply.body['verdict']}: {reply.body['text']}")

    def _ingest(self, number: int) -> None:
        """Send each batch until it is acknowledged."""
        while not self._over.is_set():
            with self._lock:
                batch = [story(next(self._numbers)) for _ in range(ARTICLES_PER_BATCH)]
                self.sent |= {article.id: article for article in batch}
            records = {"articles": [record(article) for article in batch]}
            while not self._over.is_set():
                first = random.Random(batch[0].id).randrange(len(self._processes))
                reply = self._send(
                    IngestReport,
                    first,
                    lambda each: send(each, "POST", "/v1/articles", records),  # noqa: B023
                )
                if reply.is_success:
                    self.acknowledged.update(reply.body["new"], reply.body["unchanged"])
                    break
