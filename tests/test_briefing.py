"""Briefs: every line is supported, each statement and event appears once, copies count once, nothing is invented."""

import itertools
import json
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from index.errors import EmptyCollection, InputError, NotFound
from index.reading import ArticleRecord, to_article
from index.types import Filters
from service.answering.types import Citation
from service.briefing.brief_citations import iter_lines
from service.briefing.types import PARTS, Brief, BriefDone, BriefLine, BriefRequest, PartReady
from service.cli.brief_topics import BriefTopic, read_topics, write_briefs
from service.engines import Engines
from service.grounding import Support, check
from service.runtime.home_lock import Home
from service.runtime.settings import Settings
from service.workspace import Workspace
from tests.conftest import light_engines

RALLY = "The suicide bombing at a political rally"
STORM = (
    "The storm in Norwick killed 12 people on 3 May 2025. Mayor Ada Voss said that the storm in Norwick had closed the "
    "harbour for two days. The storm in Norwick destroyed 40 houses. It is not yet known what the repairs will cost."
)
PIERS = ((2, "north"), (3, "old"), (4, "west"), (5, "long"), (6, "stone"), (7, "ferry"))
Collect = Callable[..., Workspace]


def lines(brief: Brief) -> list[BriefLine]:
    return list(
        iter_lines(brief.summary, brief.points, brief.timeline, brief.speakers, brief.differences, brief.unknown)
    )


def statements(brief: Brief) -> list[str]:
    """Return the words of the headline, the summary and the points."""
    first = [brief.summary.headline] if brief.summary.headline else []
    return [line.words for line in (*first, *brief.summary.lines, *brief.points)]


def article(id_: str, text: str, outlet: str = "Gazette", published: str = "2025-05-04") -> ArticleRecord:
    return ArticleRecord(id=id_, text=text, outlet=outlet, published=published)


@pytest.fixture
def collect(settings: Settings) -> Iterator[Collect]:
    opened: list[Workspace] = []

    def collection(*records: ArticleRecord, engines: Engines | None = None) -> Workspace:
        workspace = Workspace(settings, engines or light_engines(), Home(settings.home))
        opened.append(workspace)
        workspace.ingest(map(to_article, records))
        return workspace

    yield collection
    for workspace in opened:
        workspace.close()


def on(workspace: Workspace, topic: str, *, since_last: bool = False, **filters: str) -> Brief:
    chosen = Filters.model_validate({"as_of": "2026-11-01", **filters})
    return workspace.brief(BriefRequest(topic=topic, filters=chosen, since_last=since_last))


@pytest.mark.parametrize("topic", [RALLY, "ISKP and the Taliban", "Sanaullah Ghafari, the leader of ISKP"])
def test_every_line_is_an_exact_quotation_that_the_gate_accepts(workspace: Workspace, topic: str) -> None:
    brief = on(workspace, topic)
    cited = {citation.number: citation for citation in brief.citations}
    assert lines(brief)
    for line in lines(brief):
        for number in line.citations:
            stored = workspace.article(cited[number].article_id, cited[number].version).text
            assert stored[cited[number].start : cited[number].end] == cited[number].quote
        assert carried(line, cited[line.citations[0]]), line.words


def carried(line: BriefLine, citation: Citation) -> bool:
    words = f"{line.words[:1].upper()}{line.words[1:]}".rstrip(".")
    support = Support(quote=" ".join(citation.quote.split()), attribution=citation.attribution or "")
    claims = [f"{words}.", line.words, *([f"{words}, {line.said}."] if line.said else [])]
    return line.words in " ".join(citation.quote.split()) and any(check(c, [support]).accepted for c in claims)


def test_numbers_run_from_one_and_every_citation_is_used(workspace: Workspace) -> None:
    brief = on(workspace, "ISKP and the Taliban")
    assert [citation.number for citation in brief.citations] == list(range(1, len(brief.citations) + 1))
    assert {n for line in lines(brief) for n in line.citations} == {c.number for c in brief.citations}


