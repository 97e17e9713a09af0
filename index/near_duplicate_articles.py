"""Near-duplicate detection: MinHash sketches of word shingles find candidates, and exact containment decides."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from index.types import Article
from index.words import words

VERSION = "3"
"""Stored in the ledger: increment it when the same articles would be clustered differently."""
SHINGLE_WORDS = 3
SKETCH_HASHES = 128
"""Number of minimum hashes in a sketch."""
SKETCH_NUMBERS = SKETCH_HASHES + 1
"""Numbers of a sketch, the last of which is the number of shingles: 516 bytes per article."""
MIN_SHARED_HASHES = 3
"""Pairs with fewer shared hashes are not compared exactly. A text that keeps a seventh of another one shares 18 on
average."""
MAX_DEVIATIONS = 3.0
"""Standard deviations by which a pair may share fewer hashes than one of the least containment does on average."""
MIN_CONTAINMENT = 0.6
"""Minimum share of the shorter text's shingles in the longer one; fitted by evals/studies/newsroom/copies.py."""
MIN_SHARED_SHINGLES = 12
"""With fewer shared shingles two texts must be equal, because short texts can share a phrase by chance."""
MIN_CONTAINMENT_AT_ONE_ADDRESS = 0.1
"""Minimum containment for two articles with the same address: a page is rewritten while a story develops."""

Sketch = NDArray[np.uint32]
Shingles = frozenset[str]


class Overlap(NamedTuple):
    """Overlap: how many shingles two texts share, counted exactly."""

    shared: int
    containment: float
    """Share of the shorter text's shingles that are in the longer one: 1.0 for an excerpt of any length."""


def shingles(article: Article, size: int = SHINGLE_WORDS) -> Shingles:
    """Return the set of normalised word n-grams of the body, `size` words each; a shorter text is one shingle."""
    found = [word for paragraph in article.body for word in words(paragraph.of(article.text))]
    runs = range(max(1, len(found) - size + 1))
    return frozenset(" ".join(found[i : i + size]) for i in runs)


def sketch(text: Shingles) -> Sketch:
    """Return the MinHash sketch of the shingles (Broder 1997), equal on every machine; shape (SKETCH_NUMBERS,)."""
    # Imported here because it imports scipy, which takes half a second, and only ingestion needs it.
    from datasketch import MinHash  # noqa: PLC0415

    made = MinHash(num_perm=SKETCH_HASHES, seed=1, scheme="affine32")
    made.update_batch([shingle.encode("utf-8", "surrogatepass") for shingle in text])
    return np.asarray([*made.hashvalues, len(text)], dtype=np.uint32)


def candidates(one: Sketch, others: NDArray[np.uint32]) -> Sequence[int]:
    """Return the rows of `others`, shape (n, SKETCH_NUMBERS), that share enough hashes with `one` for exact comparison.

    Two texts share a hash with the probability of their Jaccard similarity, and containment and lengths give that
    similarity: so a menu or notice that a site prints in every article makes no pair of all its long articles. A linear
    scan: below a hundred thousand articles it takes less time and memory than banded locality-sensitive hashing, and it
    misses fewer excerpts.
    """
    if not len(others):
        return []
    shared = (others[:, :SKETCH_HASHES] == one[:SKETCH_HASHES]).sum(axis=1)
    sizes, size = others[:, SKETCH_HASHES].astype(np.float64), float(one[SKETCH_HASHES])
    shorter, longer = np.minimum(sizes, size), np.maximum(sizes, size)
    similarity = MIN_CONTAINMENT * shorter / ((1 - MIN_CONTAINMENT) * shorter + longer)
    expected = SKETCH_HASHES * similarity
    least = expected - MAX_DEVIATIONS * np.sqrt(expected * (1 - similarity))
    return [int(row) for row in np.flatnonzero(shared >= np.maximum(least, MIN_SHARED_HASHES))]


def overlap(one: Shingles, other: Shingles) -> Overlap:
    """Return the exact overlap of two texts."""
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
