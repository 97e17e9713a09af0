"""Minimal pairs: change one detail of a supported claim and mark the changed words, to train the entailment model.

Contrast sets made by rule (Gardner et al. 2020, arXiv 2004.02709), with the error types of summaries that FactCC
(Kryscinski et al. 2020, arXiv 1910.12840) made. The lists here make training text only: nothing at run time reads them.
"""

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from random import Random

NAME = re.compile(r"\b(?:[A-Z][\w'’-]+)(?: (?:of |de |van |al-)?[A-Z][\w'’-]+)*")
NUMBER = re.compile(r"(?<![\w.,-])\d{1,3}(?:,\d{3})+(?:\.\d+)?|(?<![\w.,-])\d+(?:\.\d+)?(?![\w-])")
WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
MONTHS = (
    *("January", "February", "March", "April", "May", "June", "July"),
    *("August", "September", "October", "November", "December"),
)
NUMERALS = ("two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve")
UNITS = ("thousand", "million", "billion")
OPPOSITES = """
more/fewer more/less most/few all/some all/none every/no before/after up/down rise/fall rises/falls rose/fell
rising/falling increase/decrease increased/decreased increases/decreases first/last over/under above/below
won/lost win/lose wins/loses for/against approved/rejected approve/reject accepted/refused agreed/refused
higher/lower highest/lowest larger/smaller older/younger early/late earlier/later opened/closed open/closed
began/ended start/end started/stopped banned/allowed allow/forbid guilty/innocent convicted/acquitted
support/oppose supported/opposed backed/opposed supporters/opponents alive/dead survived/died gained/lost
bought/sold buy/sell north/south east/west northern/southern eastern/western men/women man/woman his/her he/she
mother/father son/daughter sister/brother husband/wife confirmed/denied confirm/deny denies/confirms
possible/impossible success/failure succeeded/failed passed/failed present/absent public/private always/never
often/rarely only/also inside/outside with/without increase/cut raised/cut gains/losses profit/loss
majority/minority strong/weak faster/slower longer/shorter same/different including/excluding at_least/at_most
more_than/less_than joined/left arrived/left hired/fired at_first/in_the_end may/must may/will could/will
can/cannot might/did should/did plans_to/refused_to wants_to/refuses_to expected_to/forbidden_to
hopes_to/has_begun_to is_to/has_failed_to because_of/despite because/although thousands/hundreds hundreds/dozens
millions/thousands half/third double/half twice/three_times daily/weekly monthly/yearly days/weeks weeks/months
months/years hours/days minutes/hours metres/miles kilometres/miles euros/dollars pounds/dollars
"""
"""Word pairs, each the opposite of the other, or another size, time or person; `_` stands for a space."""

Editor = Callable[[str, str, Random], "Edit | None"]
"""Function that edits a claim, given its premise; None where nothing can be changed."""


@dataclass(frozen=True)
class Edit:
    """Edit: a claim with one changed detail."""

    text: str
    """The whole claim after the edit."""
    changed: tuple[tuple[int, int], ...]
    """Character ranges of `text` that the premise does not carry."""
    kind: str
    """What was changed: number, name, roles, opposite, negation, plan, scope, date, unit, tail or joined."""


def _pairs() -> dict[str, tuple[str, ...]]:
    found: dict[str, tuple[str, ...]] = {}
    for pair in OPPOSITES.split():
        left, right = (side.replace("_", " ") for side in pair.split("/"))
        found[left] = (*found.get(left, ()), right)
        found[right] = (*found.get(right, ()), left)
    return found


OPPOSITE = _pairs()
OPPOSITE_WORD = re.compile(r"\b(" + "|".join(sorted(map(re.escape, OPPOSITE), key=len, reverse=True)) + r")\b")


def replaced(text: str, start: int, end: int, new: str, kind: str) -> Edit:
    """Return the edit that puts `new` in the place of `text[start:end]`."""
    return Edit(text[:start] + new + text[end:], ((start, start + len(new)),), kind)


