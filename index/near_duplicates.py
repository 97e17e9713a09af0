"""Which articles are copies of one text: word shingles, sketched to find candidates and compared whole to decide."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from index.types import Article
from index.words import words

RULES = "1"
"""Kept with the origins in a ledger: raise it when the same articles would be grouped in another way."""
SHINGLE_WORDS = 3
SAMPLES = 128
"""Minimum hashes in a sketch: 512 bytes an article."""
SAME_SAMPLES = 3
"""Two texts that share fewer are not compared whole. A text that keeps a seventh of another shares 18 on average."""
COPIED = 0.6
"""Share of the shorter text's shingles that must be in the longer one; fitted by evals/studies/newsroom/copies.py."""
FEWEST_SHARED = 12
"""Shorter texts share a phrase by chance; they are copies only when they say exactly the same."""
SAME_PLACE = 0.1
"""Share that is enough between two articles of one address: a page that was rewritten under way."""

Sketch = NDArray[np.uint32]
Shingles = frozenset[str]


class Overlap(NamedTuple):
    """How much two texts share."""

    shared: int
    share: float
    """Of the shorter text's shingles: a cut copy is contained in the longer one, however long that is."""


def shingles(article: Article, size: int = SHINGLE_WORDS) -> Shingles:
    """Every run of `size` words in the article's prose, folded; a text of fewer words is one shingle."""
    found = [word for paragraph in article.body for word in words(paragraph.of(article.text))]
    runs = range(max(1, len(found) - size + 1))
    return frozenset(" ".join(found[i : i + size]) for i in runs)


def sketch(text: Shingles) -> Sketch:
    """Minimum hashes of the shingles (Broder 1997), the same on every machine; shape (SAMPLES,)."""
    # With the scipy behind it half a second, and only articles that are taken in need it.
    from datasketch import MinHash  # noqa: PLC0415

    made = MinHash(num_perm=SAMPLES, seed=1, scheme="affine32")
    made.update_batch([shingle.encode("utf-8", "surrogatepass") for shingle in text])
    return np.asarray(made.hashvalues, dtype=np.uint32)


def candidates(one: Sketch, others: NDArray[np.uint32]) -> Sequence[int]:
    """Rows of `others` (n, SAMPLES) that share enough with `one` to be compared whole.

    All are looked at: below a hundred thousand articles that takes less time and memory than tables of bands would,
    and it misses fewer of the copies that were cut short.
    """
    if not len(others):
        return []
    return [int(row) for row in np.flatnonzero((others == one).sum(axis=1) >= SAME_SAMPLES)]


def overlap(one: Shingles, other: Shingles) -> Overlap:
    """What two texts share, exactly."""
    shared = len(one & other)
    return Overlap(shared=shared, share=shared / min(len(one), len(other)))


def are_copies(one: Shingles, other: Shingles, *, same_address: bool = False) -> bool:
    """Whether one of two texts was made from the other, or both from a third."""
    if one == other:
        return True
    found = overlap(one, other)
    if same_address:
        return found.share >= SAME_PLACE
    return found.shared >= FEWEST_SHARED and found.share >= COPIED
