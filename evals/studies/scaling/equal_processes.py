"""Equal processes: two API processes over one PostgreSQL and Chroma server, against one, and under kills.

First as many callers as asked for ask one process, then two (`footnote study equal-processes`). Then a few go on
while others ingest, and an API process, PostgreSQL and Chroma are killed (SIGKILL) in turn and started again.
"""

import math
import random
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from itertools import cycle, islice
from typing import NamedTuple

import click
from pydantic import Field, SecretStr

from evals.harness.cases import CASES, read_cases
from evals.studies.durability.consistency import find_inconsistencies
from evals.studies.durability.synthetic_articles import story
from evals.studies.scaling.cluster import BROKEN, Cluster, busy_share, cluster, machine_ticks, send
from evals.studies.scaling.cluster_callers import Callers, ask, record
from evals.studies.speed.measurement import quantile
from evals.studies.study_verb import study
from index.types import Record
from service.engines import Engines, load_engines
from service.runtime.home_lock import open_home
from service.runtime.settings import Settings
from service.workspace import Workspace

PARTS = ("api", "postgresql", "chroma")
MAX_AWAY_SECONDS = 2.0
"""Longest time for which PostgreSQL or Chroma stays away after a kill."""
MAX_RECOVERY_SECONDS = 60.0
GOAL_SECONDS = 5.0
MAX_PAUSE_SECONDS = 1.0
ASKING = 4
"""Callers that ask while parts are killed: few, so that a kill is not followed by a long queue."""
QUESTIONS = 12
INGESTING = 2
"""Callers that ingest while parts are killed."""
FIRST_OF_JOB, ARTICLES_OF_JOB = 500_000, 60
Progress = Callable[[str], None]


class Throughput(Record):
    """Throughput: what the callers got of so many processes, and what was busy meanwhile."""

    processes: int
    callers: int
    seconds: float
    answers: int
    answers_per_second: float
    seconds_p50: float = Field(description="Seconds that a caller waited for an answer.")
    cores: dict[str, float] = Field(description="Cores that each part used on average.")
    machine_busy: float = Field(description="Share of all cores that was busy, with whatever else ran.")
    faults: tuple[str, ...] = Field(description="Wrong answers, and errors that do not say what to do.")


class Recovery(Record):
    """Recovery: a kill, and the seconds from the return of the part until every process worked in full again."""

    part: str
    seconds: float = Field(description="Until every process read the ledger and searched the dense index.")
    answered: float = Field(description="Until every process had given an answer, to whoever waited for his turn.")


class KillReport(Record):
    """KillReport: what the callers met while parts were killed, and what the stores had afterwards."""

    recoveries: tuple[Recovery, ...]
    statuses: dict[str, int] = Field(description="Replies by status; 0 is a broken connection, which was sent again.")
    answers: int
    wrong: tuple[str, ...] = Field(
        description="Answers with another verdict than an idle server gives, or a quotation that is not exact."
    )
    unclean: tuple[str, ...] = Field(description="Errors that do not say what to do.")
    articles: int = Field(description="Articles that were acknowledged.")
    lost: tuple[str, ...]
    doubled: tuple[str, ...]

    @property
    def faults(self) -> tuple[str, ...]:
        """Everything that must not be."""
        late = (each.part for each in self.recoveries if max(each.seconds, each.answered) >= MAX_RECOVERY_SECONDS)
        stuck = (f"{part}: did not recover within {MAX_RECOVERY_SECONDS:g} s" for part in late)
        return (*self.wrong, *self.unclean, *self.lost, *self.doubled, *stuck)

    def seconds(self, part: str) -> list[float]:
        """Return the recoveries of one part."""
        return [each.seconds for each in self.recoveries if each.part == part]

    def answered(self, part: str) -> list[float]:
        """Return the seconds until answers came again."""
        return [each.answered for each in self.recoveries if each.part == part]


class Reference(NamedTuple):
    """Reference: what an idle server answers, and what it may quote."""

    verdicts: dict[str, str]
    texts: dict[str, str]


def reference(made: Cluster) -> Reference:
    """Return the verdict of the first questions of the seeds, in which all processes must agree, and the articles."""
    verdicts: dict[str, str] = {}
    for case in read_cases(CASES / "seeds.jsonl")[:QUESTIONS]:
        (verdicts[case.question],) = {ask(each, case.question)[1]["verdict"] for each in made.api}
    listed = send(made.api[0], "GET", "/v1/articles")[1]["articles"]
    texts = {each["id"]: send(made.api[0], "GET", f"/v1/articles/{each['id']}")[1]["text"] for each in listed}
    return Reference(verdicts, texts)


