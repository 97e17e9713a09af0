"""Clauses: a compound sentence split at its coordinated main verbs."""

from service.language.parsing import Parsed, parse

SUBJECTS = ("nsubj", "nsubjpass", "csubj", "expl")


def main_clauses(sentence: Parsed) -> list[str]:
    """The coordinated main clauses, each with the subject it shares; one item when the sentence is simple."""
    roots = [word.index for word in sentence.words if word.dep == "ROOT"]
    if len(roots) != 1:
        return [sentence.text]
    joined = [roots[0]]
    for index in joined:
        joined += [
            i
            for i in sentence.children[index]
            if sentence.words[i].dep == "conj" and sentence.words[i].pos in ("VERB", "AUX")
        ]
    if len(joined) < 2:
        return [sentence.text]
    trees = {i: sentence.subtree(i) for i in joined}
    shared = [i for i in sentence.children[roots[0]] if sentence.words[i].dep in SUBJECTS]
    found: list[str] = []
    for index in joined:
        own = set(trees[index]) - {
            j for other in joined if other in trees[index] and other != index for j in trees[other]
        }
        if index != roots[0] and not any(sentence.words[i].dep in SUBJECTS for i in sentence.children[index]):
            own |= {j for i in shared for j in sentence.subtree(i)}
        found.append(_text(sentence, own))
    return found


def _text(sentence: Parsed, own: set[int]) -> str:
    words = [sentence.words[i] for i in sorted(own)]
    while words and (words[-1].pos in ("PUNCT", "CCONJ")):
        words.pop()
    pieces = [
        w.text + (" " if sentence.text[w.end : w.end + 1].isspace() or i + 1 < len(words) else "")
        for i, w in enumerate(words)
    ]
    return "".join(pieces).strip() + "."


def has_main_verb(text: str) -> bool:
    """Whether the root of some sentence in a text is a verb: "The mayor of Zorbach." states nothing."""
    # Not whether that verb has a tense: the tagger takes "migrated" for a participle now and then.
    return any(word.head == word.index and word.pos in ("VERB", "AUX") for word in parse(text).words)
