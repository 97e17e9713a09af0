"""Article names: the people and things that an article names, with their full names and how often it names them."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from evals.harness.drafting.clauses import NAME_LABELS
from index.search.scored_sentence import ScoredSentence
from index.types import Article
from service.language.parsing import entities

POSSESSIVES = ("'s", "’s", "'", "’")
TITLES_AND_ARTICLES = ("the ", "The ")


@dataclass(frozen=True)
class ArticleNames:
    """Article names: the label of each name, and its number of mentions."""

    labels: dict[str, str]
    """Most frequent type of each name, in the order of their first mentions."""
    mentions: Counter[str]

    def of_type(self, label: str) -> list[str]:
        """Return the names of one type, most mentioned first."""
        return [name for name, _ in self.mentions.most_common() if self.labels[name] == label]

    def is_ambiguous(self, name: str, question: str) -> bool:
        """Whether a single word is the last name of several people, none of whom the question names in full."""
        people = [] if " " in name else self._people(name)
        return len(people) > 1 and not any(person in question for person in people)

    def is_person(self, name: str) -> bool:
        """Whether a name is a person's: one of several words, or the last word of such a name."""
        return self.labels.get(self.full(name)) == "PERSON" and " " in self.full(name)

    def full(self, name: str) -> str:
        """Return the only person's name that ends in this one and is first mentioned before it, else the name."""
        longer = [] if " " in name else self._people(name)
        order = list(self.labels)
        is_first = len(longer) == 1 and (name not in self.labels or order.index(longer[0]) < order.index(name))
        return longer[0] if is_first else name

    def _people(self, last: str) -> list[str]:
        return [name for name in self.of_type("PERSON") if name.endswith(f" {last}")]

    def last_names(self) -> list[str]:
        """Return the last words of the names of people."""
        return [name.split()[-1] for name in self.labels if self.labels[name] == "PERSON" and " " in name]

    def within(self, text: str) -> list[str]:
        """Return the names that a text contains, longest first."""
        padded = f" {text} "
        found = [name for name in self.labels if name in padded]
        return sorted(found, key=lambda name: (-len(name), name))


def article_names(article: Article, statements: Sequence[ScoredSentence]) -> ArticleNames:
    """Return the names in an article's title and statements."""
    seen: dict[str, Counter[str]] = {}
    mentions: Counter[str] = Counter()
    for text in (article.source.title.value or "", *(each.quote for each in statements)):
        for entity in entities(text):
            name = bare_name(text[entity.start : entity.end])
            is_person_like = entity.label != "PERSON" or (name[:1].isupper() and name.split()[-1][:1].isupper())
            if entity.label in NAME_LABELS and name[:1].isalnum() and "\n" not in name and is_person_like:
                seen.setdefault(name, Counter())[entity.label] += 1
                mentions[name] += 1
    return ArticleNames({name: found.most_common(1)[0][0] for name, found in seen.items()}, mentions)


def bare_name(name: str) -> str:
    """Return a name without an article before it and a possessive ending."""
    for opening in TITLES_AND_ARTICLES:
        name = name.removeprefix(opening)
    for ending in POSSESSIVES:
        name = name.removesuffix(ending)
    return name
