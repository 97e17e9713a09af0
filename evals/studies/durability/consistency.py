"""Consistency check: every article is complete, stored once, and found by lexical and dense search."""

from collections import Counter
from collections.abc import Iterable, Mapping

import numpy as np

from index.errors import NotFound
from index.sentences import split_sentences
from index.store.articles import text_digest
from index.types import Article, Passage, Record
from index.vectors.vector_index import VectorIndex
from index.words import words
from service.workspace import Workspace

MAX_OWN_RANK = 3
"""Worst accepted rank of a chunk in a search by its own vector, because the index is approximate."""
MIN_COSINE = 0.8
"""Minimum cosine of stored and new vector; the stored one has half precision and includes the article's heading."""


class Inconsistencies(Record):
    """Inconsistencies: what is lost or duplicated in a collection; each line names the article and the reason."""

    lost: tuple[str, ...] = ()
    doubled: tuple[str, ...] = ()


def find_inconsistencies(
    workspace: Workspace, wanted: Mapping[str, Article], embedded: Iterable[str] = ()
) -> Inconsistencies:
    """Compare the document store and the dense index with the articles that should be in them.

    Args:
        embedded: ids of articles whose vectors are computed again and compared.
    """
    index = workspace.dense
    assert index is not None, "exact search has no second store"
    chunks: dict[str, list[str]] = {}
    for chunk_id in workspace.store.chunks.ids():
        chunks.setdefault(chunk_id.rpartition("@")[0], []).append(chunk_id)
    lost = [f"{name}: {why}" for name, article in wanted.items() for why in _missing(workspace, article, chunks, index)]
    lost += [
        f"{name}: {why}"
        for name in embedded
        if name in wanted
        for why in _with_other_vectors(workspace, chunks.get(name, []))
    ]
    indexed = Counter(index.ids())
    known = set(workspace.store.chunks.ids())
    doubled = [f"{name}: in the collection, though removed or never acknowledged" for name in chunks.keys() - wanted]
    doubled += [f"{chunk_id}: {n} times in the dense index" for chunk_id, n in indexed.items() if n > 1]
    doubled += [f"{chunk_id}: in the dense index alone" for chunk_id in indexed.keys() - known]
    lost += [f"{chunk_id}: not in the dense index" for chunk_id in known - indexed.keys()]
    doubled += [f"the ledger: {fault}" for fault in workspace.store.faults()]
    return Inconsistencies(lost=tuple(lost), doubled=tuple(doubled))


def _missing(workspace: Workspace, article: Article, chunks: Mapping[str, list[str]], index: VectorIndex) -> list[str]:
    try:
        stored = workspace.store.articles.get(article.id)
    except NotFound:
        return ["gone"]
    passages = workspace.store.chunks.passages([(chunk_id, 0.0) for chunk_id in chunks.get(article.id, [])])
    sentences = sorted((s for p in passages for s in p.sentences), key=lambda span: span.start)
    wanted = [span for paragraph in article.body for span in split_sentences(article.text, paragraph)]
    checks = {
        "another text": stored.digest == text_digest(article.text) == text_digest(stored.article.text),
        "another version is searched": {p.version for p in passages} == {stored.version},
        "sentences missing or twice": sentences == wanted,
        "not found by its words": _is_found_by_words(workspace, article, passages),
        "not found by its vectors": all(_is_found_by_vectors(workspace, passage, index) for passage in passages),
    }
    return [why for why, passed in checks.items() if not passed]


def _is_found_by_words(workspace: Workspace, article: Article, passages: list[Passage]) -> bool:
    """Whether a lexical search for each word of the first sentence finds the first chunk exactly once."""
    first = min(passages, key=lambda passage: passage.span.start, default=None)
    if first is None:
        return False
    asked = {word for word in words(first.sentences[0].of(article.text)) if any(map(str.isalnum, word))}
    searches = (workspace.store.lexical.search([word], len(passages), frozenset({article.id})) for word in asked)
    return all([chunk_id for chunk_id, _ in found].count(first.chunk_id) == 1 for found in searches)


def _is_found_by_vectors(workspace: Workspace, passage: Passage, index: VectorIndex) -> bool:
    vector = workspace.store.chunks.vectors([passage.chunk_id])[2][0]
    parts = workspace.store.chunks.sentence_vectors(passage.chunk_id)
    rows = np.vstack([vector, parts])
    sound = len(parts) == len(passage.sentences) and np.allclose(np.linalg.norm(rows, axis=1), 1.0, atol=1e-2)
    return bool(sound) and passage.chunk_id in [found for found, _ in index.search(vector, MAX_OWN_RANK, None)]


def _with_other_vectors(workspace: Workspace, chunk_ids: list[str]) -> list[str]:
    """Return the chunks whose stored vector does not match their text."""
    passages = workspace.store.chunks.passages([(chunk_id, 0.0) for chunk_id in chunk_ids])
    if not passages:
        return ["has no chunks"]
    text = workspace.store.articles.get(passages[0].article_id).article.text
    made = [workspace.retriever.vector(passage.span.of(text)) for passage in passages]
    ids, _, stored = workspace.store.chunks.vectors(chunk_ids)
    place = {chunk_id: row for row, chunk_id in enumerate(ids)}
    cosines = [float(row @ stored[place[passage.chunk_id]]) for row, passage in zip(made, passages, strict=True)]
    return [
        f"{p.chunk_id} has the vector of another text" for p, c in zip(passages, cosines, strict=True) if c < MIN_COSINE
    ]
