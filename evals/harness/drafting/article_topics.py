"""Questions about a whole article: what happened to whom or where, and a summary of what is reported on its topic."""

import math
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from evals.harness.cases import Nugget
from evals.harness.drafting.article_names import ArticleNames, bare_name
from evals.harness.drafting.clauses import NAME_LABELS, TIME_LABELS, Clause, clauses, label_at, phrase
from evals.harness.drafting.question_templates import Draft, DraftKind
from evals.harness.text_matching import contains
from index.search.scored_sentence import ScoredSentence
from index.types import Article
from index.words import stems
from service.language.dates import spell_date
from service.language.parsing import NOMINAL, entities, parse
from service.language.reporting_verbs import REPORTING_VERBS

SENTENCES_OF_LEAD = 3
TOPIC_WORDS = range(1, 8)
TOPIC_RELATIONS = ("nsubj", "nsubjpass", "dobj", "pobj")
MIN_MENTIONS = 3
"""Number of sentences of the article in which a name of its topic must be."""
MAX_NUGGETS = 4
MAX_ELEMENTS = 3
NUGGET_WORDS = range(6, 40)
COUNTED_LABELS = NAME_LABELS | {"CARDINAL", "MONEY", "PERCENT", "QUANTITY"}


@dataclass(frozen=True)
class ReadArticle:
    """ReadArticle: an article with its statements and names."""

    article: Article
    statements: Sequence[ScoredSentence]
    names: ArticleNames


def about_article(read: ReadArticle) -> Iterator[Draft]:
    """Yield the questions about the whole article, each with the facts that a good answer contains."""
    for statement in read.statements[:SENTENCES_OF_LEAD]:
        for clause in clauses(statement):
            yield from _what_happened(clause, read)
    if topic := next(iter(_topics(read)), ""):
        yield from _with_nuggets(f"Summarise the reports on {topic}.", "summary", read)


def _what_happened(clause: Clause, read: ReadArticle) -> Iterator[Draft]:
    if not clause.is_main or clause.verb.lemma in REPORTING_VERBS or clause.verb.tag not in ("VBD", "VBN"):
        return
    is_patient = clause.sentence.words[clause.subject.head].dep == "nsubjpass"
    if is_patient and any(_is_central(name, read) for name in read.names.within(clause.subject.text)):
        yield from _with_nuggets(f"What happened to {clause.subject.text}?", "what_happened", read)
    days = [part.day for part in clause.of("date") if part.day is not None and part.day.precision == "day"]
    for place in clause.of("place") if days else ():
        question = f"What happened {place.text} on {spell_date(days[0].date)}?"
        yield from _with_nuggets(question, "what_happened", read)


def _topics(read: ReadArticle) -> list[str]:
    """Return the phrases of the first sentences that name the topic, those whose words the article repeats most first."""
    counts = Counter(stem for each in read.statements for stem in stems(each.quote))
    title = stems(read.article.source.title.value or "")
    found = {}
    for statement in read.statements[:SENTENCES_OF_LEAD]:
        for text in _phrases(statement.quote, read):
            weight = sum(math.log1p(counts[stem]) + (stem in title) for stem in stems(text))
            found[text] = weight / math.sqrt(len(text.split()) + 1)
    return sorted(found, key=lambda text: -found[text])


def _phrases(lead: str, read: ReadArticle) -> Iterator[str]:
    sentence = parse(lead)
    for word in sentence.words:
        label = label_at(sentence, entities(lead), word.index)
        if word.pos not in NOMINAL or word.dep not in TOPIC_RELATIONS or label in TIME_LABELS:
            continue
        text = phrase(sentence, word.index, TOPIC_WORDS.stop - 1)
        inside = [sentence.words[i] for i in sentence.subtree(word.index)]
        named = [name for name in read.names.within(text) if _is_central(name, read)]
        is_place = read.names.labels.get(bare_name(text)) == "GPE"
        if text and named and not is_place and not any(w.pos == "PRON" for w in inside):
            yield text


def _is_central(name: str, read: ReadArticle) -> bool:
    return sum(name in each.quote for each in read.statements) >= MIN_MENTIONS


def _with_nuggets(question: str, kind: DraftKind, read: ReadArticle) -> Iterator[Draft]:
    """Yield the question with the facts of the article's first sentences; nothing if these state too few."""
    found: list[tuple[ScoredSentence, Nugget]] = []
    for statement in read.statements:
        elements = _elements(statement.quote, question)
        if len(statement.text.split()) in NUGGET_WORDS and elements and statement.text.rstrip("”\"'’)")[-1] == ".":
            found.append((statement, Nugget(text=statement.text, any=tuple((each,) for each in elements))))
    if len(found) > 1:
        chosen = found[:MAX_NUGGETS]
        yield Draft(
            kind=kind,
            question=question,
            answers=tuple(dict.fromkeys(each for _, nugget in chosen for group in nugget.any for each in group)),
            source=chosen[0][0],
            nuggets=tuple(nugget for _, nugget in chosen),
            further=tuple(statement for statement, _ in chosen[1:]),
        )


def _elements(quote: str, question: str) -> list[str]:
    """Return the names and amounts of a sentence that the question does not have."""
    found = [bare_name(quote[e.start : e.end]) for e in entities(quote) if e.label in COUNTED_LABELS]
    return [each for each in dict.fromkeys(found) if each and not contains(question, [each])][:MAX_ELEMENTS]