def test_no_point_is_a_question_a_heading_or_an_imperative(collect: Collect) -> None:
    extra = "Who pays for the storm in Norwick?\n\nStorm in Norwick: live\n\nFollow the storm in Norwick here."
    brief = on(collect(article("a", f"{STORM}\n\n{extra}")), "The storm in Norwick")
    assert statements(brief)
    assert not [words for words in statements(brief) if "?" in words or "live" in words or "Follow" in words]


def test_near_duplicates_make_one_point_of_one_origin(collect: Collect) -> None:
    copies = [article(f"copy-{i}", STORM, f"Paper {i}", f"2025-05-0{4 + i}") for i in range(3)]
    brief = on(collect(*copies), "The storm in Norwick")
    assert len(set(statements(brief))) == len(statements(brief))
    assert {line.origins for line in lines(brief)} == {1}
    # Where the copies have two sentences that are quoted together is not known.
    assert {len(citation.also) for citation in brief.citations if "houses. It" not in citation.quote} == {2}
    assert {citation.article_id for citation in brief.citations} == {"copy-0"}


def test_two_independent_reports_are_two_origins(collect: Collect) -> None:
    one = article("a", "The storm in Norwick destroyed 40 houses. The harbour of Norwick was closed by the storm.")
    two = article("b", "Insurers met. The storm in Norwick destroyed 40 houses in the town. They were old.", "Post")
    brief = on(collect(one, two), "The storm in Norwick")
    houses = next(line for line in lines(brief) if "40 houses" in line.words)
    assert houses.origins == 2


def test_a_fused_point_that_the_gate_rejects_is_withheld_and_quoted_instead(collect: Collect) -> None:
    engines = light_engines(*["The storm in Norwick killed 99 people."] * 20)
    writing = Engines(engines.embedder, engines.reader, engines.generator, composes=True)
    brief = on(collect(article("a", STORM), engines=writing), "The storm in Norwick")
    assert brief.withheld
    assert not [words for words in statements(brief) if "99" in words]
    assert {line.style for line in lines(brief)} == {"quote"}
    assert brief.receipt.replies
    assert set(brief.receipt.prompts) == {"point"}


def test_a_generator_fuses_points(collect: Collect) -> None:
    engines = light_engines(*["The storm killed 12 people in Norwick."] * 20)
    writing = Engines(engines.embedder, engines.reader, engines.generator, composes=True)
    brief = on(collect(article("a", "The storm in Norwick killed 12 people."), engines=writing), "The storm in Norwick")
    composed = [line for line in lines(brief) if line.style == "compose"]
    assert [line.text for line in composed] == ["The storm killed 12 people in Norwick."]
    assert composed[0].citations == (1,)


def test_a_brief_is_kept_with_its_receipt(workspace: Workspace) -> None:
    brief = on(workspace, RALLY)
    assert workspace.brief_archive.brief(brief.receipt.id) == brief
    assert brief.receipt.revision == workspace.store.revision()
    assert brief.receipt.settings["as_of"] == "2026-11-01"
    listed = workspace.brief_archive.briefs(f" {RALLY.upper()}! ", 10, 0)
    assert [(each.receipt, each.topic) for each in listed.briefs] == [(brief.receipt.id, RALLY)]
    assert workspace.brief_archive.briefs("another topic", 10, 0).total == 0


def test_replaying_the_receipt_of_a_brief_is_refused(workspace: Workspace) -> None:
    with pytest.raises(InputError, match="is of a brief"):
        workspace.replay(on(workspace, RALLY).receipt.id)
    with pytest.raises(NotFound, match="no brief"):
        workspace.brief_archive.brief("nothing")


def test_a_summary_has_the_newest_report_behind_its_first_statement(collect: Collect) -> None:
    boats = " ".join(f"The storm in Norwick sank {n} boats at the {each} pier." for n, each in PIERS)
    late = "The storm in Norwick cost the insurers 9 million dollars, they said after a count of all claims."
    workspace = collect(article("old", f"{STORM} {boats}"), article("new", late, published="2025-05-09"))
    brief = workspace.brief(BriefRequest(topic="The storm in Norwick"))
    article_of = {each.number: each.article_id for each in brief.citations}
    first = [brief.summary.headline] if brief.summary.headline else []
    shown = [article_of[line.citations[0]] for line in (*first, *brief.summary.lines)]
    assert "new" in shown[:2]


