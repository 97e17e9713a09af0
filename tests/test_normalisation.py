"""Unicode normalisation: text is compared without invisible differences, and every offset stays exact."""

import sys
import unicodedata
from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from index.normalisation import normalise
from index.words import fold, stem, words
from service.language.parsing import parse
from service.language.quotations import plain, quoted
from service.language.tokens import tokenise

ENDINGS = ("alization", "fulness", "ations", "ements", "ousness", "ities")
CAFE = "The café’s co-owner filed for a re-opening at 5 pm."


@pytest.mark.parametrize(
    "text",
    [
        unicodedata.normalize("NFD", CAFE),
        CAFE.replace("owner", "own\u200ber"),
        CAFE.replace("filed", "\ufb01led"),
        CAFE.replace("filed", "fi\u00adled"),
        CAFE.replace("-", "\u2011"),
        CAFE.replace("-", "\u2010"),
        CAFE.replace(" ", "\u00a0"),
        CAFE.replace("5 pm", "5\u202fpm"),
        CAFE.replace("5 pm", "5\u2009pm"),
        "\ufeff" + CAFE,
        CAFE.replace("café", "\u2066café\u2069"),
    ],
)
def test_forms_of_one_text_are_equal_to_search_check_and_quotation_matching(text: str) -> None:
    assert words(text) == words(CAFE)
    assert fold(text) == fold(CAFE)
    assert plain(text) == plain(CAFE)
    assert [each.folded for each in tokenise(text)] == [each.folded for each in tokenise(CAFE)]
    parsed = parse(text)
    assert [word.text for word in parsed.words] == [word.text for word in parse(CAFE).words]
    assert all(normalise(text[word.start : word.end]).text.strip() == word.text.strip() for word in parsed.words)


@given(
    st.text(
        st.one_of(
            st.characters(codec="utf-8"), st.sampled_from("e\u0301\u200b\u00ad\ufb01\u2011\u00a0か\u3099ᄀ\u1161")
        )
    )
)
def test_offsets_of_any_text_ascend_and_cover_it(text: str) -> None:
    found = normalise(text)
    assert len(found.offsets) == len(found.text) + 1
    assert all(0 <= a <= b <= len(text) for a, b in pairwise(found.offsets))
    assert found.offsets[-1] == len(text)
    assert normalise(found.text).text == found.text


def test_plain_text_is_not_copied() -> None:
    assert normalise(CAFE).text is CAFE


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("水泵坏了", ["水泵", "泵坏", "坏了"]),
        ("NATO在东京", ["nato", "在东", "东京"]),
        ("ガラスが割れた", ["ガラ", "ラス", "スが", "が割", "割れ", "れた"]),
        ("水", ["水"]),
        ("насос сломался", ["насос", "сломался"]),
        ("تعطلت المضخة", ["تعطلت", "المضخة"]),
    ],
)
def test_words_of_scripts_without_spaces_are_pairs_of_characters(text: str, expected: list[str]) -> None:
    assert words(text) == expected


def test_voiced_kana_are_other_syllables() -> None:
    assert fold(unicodedata.normalize("NFD", "が")) == "が" != fold("か")


@pytest.mark.parametrize(
    "text", ["„Die Pumpe ist alt“, sagte er.", "「Die Pumpe ist alt」と述べた。", "« Die Pumpe ist alt »"]
)
def test_quotations_of_other_languages_are_found(text: str) -> None:
    assert [each.strip() for each in quoted(text)] == ["Die Pumpe ist alt"]


def test_threads_do_not_disturb_each_others_stems() -> None:
    long = [f"{root}{ending}" for root in ("nation", "hope", "organis", "condition", "formal") for ending in ENDINGS]
    uncached = stem.__wrapped__
    right = {word: uncached(word) for word in long}

    def stemmed(turn: int) -> list[str]:
        return [uncached(word) for word in long[turn % 9 :]]

    interval = sys.getswitchinterval()
    sys.setswitchinterval(1e-5)
    try:
        with ThreadPoolExecutor(4) as pool:
            found = list(pool.map(stemmed, range(120)))
    finally:
        sys.setswitchinterval(interval)
    assert found == [[right[word] for word in long[turn % 9 :]] for turn in range(120)]