def number(claim: str, premise: str, random: Random) -> Edit | None:
    """Change a figure: to another figure of the premise, or to a near one of the same length."""
    found = list(NUMBER.finditer(claim))
    if not found:
        return None
    match = random.choice(found)
    others = [n for n in NUMBER.findall(premise) if n not in claim]
    if others and random.random() < 0.4:
        return replaced(claim, match.start(), match.end(), random.choice(others), "number")
    digits = [i for i, c in enumerate(match.group()) if c.isdigit()]
    place = random.choice(digits)
    new = random.choice([d for d in "123456789" if d != match.group()[place]])
    text = match.group()[:place] + new + match.group()[place + 1 :]
    return None if text in premise else replaced(claim, match.start(), match.end(), text, "number")


def _listed(words: Sequence[str], kind: str) -> Editor:
    """Return an editor that exchanges a word of the list for another one of it."""
    pattern = re.compile(r"\b(" + "|".join(words) + r")\b")

    def edit(claim: str, premise: str, random: Random) -> Edit | None:
        found = list(pattern.finditer(claim))
        if not found:
            return None
        match = random.choice(found)
        new = random.choice([w for w in words if w != match.group()])
        return replaced(claim, match.start(), match.end(), new, kind)

    return edit


def name(claim: str, premise: str, random: Random) -> Edit | None:
    """Replace a name by another one of the premise."""
    found = [m for m in NAME.finditer(claim) if m.start() > 0 or " " in m.group()]
    others = [n for n in set(NAME.findall(premise)) if n not in claim and (" " in n or len(n) > 4)]
    others = sorted(n for n in others if not any(part in claim for part in n.split()))
    if not found or not others:
        return None
    match = random.choice(found)
    return replaced(claim, match.start(), match.end(), random.choice(others), "name")


def roles(claim: str, premise: str, random: Random) -> Edit | None:
    """Exchange two names of the claim."""
    found = [m for m in NAME.finditer(claim) if len(m.group()) > 3]
    if len(found) < 2:
        return None
    first, second = found[0], found[1]
    between = claim[first.end() : second.start()]
    if first.group() == second.group() or re.fullmatch(r"[\s,]*(and|or|,)?\s*", between):
        return None
    text = claim[: first.start()] + second.group() + between + first.group() + claim[second.end() :]
    start = first.start() + len(second.group()) + len(between)
    spans = ((first.start(), first.start() + len(second.group())), (start, start + len(first.group())))
    return Edit(text, spans, "roles")


def opposite(claim: str, premise: str, random: Random) -> Edit | None:
    """Replace a word by its opposite."""
    found = list(OPPOSITE_WORD.finditer(claim))
    if not found:
        return None
    match = random.choice(found)
    return replaced(claim, match.start(), match.end(), random.choice(OPPOSITE[match.group()]), "opposite")


def negation(claim: str, premise: str, random: Random) -> Edit | None:
    """Negate the claim, or take its negation out."""
    denied = re.search(r"\b(is|was|were|are|has|have|had|will|would|can|could|did|does|do|should) (not|never) ", claim)
    if denied:
        start = denied.start(2)
        following = re.match(r"\w+", claim[denied.end() :])
        end = start + (following.end() if following else 0)
        return Edit(claim[:start] + claim[denied.end() :], ((denied.start(), end),), "negation")
    plain = re.search(r"\b(is|was|were|are|has|have|had|will|would|can|could|should)\b(?! not)", claim)
    if not plain:
        return None
    word = random.choice(("not", "not", "never"))
    text = f"{claim[: plain.end()]} {word}{claim[plain.end() :]}"
    return Edit(text, ((plain.end() + 1, plain.end() + 1 + len(word)),), "negation")