def test_key_points_are_grouped_by_article(workspace: Workspace) -> None:
    brief = workspace.brief(BriefRequest(topic="ISKP and the Taliban"))
    article_of = {each.number: each.article_id for each in brief.citations}
    groups = [key for key, _ in itertools.groupby(article_of[line.citations[0]] for line in brief.points)]
    assert 1 < len(groups) < len(brief.points)
    assert len(groups) == len(set(groups))


def test_parts_come_in_order_and_are_the_brief(workspace: Workspace) -> None:
    events = list(workspace.brief_stream(BriefRequest(topic="ISKP and the Taliban")))
    parts = [event for event in events if isinstance(event, PartReady)]
    assert tuple(event.part for event in parts) == PARTS
    assert isinstance(events[-1], BriefDone)
    brief = events[-1].brief
    assert [event.content for event in parts] == [getattr(brief, name) for name in PARTS]
    assert tuple(citation for event in parts for citation in event.citations) == brief.citations


def test_a_cancelled_brief_is_not_kept(workspace: Workspace) -> None:
    events = workspace.brief_stream(BriefRequest(topic=RALLY))
    assert isinstance(next(events), PartReady)
    events.close()
    assert workspace.brief_archive.briefs(None, 10, 0).total == 0


def test_a_topic_that_is_not_in_the_corpus_gets_the_closest_sentences(collect: Collect) -> None:
    workspace = collect(article("a", STORM))
    events = list(workspace.brief_stream(BriefRequest(topic="Sourdough hydration")))
    assert len(events) == 1
    assert isinstance(events[0], BriefDone)
    brief = events[0].brief
    assert brief.verdict == "not_in_corpus"
    assert brief.closest
    assert not lines(brief)
    assert not brief.citations


def test_unusable_topics_and_an_empty_collection_are_errors(workspace: Workspace, collect: Collect) -> None:
    for topic in (" ", "?!", "x " * 1500):
        with pytest.raises(InputError, match="topic"):
            workspace.brief(BriefRequest(topic=topic))
    workspace.remove("000_af5a69d05544d7a4")
    for listed in workspace.articles(10, 0).articles:
        workspace.remove(listed.id)
    with pytest.raises(EmptyCollection):
        workspace.brief(BriefRequest(topic=RALLY))


def test_nothing_published_after_as_of_is_used(collect: Collect) -> None:
    late = article("late", "The storm in Norwick cost $5 million.", "Post", "2025-06-01")
    workspace = collect(article("a", STORM), late)
    assert {c.article_id for c in on(workspace, "The storm in Norwick", as_of="2025-05-10").citations} == {"a"}
    assert {c.article_id for c in on(workspace, "The storm in Norwick", outlet="Post").citations} == {"late"}
    assert {c.article_id for c in on(workspace, "The storm in Norwick", since="2025-05-20").citations} == {"late"}


def test_the_shares_of_the_sources_add_up(workspace: Workspace) -> None:
    brief = on(workspace, "ISKP and the Taliban")
    assert sum(use.share for use in brief.sources) == pytest.approx(1.0)
    assert {use.article_id for use in brief.sources} == {citation.article_id for citation in brief.citations}


def test_what_an_old_report_calls_unknown_is_not_listed(collect: Collect) -> None:
    late = "The storm in Norwick cost the insurers 9 million dollars. The storm in Norwick closed the pier."
    workspace = collect(article("old", STORM), article("new", late, published="2025-05-09"))
    assert any("not yet known" in each.text for each in on(workspace, "The storm in Norwick").unknown)
    later = "The storm in Norwick left 30 families without a home. The storm in Norwick cost the fishermen a season."
    workspace.ingest([to_article(article("later", later, published="2025-05-20"))])
    assert not any("not yet known" in each.text for each in on(workspace, "The storm in Norwick").unknown)


def test_open_questions_are_listed(collect: Collect) -> None:
    brief = on(collect(article("a", STORM)), "The storm in Norwick: which insurer pays for the zeppelin?")
    kinds = {each.kind: each for each in brief.unknown}
    assert set(kinds) == {"asked", "not_mentioned", "open"}
    assert kinds["open"].line is not None
    assert "not yet known" in kinds["open"].line.words
    assert "zeppelin" in " ".join(each.text for each in brief.unknown if each.kind == "not_mentioned")


