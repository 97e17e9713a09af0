"""Question templates: turn a clause into the question that one of its parts answers."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from evals.harness.cases import Nugget
from evals.harness.drafting.article_names import bare_name
from evals.harness.drafting.clauses import Clause, Part, label_at, phrase
from index.search.scored_sentence import ScoredSentence
from index.types import Span
from service.language.dates import HISTORICAL_YEAR, spell_date
from service.language.parsing import Word
from service.language.reporting_verbs import REPORTING_VERBS

DraftKind = Literal["who", "when", "where", "why", "how_many", "what_said", "what_happened", "summary", "near_miss"]

FORMS = {"VBD": "did", "VBZ": "does", "VBP": "do"}
POINTS_IN_TIME = frozenset({"in", "on", "at", "as", "around"})
"""Prepositions of a date that answers "when": "by" and "since" answer other questions."""
NUMBER_LABELS = frozenset({"CARDINAL", "QUANTITY"})


@dataclass(frozen=True)
class Draft:
    """Draft: a question with its right answers and the sentence that answers it."""

    kind: DraftKind
    question: str
    answers: tuple[str, ...]
    source: ScoredSentence
    answer: Span | None = None
    """Span of the answer in the sentence; None where the whole sentence answers."""
    nuggets: tuple[Nugget, ...] = ()
    further: tuple[ScoredSentence, ...] = ()
    """Sentences that answer too, in a question about a whole article."""
    clause: Clause | None = None
    """The clause that was turned into the question; None for a question about a whole article."""


def from_clause(clause: Clause) -> Iterator[Draft]:
    """Yield the questions that the parts of a clause answer."""
    if not is_askable(clause):
        return
    yield from _who(clause)
    if clause.verb.lemma != "be" or clause.auxiliaries:
        yield from _adjuncts(clause)
    yield from _amounts(clause)


def is_askable(clause: Clause) -> bool:
    """Whether a question can be made of the clause: it is no past perfect, agrees, and does not only say "said"."""
    first = (*clause.auxiliaries, clause.verb)[0]
    return first.folded != "had" and _agrees(clause) and not _is_bare_report(clause)


def claim_of(clause: Clause) -> str:
    """Return the shortened clause as a sentence, which the evidence must entail."""
    words = [each.text for each in (*clause.auxiliaries, clause.verb)]
    return " ".join([clause.subject.text, *words, *(part.text for part in clause.parts if part.role != "reason")]) + "."


def _is_bare_report(clause: Clause) -> bool:
    """Whether the clause only says that somebody said something, which `reported_questions` asks for."""
    says = clause.verb.lemma in REPORTING_VERBS
    return says and (bool(clause.of("clause")) or not clause.of("object", "complement"))


def _who(clause: Clause) -> Iterator[Draft]:
    name = _entity(clause, clause.subject)
    is_definite = clause.verb.lemma != "be" or any(part.text.startswith("the ") for part in clause.of("complement"))
    is_person = clause.label(clause.subject) == "PERSON" and not _is_plural(clause)
    if is_person and is_definite and clause.parts and clause.verb.lemma not in REPORTING_VERBS:
        yield _draft(clause, "who", f"Who {declared(clause)}?", name, clause.subject)


def _adjuncts(clause: Clause) -> Iterator[Draft]:
    first = (*clause.auxiliaries, clause.verb)[0]
    is_event = first.tag in ("VBD", "MD") and clause.verb.tag != "VBG"
    for part in clause.of("date") if is_event else ():
        opening = clause.sentence.words[part.head]
        is_point = opening.dep != "prep" or opening.folded in POINTS_IN_TIME
        if part.day is not None and is_point and (part.day.basis == "stated" or part.day.precision in ("day", "month")):
            question = f"When {inverted(clause, part)}?"
            yield _draft(clause, "when", question, part.day.text, part, spell_date(part.day.date))
    for part in clause.of("place") if _is_past(clause) else ():
        text = _bare(part.text)
        yield _draft(clause, "where", f"Where {inverted(clause, part)}?", text, part)
    for part in clause.of("reason"):
        reason = _reason(clause, part)
        others = [each for each in clause.parts if each is not part and each.role not in ("particle", "date")]
        is_whole = bool(others) or clause.sentence.words[clause.subject.head].dep == "nsubjpass"
        if is_whole and first.tag != "MD" and not set(reason) & set('"“”'):
            yield _draft(clause, "why", f"Why {inverted(clause)}?", reason, part)


def _amounts(clause: Clause) -> Iterator[Draft]:
    """Yield questions for the number that counts the subject or the object."""
    number = _counted(clause, clause.subject)
    if number and (rest := _uncounted(clause, clause.subject.head)):
        yield _draft(clause, "how_many", f"How many {rest} {declared(clause)}?", number, clause.subject)
    for part in clause.of("object"):
        number = _counted(clause, part)
        if number and (rest := _uncounted(clause, part.head)):
            yield _draft(clause, "how_many", f"How many {rest} {inverted(clause, part)}?", number, part)
        elif clause.label(part) == "MONEY":
            text = _entity(clause, part)
            yield _draft(clause, "how_many", f"How much money {inverted(clause, part)}?", text, part)


def _draft(clause: Clause, kind: DraftKind, question: str, answer: str, part: Part, *more: str) -> Draft:
    return Draft(
        kind=kind,
        question=question[0].upper() + question[1:],
        answers=tuple(dict.fromkeys(each for each in (answer, *more) if each)),
        source=clause.source,
        answer=Span(start=part.start, end=part.end),
        clause=clause,
    )


def declared(clause: Clause) -> str:
    """Return verb and parts in the order of a statement: "has scored two goals"."""
    words = [each.text for each in (*clause.auxiliaries, clause.verb)]
    return " ".join([*words, *_kept_parts(clause, None)])


def inverted(clause: Clause, asked: Part | None = None) -> str:
    """Return the clause in the order of a question, without the part that is asked for: "did X resign"."""
    rest = _kept_parts(clause, asked)
    subject = clause.subject.text
    if clause.auxiliaries and clause.auxiliaries[0].lemma == "get":  # "got engaged"
        support = FORMS.get(clause.auxiliaries[0].tag, "did")
        return " ".join([support, subject, "get", clause.verb.text, *rest])
    if clause.auxiliaries:
        first, *others = (each.text for each in (*clause.auxiliaries, clause.verb))
        return " ".join([first, subject, *others, *rest])
    if clause.verb.lemma == "be":
        return " ".join([clause.verb.text, subject, *rest])
    return " ".join([FORMS.get(clause.verb.tag, "did"), subject, clause.verb.lemma, *rest])


def _kept_parts(clause: Clause, asked: Part | None) -> list[str]:
    """Return the texts of the parts that a question keeps: not what it asks for, reasons, and days without a year."""
    return [part.text for part in clause.parts if part is not asked and (part.role != "reason") and _is_lasting(part)]


def _is_lasting(part: Part) -> bool:
    """Whether a part means the same whenever it is read: "in May 2024", not "on Thursday"."""
    return part.role != "date" or (part.day is not None and part.day.basis == "stated")


def _is_past(clause: Clause) -> bool:
    """Whether the clause reports one past event: "won", "was found", not "has won"."""
    return (*clause.auxiliaries, clause.verb)[0].tag == "VBD"


def _is_plural(clause: Clause) -> bool:
    return (*clause.auxiliaries, clause.verb)[0].folded in ("are", "were", "have")


def _agrees(clause: Clause) -> bool:
    """Whether subject and verb agree in number; where they do not, the parser or the shortening is wrong."""
    words, head = clause.sentence.words, clause.subject.head
    is_joined = any(words[i].dep == "conj" for i in clause.sentence.children[head])
    first = (*clause.auxiliaries, clause.verb)[0]
    if words[head].tag in ("NN", "NNP") and not is_joined:
        return not _is_plural(clause) and first.tag != "VBP"
    return words[head].tag != "NNS" or (first.tag != "VBZ" and first.folded != "was")


def _entity(clause: Clause, part: Part) -> str:
    word = clause.sentence.words[part.head]
    found = next((e for e in clause.entities if e.start <= word.start and word.end <= e.end), None)
    return bare_name(clause.sentence.text[found.start : found.end]) if found else ""


def _number_words(clause: Clause, head: int) -> list[Word]:
    words = clause.sentence.words
    number = next((words[i] for i in clause.sentence.children[head] if words[i].dep == "nummod"), None)
    if (
        number is None
        or HISTORICAL_YEAR.fullmatch(number.text)
        or label_at(clause.sentence, clause.entities, number.index) not in NUMBER_LABELS
    ):
        return []
    if "-" in clause.sentence.text[number.end : number.end + 1]:  # "three-quarters", "seven non-residents"
        return []
    return [words[i] for i in sorted(clause.sentence.subtree(number.index))]


def _counted(clause: Clause, part: Part) -> str:
    """Return the number that counts the head noun of a part; empty for none."""
    joined_nouns = any(clause.sentence.words[i].dep == "conj" for i in clause.sentence.children[part.head])
    if clause.sentence.words[part.head].tag != "NNS" or joined_nouns:
        return ""
    figures = [word for word in _number_words(clause, part.head) if word.pos == "NUM"]
    return clause.sentence.text[figures[0].start : figures[-1].end] if figures else ""


def _uncounted(clause: Clause, head: int) -> str:
    """Return the phrase of a counted noun without its number and what is before that."""
    last = max(word.index for word in _number_words(clause, head))
    text = phrase(clause.sentence, head, without=frozenset(range(last + 1)))
    return "" if "," in text else text


def _reason(clause: Clause, part: Part) -> str:
    text = clause.sentence.text[part.start : part.end]
    for opening in ("because of ", "due to ", "because ", "in order "):
        text = text.removeprefix(opening)
    return text.strip(" ,.")


def _bare(text: str) -> str:
    """Return an answer without its preposition or article."""
    first, _, rest = text.strip(" ,;").partition(" ")
    return (
        rest if first.lower() in ("the", "a", "an", "in", "on", "at", "near", "by", "since") and rest else text.strip()
    )