def plan(claim: str, premise: str, random: Random) -> Edit | None:
    """Change the modality: what is planned becomes done or given up, what is done becomes planned."""
    planned = re.search(
        r"\b(plans to|is to|will|is expected to|is likely to|wants to|hopes to|could|may|might)\b", claim
    )
    if planned and random.random() < 0.8:
        new = random.choice(("has already agreed to", "was forced to", "no longer wants to", "has refused to"))
        return replaced(claim, planned.start(), planned.end(), new, "plan")
    done = re.search(r"\b(has|have) (?=\w+ed\b)", claim)
    if done:
        new = random.choice(("may soon have ", "has not yet ", "is said never to have "))
        return replaced(claim, done.start(), done.end(), new, "plan")
    return None


def scope(claim: str, premise: str, random: Random) -> Edit | None:
    """Change the quantifier before a plural."""
    match = re.search(r"(?<=\s)(?:the )?(\d[\d,]*|two|three|four|five|six|some|many|most|several) (?=[a-z]+s\b)", claim)
    if not match:
        return None
    new = random.choice(("all ", "none of the ", "more than half of the ", "almost no ", "only one of the "))
    return replaced(claim, match.start(), match.end(), new, "scope")


EDITORS: tuple[Editor, ...] = (
    *(number, number, name, name, roles, opposite, opposite, negation, negation, plan, scope),
    *(_listed(WEEKDAYS, "date"), _listed(MONTHS, "date"), _listed(NUMERALS, "number"), _listed(UNITS, "unit")),
)
"""Editors, those of the commonest errors twice."""


def edits(claim: str, premise: str, random: Random, most: int) -> Iterator[Edit]:
    """Yield at most `most` different edits of the claim, by editors in random order."""
    seen = {claim.casefold()}
    for editor in random.sample(EDITORS, len(EDITORS)):
        if len(seen) > most:
            return
        edit = editor(claim, premise, random)
        if edit and edit.text.casefold() not in seen and edit.text not in premise:
            seen.add(edit.text.casefold())
            yield edit


def with_tail(claim: str, other: str, random: Random) -> Edit | None:
    """Append a clause of another article: the first half is carried, the second is not."""
    body = claim.rstrip(" .!?\"”'")
    tails = re.findall(
        r"(?:, (?:and|but|which|who|after|because|while)|(?<=\w) (?:in|for|after|at|by|with|from)) [^,.;\"“”]{8,80}",
        other,
    )
    tails = [t for t in tails if 2 <= len(t.split()) <= 12]
    if not tails:
        return None
    tail = random.choice(tails).rstrip(" .,")
    return Edit(f"{body}{tail}.", ((len(body), len(body) + len(tail)),), "tail")


VERB = re.compile(
    r" (?=(?:was|were|is|are|has|have|had|will|would|said|says|told|won|lost|began|took|made|called|left)\b)"
)


def joined(first: str, second: str) -> Edit | None:
    """Join the subject of one sentence to the predicate of another."""
    left, right = VERB.search(first), VERB.search(second)
    if not left or not right or left.start() > 60 or right.start() > 80:
        return None
    subject, other, predicate = first[: left.start()], second[: right.start()], second[right.start() :]
    ours, theirs = set(NAME.findall(subject)), set(NAME.findall(other))
    if not ours or not theirs or any(p in other for n in ours for p in n.split()) or '"' in first + second:
        return None
    if re.search(r"[“”]", first + second):
        return None
    return Edit(subject + predicate, ((len(subject), len(subject + predicate.rstrip(" ."))),), "joined")


NEEDED = re.compile(r"^(and|or|but|not)\b|\b(said|says|told|according|if|unless|alleged)")
"""Phrases between commas that a sentence does not stay supported without."""


def shortened(sentence: str, random: Random) -> str | None:
    """Return the sentence without a phrase between commas or without its opening phrase: what is left is supported."""
    if re.search(r"[\"“”]", sentence):
        return None
    parts = sentence.split(", ")
    if len(parts) == 3 and len(parts[1].split()) <= 9 and not NEEDED.search(parts[1]):
        return f"{parts[0]} {parts[2]}"
    opening = re.match(r"(?:In|On|At|After|By|With|During|For) [^,]{3,50}, (?=\w)", sentence)
    if opening and len(sentence) - opening.end() > 30:
        rest = sentence[opening.end() :]
        return rest[0].upper() + rest[1:]
    return None