def throughput(made: Cluster, processes: int, callers: int, seconds: float, right: Reference) -> Throughput:
    """Let the callers ask the first so many processes."""
    crowd = Callers(made.api[:processes], *right)
    crowd.start(callers)
    time.sleep(min(5.0, seconds / 4))  # until every caller waits for an answer
    began, cpu, ticks = time.monotonic(), made.cpu_seconds(), machine_ticks()
    time.sleep(seconds)
    took, cpu_after, ticks_after = time.monotonic() - began, made.cpu_seconds(), machine_ticks()
    answers = [reply for reply in crowd.replies if reply.status == 200 and began < reply.at <= began + took]
    crowd.stop()
    return Throughput(
        processes=processes,
        callers=callers,
        seconds=took,
        answers=len(answers),
        answers_per_second=len(answers) / took,
        seconds_p50=quantile([reply.seconds for reply in answers], 0.5),
        cores={name: (cpu_after[name] - used) / took for name, used in cpu.items()},
        machine_busy=busy_share(ticks, ticks_after),
        faults=(*crowd.wrong, *crowd.unclean),
    )


def kill(
    made: Cluster,
    times: int,
    seed: int,
    right: Reference,
    engines: Engines,
    *,
    seconds: float = math.inf,
    progress: Progress = lambda line: None,
) -> KillReport:
    """Kill the parts in turn while callers ask and ingest and a job runs, then look for what was lost or doubled.

    Args:
        engines: of the same kind as those of the API processes; they open the collection at the end.
        seconds: after so long no further part is killed.
    """
    rng, crowd = random.Random(seed), Callers(made.api, *right)
    answers_before = _kept_answers(made, engines)
    job = _submit_job(made)
    crowd.start(ASKING, INGESTING)
    recoveries: list[Recovery] = []
    end = time.monotonic() + seconds
    for number, part in enumerate(islice(cycle(PARTS), times), start=1):
        if time.monotonic() > end:
            break
        time.sleep(rng.uniform(0.0, MAX_PAUSE_SECONDS))
        recoveries.append(_killed(made, part, rng, crowd))
        found = recoveries[-1]
        progress(f"kill {number}: {part}, recovered in {found.seconds:.1f} s, answers after {found.answered:.1f} s")
    crowd.stop()
    state = _wait_for_job(made, job)
    acknowledged = {name: crowd.sent[name] for name in crowd.acknowledged}
    lost, doubled = _inconsistencies(made, crowd, state, engines, answers_before)
    return KillReport(
        recoveries=tuple(recoveries),
        statuses=crowd.statuses(),
        answers=len(crowd.receipts),
        wrong=tuple(crowd.wrong),
        unclean=tuple(crowd.unclean),
        articles=len(acknowledged),
        lost=lost,
        doubled=doubled,
    )


def _killed(made: Cluster, part: str, rng: random.Random, crowd: Callers) -> Recovery:
    """Kill a part and start it again, and wait until every process works in full."""
    if part == "api":
        victim = rng.choice(made.api)
        victim.kill()
        victim.start()
    else:
        server = made.postgresql if part == "postgresql" else made.chroma
        server.kill()
        time.sleep(rng.uniform(0.0, MAX_AWAY_SECONDS))
        server.start()
    back, everyone = time.monotonic(), range(len(made.api))
    ready = _seconds_until(lambda: all(_is_ready(made, number) for number in everyone), back)
    answered = _seconds_until(lambda: all(crowd.answered_after(back, number) for number in everyone), back)
    return Recovery(part=part, seconds=ready, answered=answered)


def _seconds_until(holds: Callable[[], bool], began: float) -> float:
    while not holds() and time.monotonic() < began + MAX_RECOVERY_SECONDS:
        time.sleep(0.05)
    return time.monotonic() - began


def _is_ready(made: Cluster, number: int) -> bool:
    """Whether a process answers, and its dense index is not being rebuilt."""
    status, body = send(made.api[number], "GET", "/ready")
    index = {} if status != 200 else next(part for part in body["parts"] if part["name"] == "index")
    return status == 200 and "rebuilt:" not in index["detail"]


def _submit_job(made: Cluster) -> str:
    stories = [story(FIRST_OF_JOB + number) for number in range(ARTICLES_OF_JOB)]
    records = {"articles": [record(each) for each in stories]}
    status, job = send(made.api[0], "POST", "/v1/articles?wait=false", records)
    assert status == 202, job
    return str(job["id"])


def _wait_for_job(made: Cluster, job: str) -> str:
    """Return the state in which the job ended, or the last one seen."""
    end, state = time.monotonic() + MAX_RECOVERY_SECONDS, ""
    while state not in {"done", "failed"} and time.monotonic() < end:
        status, body = send(made.api[0], "GET", f"/v1/jobs/{job}")
        state = str(body["state"]) if status == 200 else state
        time.sleep(0.2)
    return state


