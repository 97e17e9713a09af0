"""Who says what: the named or described speakers of the relevant sentences, and the words that each is given."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from index.search.scored_sentence import ScoredSentence
from index.types import Span
from index.words import fold
from service.briefing.decontextualisation import leans
from service.briefing.line_writer import Wording
from service.briefing.topic_retrieval import on_topic
from service.briefing.types import Speaker, Statement
from service.language.attribution_clauses import strip_attribution
from service.language.parsing import Parsed, parse
from service.language.reported_speech import NOUNS, PUBLICATION_NOUNS, reported_spans

SPEAKERS, EACH = 12, 2
"""How many speakers are shown, and how many statements of each."""
AHEAD = 6
"""Places that a speaker with a name gains on one who is only described."""
OF_BEST = 0.3
"""Share of the best sentence's score below which what is said is not about the topic."""
ALLEGING = frozenset(
    "claim allege accuse blame suspect charge allegation accusation suspicion rumour speculate".split()
)
ALLEGED = re.compile(r"\b(?:alleged(?:ly)?|purported(?:ly)?|suspected|reportedly|supposed(?:ly)?)\b", re.IGNORECASE)
REPORTS = "report study paper document dossier statement survey article analysis review".split()
EVIDENCE = frozenset(
    (*REPORTS, *"testimony input datum data figure record indictment complaint lawsuit ruling filing poll".split())
)
"""Things that say something; an attack or an arrest may show much, but it says nothing."""
SHOWING = frozenset("show highlight reveal indicate suggest underline underscore demonstrate detail imply find".split())
SAYING = re.compile(r"\s+(?:stated|said|says|noted|warned|added|claimed|found|reported|highlighted)\b.*$", re.DOTALL)
SHORTEST = 4
"""Words of a statement that says anything."""
LONGEST_NAME = 14
HEDGED = frozenset("might may would could will can should must".split())


@dataclass(frozen=True)
class Said:
    """One statement of one speaker."""

    speaker: str
    described: str | None
    verb: str
    kept: Span | None
    """The words said, where they are a stretch of the sentence that can stand by itself."""
    found: ScoredSentence


def speakers(found: Sequence[ScoredSentence], wording: Wording) -> tuple[Speaker, ...]:
    """Speakers in the order of what they say most to the topic, those with a name sooner."""
    heard: dict[str, list[Said]] = {}
    for each in on_topic(found, OF_BEST):
        for said in heard_in(each):
            key = next((key for key in heard if _same_speaker(said, heard[key][0])), None)
            heard.setdefault(key or f"{len(heard)}", []).append(said)
    # A reader looks for names first: "officials" say something in every article.
    places = {id(several): i for i, several in enumerate(heard.values())}
    ordered = sorted(heard.values(), key=lambda several: places[id(several)] - AHEAD * any(map(_names, several)))
    made = (_speaker(several, wording) for several in ordered[:SPEAKERS])
    return tuple(each for each in made if each is not None)


def heard_in(found: ScoredSentence) -> Iterator[Said]:
    """Who says this sentence, or a part of it; one whom only a pronoun points at is left out."""
    outside = " ".join(found.attribution.of(found.article.text).split()) if found.attribution else ""
    for aside in strip_attribution("It is so.", outside).attributions if outside else ():
        yield from _named(aside.speaker, aside.verb, None, found)
    for aside in strip_attribution(found.text).attributions:
        if _is_object(parse(found.quote), aside.speaker):
            continue
        yield from _named(aside.speaker, aside.verb, None, found)
    sentence = parse(found.quote)
    for frame in reported_spans(sentence):
        if frame.verb is None or len(frame.content) < SHORTEST:
            continue
        if sentence.words[frame.verb].lemma in NOUNS and sentence.words[frame.verb].pos == "NOUN":
            continue
        quoted = _quoted_one(sentence, frame.verb)
        if (sentence.words[frame.verb].tag == "VBG" and not quoted) or _unreal(sentence, frame.verb):
            continue
        if not frame.speaker and not quoted:
            continue
        after = not quoted and min(frame.speaker) > frame.verb and min(frame.content) > frame.verb
        if after:  # "claimed links with ...": what follows the verb is what is said
            continue
        run = _run(quoted or frame.speaker)
        name = sentence.text[sentence.words[run[0]].start : sentence.words[run[1]].end]
        yield from _named(name, sentence.words[frame.verb].lemma, None, found)
        return


def _is_object(sentence: Parsed, name: str) -> bool:
    """Whether these words are what is said and not who says it: "claimed links with others"."""
    start = sentence.text.find(name)
    inside = {w.index for w in sentence.words if start <= w.start < start + len(name)} if start >= 0 else set()
    own = next((sentence.words[i] for i in sorted(inside) if sentence.words[i].head not in inside), None)
    return own is not None and own.dep == "dobj"


def _unreal(sentence: Parsed, verb: int) -> bool:
    """Whether nobody has said it: "they may say", "it is not said"."""
    return any(
        sentence.words[i].folded in HEDGED or sentence.words[i].is_negator or sentence.words[i].folded == "to"
        for i in sentence.children[verb]
        if sentence.words[i].dep in ("aux", "neg")
    )


