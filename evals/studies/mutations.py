"""Mutation testing of the gate: change sentences by rule; it should accept no mutant (`footnote study mutations`).

The altered claims in `evals/data/cases` have changes that a person thought of; this study tries them exhaustively:
replace each word by an unrelated one, swap each pair of names or nouns, insert negations and details. Swaps within a
coordination ("A and B") keep the meaning and are skipped.
"""

import itertools
import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path

import click

from evals.harness.suites.suite_registry import SEEDS
from evals.studies.study_verb import study
from index.reading import read_paths
from index.sentences import split_sentences
from index.types import Article, Record
from index.words import stem, stems
from service.grounding import Support, check
from service.language.parsing import Parsed, Word, parse
from service.language.reported_speech import reported_spans
from service.language.semantic_roles import coordinated

SENTENCE_WORDS = range(6, 46)
"""Length in words of the sentences to mutate."""
MAX_PAIRS = 6
"""Maximum number of pairs considered for each kind of swap in one sentence."""
UNRELATED_WORDS: dict[str, tuple[str, ...]] = {
    "NN": ("banana", "teapot"), "NNS": ("bananas", "teapots"), "NNP": ("Norwick", "Zelden"),
    "VB": ("knit", "yodel"), "VBP": ("knit", "yodel"), "VBD": ("knitted", "yodelled"), "VBN": ("knitted", "yodelled"),
    "VBG": ("knitting", "yodelling"), "VBZ": ("knits", "yodels"), "JJ": ("purple", "wooden"), "CD": ("77", "79"),
}  # fmt: skip
"""Replacement words by part-of-speech tag; the first one whose stem is not in the sentence is used."""
ADDED_PHRASES = {
    "place added": " in Norwick", "count added": ", killing 77", "cause added": " because of the rain",
    "source added": ", according to Norwick police",
}  # fmt: skip

OPPOSITE_FUNCTION_WORDS = {
    "to": "from", "from": "to", "with": "without", "without": "with", "for": "against", "against": "for",
    "before": "after", "after": "before", "under": "over", "over": "under", "and": "or", "because": "although",
    "although": "because", "since": "until", "until": "since",
}  # fmt: skip
"""Opposites of prepositions and conjunctions."""
PRESENT_FORMS = {"was": "is", "were": "are", "had": "has", "did": "does"}
"""Present forms of past auxiliaries."""
ADDED_DEGREES = ("only", "most", "always")
BOUNDS = re.compile(
    r"\b(?:more than|less than|fewer than|at least|at most|up to|nearly|almost|over|about|around|roughly) "
    r"(?=\d|[a-z]+teen|[a-z]+ty|one|two|three|four|five|six|seven|eight|nine|ten|a dozen|dozens|hundreds|thousands)",
    re.IGNORECASE,
)


class Change(Record):
    """Change: a mutated sentence as a claim, with the original, which no longer supports it."""

    kind: str
    sentence: str
    claim: str


class Mutations(Record):
    """Mutations: the number of changes tried by kind, and those that the gate accepted."""

    tried: dict[str, int]
    accepted: tuple[Change, ...]

    def share(self, kind: str) -> float:
        """Return the share of the changes of that kind that the gate accepted."""
        return sum(change.kind == kind for change in self.accepted) / self.tried[kind]


def changes(sentence: str) -> Iterator[Change]:
    """Yield every mutation of one sentence."""
    parsed = parse(sentence)
    bare = sentence.rstrip(".”\"'")
    made: dict[str, Iterable[str]] = {kind: (f"{bare}{words}.",) for kind, words in ADDED_PHRASES.items()}
    made |= {
        "word exchanged": _exchanged(parsed),
        "denial added": _denied(parsed),
        "names swapped": _swapped(parsed, "name"),
        "nouns swapped": _swapped(parsed, "noun"),
        "adjectives swapped": _swapped_words(parsed, "adjectives"),
        "verbs swapped": _swapped_words(parsed, "verbs"),
        "small word turned": (
            _put(parsed, w, OPPOSITE_FUNCTION_WORDS[w.text]) for w in parsed.words if _has_opposite(parsed, w)
        ),
        "past made present": (_put(parsed, w, PRESENT_FORMS[w.text]) for w in parsed.words if _is_past(parsed, w)),
        "degree added": _with_degree(parsed),
        "bound left out": (sentence[: f.start()] + sentence[f.end() :] for f in BOUNDS.finditer(sentence)),
        "modal left out": (_put(parsed, w, "") for w in parsed.words if w.tag == "MD" and w.folded != "will"),
    }
    for kind, claims in made.items():
        for claim in dict.fromkeys(claims):
            if claim != sentence:
                yield Change(kind=kind, sentence=sentence, claim=claim)


def _put(parsed: Parsed, word: Word, new: str) -> str:
    return parsed.text[: word.start] + new + parsed.text[word.end :]


def _exchanged(parsed: Parsed) -> Iterator[str]:
    own_stems = stems(parsed.text)
    for word in parsed.words:
        fitting = [new for new in UNRELATED_WORDS.get(word.tag, ()) if stem(new) not in own_stems]
        if fitting and (word.is_content or word.pos == "NUM"):
            yield _put(parsed, word, fitting[0])


