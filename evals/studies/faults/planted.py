"""Planted faults: each replaces one working component during a run."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager
from dataclasses import replace
from typing import Any, NamedTuple
from unittest.mock import patch

import numpy as np

from index.search.scored_sentence import ScoredSentence
from index.types import Span
from prompts import Prompt, load
from service.answering.pipeline import STEPS
from service.answering.types import Antecedent, Citation
from service.grounding import CHECKS, Check, Finding, FindingMessage, excluding, running

Plant = Callable[[], AbstractContextManager[Any]]
CLAIMS, DRAFTS, QUOTES = "replay-claims", "replay-drafts", "replay-quotes"


class Fault(NamedTuple):
    """Fault: a defect to plant, and the suite that should catch it."""

    name: str
    says: str
    suite: str
    """The cheapest suite that can catch it."""
    plant: Plant
    every: int = 1
    """Run only every n-th case, for a fault that affects many cases."""


def without(*ids: str) -> Plant:
    """Return a fault that removes some checks from the gate."""
    left = excluding(*ids)
    return lambda: running(left)


def in_place_of(where: str, part: Any) -> Plant:
    """Return a fault that patches the object at a dotted path."""
    return lambda: patch(where, part)


def with_step(name: str, step: Any) -> Plant:
    """Return a fault that replaces one step of the answering pipeline."""
    return in_place_of("service.answering.pipeline.STEPS", replace(STEPS, **{name: step}))


def shifted(sentences: Sequence[ScoredSentence]) -> tuple[Citation, ...]:
    """Shift the citations by one character, in answers and in the offered evidence."""
    return tuple(c.model_copy(update={"start": c.start + 1, "end": c.end + 1}) for c in STEPS.cite(sentences))


def verdict(*, answerable: bool) -> Plant:
    """Return a fault that makes the answerability classifier constant."""

    def always(question: str, evidence: Sequence[Any], store: Any) -> Any:
        found = STEPS.classify_answerability(question, evidence, store)
        return found.model_copy(update={"answerable": answerable and bool(evidence)})

    return with_step("classify_answerability", always)


def stale(name: str) -> Prompt:
    """Load a prompt that differs from the one in the recordings."""
    prompt = load(name)
    return Prompt(name=prompt.name, text=prompt.text.replace("one short sentence", "a few sentences"))


def speechless(citation: Citation, kept: Span | None = None, antecedent: Antecedent | None = None) -> str:
    """Render a quotation without its attribution."""
    return STEPS.render_quotation(citation.model_copy(update={"attribution": None}), kept, antecedent)


def embellished(citation: Citation, kept: Span | None = None, antecedent: Antecedent | None = None) -> str:
    """Render a quotation with a word that is not in the article."""
    return STEPS.render_quotation(citation, kept, antecedent).replace(": “", ": “Reportedly ", 1)


def butchered(question: str, quote: str, support: Any, odds: Any) -> Span:
    """Clip every quotation to its first eight words."""
    return Span(start=0, end=len(" ".join(quote.split(" ")[:8])))


def windows(text: str, within: Span) -> tuple[Span, ...]:
    """Split text every sixty characters instead of into sentences."""
    return tuple(Span(start=i, end=min(i + 60, within.end)) for i in range(within.start, within.end, 60))


def backwards(scores: Sequence[float]) -> list[int]:
    """Rank the worst score first."""
    return sorted(range(len(scores)), key=lambda i: (round(scores[i], 5), i))


def one_vector(self: Any, text: str) -> Any:
    """Return the same vector for every question."""
    return np.full(self.dimension, self.dimension**-0.5, dtype=np.float32)


def rejected(alignment: Any) -> Iterator[Finding]:
    """Yield a failure for every claim."""
    yield Finding(accepted=False, reason="words", message=FindingMessage.NOT_SAID)


NOTHING_PASSES = Check(id="nothing_passes", phenomenon="Every claim is rejected.", run=rejected)
ALL_CHECKS = tuple(each.id for each in CHECKS)
FAULTS: tuple[Fault, ...] = (
    Fault("gate-off", "the gate accepts everything", CLAIMS, without(*ALL_CHECKS)),
    Fault("gate-off-drafts", "the same, seen in what the model wrote", DRAFTS, without(*ALL_CHECKS)),
    Fault("words-ignored", "words that the evidence lacks pass", CLAIMS, without("lexical")),
    Fault("names-ignored", "names that the evidence lacks pass", CLAIMS, without("names")),
    Fault("numbers-ignored", "figures are not compared", CLAIMS, without("numbers")),
    Fault("dates-ignored", "days are not compared", CLAIMS, without("dates")),
    Fault("negation-ignored", "a denial passes for what it denies", CLAIMS, without("negation", "antonymy")),
    Fault("hedges-ignored", "a plan passes for a fact", "replay-hedges", without("modality")),
    Fault("speakers-ignored", "who said it does not count", CLAIMS, without("attribution")),
    Fault("quotations-ignored", "altered quotations pass", CLAIMS, without("quotations")),
    Fault("roles-ignored", "who did it to whom does not count", CLAIMS, without("semantic_roles", "dependency")),
    Fault("gate-shut", "the gate accepts nothing but copies", CLAIMS, lambda: running([NOTHING_PASSES])),
    Fault("wrong-offsets", "citations point one character too far", QUOTES, with_step("cite", shifted)),
    Fault("refusal-off", "every question is answered", QUOTES, verdict(answerable=True)),
    Fault("refuses-all", "every question is refused", QUOTES, verdict(answerable=False)),
    Fault(
        "stale-prompt",
        "the prompt was edited, the recordings were not made anew",
        DRAFTS,
        with_step("load_prompt", stale),
    ),
    Fault("speaker-dropped", "a quotation loses who spoke", QUOTES, with_step("render_quotation", speechless)),
    Fault("quote-embellished", "a quotation gains a word", QUOTES, with_step("render_quotation", embellished)),
    Fault("quote-butchered", "quotations are cut after eight words", QUOTES, with_step("clip", butchered)),
    Fault(
        "one-quote-less",
        "only the best sentence is ever shown",
        QUOTES,
        with_step("extracts", lambda question, kind, found: list(found[:1])),
    ),
    Fault(
        "worse-sentences",
        "articles are cut every sixty characters",
        QUOTES,
        in_place_of("index.chunking.split_sentences", windows),
    ),
    Fault(
        "lexical-off",
        "search by words finds nothing",
        "retrieval",
        in_place_of("index.store.lexical.LexicalIndex.search", lambda *args: []),
    ),
    Fault(
        "dense-blind",
        "every question has the same vector",
        "seeds",
        in_place_of("index.embedding.OnnxEmbedder.embed_query", one_vector),
        3,
    ),
    Fault(
        "worse-chunks", "chunks of one sentence at most", "retrieval", in_place_of("index.chunking.PREFERRED_TOKENS", 8)
    ),
    Fault(
        "evidence-backwards",
        "the least likely sentence comes first",
        "seeds",
        in_place_of("index.search.reranking._ranked", backwards),
        4,
    ),
    Fault(
        "deaf",
        "follow-ups are taken as they are put",
        "followups",
        in_place_of("service.conversation.rewriting_context.rewrite", lambda question, previous: question),
        3,
    ),
)
