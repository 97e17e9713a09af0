"""Connectives check: claim and evidence must agree on prepositions, "and" or "or", and causal conjunctions."""

from collections.abc import Iterator

from service.grounding.alignment import Alignment
from service.grounding.check_record import Check, Example
from service.grounding.findings import Finding, FindingMessage, fail
from service.language.parsing import Parsed, Word
from service.language.semantic_roles import coordinated

OPPOSITE_PREPOSITIONS = (
    ("from", "to into onto toward towards"), ("for", "against"), ("before", "after"), ("since", "until"),
    ("under", "over"), ("below", "above"), ("inside", "outside"), ("with", "without"),
    ("by", "on in at for to against into near"), ("for", "after before until"), ("after", "until within"),
)  # fmt: skip
"""Prepositions with those that say the opposite of them."""
OPPOSED_PAIRS = frozenset(
    pair for one, others in OPPOSITE_PREPOSITIONS for other in others.split() for pair in ((one, other), (other, one))
)
DISCOURSE_RELATIONS = {
    word: group
    for group in (
        frozenset("because since as due owing thanks given so therefore thus hence cause lead result prompt".split()),
        frozenset("although though while whereas despite but yet however still nevertheless notwithstanding".split()),
    )
    for word in group
}
"""Causal and concessive words, each with its group."""
SUBORDINATORS = frozenset({"because", "although", "though", "despite", "whereas"})


def other_connectives(alignment: Alignment) -> Iterator[Finding]:
    """Yield each word with an opposite preposition, then each with another conjunction or another causal connective."""
    yield from _other_prepositions(alignment)
    yield from _other_conjunctions(alignment)
    yield from _other_reasons(alignment)


def _other_prepositions(alignment: Alignment) -> Iterator[Finding]:
    for index, places in sorted(alignment.candidates.items()):
        ours = _preposition(alignment.claim, index)
        theirs = {_preposition(alignment.evidence, place) for place in places}
        if ours and theirs and all((ours, each) in OPPOSED_PAIRS for each in theirs):
            beside = alignment.claim.words[index].text
            yield fail("contrast", FindingMessage.SAID_WITH_OTHER, claimed=ours, found=min(theirs), beside=beside)


def _preposition(sentence: Parsed, index: int) -> str:
    """The preposition of a word, or of one that it is coordinated with."""
    word = sentence.words[index]
    while word.dep in ("nummod", "quantmod", "compound") and word.head != word.index:
        word = sentence.words[word.head]  # "to $2 million": the amount hangs on it, and not the figure
    for each in (sentence.words[i] for i in (word.index, *coordinated(sentence, word.index))):
        if each.dep in ("pobj", "pcomp"):
            return sentence.words[each.head].folded
    return ""


def _other_conjunctions(alignment: Alignment) -> Iterator[Finding]:
    said = {word.folded for word in alignment.evidence.words}
    if "or" not in said and any(word.folded == "or" for word in alignment.claim.words):
        yield fail("contrast", FindingMessage.NOT_SAID, claimed="or")
    for index in sorted(alignment.candidates):
        ours = set(_conjunctions(alignment.claim, alignment.claim.words[index]))
        theirs = {
            joint
            for place in alignment.candidates[index]
            for joint in _conjunctions(alignment.evidence, alignment.evidence.words[place])
        }
        if ours and theirs and not ours & theirs:
            yield fail("contrast", FindingMessage.SAID_OTHERWISE, claimed=min(ours), found=min(theirs))


def _conjunctions(sentence: Parsed, word: Word) -> Iterator[str]:
    """The conjunction between a word and the one that it is coordinated with."""
    if word.dep == "conj":
        above = sentence.words[word.head]
        found = [sentence.words[i].folded for i in sentence.children[above.index] if sentence.words[i].dep == "cc"]
        yield from (each for each in found if each in ("and", "or"))


def _other_reasons(alignment: Alignment) -> Iterator[Finding]:
    """A reason in the claim is a reason in the evidence, and no "although"."""
    said = {form for word in alignment.evidence.words for form in (word.folded, word.lemma)}
    for word in alignment.claim.words:
        if word.folded not in SUBORDINATORS:
            continue
        if not said & DISCOURSE_RELATIONS[word.folded]:
            yield fail("contrast", FindingMessage.NOT_SAID, claimed=word.text)
        marks = {
            mark
            for place in alignment.candidates.get(word.head, ())
            for mark in _subordinators(alignment.evidence, place)
        }
        if marks and not marks & DISCOURSE_RELATIONS[word.folded]:
            yield fail("contrast", FindingMessage.SAID_OTHERWISE, claimed=word.text, found=min(marks))


def _subordinators(sentence: Parsed, index: int) -> set[str]:
    """Causal and concessive words that open the clause of a verb."""
    return {sentence.words[i].folded for i in sentence.children[index] if sentence.words[i].dep == "mark"} & {
        *DISCOURSE_RELATIONS
    }


FERRY = (
    "The ferry sailed from Quillby to Norwick and carried fuel and grain for the islands, although the harbour "
    "was closed."
)

CONNECTIVES = Check(
    id="connectives",
    phenomenon="Connectives: no word has the opposite preposition, another conjunction or another reason.",
    run=other_connectives,
    accepts=(
        Example("The ferry sailed from Quillby to Norwick.", FERRY),
        Example("The ferry carried grain and fuel for the islands.", FERRY),
        Example("Although the harbour was closed, the ferry sailed.", FERRY),
        Example("After 34 minutes, the rower won.", "The rower won after 34 minutes."),
    ),
    rejects=(
        Example("The ferry sailed to Quillby.", FERRY),
        Example("The ferry carried fuel or grain for the islands.", FERRY),
        Example("The ferry sailed from Quillby because the harbour was closed.", FERRY),
        Example(
            "Its organ, The Quillby Voice, claimed ties with crews or owners.",
            "Its organ, The Quillby Voice, claimed ties with crews and owners.",
        ),
        Example("The rower won for 34 minutes.", "The rower won after 34 minutes."),
        Example("The fee would jump to $2.", "The fee would jump to $30 from $2 now."),
    ),
)
