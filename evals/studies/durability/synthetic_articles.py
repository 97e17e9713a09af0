"""Synthetic articles without end, and a fixed sequence in which they are added, changed, removed and added again."""

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
"""From one chunk to several."""


class Step(NamedTuple):
    """One change of the collection, with the article as it is after it."""

    kind: Literal["add", "change", "remove"]
    id: str
    article: Article | None
    """None once it is removed."""


def step(number: int) -> Step:
    """The step of that number: of each seven the last ones change, remove and bring back an earlier article."""
    week, day = divmod(number, 7)
    if day == 5:
        return Step("change", _id(number - 2), story(number - 2, edition=2))
    if day == 6:
        return Step("remove", _id(number - 4), None)
    if day == 4 and week:
        return Step("add", _id(7 * week - 5), story(7 * week - 5, edition=3))
    return Step("add", _id(number), story(number))


def articles_after(steps: int) -> dict[str, Article]:
    """The articles that the collection contains after so many steps."""
    found: dict[str, Article] = {}
    for done in map(step, range(steps)):
        if done.article is None:
            found.pop(done.id, None)
        else:
            found[done.id] = done.article
    return found


def story(number: int, edition: int = 1) -> Article:
    """An article of some sentences, which names `coined(number, edition)`, as no other does."""
    rng = random.Random(f"{number}/{edition}")
    name = coined(number, edition)
    sentences = [f"The mayor of {name} {rng.choice(ACTS)} on Monday because of {rng.choice(CAUSES)}."]
    for _ in range(rng.randint(MIN_SENTENCES, MAX_SENTENCES) - 1):
        other = _word(rng.randrange(16**3))
        sentences.append(f"In {other} {rng.randint(3, 900)} people {rng.choice(ACTS)} after {rng.choice(CAUSES)}.")
    return read_text(_id(number), "\n\n".join(" ".join(sentences[i : i + 5]) for i in range(0, len(sentences), 5)))


def coined(number: int, edition: int = 1) -> str:
    """The name in the first sentence of that article, which is in no other."""
    return _word((number * 4 + edition) * 7919 + 16**4).capitalize()


def do_steps(workspace: Workspace, first: int, acknowledge: Callable[[int], None], last: int | None = None) -> None:
    """Do the steps, those between two removals in one ingest, and acknowledge the number of each when it is done."""
    number = first
    while last is None or number < last:
        run = list(_until_removal(number, last))
        if not run:
            with suppress(NotFound):  # it was removed before the kill, and not yet acknowledged
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
