"""Clause splitting: split a compound sentence at its coordinated main verbs."""

import itertools

from service.language.parsing import Parsed, parse

SUBJECTS = ("nsubj", "nsubjpass", "csubj", "expl")


def main_clauses(sentence: Parsed) -> list[str]:
    """Split a sentence into its coordinated main clauses, each with its own or the shared subject."""
    roots = [word.index for word in sentence.words if word.dep == "ROOT"]
    verbs = _coordinated_verbs(sentence, roots[0]) if len(roots) == 1 else []
    if len(verbs) < 2:
        return [sentence.text]
    trees = {verb: sentence.subtree(verb) for verb in verbs}
    found: list[str] = []
    for verb, tree in trees.items():
        own = tree.difference(*(trees[other] for other in verbs if other in tree and other != verb))
        subjects = _subjects(sentence, verb) or _subjects(sentence, roots[0])
        found.append(_text(sentence, own.union(*map(sentence.subtree, subjects))))
    return found


def _coordinated_verbs(sentence: Parsed, root: int) -> list[int]:
    verbs = [root]
    for verb in verbs:
        conjuncts = (i for i in sentence.children[verb] if sentence.words[i].dep == "conj")
        verbs += [i for i in conjuncts if sentence.words[i].pos in ("VERB", "AUX")]
    return verbs


def _subjects(sentence: Parsed, verb: int) -> list[int]:
    return [i for i in sentence.children[verb] if sentence.words[i].dep in SUBJECTS]


def _text(sentence: Parsed, own: frozenset[int]) -> str:
    words = [sentence.words[i] for i in sorted(own)]
    while words and (words[-1].pos in ("PUNCT", "CCONJ")):
        words.pop()
    pieces = [
        word.text + (" " if sentence.text[word.end : word.end + 1].isspace() or word.index + 1 != following else "")
        for word, following in itertools.zip_longest(words, [each.index for each in words[1:]])
    ]
    return "".join(pieces).strip() + "."


def has_main_verb(text: str) -> bool:
    """Whether the root of some sentence in a text is a verb; "The mayor of Zorbach." states nothing."""
    # Tense is not required: the tagger sometimes takes "migrated" for a participle.
    return any(word.head == word.index and word.pos in ("VERB", "AUX") for word in parse(text).words)
