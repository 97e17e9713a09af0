"""What a brief is about: namesakes, little material, speakers, two lengths."""

from collections.abc import Callable, Iterator

import pytest

from index.reading import ArticleRecord, to_article
from service.briefing.namesakes import NAMELESS_FACTOR, NAMESAKE_FACTOR, Namesakes
from service.briefing.speaker_names import is_same_name, name_words, without_time
from service.briefing.types import BriefRequest
from service.language.names import full_name
from service.rendering.brief_document import brief_document
from service.rendering.markdown import as_markdown
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
        ("Adalbert Voss won the race.", NAMESAKE_FACTOR),
        ("Adalbert Vossberg opened the bridge.", NAMELESS_FACTOR),
        ("The bridge was opened.", NAMELESS_FACTOR),
    ],
)
def test_an_article_on_a_namesake_is_less_relevant(text: str, factor: float) -> None:
    assert Namesakes("Ada Voss and the bridge").factor(text) == factor


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


@pytest.mark.parametrize(
    ("text", "surname", "name"),
    [
        ("The envoy for Cuba Ann Voss spoke. Ann Voss left.", "Voss", "Ann Voss"),
        ("Students of Santa Clara Voss spoke.", "Voss", "Santa Clara Voss"),
        ("The U.S. Attorney General Ann Voss spoke.", "Voss", "Attorney General Ann Voss"),
        ("WATCHED Norwick Mayor Ann Voss. Norwick Mayor Ann Voss spoke.", "Voss", "Norwick Mayor Ann Voss"),
        ("Tuesday's FDA decision came late, the FDA said.", "FDA", "FDA"),
    ],
)
def test_only_words_of_the_name_make_a_surname_full(text: str, surname: str, name: str) -> None:
    assert full_name(text, surname) == name


def test_a_body_is_one_speaker_in_all_articles(collect: Collect) -> None:
    workspace = collect(
        a=f"{STORM} The Norwick Harbour Agency said the storm in Norwick sank nine boats.",
        b="The storm in Norwick closed the school. The NHA said the storm in Norwick broke two cranes of the harbour.",
    )
    brief = workspace.brief(BriefRequest(topic="The storm in Norwick"))
    [agency] = [each for each in brief.speakers if each.name.endswith(("Agency", "NHA"))]
    assert agency.name == "The Norwick Harbour Agency"


def test_the_day_is_no_part_of_a_speaker() -> None:
    assert without_time("The High Commissioner on Thursday") == "The High Commissioner"


def test_little_material_is_said_to_be_little(collect: Collect) -> None:
    workspace = collect(a="The storm in Norwick destroyed 40 houses. The harbour was closed by the storm in Norwick.")
    brief = workspace.brief(BriefRequest(topic="The storm in Norwick"))
    assert brief.is_little
    assert "Little on this" in as_markdown(brief_document(brief))


def test_much_material_is_not_said_to_be_little(collect: Collect) -> None:
    more = " ".join(f"The storm in Norwick cut the road to the {each} farm." for each in ("old", "new", "red", "far"))
    brief = collect(a=f"{STORM} {more}").brief(BriefRequest(topic="The storm in Norwick"))
    assert not brief.is_little
    assert "Little on this" not in as_markdown(brief_document(brief))


def test_a_summary_has_no_other_part(collect: Collect) -> None:
    brief = collect(a=STORM).brief(BriefRequest(topic="The storm in Norwick", length="summary"))
    assert brief.summary.lines
    parts = [brief.points, brief.timeline, brief.speakers, brief.differences, brief.unknown]
    assert parts == [(), (), (), (), ()]
    assert len(brief.summary.lines) <= 9
