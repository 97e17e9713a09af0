"""Synthetic articles: an unlimited, deterministic sequence of steps that add, change, remove and re-add articles."""

import random
from collections.abc import Callable, Iterator
from contextlib import suppress
from typing import Literal, NamedTuple

from index.errors import NotFound
from index.reading import read_text
from index.types import Article
from service.workspace import Workspace

SYLLABLES = "bra cor dun fel gim hol jat kel lor mun nar pel quo ril sov tar".split()
ACTS = ("closed the harbour", "signed the budget", "opened a clinic", "lost the appeal", "called an election")
CAUSES = ("the storm", "a strike of the pilots", "the ruling of the court", "an old promise", "the heavy losses")
MIN_SENTENCES = 4
MAX_SENTENCES = 30
"""Range of sentences per article: from one chunk to several."""


class Step(NamedTuple):
    """Step: one change of the collection, with the resulting article."""

    kind: Literal["add", "change", "remove"]
    id: str
    article: Article | None
    """None if the step removes the article."""


def step(number: int) -> Step:
    """Return the n-th step; the last three of every seven re-add, change and remove an earlier article."""
    week, day = divmod(number, 7)
    if day == 5:
        return Step("change", _id(number - 2), story(number - 2, edition=2))
    if day == 6:
        return Step("remove", _id(number - 4), None)
    if day == 4 and week:
        return Step("add", _id(7 * week - 5), story(7 * week - 5, edition=3))
    return Step("add", _id(number), story(number))


def articles_after(steps: int) -> dict[str, Article]:
    """Return the articles that the collection contains after the first `steps` steps."""
    found: dict[str, Article] = {}
    for done in map(step, range(steps)):
        if done.article is None:
            found.pop(done.id, None)
        else:
            found[done.id] = done.article
    return found


def story(number: int, edition: int = 1) -> Article:
    """Return the article of that number and edition; only it contains the name `coined(number, edition)`."""
    rng = random.Random(f"{number}/{edition}")
    name = coined(number, edition)
    sentences = [f"The mayor of {name} {rng.choice(ACTS)} on Monday because of {rng.choice(CAUSES)}."]
    for _ in range(rng.randint(MIN_SENTENCES, MAX_SENTENCES) - 1):
        other = _word(rng.randrange(16**3))
        sentences.append(f"In {other} {rng.randint(3, 900)} people {rng.choice(ACTS)} after {rng.choice(CAUSES)}.")
    return read_text(_id(number), "\n\n".join(" ".join(sentences[i : i + 5]) for i in range(0, len(sentences), 5)))


def coined(number: int, edition: int = 1) -> str:
    """Return the invented name in the article's first sentence, which no other article contains."""
    return _word((number * 4 + edition) * 7919 + 16**4).capitalize()


def do_steps(workspace: Workspace, first: int, acknowledge: Callable[[int], None], last: int | None = None) -> None:
    """Do the steps, those between two removals as one ingest; call `acknowledge` with each finished step's number."""
    number = first
    while last is None or number < last:
        run = list(_until_removal(number, last))
        if not run:
            with suppress(NotFound):  # it was already removed before the kill, but not acknowledged
                workspace.remove(step(number).id)
            acknowledge(number)
            number += 1
            continue
        pending = iter(run)
        articles = [done.article for done in map(step, run) if done.article]
        workspace.ingest(articles, lambda line: acknowledge(next(pending)))  # noqa: B023
        number += len(run)


def _until_removal(number: int, last: int | None) -> Iterator[int]:
    while (last is None or number < last) and step(number).kind != "remove":
        yield number
        number += 1


def _id(number: int) -> str:
    return f"story-{number}"


def _word(number: int) -> str:
    made = ""
    while number or not made:
        number, digit = divmod(number, 16)
        made += SYLLABLES[digit]
    return made