SAYING = (
    r"(?:said|says|claimed|claims|argued|argues|insisted|added|adds|alleged|warned|told \w+(?: \w+)?|wrote|tweeted)"
)
WHO = r"(?P<who>[A-Z][^,\"“”]{2,70}?)"
SUBJECT = r"(?:the|a|an|it|there|they|he|she|its|his|their|this|[A-Z]\w+)"
QUOTED = r"[“\"](?P<what>[A-Z][^“”\"]{20,}?)[,.!?]?[”\"]"
WHEN = r"(?: on \w+day| in [^,.“”\"]{3,40}| earlier| later)?"
REPORTS = tuple(
    re.compile(pattern)
    for pattern in (
        rf"^{WHO} {SAYING}{WHEN} that (?P<what>[^“”\"]{{25,}})$",
        rf"^{WHO} {SAYING}{WHEN} (?P<what>{SUBJECT} [^“”\"]{{20,}})$",
        rf"^{WHO} {SAYING}{WHEN}[,:] {QUOTED}$",
        r"^(?P<what>[A-Z][^“”\"]{25,}?), according to (?P<who>[^,.]+)\.$",
        rf"^(?P<what>[A-Z][^“”\"]{{25,}}?), (?P<who>[A-Z][^,\"“”]{{2,60}}?) {SAYING}{WHEN}\.$",
        rf"^{QUOTED} (?:{WHO} {SAYING}|{SAYING} (?P<who2>[A-Z][^,\"“”]{{2,60}}?)){WHEN}(?:,[^.]*)?\.?$",
    )
)
FIRST_PERSON = re.compile(r"\b(?:I|we|We|my|our|us|me|you|your)\b")


def report(sentence: str) -> tuple[str, str] | None:
    """Return speaker and statement of a sentence that reports what somebody said."""
    for pattern in REPORTS:
        match = pattern.match(sentence)
        if match and not FIRST_PERSON.search(match["what"]):
            found = match.groupdict()
            what = found["what"].strip().rstrip(".,!")
            return (found.get("who") or found.get("who2") or "").strip(), what[0].upper() + what[1:]
    return None


def flat(sentence: str) -> str | None:
    """Return a reported statement without its attribution: the sentence supports it only as a statement."""
    found = report(sentence)
    return f"{found[1]}." if found else None


def attributed(sentence: str, random: Random) -> str | None:
    """Return a report in other words with the same speaker."""
    found = report(sentence)
    if not found or not found[0]:
        return None
    who, what = found
    start = what if NAME.match(what) and what.split()[0] not in ARTICLES else what[0].lower() + what[1:]
    return random.choice(
        (f"According to {who}, {start}.", f"{who} said that {start}.", f"{what}, {who} said.", f"{who} says {start}.")
    )


ARTICLES = frozenset("The A An It There They He She Its His Their This".split())


def other_speaker(sentence: str, premise: str, random: Random) -> Edit | None:
    """Give a reported statement to somebody else of the premise."""
    found = report(sentence)
    if not found or not found[0]:
        return None
    others = sorted(n for n in set(NAME.findall(premise)) if " " in n and not set(n.split()) & set(found[0].split()))
    if not others:
        return None
    other = random.choice(others)
    start = found[1][0].lower() + found[1][1:]
    return Edit(f"{other} said that {start}.", ((0, len(other)),), "speaker")


def merged(first: str, second: str, random: Random) -> str | None:
    """Join two sentences of one premise to one claim that both carry together."""
    if re.search(r"[“”\"]", first + second) or len(first.split()) + len(second.split()) > 48:
        return None
    opening = second if NAME.match(second) and second.split()[0] not in ARTICLES else second[0].lower() + second[1:]
    return f"{first.rstrip('. ')}{random.choice((', and ', ', while ', '; ', ' and '))}{opening}"
