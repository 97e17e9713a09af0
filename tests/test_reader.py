"""Reader: its answer spans and sentence scores point into the passage, and the head of a passage is never an answer."""

import pytest

from index.search.reader import MAX_TOKENS, UNREAD, Reader, ReaderPassage, passage_head
from index.types import Source, Span, stated
from service.engines import Engines

pytestmark = pytest.mark.real_models

HEAD = "Bridge of Alder reopens. The Alder Post, 3 March 2025. "
SENTENCES = (
    "The bridge over the Tarn reopened on Monday after two years of repairs.",
    "It had been closed because a crack had been found in the eastern pier, the engineer Mara Quill said.",
    "Buses will cross it again from April.",
)


@pytest.fixture
def reader(real_engines: Engines) -> Reader:
    return real_engines.reader


def passage(sentences: tuple[str, ...] = SENTENCES, head: str = HEAD) -> ReaderPassage:
    text = " ".join(sentences)
    spans = tuple(Span(start=text.index(each), end=text.index(each) + len(each)) for each in sentences)
    return ReaderPassage(head, text, spans)


@pytest.mark.parametrize("head", ["", HEAD])
def test_the_sentence_that_answers_comes_first_with_the_words_that_answer(reader: Reader, head: str) -> None:
    given = passage(head=head)
    (read,) = reader("Why was the bridge closed?", [given])
    assert max(range(3), key=read.sentences.__getitem__) == 1
    answer = read.spans[1]
    assert answer is not None
    assert "crack" in answer.span.of(given.text)


def test_every_span_lies_in_its_sentence(reader: Reader) -> None:
    given = passage()
    for read in reader("When will buses cross the bridge?", [given, passage(head="")]):
        for sentence, answer in zip(given.sentences, read.spans, strict=True):
            assert answer is not None
            assert sentence.start <= answer.span.start < answer.span.end <= sentence.end


def test_another_subject_answers_less(reader: Reader) -> None:
    other = passage(
        ("Rain is forecast for the north of the island.", "Two ferries were delayed by fog.", "The fair ended.")
    )
    answering, silent = reader("Who found the crack in the pier?", [passage(), other])
    assert answering.answers > silent.answers


def test_what_lies_behind_the_last_token_read_is_never_an_answer(reader: Reader) -> None:
    long = tuple(f"Speaker number {i} of the long debate praised the new harbour." for i in range(MAX_TOKENS // 8))
    (read,) = reader("Why was the bridge closed?", [passage((*long, SENTENCES[1]))])
    assert (read.sentences[-1], read.spans[-1]) == (UNREAD, None)


def test_a_head_has_title_outlet_and_date_as_in_training() -> None:
    source = Source(
        title=stated("Bridge of Alder reopens.", ""),
        outlet=stated("The Alder Post", ""),
        published=stated("2025-03-03", ""),
    )
    assert passage_head(source) == HEAD
    assert passage_head(Source()) == ""
