"""Questions about roles: who is the head of a named body, from an apposition beside a person's name."""

from collections.abc import Iterator

from evals.harness.drafting.article_names import ArticleNames, bare_name
from evals.harness.drafting.clauses import label_at, phrase
from evals.harness.drafting.question_templates import Draft
from index.search.scored_sentence import ScoredSentence
from index.types import Span
from service.language.parsing import entities, parse


def from_apposition(source: ScoredSentence, names: ArticleNames) -> Iterator[Draft]:
    """Yield "Who is the head of the agency?" for each "A, head of the agency," that one person can be."""
    sentence, named = parse(source.quote), entities(source.quote)
    for role in sentence.words:
        person = sentence.words[role.head]
        is_role = role.dep == "appos" and role.tag == "NN" and role.index > person.index
        if not is_role or label_at(sentence, named, person.index) != "PERSON":
            continue
        determiners = {
            sentence.words[i].folded for i in sentence.children[role.index] if sentence.words[i].pos == "DET"
        }
        is_joined = any(sentence.words[i].dep == "conj" for i in sentence.children[role.index])
        text = phrase(sentence, role.index).removeprefix("the ")
        is_owned = any(mark in text for mark in ("'s ", "’s "))
        entity = next(e for e in named if e.start <= person.start and person.end <= e.end)
        name = names.full(bare_name(source.quote[entity.start : entity.end]))
        if determiners <= {"the"} and not is_joined and text and names.within(text):
            yield Draft(
                kind="who",
                question=f"Who is {'' if is_owned else 'the '}{text}?",
                answers=tuple(dict.fromkeys((bare_name(source.quote[entity.start : entity.end]), name))),
                source=source,
                answer=Span(start=entity.start, end=entity.end),
            )