def _quoted_one(sentence: Parsed, verb: int) -> frozenset[int]:
    """Of "A was quoted by B as saying" it is A who speaks."""
    quoting = next((i for i in (verb, *sentence.ancestors(verb)) if sentence.words[i].lemma in ("quote", "cite")), None)
    if quoting is None:
        return frozenset()
    subjects = (i for i in sentence.children[quoting] if sentence.words[i].dep == "nsubjpass")
    return frozenset().union(*(sentence.subtree(i) for i in subjects))


def _can_speak(name: str, verb: str) -> bool:
    """Whether the speaker's own noun is somebody, or something that holds words."""
    if verb not in SHOWING:
        return True
    words = parse(name).words
    own = next((w for w in words if w.head == w.index), None)
    return own is not None and (own.is_name or own.lemma in EVIDENCE or own.pos == "PRON")


def _run(indices: frozenset[int]) -> tuple[int, int]:
    """The longest unbroken run of words."""
    ordered = sorted(indices)
    runs: list[tuple[int, int]] = []
    start = ordered[0]
    for i, index in enumerate(ordered):
        if i + 1 == len(ordered) or ordered[i + 1] > index + 1:
            runs.append((start, index))
            start = ordered[i + 1] if i + 1 < len(ordered) else index
    return max(runs, key=lambda run: run[1] - run[0])


def _named(name: str, verb: str, kept: Span | None, found: ScoredSentence) -> Iterator[Said]:
    name = _tidy(name)
    described = None
    words = parse(name).words
    nouns = [w for w in words if w.pos in ("NOUN", "PROPN") or w.is_name]
    is_pronoun = bool(words) and all(w.pos in ("PRON", "DET", "PUNCT", "ADV") for w in words)
    if (is_pronoun and fold(name) == "it") or (nouns and all(w.lemma in PUBLICATION_NOUNS | {*REPORTS} for w in nouns)):
        described = _fuller(nouns[-1].lemma if nouns else "report", found)
        if is_pronoun:
            if described is None:
                return
            name, described = described, None
    elif is_pronoun or not nouns:
        return
    if len(name.split()) > LONGEST_NAME or not _can_speak(name, verb):
        return
    yield Said(speaker=name, described=described, verb=verb or "according to", kept=kept, found=found)


def _tidy(name: str) -> str:
    plain = " ".join(name.split()).strip(" ,.;:“”\"'")
    plain = re.sub(r"^(?:and|but|while|as|that|when|although)\s+", "", plain, flags=re.IGNORECASE)
    # A clause about the speaker is not his name: "sources, who are not authorised to ..."
    return re.split(r",\s+(?:which|whose|where|when|while|but|and)\b|,?\s+who\b", plain)[0].strip(" ,")


def _fuller(noun: str, found: ScoredSentence) -> str | None:
    """ "the report" as the article calls it elsewhere, nearest before: "a report in the India Gazette"."""
    pattern = re.compile(
        rf"\b(?:an?|the)\s+(?:[\w-]+\s+)?{re.escape(noun)}\s+(?:in|by|of|from|published by|issued by|released by)\s+"
        r"(?:the\s+)?[^.,;:“”\"()]{0,40}?[A-Z][^.,;:“”\"]{2,70}",
        re.IGNORECASE,
    )
    matches = [m for m in pattern.finditer(found.article.text) if _has_name(m.group())]
    before = [m for m in matches if m.start() <= found.end] or matches
    if not before:
        return None
    return SAYING.sub("", before[-1].group())


def _has_name(words: str) -> bool:
    return any(w.is_name for w in parse(" ".join(words.split())).words[1:])


def _same_speaker(one: Said, other: Said) -> bool:
    """The same name, or the same words in one article."""
    ours, theirs = _names(one), _names(other)
    if ours and theirs:
        return ours <= theirs or theirs <= ours
    same_article = one.found.article_id == other.found.article_id
    return same_article and _key(one) == _key(other)


def _names(said: Said) -> frozenset[str]:
    words = parse(f"{said.described or said.speaker}").words
    return frozenset(w.folded for w in words if w.is_name and w.pos in ("PROPN", "NOUN"))


def _key(said: Said) -> str:
    return " ".join(w.folded for w in parse(said.speaker).words if w.is_content)


def _speaker(several: Sequence[Said], wording: Wording) -> Speaker | None:
    statements: list[Statement] = []
    used: set[tuple[str, int, int, int]] = set()
    ordered = sorted(several, key=lambda each: leans(parse(each.found.quote)))
    for said in ordered:
        if said.found.location in used or len(statements) == EACH:
            continue
        line = wording.line(said.found, said.kept)
        if line is not None:
            used.add(said.found.location)
            statements.append(Statement(verb=said.verb, alleged=_is_alleged(said), line=line))
    if not statements:
        return None
    fullest = max(several, key=lambda each: (len(_names(each)), len(each.speaker)))
    return Speaker(name=fullest.speaker, described=fullest.described, statements=tuple(statements))


def _is_alleged(said: Said) -> bool:
    return said.verb in ALLEGING or ALLEGED.search(said.found.text) is not None
