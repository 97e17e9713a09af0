"""Near-duplicate detection: MinHash sketches of word shingles find candidates, their exact containment decides."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from index.types import Article
from index.words import words

VERSION = "1"
"""Stored in the ledger: raise it when the same articles would be clustered in another way."""
SHINGLE_WORDS = 3
SKETCH_HASHES = 128
"""Minimum hashes in a sketch: 512 bytes an article."""
MIN_SHARED_HASHES = 3
"""Pairs of texts below it are not compared exactly. A text that keeps a seventh of another shares 18 on average."""
MIN_CONTAINMENT = 0.6
"""Of the shorter text in the longer one; fitted by evals/studies/newsroom/copies.py."""
MIN_SHARED_SHINGLES = 12
"""Short texts share a phrase by chance: with fewer shingles in common they must be equal."""
MIN_CONTAINMENT_AT_ONE_ADDRESS = 0.1
"""For two articles of one address: a page that was rewritten while the story developed."""

Sketch = NDArray[np.uint32]
Shingles = frozenset[str]


class Overlap(NamedTuple):
    """Exact overlap of two texts in shingles."""

    shared: int
    containment: float
    """Share of the shorter text's shingles that are in the longer one: 1.0 for an excerpt, however short."""


def shingles(article: Article, size: int = SHINGLE_WORDS) -> Shingles:
    """Set of word n-grams of the body, normalised, `size` words each; a shorter text is one shingle."""
    found = [word for paragraph in article.body for word in words(paragraph.of(article.text))]
    runs = range(max(1, len(found) - size + 1))
    return frozenset(" ".join(found[i : i + size]) for i in runs)


def sketch(text: Shingles) -> Sketch:
    """MinHash sketch of the shingles (Broder 1997), the same on every machine; shape (SKETCH_HASHES,)."""
    # It imports scipy, which takes half a second, and only ingestion needs it.
    from datasketch import MinHash  # noqa: PLC0415

    made = MinHash(num_perm=SKETCH_HASHES, seed=1, scheme="affine32")
    made.update_batch([shingle.encode("utf-8", "surrogatepass") for shingle in text])
    return np.asarray(made.hashvalues, dtype=np.uint32)


def candidates(one: Sketch, others: NDArray[np.uint32]) -> Sequence[int]:
    """Rows of `others`, shape (n, SKETCH_HASHES), that share enough with `one` to be compared exactly.

    A linear scan: below a hundred thousand articles it takes less time and memory than locality-sensitive hashing in
    bands would, and it misses fewer excerpts.
    """
    if not len(others):
        return []
    return [int(row) for row in np.flatnonzero((others == one).sum(axis=1) >= MIN_SHARED_HASHES)]


def overlap(one: Shingles, other: Shingles) -> Overlap:
    """Exact overlap of two texts."""
    shared = len(one & other)
    return Overlap(shared=shared, containment=shared / min(len(one), len(other)))


def are_near_duplicates(one: Shingles, other: Shingles, *, same_address: bool = False) -> bool:
    """Whether one of two texts was copied from the other, or both from a third."""
    if one == other:
        return True
    found = overlap(one, other)
    if same_address:
        return found.containment >= MIN_CONTAINMENT_AT_ONE_ADDRESS
    return found.shared >= MIN_SHARED_SHINGLES and found.containment >= MIN_CONTAINMENT
