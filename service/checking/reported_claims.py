"""Reported claims: whether the words that a claim shares with an article are only somebody's, and whose."""

from collections.abc import Sequence

from index.search.scored_sentence import ScoredSentence
from index.types import Record
from index.words import FUNCTION_WORDS, stems
from service.language.attribution_clauses import strip_attribution
from service.language.names import NAME_RUN
from service.language.parsing import parse
from service.language.pronouns import ANAPHORIC_PRONOUNS
from service.language.quotations import quoted
from service.language.reported_speech import reported_spans

MIN_REPORTED = 0.9
"""Least share of the shared words that stand in reported speech or in quotation marks."""


class Report(Record):
    """Report: a sentence that has the claim only as somebody's statement, by its position, and the speaker."""

    position: int
    speaker: str
    """The article's words for the speaker; empty where it names none beside the statement."""


def attributes(claim: str) -> bool:
    """Whether a claim says itself who said so."""
    return bool(strip_attribution(claim).attributions) or bool(reported_spans(parse(claim)))


def report_of(claim: str, sentences: Sequence[ScoredSentence]) -> Report | None:
    """Return the sentence most like the claim, if what they share is reported there; else None."""
    shared = [len(stems(claim) & each.stems) for each in sentences]
    if not any(shared):
        return None
    position = max(range(len(sentences)), key=lambda i: shared[i])
    sentence = sentences[position]
    if sentence.attribution:
        clause = strip_attribution(sentence.text, sentence.attribution.of(sentence.article.text)).attributions
        words = " ".join(sentence.attribution.of(sentence.article.text).split())
        return Report(position=position, speaker=_named(clause[0].speaker, words) if clause else "")
    parsed = parse(sentence.text)
    spans = reported_spans(parsed)
    inside = {i for span in spans for i in span.content}
    reported = stems(" ".join([*(parsed.words[i].text for i in sorted(inside)), *quoted(sentence.text)]))
    if len(stems(claim) & sentence.stems & reported) < MIN_REPORTED * shared[position]:
        return None
    speakers = [parsed.words[i] for i in sorted(next((span.speaker for span in spans if span.speaker), ()))]
    speaker = parsed.text[speakers[0].start : speakers[-1].end] if speakers else ""
    return Report(position=position, speaker=_named(speaker, parsed.text))


def _named(speaker: str, words: str) -> str:
    """Return the name in the words for a speaker, else those words; empty for a pronoun and for pieced words."""
    runs = [run.group().split() for run in NAME_RUN.finditer(speaker)]
    names = [" ".join(run[1:] if run[0].casefold() in FUNCTION_WORDS else run) for run in runs]
    if found := [name for name in names if name and name in words]:
        return max(found, key=len)
    is_pronoun = any(word.pos == "PRON" and word.folded in ANAPHORIC_PRONOUNS for word in parse(speaker).words[:1])
    return speaker if speaker in words and not is_pronoun else ""
