"""Antecedent context: find the words before a quotation that name the person or thing its "he" or "it" refers to."""

from collections.abc import Iterator, Sequence
from itertools import islice

from index.normalisation import word_count
from index.search.scored_sentence import ScoredSentence
from index.sentences import split_sentences
from index.types import Span
from service.answering.types import Antecedent
from service.language.parsing import Parsed, Word, parse
from service.language.pronouns import (
    ANTECEDENT_POSITIONS,
    DEFINITE_NOUNS,
    DEMONSTRATIVES,
    NEUTER_PRONOUNS,
    PERSON_PRONOUNS,
    PLURAL_PRONOUNS,
    is_participant,
)
from service.language.quotations import PAIRED_MARKS
from service.language.reporting_verbs import REPORTING_VERBS

DEMONSTRATIVE_WORDS = DEMONSTRATIVES | {"such"}
MAX_SENTENCES_BEFORE = 3
"""Number of sentences before the quotation that are searched for the antecedent."""
MAX_CHARACTERS_SPLIT = 2_000
"""Length of the end of an earlier paragraph that is split into sentences."""
MAX_WORDS_WHOLE = 40
"""Word count up to which a whole sentence is shown; of a longer one, only the clause with the name."""
MIN_WORDS_OF_CLAUSE = 12


def antecedent_context(sentence: ScoredSentence, kept: Span | None = None) -> Antecedent | None:
    """Return the antecedent of a quotation, or of its `kept` part: the earlier words that name its "he"."""
    article = sentence.article
    start = sentence.start + (kept.start if kept else 0)
    end = sentence.start + kept.end if kept else sentence.end
    found = antecedent_span(article.text, article.body, Span(start=start, end=end))
    if found is None:
        return None
    return Antecedent(
        article_id=sentence.article_id,
        version=sentence.version,
        start=found.start,
        end=found.end,
        quote=found.of(article.text),
    )


def antecedent_span(text: str, body: Sequence[Span], quote: Span) -> Span | None:
    """Return the span of `text` before the quotation that names the antecedent of its first anaphor.

    None if the quotation has no anaphor, names the antecedent itself, or has no name in the sentences before it. The
    span is a whole clause, so that the reader decides which of several names is meant; the pronoun is not replaced.
    A quotation that opens with "That is" or "This has" refers to what the sentence before it says, named or not; one
    too long to show is left out.
    """
    sentence = parse(quote.of(text))
    if _opens_with_demonstrative(sentence):
        before = next(_sentences_before(text, body, quote.start), None)
        return before if before is not None and word_count(before.of(text)) <= MAX_WORDS_WHOLE else None
    anaphor = next((word for word in sentence.words if _is_anaphor(sentence, word)), None)
    if anaphor is None or any(_may_be_antecedent(sentence, w, anaphor) for w in sentence.words[: anaphor.index]):
        return None
    fallback: Span | None = None
    for span in islice(_sentences_before(text, body, quote.start), MAX_SENTENCES_BEFORE):
        earlier = parse(span.of(text))
        name = next(
            (word for word in earlier.words if word.is_name and is_participant(earlier, word, ANTECEDENT_POSITIONS)),
            None,
        )
        if name is None:
            continue
        fallback = fallback or _readable_phrase(earlier, name, span)
        if not any(_is_anaphor(earlier, word) for word in earlier.words[: name.index]):
            return _readable_phrase(earlier, name, span)
    return fallback


def _is_anaphor(sentence: Parsed, word: Word) -> bool:
    if word.pos == "PRON" and word.folded in PERSON_PRONOUNS:
        return True
    if sentence.words[word.head].lemma in REPORTING_VERBS and word.dep == "nsubj":
        return False  # "it said", "the report stressed": the subject is the source
    if word.pos == "PRON" and word.folded in NEUTER_PRONOUNS | PLURAL_PRONOUNS:
        return not (word.folded == "it" and _is_expletive(sentence, word))
    if word.pos != "NOUN" or word.dep not in ("nsubj", "nsubjpass") or word.index > 2:
        return False
    hanging = [sentence.words[i].folded for i in sentence.children[word.index]]
    return len(hanging) == 1 and (
        hanging[0] in DEMONSTRATIVE_WORDS or (hanging[0] == "the" and word.lemma in DEFINITE_NOUNS)
    )


def _opens_with_demonstrative(sentence: Parsed) -> bool:
    """Whether the first word is a "this" or "that" that stands alone as the subject."""
    first = next((word for word in sentence.words if word.pos != "PUNCT"), None)
    return (
        first is not None
        and first.folded in DEMONSTRATIVES
        and first.dep in ("nsubj", "nsubjpass")
        and not sentence.children[first.index]
    )


def _is_expletive(sentence: Parsed, word: Word) -> bool:
    """Whether an "it" is an expletive, as in "it is known that" and "it was dark"."""
    verb = sentence.words[word.head]
    return verb.lemma == "be" or any(sentence.words[i].dep in ("ccomp", "xcomp") for i in sentence.children[verb.index])


def _may_be_antecedent(sentence: Parsed, word: Word, anaphor: Word) -> bool:
    """Whether the anaphor may refer to this earlier word in the same sentence."""
    if word.pos not in ("PROPN", "NOUN") or word.index == anaphor.index or anaphor.pos == "NOUN":
        return False
    if anaphor.folded in PERSON_PRONOUNS and word.pos != "PROPN":
        return word.dep in ("nsubj", "nsubjpass") and word.tag == "NN"
    return is_participant(sentence, word, ANTECEDENT_POSITIONS)


def _sentences_before(text: str, body: Sequence[Span], start: int) -> Iterator[Span]:
    """Yield the sentences before `start`, nearest first, across paragraphs."""
    for paragraph in reversed([part for part in body if part.start < start]):
        end = min(paragraph.end, start)
        yield from reversed(
            split_sentences(text, Span(start=max(paragraph.start, end - MAX_CHARACTERS_SPLIT), end=end))
        )


def _readable_phrase(sentence: Parsed, name: Word, span: Span) -> Span:
    """Return the whole sentence or, if it is long, the smallest self-contained phrase around the name."""
    if len(sentence.words) <= MAX_WORDS_WHOLE:
        return span
    for index in (name.index, *sentence.ancestors(name.index)):
        inside = [sentence.words[i] for i in sentence.subtree(index)]
        start, end = min(word.start for word in inside), max(word.end for word in inside)
        stretch = sentence.text[start:end]
        if len(inside) >= MIN_WORDS_OF_CLAUSE and all(
            stretch.count(one) == stretch.count(other) for one, other in PAIRED_MARKS
        ):
            return Span(start=span.start + start, end=span.start + end)
    return span
