"""Speaker attribution: find who says a sentence or a part of it, from attribution clauses and reported speech."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from index.reading.datelines import find_dateline
from index.search.scored_sentence import ScoredSentence
from index.words import fold
from service.language.attribution_clauses import strip_attribution
from service.language.parsing import Parsed, Word, parse
from service.language.reported_speech import passive_quotee, reported_spans
from service.language.reporting_verbs import (
    ALLEGATION_ADVERB,
    ALLEGATION_WORDS,
    DOCUMENT_NOUNS,
    EVIDENCE_NOUNS,
    PUBLICATION_NOUNS,
    REPORTING_NOUNS,
    REPORTING_TAIL,
    SHOWING_VERBS,
)

MODALS = frozenset("might may would could will can should must".split())
MIN_STATEMENT_WORDS = 4
MAX_NAME_WORDS = 14


@dataclass(frozen=True)
class AttributedStatement:
    """One statement of one speaker."""

    speaker: str
    """The words that the article uses for the speaker."""
    described: str | None
    """A fuller description of the same speaker from elsewhere in the article; None if there is none."""
    verb: str
    """Lemma of the reporting verb, or `according to`."""
    sentence: ScoredSentence

    @property
    def is_alleged(self) -> bool:
        """Whether the article marks the statement as an allegation."""
        return self.verb in ALLEGATION_WORDS or ALLEGATION_ADVERB.search(self.sentence.text) is not None

    @property
    def names(self) -> frozenset[str]:
        """The folded names in the words for the speaker."""
        words = parse(self.described or self.speaker).words
        return frozenset(w.folded for w in words if w.is_name and w.pos in ("PROPN", "NOUN"))


def attributed_statements(sentence: ScoredSentence) -> Iterator[AttributedStatement]:
    """Yield the statements of a sentence with their speakers, without speakers that only a pronoun refers to."""
    outside = " ".join(sentence.attribution.of(sentence.article.text).split()) if sentence.attribution else ""
    for clause in strip_attribution("It is so.", outside).attributions if outside else ():
        yield from _statement(clause.speaker, clause.verb, sentence)
    for clause in strip_attribution(sentence.text).attributions:
        if not _is_object(parse(sentence.quote), clause.speaker):
            yield from _statement(clause.speaker, clause.verb, sentence)
    yield from _reported(sentence)


def _reported(sentence: ScoredSentence) -> Iterator[AttributedStatement]:
    """Yield the speaker of the first reported speech in a sentence; one in a side clause comes last."""
    parsed = parse(sentence.quote)
    spans = reported_spans(parsed)
    for span in sorted(spans, key=lambda each: each.verb is not None and parsed.words[each.verb].dep == "advcl"):
        if span.verb is None or len(span.content) < MIN_STATEMENT_WORDS:
            continue
        verb = parsed.words[span.verb]
        if verb.lemma in REPORTING_NOUNS and verb.pos == "NOUN":
            continue
        quoted_speaker = passive_quotee(parsed, span.verb)
        if (verb.tag == "VBG" and not quoted_speaker) or _is_irrealis(parsed, span.verb):
            continue
        if not span.speaker and not quoted_speaker:
            continue
        if not quoted_speaker and min(span.speaker) > span.verb and min(span.content) > span.verb:
            continue  # "claimed links with ...": the phrase after the verb is its object, not the speaker
        first, last = _longest_run(quoted_speaker or span.speaker)
        speaker = parsed.text[parsed.words[first].start : parsed.words[last].end]
        yield from _statement(speaker, verb.lemma, sentence)
        return


def _is_object(sentence: Parsed, phrase: str) -> bool:
    """Whether a phrase is the direct object of its verb: "claimed links with others"."""
    start = sentence.text.find(phrase)
    inside = {w.index for w in sentence.words if start <= w.start < start + len(phrase)} if start >= 0 else set()
    head = next((sentence.words[i] for i in sorted(inside) if sentence.words[i].head not in inside), None)
    return head is not None and head.dep == "dobj"


def _is_irrealis(sentence: Parsed, verb: int) -> bool:
    """Whether a reporting verb is modal, negated or an infinitive, so that nothing was actually said."""
    return any(
        sentence.words[i].folded in MODALS or sentence.words[i].is_negator or sentence.words[i].folded == "to"
        for i in sentence.children[verb]
        if sentence.words[i].dep in ("aux", "neg")
    )


def _longest_run(indices: frozenset[int]) -> tuple[int, int]:
    """Return the first and last index of the longest run of consecutive indices."""
    ordered = sorted(indices)
    runs: list[tuple[int, int]] = []
    start = ordered[0]
    for i, index in enumerate(ordered):
        if i + 1 == len(ordered) or ordered[i + 1] > index + 1:
            runs.append((start, index))
            start = ordered[i + 1] if i + 1 < len(ordered) else index
    return max(runs, key=lambda run: run[1] - run[0])


def _statement(phrase: str, verb: str, sentence: ScoredSentence) -> Iterator[AttributedStatement]:
    """Yield the statement with the speaker's fullest description; nothing if the phrase is not a speaker."""
    speaker = _cleaned(phrase)
    if (dateline := find_dateline(sentence.text)) and speaker in sentence.text[: dateline.end]:
        return
    words = parse(speaker).words
    nouns = [w for w in words if w.pos in ("NOUN", "PROPN") or w.is_name]
    is_pronoun = bool(words) and all(w.pos in ("PRON", "DET", "PUNCT", "ADV") for w in words)
    document = _document_noun(nouns, is_it=is_pronoun and fold(speaker) == "it")
    described = _full_description(document, sentence) if document else None
    if is_pronoun:
        speaker, described = described or "", None
    elif not nouns:
        return
    if 0 < len(speaker.split()) <= MAX_NAME_WORDS and _can_state(speaker, verb):
        yield AttributedStatement(speaker=speaker, described=described, verb=verb or "according to", sentence=sentence)


