"""What a brief is about: namesakes, little material, pictures, doubtful weekdays, two lengths, key points."""

from collections.abc import Callable, Iterator

import pytest

from index.reading import ArticleRecord, to_article
from index.types import Filters
from service.briefing.briefer import Briefer
from service.briefing.decontextualisation import is_caption
from service.briefing.namesakes import NAMELESS_FACTOR, NAMESAKE_FACTOR, Namesakes
from service.briefing.speaker_names import is_same_name, name_words, without_time
from service.briefing.types import BriefRequest
from service.language.parsing import parse
from service.rendering.brief_markdown import as_markdown
from service.runtime.home_lock import Home
from service.runtime.settings import Settings
from service.workspace import Workspace
from tests.conftest import light_engines

STORM = (
    "The storm in Norwick killed 12 people on 3 May 2025. Mayor Ada Voss said that the storm in Norwick had closed the "
    "harbour for two days. The storm in Norwick destroyed 40 houses. Insurers in Norwick expect claims of $5 million. "
    "The army brought tents to Norwick after the storm. Schools in Norwick stay closed until June because of the storm."
)
Collect = Callable[..., Workspace]


@pytest.fixture
def collect(settings: Settings) -> Iterator[Collect]:
    opened: list[Workspace] = []

    def collection(**texts: str) -> Workspace:
        workspace = Workspace(settings, light_engines(), Home(settings.home))
        opened.append(workspace)
        records = [
            ArticleRecord(id=name, text=text, outlet=name.title(), published="2025-05-04")
            for name, text in texts.items()
        ]
        workspace.ingest(map(to_article, records))
        return workspace

    yield collection
    for workspace in opened:
        workspace.close()


@pytest.mark.parametrize(
    ("text", "factor"),
    [
        ("Ada Voss opened the bridge. Voss thanked the crew.", 1.0),
        ("Mayor Voss opened the bridge.", 1.0),
        ("Emil Voss won the race. Voss had trained for years.", NAMESAKE_FACTOR),
        ("The bridge was opened.", NAMELESS_FACTOR),
    ],
)
def test_an_article_on_a_namesake_is_less_relevant(text: str, factor: float) -> None:
    assert Namesakes("Ada Voss and the bridge").factor(text) == factor


@pytest.mark.parametrize(
    ("text", "caption"),
    [
        ("People light a fire during a protest in Calder on September 21, 2022.", True),
        ("Ann Lee/Reuters People watch the harbour of Norwick.", True),
        ("People lit a fire during a protest in Calder on September 21, 2022.", False),
        ("The mayor has closed the harbour since May 2, 2022.", False),
        ("The court rules in June.", False),
    ],
)
def test_captions_of_pictures_are_no_statements(text: str, caption: bool) -> None:
    assert is_caption(parse(text)) is caption


@pytest.mark.parametrize(
    ("phrase", "name"),
    [
        ("Harbour Board chairman Jonas Vidal", ("Jonas", "Vidal")),
        ("documents of the Harbour Board", ()),
        ("the minister", ()),
    ],
)
def test_a_speaker_has_the_name_of_the_head_of_the_phrase(phrase: str, name: tuple[str, ...]) -> None:
    assert name_words(phrase)[-len(name) :] == name if name else not name_words(phrase)


def test_a_surname_is_the_full_name_and_other_first_names_are_not() -> None:
    assert is_same_name(("Vidal",), ("Jonas", "Vidal"))
    assert not is_same_name(("Emil", "Vidal"), ("Jonas", "Vidal"))
    assert not is_same_name((), ("Vidal",))


def test_the_day_is_no_part_of_a_speaker() -> None:
    assert without_time("The High Commissioner on Thursday") == "The High Commissioner"


def test_little_material_is_said_to_be_little(collect: Collect) -> None:
    workspace = collect(a="The storm in Norwick destroyed 40 houses. The harbour was closed by the storm in Norwick.")
    brief = workspace.brief(BriefRequest(topic="The storm in Norwick"))
    assert brief.is_little
    assert "Little on this" in as_markdown(brief)


def test_a_summary_has_no_other_part(collect: Collect) -> None:
    brief = collect(a=STORM).brief(BriefRequest(topic="The storm in Norwick", length="summary"))
    assert brief.summary.lines
    assert [brief.points, brief.timeline, brief.speakers, brief.differences] == [(), (), (), ()]
    assert len(brief.summary.lines) <= 9


@pytest.mark.parametrize("by", ["matter", "outlet"])
def test_key_points_are_few_cited_and_grouped(collect: Collect, by: str) -> None:
    workspace = collect(gazette=STORM, post="The storm in Norwick sank 7 boats. The storm in Norwick cut the power.")
    briefer: Briefer = workspace._briefer
    found = briefer.key_points("The storm in Norwick", Filters(), by="outlet" if by == "outlet" else "matter", limit=4)
    points = [point for group in found.groups for point in group.points]
    assert 0 < len(points) <= 4
    for point in points:
        assert point.line.words in found.citations[point.line.citations[0] - 1].quote
    assert {group.heading for group in found.groups} == ({"Gazette", "Post"} if by == "outlet" else {""})


def test_nothing_on_the_topic_gives_no_key_points(collect: Collect) -> None:
    assert collect(a=STORM)._briefer.key_points("Sourdough hydration", Filters()).groups == ()
