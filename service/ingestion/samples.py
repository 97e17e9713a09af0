"""Sample articles: the five that come with Footnote, to try it on and to prove a model with."""

from collections.abc import Iterator
from pathlib import Path

from index.errors import InputError
from index.reading import read_paths
from index.types import Article

SAMPLES = Path(__file__).parents[2] / "seeds"


def sample_articles() -> Iterator[Article | InputError]:
    """Yield the sample articles, or what cannot be read of them."""
    try:
        yield from read_paths([SAMPLES])
    except InputError as error:
        yield error
