"""Other languages: text is found and quoted by its words, and the reader is told that only English is judged."""

from collections.abc import Iterator
from contextlib import closing

import pytest

from index.reading import read_paths
from index.types import Filters
from service.answering.types import Question
from service.language.judged_language import NOT_JUDGED, is_judged
from service.runtime.home_lock import Home
from service.runtime.settings import Settings
from service.workspace import Workspace
from tests.conftest import light_engines

ARTICLES = {
    "zh": "磨坊镇水泵故障\n\n周二，磨坊镇的水泵发生故障，河水在一小时内淹没了下城。三名儿童溺水身亡。\n\n"
    "市长林伟说，水泵已经有四十年历史，从来没有更换过。",
    "ja": "ポンプ故障\n\nミルエンドのポンプは火曜日に故障し、川が町を浸水させた。子供三人が川で溺れて死亡した。",
    "ru": "Насос сломался\n\nНасос сломался в понедельник, и река затопила нижний город за час. "
    "Трое детей утонули в реке.",
    "ar": "تعطل المضخة\n\nتعطلت المضخة في البلدة يوم الاثنين وغمر النهر المدينة السفلى. غرق ثلاثة أطفال في النهر.",
    "de": "Pumpe fällt aus\n\nDie Pumpe fiel am 3. Oktober aus, und der Fluss überflutete die Unterstadt. "
    "Drei Kinder ertranken in dem Fluss.",
}


@pytest.fixture(scope="module")
def collection(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Workspace]:
    folder = tmp_path_factory.mktemp("languages")
    for name, text in ARTICLES.items():
        (folder / f"{name}.txt").write_text(text, encoding="utf-8")
    settings = Settings(home=folder / "home", exact=True)
    with closing(Workspace(settings, light_engines(), Home(settings.home))) as workspace:
        workspace.ingest(read_paths(sorted(folder.glob("*.txt"))))
        yield workspace


@pytest.mark.parametrize(
    ("question", "quote"),
    [
        ("磨坊镇有几名儿童溺水？", "三名儿童溺水身亡。"),
        ("三名儿童溺水身亡。", "三名儿童溺水身亡。"),
        ("水泵有多少年历史？", "市长林伟说，水泵已经有四十年历史，从来没有更换过。"),
        ("何人の子供が川で溺れたか？", "子供三人が川で溺れて死亡した。"),
        ("Сколько детей утонули в реке?", "Трое детей утонули в реке."),
        ("كم أطفال في النهر غرق؟", "غرق ثلاثة أطفال في النهر."),
        ("Wie viele Kinder ertranken in dem Fluss und in der Stadt?", "Drei Kinder ertranken in dem Fluss."),
    ],
)
def test_a_question_in_another_language_is_answered_by_its_words(
    collection: Workspace, question: str, quote: str
) -> None:
    answer = collection.ask(Question(text=question))
    assert answer.verdict == "answered"
    assert answer.citations[0].quote == quote


@pytest.mark.parametrize("question", ["火车什么时候离开北京？", "Когда уходит поезд из Москвы?"])
def test_a_refusal_says_that_only_english_is_judged(collection: Workspace, question: str) -> None:
    answer = collection.ask(Question(text=question))
    assert answer.verdict == "not_in_corpus"
    assert NOT_JUDGED in answer.text


@pytest.mark.parametrize(
    ("claim", "verdict"),
    [
        ("三名儿童溺水身亡。", "supported"),
        ("四名儿童溺水身亡。", "not_found"),
        ("Трое детей утонули в реке.", "supported"),
        ("Двое детей утонули в реке.", "not_found"),
        ("Drei Kinder ertranken in dem Fluss.", "supported"),
        ("Vier Kinder ertranken in dem Fluss und der Stadt.", "not_found"),
    ],
)
def test_only_the_very_words_of_another_language_are_supported(collection: Workspace, claim: str, verdict: str) -> None:
    (checked,) = collection.check(claim, Filters()).sentences
    assert checked.verdict == verdict
    assert verdict == "supported" or NOT_JUDGED in checked.reason


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Who is the mayor of Mill End?", True),
        ("Kyiv strike kills three", True),
        ("The crew of the Des Moines sailed to La Paz.", True),
        ("Müller", True),
        ("谁是市长？", False),
        ("NATO在哪里？", False),
        ("Где мэр?", False),
        ("Combien d'enfants sont morts dans la ville ?", False),
        ("Was ist mit der Pumpe und dem Fluss passiert?", False),
    ],
)
def test_english_is_told_from_other_languages(text: str, expected: bool) -> None:
    assert is_judged(text) is expected