def _document_noun(nouns: Sequence[Word], *, is_it: bool) -> str | None:
    """Return the lemma of the noun if the speaker is a document ("the report", "it"); None for any other speaker."""
    if is_it or (nouns and all(w.lemma in PUBLICATION_NOUNS | DOCUMENT_NOUNS for w in nouns)):
        return nouns[-1].lemma if nouns else "report"
    return None


def _can_state(speaker: str, verb: str) -> bool:
    """Whether a speaker can make a statement with this verb: "show" needs a name, a pronoun or a noun for evidence."""
    if verb not in SHOWING_VERBS:
        return True
    words = parse(speaker).words
    head = next((w for w in words if w.head == w.index), None)
    return head is not None and (head.is_name or head.lemma in EVIDENCE_NOUNS or head.pos == "PRON")


def _cleaned(phrase: str) -> str:
    plain = " ".join(phrase.split()).strip(" ,.;:“”\"'►•*")
    plain = plain[dateline.end :] if (dateline := find_dateline(plain)) else plain
    plain = re.sub(r"^(?:and|but|while|as|that|when|although)\s+", "", plain, flags=re.IGNORECASE)
    # A relative clause is not part of the name: "sources, who are not authorised to ..."
    return re.split(r",\s+(?:which|whose|where|when|while|but|and)\b|,?\s+who\b", plain)[0].strip(" ,")


def _full_description(noun: str, sentence: ScoredSentence) -> str | None:
    """Find the article's full description of a document: for "the report", "a report in the India Gazette".

    Returns the nearest description before the end of the sentence, else the last one after it.
    """
    pattern = re.compile(
        rf"\b(?:an?|the)\s+(?:[\w-]+\s+)?{re.escape(noun)}\s+(?:in|by|of|from|published by|issued by|released by)\s+"
        r"(?:the\s+)?[^.,;:“”\"()]{0,40}?[A-Z][^.,;:“”\"]{2,70}",
        re.IGNORECASE,
    )
    descriptions = [found for found in pattern.finditer(sentence.article.text) if _has_name(found.group())]
    before = [found for found in descriptions if found.start() <= sentence.end] or descriptions
    if not before:
        return None
    return REPORTING_TAIL.sub("", before[-1].group())


def _has_name(text: str) -> bool:
    return any(w.is_name for w in parse(" ".join(text.split())).words[1:])