def _inconsistencies(
    made: Cluster, crowd: Callers, job: str, engines: Engines, answers_before: int
) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return what is lost and doubled: articles in both stores, their versions, answers by receipt, and the job."""
    deadline = time.monotonic() + MAX_RECOVERY_SECONDS
    while not _is_whole(made) and time.monotonic() < deadline:
        time.sleep(0.2)
    lost = [] if _is_whole(made) else ["the dense index lacks chunks that no process has added since"]
    lost += [] if job == "done" else [f"the job is {job!r}"]
    with closing(_opened(made, engines)) as workspace:
        of_job = {each.id: each for each in (story(FIRST_OF_JOB + n) for n in range(ARTICLES_OF_JOB))}
        kept = {each.id: each.version for each in workspace.store.articles.list_current(1_000_000)}
        sent = {name: article for name, article in crowd.sent.items() if name in {*kept} | crowd.acknowledged}
        seeds = {name: workspace.store.articles.get(name).article for name in kept if not name.startswith("story-")}
        found = find_inconsistencies(workspace, {**seeds, **sent, **of_job})
        receipts = {row[0] for row in workspace.store.ledger.rows("SELECT id FROM receipt")}
    lost += [*found.lost, *(f"the answer {receipt}" for receipt in crowd.receipts - receipts)]
    doubled = [*found.doubled, *(f"{name}: version {n}" for name, n in kept.items() if n != 1)]
    unknown, broken = len(receipts - crowd.receipts) - answers_before, crowd.statuses().get(str(BROKEN), 0)
    doubled += [f"{unknown} more answers than requests that broke"] if unknown > broken else []
    return tuple(lost), tuple(doubled)


def _opened(made: Cluster, engines: Engines) -> Workspace:
    settings = Settings(home=made.home, store=SecretStr(made.address), chroma=made.chroma.address)
    return Workspace(settings, engines, open_home(settings))


def _kept_answers(made: Cluster, engines: Engines) -> int:
    with closing(_opened(made, engines)) as workspace:
        return len(workspace.store.ledger.rows("SELECT id FROM receipt"))


def _is_whole(made: Cluster) -> bool:
    status, body = send(made.api[0], "GET", "/ready")
    return status == 200 and not any(part["degraded"] for part in body["parts"] if part["name"] == "index")


def as_text(measured: tuple[Throughput, ...], killed: KillReport | None) -> str:
    """Format both halves of the study, faults last."""
    faults = [fault for each in measured for fault in each.faults]
    faults += killed.faults if killed else ()
    return "\n".join([*_throughput_lines(measured), *(_kill_lines(killed) if killed else ()), *faults])


def _throughput_lines(measured: tuple[Throughput, ...]) -> Iterator[str]:
    for each in measured:
        cores = ", ".join(f"{name} {used:.2f}" for name, used in each.cores.items())
        yield (
            f"{each.processes} processes, {each.callers} callers: {each.answers_per_second:.2f} answers/s (n = "
            f"{each.answers} in {each.seconds:.0f} s), p50 {each.seconds_p50:.1f} s; cores used: {cores}; "
            f"machine {each.machine_busy:.0%} busy; {len(each.faults)} faults"
        )


def _kill_lines(killed: KillReport) -> Iterator[str]:
    for part in PARTS:
        seconds = killed.seconds(part)
        if seconds:
            half, late = quantile(seconds, 0.5), sum(each > GOAL_SECONDS for each in seconds)
            answers = quantile(killed.answered(part), 0.5)
            yield (
                f"{part}: killed {len(seconds)} times; recovered in {half:.1f} s (p50), {max(seconds):.1f} s (most), "
                f"{late} later than {GOAL_SECONDS:g} s; answers after {answers:.1f} s (p50)"
            )
    yield (
        f"{killed.answers} answers, {len(killed.wrong)} wrong, {len(killed.unclean)} unclean errors; {killed.articles} "
        f"articles acknowledged; {len(killed.lost)} lost, {len(killed.doubled)} doubled; statuses {killed.statuses}"
    )


@study.command("equal-processes")
@click.option("--callers", type=click.IntRange(1), default=16, show_default=True)
@click.option("--seconds", type=click.FloatRange(1.0), default=60.0, show_default=True, help="Length of each half.")
@click.option("--kills", type=click.IntRange(0), default=30, show_default=True, help="Kills, of the parts in turn.")
@click.option("--minutes", type=float, default=30.0, show_default=True, help="After so long nothing more is killed.")
@click.option("--seed", type=int, default=1, show_default=True)
@click.option("--json", "json_", is_flag=True, help="Print the records as JSON.")
def equal_processes(callers: int, seconds: float, kills: int, minutes: float, seed: int, json_: bool) -> None:
    """Compare two processes over PostgreSQL and Chroma with one, then kill the parts under load.

    Exits 1 on anything lost, doubled or wrong, and on a part that does not recover.
    """

    def tell(line: str) -> None:
        click.echo(line, err=True)

    with cluster(2) as made:
        right = reference(made)
        measured = tuple(throughput(made, processes, callers, seconds, right) for processes in (1, 2))
        for line in _throughput_lines(measured):
            tell(line)
        killed = None
        if kills:
            with closing(load_engines(Settings())) as engines:
                killed = kill(made, kills, seed, right, engines, seconds=60 * minutes, progress=tell)
    records: list[Throughput | KillReport] = [*measured, *([killed] if killed else [])]
    click.echo("\n".join(each.model_dump_json() for each in records) if json_ else as_text(measured, killed))
    sys.exit(any(each.faults for each in records))
