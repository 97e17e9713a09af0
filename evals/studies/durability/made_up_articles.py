"""Made-up articles without end, and a fixed order in which they are added, changed, removed and added again."""

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
FEWEST, MOST = 4, 30
"""Sentences: from one chunk to several."""


class Step(NamedTuple):
    """What is done to the collection, and how the article stands after it."""

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


def standing(steps: int) -> dict[str, Article]:
    """The articles that the collection holds after so many steps."""
    held: dict[str, Article] = {}
    for done in map(step, range(steps)):
        if done.article is None:
            held.pop(done.id, None)
        else:
            held[done.id] = done.article
    return held


def story(number: int, edition: int = 1) -> Article:
    """An article of some sentences; `coined` says the word that stands in no other."""
    chance = random.Random(f"{number}/{edition}")
    name = coined(number, edition)
    told = [f"The mayor of {name} {chance.choice(ACTS)} on Monday because of {chance.choice(CAUSES)}."]
    for _ in range(chance.randint(FEWEST, MOST) - 1):
        other = _word(chance.randrange(16**3))
        told.append(f"In {other} {chance.randint(3, 900)} people {chance.choice(ACTS)} after {chance.choice(CAUSES)}.")
    return read_text(_id(number), "\n\n".join(" ".join(told[i : i + 5]) for i in range(0, len(told), 5)))


def coined(number: int, edition: int = 1) -> str:
    """The name that the first sentence of that article has to itself."""
    return _word((number * 4 + edition) * 7919 + 16**4).capitalize()


def take(workspace: Workspace, first: int, tell: Callable[[int], None], last: int | None = None) -> None:
    """Do the steps, what lies between two removals in one ingest, and tell each number when it is acknowledged."""
    number = first
    while last is None or number < last:
        run = list(_until_removal(number, last))
        if not run:
            with suppress(NotFound):  # it was removed when the kill came, and nobody had been told
                workspace.remove(step(number).id)
            tell(number)
            number += 1
            continue
        untold = iter(run)
        workspace.ingest([done.article for done in map(step, run) if done.article], lambda line: tell(next(untold)))  # noqa: B023
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
