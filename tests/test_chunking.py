"""Sentence splitting and chunking: exact spans of any text, within the token limit of the embedder."""

from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from index.chunking import chunk
from index.embedding import HashEmbedder
from index.reading import ArticleRecord, read_text, to_article
from index.search.candidate_sentences import attribution_of, body_sentences
from index.sentences import split_sentences
from index.types import Article, Span

ANY_TEXT = st.text(
    st.one_of(st.characters(codec="utf-8"), st.sampled_from(list(' .\n"“”‘’?!,;()[]\r\t\xa0é😀Aa1'))), max_size=400
)


@given(ANY_TEXT)
@settings(max_examples=300, deadline=None)
def test_sentences_of_any_text_are_ordered_exact_spans(text: str) -> None:
    spans = split_sentences(text, Span(start=0, end=len(text)))
    assert all(0 <= s.start < s.end <= len(text) and s.of(text) == s.of(text).strip() for s in spans)
    assert all(a.end <= b.start for a, b in pairwise(spans))
    covered = {i for s in spans for i in range(s.start, s.end)}
    assert all(i in covered or c.isspace() for i, c in enumerate(text))


@given(ANY_TEXT, st.integers(min_value=0, max_value=240))
@settings(max_examples=200, deadline=None)
def test_chunks_of_any_text_cover_its_body_within_the_budget(text: str, reserved: int) -> None:
    embedder = HashEmbedder()
    found = read_text("x", text)
    chunks = chunk(found, 1, embedder, reserved=reserved)
    sentences = [s for c in chunks for s in c.sentences]
    assert all(embedder.count_tokens(c.span.of(text)) <= embedder.max_tokens - reserved for c in chunks)
    assert all(c.span.start == c.sentences[0].start and c.span.end == c.sentences[-1].end for c in chunks)
    assert all(a.end <= b.start for a, b in pairwise(sentences))
    covered = {i for s in sentences for i in range(s.start, s.end)}
    body = {i for p in found.body for i in range(p.start, p.end)}
    assert all(i in covered or text[i].isspace() for i in body)


@pytest.mark.parametrize(
    ("text", "count"),
    [
        ("Dr. Smith met Gen. Jones on Jan. 8 in the U.S. capital. They left at noon.", 2),
        ("He said “Go. Now.” Then he left.", 2),
        ("The U.S. Senate voted 3.5 to 2 at 5 p.m. on Friday.", 1),
        ("“It is late in the day. We must all go home now,” she said. Then it rained.", 3),
        ("What is it? It is a bird!", 2),
    ],
)
def test_abbreviations_do_not_end_sentences_and_quotations_are_split_inside(text: str, count: int) -> None:
    assert len(split_sentences(text, Span(start=0, end=len(text)))) == count


@pytest.mark.parametrize(
    "text",
    [
        "The band Wham! played in the town hall until midnight.",
        "Fans of Panic! at the Disco queued for hours.",
        "Shares of Yahoo! rose by a tenth.",
        "The storm killed approx. 300 people.",
        "The mine employed ca. 1,200 men.",
        "The hall seats max. 250 people.",
        "He joined Velt Utd. in May.",
        "The vote is at 9 a.m. Monday in the hall.",
        "The train left at 6:40 p.m. Friday.",
        "Oil rose to $80 a bbl. on Monday.",
        "Oil rose to $80 a bbl. Monday.",
        "Prices rose 2.5 pct. in May.",
        "The wall is 12 ft. high and 40 ft. long.",
        "As Moss et al. [2014] found, the dam leaked.",
        "As Moss et al. (2014) found, the dam leaked.",
    ],
)
def test_no_sentence_begins_in_lower_case_or_after_an_abbreviation(text: str) -> None:
    assert len(split_sentences(text, Span(start=0, end=len(text)))) == 1


@pytest.mark.parametrize(
    ("text", "count"),
    [
        ("The mayor arrived at 5 p.m. The hall was empty.", 2),
        ("It cost $40m. 300 people came.", 2),
        ("Prices rose 2.5 pct. The bank was surprised.", 2),
        ("It was cold. iPhone sales fell.", 2),
        ("we came late. it was shut. nobody said why.", 3),
    ],
)
def test_a_sentence_may_begin_after_an_abbreviation_with_a_figure_or_in_careless_text(text: str, count: int) -> None:
    assert len(split_sentences(text, Span(start=0, end=len(text)))) == count