def _denied(parsed: Parsed) -> Iterator[str]:
    for word in parsed.words:
        if word.pos == "AUX" and word.folded in ("is", "was", "are", "were", "has", "have", "had", "will", "can"):
            yield _put(parsed, word, f"{word.text} not")
        elif word.pos == "VERB" and word.tag == "VBD":
            yield _put(parsed, word, f"never {word.text}")


def _swapped(parsed: Parsed, sort: str) -> Iterator[str]:
    chosen = [word for word in parsed.words if _is_name(parsed, word) or sort == "noun"]
    if sort == "noun":
        chosen = [word for word in chosen if word.pos == "NOUN" and word.dep in ("nsubj", "nsubjpass", "dobj", "pobj")]
    for one, other in itertools.islice(itertools.combinations(chosen, 2), MAX_PAIRS):
        joined = {*coordinated(parsed, one.index)} & {*coordinated(parsed, other.index)}
        if one.folded != other.folded and not joined:
            text = parsed.text
            yield text[: one.start] + other.text + text[one.end : other.start] + one.text + text[other.end :]


def _swapped_words(parsed: Parsed, sort: str) -> Iterator[str]:
    tags = {"adjectives": ("JJ",), "verbs": ("VBD", "VBZ")}[sort]
    chosen = [word for word in parsed.words if word.tag in tags and word.pos in ("ADJ", "VERB") and not word.is_name]
    for one, other in itertools.islice(itertools.combinations(chosen, 2), MAX_PAIRS):
        joined = {*coordinated(parsed, one.index)} & {*coordinated(parsed, other.index)}
        if (
            one.tag == other.tag
            and one.lemma != other.lemma
            and not joined
            and (sort == "verbs" or one.head != other.head)
        ):
            text = parsed.text
            yield text[: one.start] + other.text + text[one.end : other.start] + one.text + text[other.end :]


def _has_opposite(parsed: Parsed, word: Word) -> bool:
    """Whether the word has an opposite and is neither an infinitive "to" nor that of "according to"."""
    return (
        word.text in OPPOSITE_FUNCTION_WORDS
        and word.pos != "PART"
        and not parsed.text[: word.start].casefold().endswith("according ")
    )


def _is_past(parsed: Parsed, word: Word) -> bool:
    """Whether the word is a past auxiliary, except in perfect tenses and reported speech, whose past may mean now."""
    reported = {i for frame in reported_spans(parsed) for i in (*frame.content, frame.verb)}
    perfect = word.lemma == "have" and word.dep == "aux"
    return word.text in PRESENT_FORMS and not perfect and not {word.index, word.head} & reported


def _with_degree(parsed: Parsed) -> Iterator[str]:
    for word in parsed.words:
        if word.pos == "VERB" and word.tag in ("VBD", "VBZ", "VBP"):
            yield from (_put(parsed, word, f"{degree} {word.text}") for degree in ADDED_DEGREES)


def _is_name(parsed: Parsed, word: Word) -> bool:
    """Whether the word is a single-word name."""
    beside = parsed.words[max(word.index - 1, 0) : word.index + 2]
    return word.pos == "PROPN" and sum(each.pos == "PROPN" for each in beside) == 1


def sentences(articles: Sequence[Article]) -> Iterator[str]:
    """Yield the sentences of the articles that have a usual length and are not questions."""
    for article in articles:
        for paragraph in article.body:
            for span in split_sentences(article.text, paragraph):
                text = " ".join(span.of(article.text).split())
                if len(text.split()) in SENTENCE_WORDS and not text.endswith("?"):
                    yield text


def mutate(originals: Sequence[str], tell: Callable[[Change], None] = lambda change: None) -> Mutations:
    """Mutate each sentence in every way, and run the gate on each mutant with the original as evidence."""
    tried: Counter[str] = Counter()
    accepted: list[Change] = []
    for change in itertools.chain.from_iterable(map(changes, originals)):
        tried[change.kind] += 1
        if check(change.claim, [Support(quote=change.sentence)]).accepted:
            accepted.append(change)
            tell(change)
    return Mutations(tried=dict(tried), accepted=tuple(accepted))


@study.command("mutations")
@click.option("--corpus", type=click.Path(path_type=Path, exists=True), default=SEEDS, help="[default: seeds]")
@click.option("--limit", type=click.IntRange(1), help="So many sentences, spread over the corpus.")
def mutations(corpus: Path, limit: int | None) -> None:
    """Print every sentence changed by rule that the gate accepts.

    Then the share of each kind of change.
    """
    originals = list(sentences([each for each in read_paths([corpus]) if isinstance(each, Article)]))
    found = mutate(
        originals[:: max(1, len(originals) // limit)][:limit] if limit else originals,
        lambda change: click.echo(change.claim),
    )
    for kind, tried in found.tried.items():
        click.echo(f"{kind}: {found.share(kind):.3f} accepted, n = {tried}")