@pytest.mark.parametrize(
    "opened", ["It’s not clear who will", "It's still unknown who will", "Who will is not clear: who"]
)
def test_what_is_open_is_found_in_a_contraction_too(collect: Collect, opened: str) -> None:
    brief = on(collect(article("a", f"{STORM} {opened} pay for the storm in Norwick.")), "The storm in Norwick")
    assert any(f"{opened} pay" in each.text for each in brief.unknown)


def test_a_second_brief_lists_what_is_new_changed_and_gone(collect: Collect) -> None:
    workspace = collect(article("a", STORM), article("b", "The storm in Norwick flooded the market square.", "Post"))
    assert (first := on(workspace, "The storm in Norwick", since_last=True)).since_last is not None
    assert first.since_last.previous is None
    again = on(workspace, "the STORM in Norwick", since_last=True).since_last
    assert again is not None
    assert again.changes == ()
    workspace.ingest([to_article(article("c", "The storm in Norwick sank 7 boats.", "Herald", "2025-05-06"))])
    workspace.ingest([to_article(article("a", STORM.replace("killed 12", "killed 21")))])
    workspace.remove("b")
    since = on(workspace, "The storm in Norwick", since_last=True).since_last
    assert since is not None
    kinds = {kind: [c.text for c in since.changes if c.kind == kind] for kind in ("new", "changed", "gone")}
    assert any("7 boats" in text for text in kinds["new"])
    assert any("killed 21" in text for text in kinds["changed"])
    assert any("market square" in text and "removed" in text for text in kinds["gone"])
    assert any("killed 12" in text for text in kinds["gone"])


TOPICS = """
as_of = 2026-11-01
[[topic]]
topic = "The suicide bombing at a political rally"
[[topic]]
topic = "Broken"
since = "yesterday"
[[topic]]
topic = "??"
[[topic]]
topic = "ISKP and the Taliban"
format = "json"
"""


def test_one_bad_topic_of_a_file_stops_none_of_the_others(workspace: Workspace, tmp_path: Path) -> None:
    (tmp_path / "topics.toml").write_text(TOPICS, encoding="utf-8")
    heard: list[str] = []
    outcomes = list(
        write_briefs(workspace.brief, read_topics(tmp_path / "topics.toml", {}), tmp_path / "out", heard.append)
    )
    assert [outcome.error is None for outcome in outcomes] == [True, False, False, True]
    assert "not a day" in (outcomes[1].error or "")
    assert "empty" in (outcomes[2].error or "")
    assert heard[0] == f"1/4 {RALLY}"
    written = sorted(path.name for path in (tmp_path / "out").iterdir())
    assert written == ["iskp-and-the-taliban.json", "the-suicide-bombing-at-a-political-rally.md"]
    assert json.loads((tmp_path / "out" / written[0]).read_text(encoding="utf-8"))["topic"] == "ISKP and the Taliban"


@pytest.mark.parametrize(
    ("text", "says"),
    [("topic = ", "is not TOML"), ("since = '2025-01-01'", "names no topic"), (None, "cannot be read")],
)
def test_an_unusable_topics_file_says_why(tmp_path: Path, text: str | None, says: str) -> None:
    path = tmp_path / "topics.toml"
    if text is not None:
        path.write_text(text, encoding="utf-8")
    with pytest.raises(InputError, match=says):
        read_topics(path, {})


def test_topics_keep_their_names_inside_the_folder(workspace: Workspace, tmp_path: Path) -> None:
    entries: list[tuple[str, BriefTopic | str]] = [("t", BriefTopic(topic=RALLY, file="../../etc/x")) for _ in range(2)]
    outcomes = list(write_briefs(workspace.brief, entries, tmp_path))
    assert [Path(outcome.file or "").parent for outcome in outcomes] == [tmp_path, tmp_path]
    assert [Path(outcome.file or "").name for outcome in outcomes] == ["etc-x.md", "etc-x-2.md"]