@pytest.mark.parametrize(
    "sentences",
    [
        ["周二，水泵在磨坊镇发生故障。", "河水淹没了下城！", "“我们没有收到警告。”市长说。"],
        ["ポンプは火曜日に故障した。", "「警告はなかった。」と市長は述べた。"],
        ["تعطلت المضخة يوم الاثنين. ", "هل سقط قتلى؟ ", "قال العمدة إن ثلاثة أطفال غرقوا."],
        ["המשאבה התקלקלה ביום שני. ", "שלושה ילדים טבעו."],
        ["Река затопила город в 2025 г. и ушла. ", "А. С. Вельт жил здесь."],
        ["Die Pumpe fiel am 3. Oktober aus. ", "Der Fluss ist z. B. in die Stadt und das Tal gelaufen."],
        ["La pompe est tombée en panne. ", "M. Velt a dit que la ville est inondée."],
    ],
    ids="zh ja ar he ru de fr".split(),
)
def test_sentences_of_other_scripts_and_languages(sentences: list[str]) -> None:
    text = "".join(sentences)
    assert [each.of(text) for each in split_sentences(text, Span(start=0, end=len(text)))] == [
        each.strip() for each in sentences
    ]


def test_the_last_piece_of_a_split_quotation_keeps_the_attribution() -> None:
    text = "“It is late in the day. We must all go home now,” she said."
    assert split_sentences(text, Span(start=0, end=len(text)))[-1].of(text) == "We must all go home now,” she said."


@pytest.mark.parametrize(
    "sentences",
    [
        ['"We shall see.', '"The pier is ours.', '"We keep it," she said.', "The mayor was not there."],
        [
            '"We shall see.',
            '"I could not stay."',
            "Dora Ames, 65, of Norwick, won the prize for her garden.",
            "It took years.",
        ],
        ['“I saw smoke and dust everywhere."', 'The cadet said there was “too much dust", and left.'],
    ],
)
def test_a_quotation_mark_stays_with_the_words_that_it_opens_or_closes(sentences: list[str]) -> None:
    text = " ".join(["He lost it.", *sentences])
    found = [span.of(text) for span in split_sentences(text, Span(start=0, end=len(text)))]
    assert found[-len(sentences) :] == sentences


def test_an_unclosed_quotation_does_not_make_one_sentence_of_all_that_follows() -> None:
    after = [f"The council of Norwick wrote {number} letters about the old pier that week." for number in range(9)]
    text = " ".join(['“I ran outside," the keeper said.', *after, 'He spoke of “many storms", nobody else did.'])
    assert [span.of(text) for span in split_sentences(text, Span(start=0, end=len(text)))][1:-1] == after


def test_ids_are_stable_and_unique() -> None:
    found = Article(id="a", text="One fish swims. " * 200, body=(Span(start=0, end=3199),))
    first, second = (chunk(found, 1, HashEmbedder()) for _ in range(2))
    assert [c.id for c in first] == [c.id for c in second]
    assert len({c.id for c in first}) == len(first) > 1


def test_a_sentence_longer_than_a_chunk_is_split_between_words() -> None:
    text = "word " * 1000
    chunks = chunk(Article(id="a", text=text, body=(Span(start=0, end=len(text)),)), 1, HashEmbedder())
    assert len(chunks) > 3
    assert {word for c in chunks for word in c.span.of(text).split()} == {"word"}


def test_a_stray_mark_gives_no_sentence_far_behind_it_a_speaker() -> None:
    text = (
        'The port is open again." The quay was built in 1903 and is the longest of the coast. Ships of every line stop '
        'there on their way to the islands. Its cranes were bought last year. “The ferries sail, too," she says.'
    )
    article = to_article(ArticleRecord(id="port", text=text))
    assert {attribution_of(article, span) for span in body_sentences(article)} == {None}
    inside = to_article(ArticleRecord(id="in", text='"We are glad. Nobody was hurt. It is over," she says.'))
    (speaker,) = {found for span in body_sentences(inside) if (found := attribution_of(inside, span))}
    assert speaker.of(inside.text) == "she says"
