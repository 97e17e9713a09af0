"""Standalone questions: keep the drafts that a reader who has not seen the sentence understands."""

from evals.harness.drafting.article_names import ArticleNames
from evals.harness.drafting.clauses import SUBJECTS, TIME_LABELS
from evals.harness.drafting.question_templates import Draft
from evals.harness.text_matching import contains
from service.answering.question_kind import kind_of
from service.briefing.decontextualisation import count_unresolved_pronouns
from service.language.parsing import Entity, Parsed, Word, entities, parse
from service.language.pronouns import DEMONSTRATIVES, anaphors

QUESTION_WORDS = range(5, 20)
FACT_KINDS = frozenset({"who", "when", "where", "how_many"})


def is_standalone(draft: Draft, names: ArticleNames) -> bool:
    """Whether a question names what it is about, points to nothing outside itself and does not give its answer."""
    question = parse(draft.question)
    return (
        len(draft.question.split()) in QUESTION_WORDS
        and bool(anchors(draft, names))
        and not count_unresolved_pronouns(question)
        and not any(word.tag == "PRP" for word in question.words)
        and not any(word.folded in DEMONSTRATIVES for word in _points(question))
        and not any(_is_definite_description(question, index) for index in anaphors(question))
        and not any(_is_last_name(name, draft.question, names) for name in names.within(draft.question))
        and not any(names.is_ambiguous(name, draft.question) for name in names.within(draft.question))
        and not any(_is_relative(draft.question, entity) for entity in entities(draft.question))
        and not any(contains(draft.question, [answer]) for answer in draft.answers)
        and not any(is_bare_definite(question, word) for word in question.words if word.dep in SUBJECTS)
        and not _has_bare_subject(draft)
        and _is_of_its_kind(draft, names)
    )


def anchors(draft: Draft, names: ArticleNames) -> list[str]:
    """Return the names in the question that are no part of its answer."""
    return [name for name in names.within(draft.question) if not contains(" ".join(draft.answers), [name])]


def is_bare_definite(question: Parsed, word: Word) -> bool:
    """Whether a noun is only "the deal" or "the two teams": it refers to something named before."""
    if word.folded.split("-")[-1] == "old":  # "the 52-year-old"
        return True
    if word.pos != "NOUN":
        return False
    below = [question.words[i] for i in question.children[word.index]]
    is_definite = any(each.folded == "the" or each.pos == "PRON" for each in below)
    return is_definite and not any(each.pos in ("NOUN", "PROPN", "ADJ", "ADP", "VERB") for each in below)


def _is_definite_description(question: Parsed, index: int) -> bool:
    """Whether a word is "the country" or "that group", and its phrase has no name that says which."""
    return question.words[index].pos == "NOUN" and not any(question.words[i].is_name for i in question.subtree(index))


def _is_last_name(name: str, question: str, names: ArticleNames) -> bool:
    """Whether a name is a person's last name alone."""
    if " " in name or names.labels[name] != "PERSON":
        return False
    return not any(name in longer.split() and longer in question for longer in names.labels if longer != name)


def _is_relative(question: str, entity: Entity) -> bool:
    """Whether an entity is a time that depends on when the question is read: "Saturday", "last week"."""
    words = question[entity.start : entity.end]
    return entity.label in TIME_LABELS and not any(c.isdigit() for c in words)


def _has_bare_subject(draft: Draft) -> bool:
    """Whether the clause is about "the form", which was named before."""
    words = draft.clause.subject.text.split() if draft.clause else []
    return len(words) == 2 and words[0] == "the" and words[1].islower()


def _points(question: Parsed) -> list[Word]:
    return [word for word in question.words if word.pos in ("PRON", "DET")]


def _is_of_its_kind(draft: Draft, names: ArticleNames) -> bool:
    if draft.kind == "who" and not names.is_person(draft.answers[0]):
        return False
    if draft.kind in FACT_KINDS:
        return kind_of(draft.question) == "fact"
    return draft.kind != "why" or kind_of(draft.question) == "why"
