"""Near misses: questions about the same people and matter that no article answers, by another name or another fact."""

from collections.abc import Iterator, Sequence

from evals.harness.drafting.clauses import Clause
from evals.harness.drafting.question_templates import Draft, inverted, is_askable
from evals.harness.drafting.read_article import ReadArticle
from evals.harness.drafting.reader_check import ranked
from evals.harness.drafting.reported_questions import speakers
from index.search.scored_sentence import ScoredSentence
from index.words import stems
from service.answering.answerability import classify_answerability
from service.answering.query import unmet_names
from service.language.parsing import entities
from service.language.reporting_verbs import REPORTING_VERBS
from service.workspace import Workspace

MAX_SHARED = 0.5
"""Share of a question's words beside its new name that a sentence with that name may have."""
MAX_RELEVANCE = 0.0
"""Log-odds of the reader from which a sentence that has every name of the question looks like an answer."""


def other_name(draft: Draft, read: ReadArticle) -> Iterator[Draft]:
    """Yield the question with one of its names replaced by another of the same type from the same article."""
    for old in read.names.within(draft.question):
        label = read.names.labels[old]
        if not _is_whole(draft.question, old) or not _may_be_replaced(draft, old, read):
            continue
        others = _speakers(read) if draft.kind == "what_said" else _people(read) if label == "PERSON" else _places(read)
        for new in (name for name in others if read.names.labels.get(name) == label):
            question = _replaced(draft.question, old, new, read)
            if _differs(draft, old, new, read) and not _is_stated(question, new, read.statements):
                yield Draft("near_miss", question, (), draft.source, clause=draft.clause)


def _people(read: ReadArticle) -> list[str]:
    """Return the people whom the article also calls by the last name alone, as no company or credit line is."""
    return [name for name in read.names.of_type("PERSON") if name.split()[-1] in read.names.labels]


def _places(read: ReadArticle) -> list[str]:
    return read.names.of_type("GPE")


def _speakers(read: ReadArticle) -> list[str]:
    """Return the names of those who say something in the article."""
    return list(dict.fromkeys(name for each in read.statements for name in speakers(each, read.names)))


def _is_whole(question: str, name: str) -> bool:
    """Whether a name stands by itself: no capitalised word beside it belongs to it."""
    before, _, after = question.partition(name)
    beside = [*before.split()[1:][-1:], *after.split()[:1]] if not after.startswith(("'", "’", "-")) else ["A"]
    is_named_further = after.startswith((" of ", " from "))
    return not is_named_further and not any(word[:1].isupper() for word in beside) and not before.endswith("-")


def _may_be_replaced(draft: Draft, name: str, read: ReadArticle) -> bool:
    """Whether another name of its type may stand there: a person anywhere, a speaker, a place after a preposition."""
    before, label = draft.question.partition(name)[0].split(), read.names.labels[name]
    if label == "PERSON":
        return (draft.kind == "what_said" or name in _people(read)) and " " in name and "the" not in before[-1:]
    if label == "ORG":
        return draft.kind == "what_said" and before in (["What", "did"], ["What", "did", "the"])
    return label == "GPE" and bool(before) and before[-1] in ("in", "to", "from", "at")


def _replaced(question: str, old: str, new: str, read: ReadArticle) -> str:
    """Replace a name, with the article that the new one has in the text."""
    bare = question.replace(f"the {old}", old, 1)
    is_place = read.names.labels[new] == "GPE"
    has_article = not is_place and any(f"the {new}" in each.quote.replace("The ", "the ") for each in read.statements)
    return bare.replace(old, f"the {new}" if has_article else new, 1)


def _differs(draft: Draft, old: str, new: str, read: ReadArticle) -> bool:
    """Whether a name is another one than every name of the evidence and of the question."""
    known = stems(f"{draft.source.quote} {draft.question} {old}")
    is_full = " " in new or read.names.labels[new] != "PERSON"
    outlet = (read.article.source.outlet.value or "").casefold()
    in_body = any(new in each.quote for each in read.statements) and new.split()[0].casefold() not in outlet
    return is_full and in_body and not stems(new) & known


def _is_stated(question: str, name: str, statements: Sequence[ScoredSentence]) -> bool:
    """Whether some sentence, with the one before it, has the name and most other words of the question."""
    asked = stems(question) - stems(name)
    last = stems(name.split()[-1])
    texts = (f"{each.context} {each.quote}" for each in statements)
    return any(last <= (own := stems(text)) and len(asked & own) > MAX_SHARED * len(asked) for text in texts)


def other_fact(clause: Clause) -> Iterator[Draft]:
    """Yield the question for the day of an event whose sentence gives none."""
    is_past = (*clause.auxiliaries, clause.verb)[0].tag == "VBD" and clause.verb.tag != "VBG"
    if not clause.is_main or not is_past or not is_askable(clause) or clause.verb.lemma in (*REPORTING_VERBS, "be"):
        return
    outlet = (clause.source.source.outlet.value or "").casefold()
    if clause.subject.text.split()[0].casefold() in outlet:
        return
    if not clause.of("date") and "DATE" not in {entity.label for entity in entities(clause.source.quote)}:
        yield Draft("near_miss", f"When {inverted(clause)}?", (), clause.source, clause=clause)


def is_unanswered(workspace: Workspace, draft: Draft) -> bool:
    """Whether no article answers the question, as far as the product's own retrieval and judges can tell."""
    found = ranked(workspace, draft.question)
    meeting = [each for each in found if not unmet_names(draft.question, f"{each.context} {each.quote}")]
    if any(each.signals["relevance"] > MAX_RELEVANCE for each in meeting):
        return False
    return not (meeting and classify_answerability(draft.question, found, workspace.store).answerable)
