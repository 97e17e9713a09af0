"""Reported claims: whether the words that a claim shares with an article are only somebody's, and whose."""

from collections.abc import Sequence

from index.search.scored_sentence import ScoredSentence
from index.types import Record
from index.words import stems
from service.grounding import Support, support_of
from service.language.attribution_clauses import strip_attribution
from service.language.names import full_name
from service.language.parsing import parse
from service.language.pronouns import ANAPHORIC_PRONOUNS
from service.language.quotation_speakers import quotation_around, speaker_of, speaker_phrase
from service.language.quotations import quoted, quoted_share
from service.language.reported_speech import passive_quotee, reported_spans

MIN_REPORTED = 0.9
"""Least share of the shared words that stand in reported speech or in quotation marks."""
MOSTLY_QUOTED = 0.5
"""Share of a claim's characters in quotation marks from which it is a quotation."""


class Report(Record):
    """Report: a sentence that has the claim only as somebody's statement, by its position, and the speaker."""

    position: int
    speaker: str
    """The article's words for the speaker; empty where it names none."""
    is_quoted: bool = False
    """Whether the whole sentence stands in a quotation."""


def attributes(claim: str) -> bool:
    """Whether a claim says itself who said so, or stands in quotation marks."""
    is_quoted = quoted_share(claim) > MOSTLY_QUOTED
    return is_quoted or bool(strip_attribution(claim).attributions or reported_spans(parse(claim)))


def quotation_of(sentence: ScoredSentence) -> str | None:
    """Return who speaks in the quotation in which a whole sentence stands, or nothing; None for the article's words."""
    article = sentence.article
    around = quotation_around(article.text, article.body, sentence.span)
    return None if around is None else speaker_of(article.text, article.body, around)


def spoken_support(sentence: ScoredSentence) -> Support:
    """Return the support of a sentence, with its speaker also where the quotation goes over paragraphs."""
    support = support_of(sentence)
    speaker = None if support.attribution else quotation_of(sentence)
    return support.model_copy(update={"attribution": f"{speaker} said"}) if speaker else support


def report_of(claim: str, sentences: Sequence[ScoredSentence]) -> Report | None:
    """Return the sentence most like the claim, if what they share is reported there; else None."""
    shared = [len(stems(claim) & each.stems) for each in sentences]
    if not any(shared):
        return None
    position = max(range(len(sentences)), key=lambda i: shared[i])
    sentence = sentences[position]
    if (speaker := quotation_of(sentence)) is not None:
        return Report(position=position, speaker=speaker, is_quoted=True)
    parsed = parse(sentence.text)
    spans = reported_spans(parsed)
    inside = {i for span in spans for i in span.content}
    reported = stems(" ".join([*(parsed.words[i].text for i in sorted(inside)), *quoted(sentence.text)]))
    if len(stems(claim) & sentence.stems & reported) < MIN_REPORTED * shared[position]:
        return None
    span = next((span for span in spans if span.speaker), None)
    quotee = passive_quotee(parsed, span.verb) if span and span.verb is not None else frozenset()
    speakers = [parsed.words[i] for i in sorted(quotee or (span.speaker if span else ()))]
    words = parsed.text[speakers[0].start : speakers[-1].end] if speakers else ""
    return Report(position=position, speaker=named(words, sentence))


def named(words: str, sentence: ScoredSentence) -> str:
    """Return the fullest name of a sentence's article for a speaker, else its words; empty for a pronoun."""
    speaker = speaker_phrase(words)
    return "" if speaker.casefold() in ANAPHORIC_PRONOUNS else full_name(sentence.article.text, speaker)
