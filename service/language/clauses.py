"""A compound claim taken apart into statements that each can be checked."""

from service.language.parsing import Parsed, parse

SUBJECTS = ("nsubj", "nsubjpass", "csubj", "expl")


def main_clauses(claim: Parsed) -> list[str]:
    """The joined main clauses, each with the subject it shares; one item when the claim is simple."""
    roots = [word.index for word in claim.words if word.dep == "ROOT"]
    if len(roots) != 1:
        return [claim.text]
    joined = [roots[0]]
    for index in joined:
        joined += [
            i for i in claim.children[index] if claim.words[i].dep == "conj" and claim.words[i].pos in ("VERB", "AUX")
        ]
    if len(joined) < 2:
        return [claim.text]
    trees = {i: claim.subtree(i) for i in joined}
    shared = [i for i in claim.children[roots[0]] if claim.words[i].dep in SUBJECTS]
    found: list[str] = []
    for index in joined:
        own = set(trees[index]) - {
            j for other in joined if other in trees[index] and other != index for j in trees[other]
        }
        if index != roots[0] and not any(claim.words[i].dep in SUBJECTS for i in claim.children[index]):
            own |= {j for i in shared for j in claim.subtree(i)}
        found.append(_text(claim, own))
    return found


def _text(claim: Parsed, own: set[int]) -> str:
    words = [claim.words[i] for i in sorted(own)]
    while words and (words[-1].pos in ("PUNCT", "CCONJ")):
        words.pop()
    pieces = [
        w.text + (" " if claim.text[w.end : w.end + 1].isspace() or i + 1 < len(words) else "")
        for i, w in enumerate(words)
    ]
    return "".join(pieces).strip() + "."


def has_main_verb(text: str) -> bool:
    """Whether the main word of some sentence in it is a verb: "The mayor of Zorbach." says nothing."""
    # Not whether that verb has a tense: the tagger takes "migrated" for a participle now and then.
    return any(word.head == word.index and word.pos in ("VERB", "AUX") for word in parse(text).words)
