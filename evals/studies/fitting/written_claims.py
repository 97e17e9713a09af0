"""Entailment rows of written articles, balanced so that shared words do not tell the label."""

import re
from collections.abc import Iterator, Sequence
from random import Random

from evals.studies.fitting.claim_edits import (
    attributed,
    edits,
    flat,
    joined,
    merged,
    other_speaker,
    shortened,
    with_tail,
)
from evals.studies.fitting.judge_rows import Json, PairRow, Ranges
from evals.studies.fitting.written_articles import WrittenArticle, evidence_sentences, window, word_overlap

LABEL_OF = {
    "supported": "supported",
    "contradicted": "contradicted",
    "partly": "neither",
    "not_found": "neither",
    "needs_attribution": "attributed",
}
"""Label of each label of the written claims."""
CLAUSE = re.compile(r",? (?:and|but|which|who|after|because|while|as|with|where|when|so)\b|, ")


def balanced(article: WrittenArticle, others: Sequence[WrittenArticle], random: Random) -> Iterator[PairRow]:
    """Yield an article's claims with premises cut around their evidence, their edits, and its own sentences as claims.

    Without the rest a model learns from the claims that shared words mean contradicted, because people paraphrase what
    is supported.
    """
    for claim in article.claims:
        yield from _claim_rows(article, claim, random)
    for i in random.sample(range(len(article.sentences)), min(len(article.sentences), 6)):
        if len(article.sentences[i].split()) >= 6:
            yield from _sentence_rows(article, i, others, random)
    yield from _report_rows(article, random)
    for _ in range(3):
        i, j = random.randrange(len(article.sentences)), random.randrange(len(article.sentences))
        edit = joined(article.sentences[i], article.sentences[j]) if i != j else None
        if edit:
            yield _row(article, edit.text, window(article, [i, j], random), "neither", "joined", edit.changed)


def _report_rows(article: WrittenArticle, random: Random) -> Iterator[PairRow]:
    """Yield the article's reports: flat, in other words, given to another speaker; and two sentences as one claim."""
    sentences = article.sentences
    for i in random.sample(range(len(sentences)), min(len(sentences), 10)):
        same = attributed(sentences[i], random)
        if same:
            yield _row(article, same, window(article, [i], random), "supported", "report")
            bare = flat(sentences[i])
            if bare:
                yield _row(article, bare, window(article, [i], random), "attributed", "flat")
            other = other_speaker(sentences[i], " ".join(sentences), random)
            if other:
                yield _row(article, other.text, window(article, [i], random), "not_supported", "speaker", other.changed)
    i = random.randrange(max(1, len(sentences) - 2))
    pair = [sentences[k] for k in (i, i + 1) if k < len(sentences)]
    both = merged(pair[0], pair[1], random) if len(pair) > 1 else None
    if both:
        yield _row(article, both, window(article, [i, i + 1], random), "supported", "merged")
        for edit in edits(both, " ".join(sentences), random, 1):
            premise = window(article, [i, i + 1], random)
            yield _row(article, edit.text, premise, "not_supported", f"merged/{edit.kind}", edit.changed)


def _row(
    article: WrittenArticle, claim: str, premise: str, label: str, kind: str, changed: Ranges | None = None
) -> PairRow:
    return PairRow(claim, premise, label, "written", article.fold, changed, kind, article.id)


def _claim_rows(article: WrittenArticle, claim: Json, random: Random) -> Iterator[PairRow]:
    """Yield a written claim; if it is supported, also without its evidence, and with at most two edits."""
    sentences = article.sentences
    text, label = claim["claim"], LABEL_OF[claim["label"]]
    places = evidence_sentences(article, claim["evidence"])
    if not places:
        if label == "supported":
            return
        places = [max(range(len(sentences)), key=lambda i: word_overlap(text, sentences[i]))]
    changed = None
    if claim["label"] == "partly":
        changed = invented_clause(text, " ".join(sentences[i] for i in places))
    yield _row(article, text, window(article, places, random), label, f"{claim['label']}/{claim['kind']}", changed)
    if label != "supported":
        return
    far = [i for i in range(len(sentences)) if all(abs(i - p) > 2 for p in places)]
    if far and random.random() < 0.6:
        near = max(far, key=lambda i: word_overlap(text, sentences[i]) + random.random() * 0.2)
        yield _row(article, text, window(article, [near], random), "neither", "no_evidence")
    for edit in edits(text, " ".join(sentences), random, 2):
        # Another name may be right in the rest of the article: such an edit is not supported, and no more is known.
        label = "not_supported" if edit.kind in ("name", "roles") else "contradicted"
        yield _row(article, edit.text, window(article, places, random), label, f"edit/{edit.kind}", edit.changed)


def _sentence_rows(
    article: WrittenArticle, i: int, others: Sequence[WrittenArticle], random: Random
) -> Iterator[PairRow]:
    """Yield an article's sentence as a claim: without its attribution, as it is or shortened, edited, with a tail."""
    sentence = article.sentences[i]
    bare = flat(sentence)
    if bare:
        yield _row(article, bare, window(article, [i], random), "attributed", "flat")
    claim = shortened(sentence, random) or sentence
    yield _row(article, claim, window(article, [i], random), "supported", "copy")
    for edit in edits(claim, " ".join(article.sentences), random, 1):
        kind = f"copy_edit/{edit.kind}"
        yield _row(article, edit.text, window(article, [i], random), "not_supported", kind, edit.changed)
    other = random.choice(others)
    tail = with_tail(claim, random.choice(other.sentences), random)
    if tail and random.random() < 0.5:
        yield _row(article, tail.text, window(article, [i], random), "neither", "copy_tail", tail.changed)


def invented_clause(claim: str, evidence: str) -> Ranges | None:
    """Guess the invented half of a half-invented claim: the last clauses, where they share few words with the evidence.

    Words are compared by their first five letters; None if every clause shares a third of its words or more.
    """
    best, worst = None, 1.0
    for match in CLAUSE.finditer(claim):
        words = re.findall(r"[a-z]{4,}|\d+", claim[match.start() :].casefold())
        if len(words) < 2:
            continue
        share = sum(word[:5] in evidence.casefold() for word in words) / len(words)
        if share < worst:
            best, worst = match, share
    return ((best.start(), len(claim)),) if best and worst < 0.34 else None
