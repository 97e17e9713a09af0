"""Questions about a whole article: what happened to whom or where, and a summary of what is reported on its topic."""

import math
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import replace

from evals.harness.cases import Nugget
from evals.harness.drafting.article_names import bare_name
from evals.harness.drafting.clauses import NAME_LABELS, SUBJECTS, TIME_LABELS, Clause, clauses, label_at, phrase
from evals.harness.drafting.question_templates import Draft, DraftKind
from evals.harness.drafting.read_article import ReadArticle
from evals.harness.text_matching import contains
from index.search.scored_sentence import ScoredSentence
from index.words import stems
from service.language.dates import spell_date
from service.language.parsing import NOMINAL, entities, parse
from service.language.reporting_verbs import REPORTING_VERBS

SENTENCES_OF_LEAD = 3
TOPIC_WORDS = range(1, 8)
TOPIC_RELATIONS = (*SUBJECTS, "dobj")
MIN_COVERAGE = 0.3
MIN_COVERAGE_OF_PERSON = 0.4
"""Share of an article's sentences that must have a word of its topic."""
MAX_NUGGETS = 4
MAX_ELEMENTS = 3
NUGGET_WORDS = range(6, 40)
COUNTED_LABELS = NAME_LABELS | {"CARDINAL", "MONEY", "PERCENT", "QUANTITY"}


def about_article(read: ReadArticle) -> Iterator[Draft]:
    """Yield the questions for what happened, and one for a summary, each with facts that a good answer contains."""
    for statement in read.statements:
        for clause in clauses(statement):
            yield from _what_happened(clause, read)
    if topic := next(iter(_topics(read)), ""):
        yield from _with_nuggets(f"Summarise the reports on {topic}.", "summary", read.statements)


def _what_happened(clause: Clause, read: ReadArticle) -> Iterator[Draft]:
    if not clause.is_main or clause.verb.lemma in (*REPORTING_VERBS, "be") or clause.verb.tag not in ("VBD", "VBN"):
        return
    following = [each for each in read.statements if each.start >= clause.source.start][:2]
    is_past = bool(clause.auxiliaries) and clause.auxiliaries[0].tag == "VBD"
    is_patient = is_past and clause.sentence.words[clause.subject.head].dep == "nsubjpass"
    if is_patient and clause.label(clause.subject) in NAME_LABELS:
        yield from _event(f"What happened to {clause.subject.text}?", clause, following)
    days = [part.day for part in clause.of("date") if part.day is not None and part.day.precision == "day"]
    for place in clause.of("place") if days else ():
        yield from _event(f"What happened {place.text} on {spell_date(days[0].date)}?", clause, following)


def _event(question: str, clause: Clause, following: Sequence[ScoredSentence]) -> Iterator[Draft]:
    """Yield the question for an event; its answer is the predicate as the sentence words it."""
    predicate = clause.source.quote[clause.verb.start : max(part.end for part in clause.parts)] if clause.parts else ""
    for draft in _with_nuggets(question, "what_happened", following, least=1) if predicate else ():
        yield replace(draft, answers=(predicate,))


def _topics(read: ReadArticle) -> list[str]:
    """Return the phrases of the first sentences that name the topic, that with the most repeated words first."""
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
        verb = next(
            (sentence.words[i] for i in sentence.ancestors(word.index) if sentence.words[i].pos == "VERB"), None
        )
        is_speaker = verb is not None and verb.lemma in REPORTING_VERBS and word.dep == "nsubj"
        if verb is None or verb.dep not in ("ROOT", "ccomp", "xcomp") or is_speaker:
            continue
        text = phrase(sentence, word.index, TOPIC_WORDS.stop - 1)
        inside = [sentence.words[i] for i in sentence.subtree(word.index)]
        is_place = read.names.labels.get(bare_name(text)) in ("GPE", "NORP")
        is_named = bool(read.names.within(text)) and not is_place and not any(w.pos == "PRON" for w in inside)
        if is_named and _coverage(text, read) >= (MIN_COVERAGE_OF_PERSON if label == "PERSON" else MIN_COVERAGE):
            yield text


def _coverage(text: str, read: ReadArticle) -> float:
    """Return the share of the article's sentences that have a word of the text."""
    own = stems(text)
    return sum(bool(own & stems(each.quote)) for each in read.statements) / len(read.statements)


def _with_nuggets(
    question: str, kind: DraftKind, statements: Sequence[ScoredSentence], least: int = 2
) -> Iterator[Draft]:
    """Yield the question with the facts of the first of these sentences; nothing if they state fewer than `least`."""
    found: list[tuple[ScoredSentence, Nugget]] = []
    for statement in statements:
        elements = _elements(statement.quote, question)
        if len(statement.text.split()) in NUGGET_WORDS and elements:
            found.append((statement, Nugget(text=statement.text, any=tuple((each,) for each in elements))))
    chosen = found[:MAX_NUGGETS]
    if len(chosen) >= least and chosen[0][0].span == statements[0].span:
        yield Draft(
            kind=kind,
            question=question,
            answers=tuple(words for (words,) in chosen[0][1].any),
            source=chosen[0][0],
            nuggets=tuple(nugget for _, nugget in chosen),
            further=tuple(statement for statement, _ in chosen[1:]),
        )


def _elements(quote: str, question: str) -> list[str]:
    """Return the names and amounts of a sentence that the question does not have."""
    found = [bare_name(quote[e.start : e.end]) for e in entities(quote) if e.label in COUNTED_LABELS]
    return [each for each in dict.fromkeys(found) if each and not contains(question, [each])][:MAX_ELEMENTS]
