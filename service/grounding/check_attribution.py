"""Attribution check: the claim must keep the evidence's speakers and may not attribute the article's own statements."""

from collections.abc import Iterator, Sequence

from index.types import Record
from service.grounding.alignment import Alignment
from service.grounding.check_negation import negated
from service.grounding.check_record import Check, Example
from service.grounding.findings import Finding, FindingMessage, fail
from service.language.aliases import acronym_matches, alias_matches
from service.language.attribution_clauses import AttributionClause, strip_attribution
from service.language.dates import dates
from service.language.lexicon import equivalent, equivalent_words
from service.language.parsing import Parsed, Word, parse
from service.language.pronouns import anaphors
from service.language.reported_speech import (
    ReportedSpan,
    attributed_phrases,
    reported_spans,
)
from service.language.reporting_verbs import COMMITTING_VERBS, DENYING_VERBS, PUBLICATION_NOUNS

MIN_SHARE_REPORTED = 0.6
"""Share of a claim's words that must lie in a reported span for the claim to repeat it."""


class Attribution(Record):
    """Attribution: a speaker and a reporting verb."""

    sentence: Parsed
    speaker: tuple[int, ...]
    verb: str

    @property
    def words(self) -> list[Word]:
        """The speaker's words."""
        return [self.sentence.words[i] for i in self.speaker]

    @property
    def named(self) -> list[Word]:
        """Content words of the speaker."""
        return [word for word in self.words if word.is_content]

    @property
    def written(self) -> str:
        """The attribution as text."""
        words = self.words
        if not words:
            return "somebody"
        if words[-1].index - words[0].index + 1 == len(words):
            return self.sentence.text[words[0].start : words[-1].end].strip(" ,")
        return " ".join(word.text for word in words)


def other_speakers(alignment: Alignment) -> Iterator[Finding]:
    """Yield each speaker of the claim whom the evidence lacks, and the innermost speaker if the claim drops it."""
    ours, theirs = _attributions_of_claim(alignment), _attributions_of_evidence(alignment)
    yield from _added_speakers(alignment, ours, theirs)
    if not theirs:
        return
    innermost = theirs[-1]
    kept = [
        attribution for attribution in ours if not attribution.named or _same_speaker(alignment, attribution, innermost)
    ]
    if not kept and not _keeps_verb(alignment, innermost):
        yield fail("speaker", FindingMessage.SPEAKER_LEFT_OUT, found=innermost.written)
    for attribution in kept:
        if failure := _other_commitment(attribution, innermost):
            yield failure
    if failure := _dropped_report(alignment, ours):
        yield failure


def _added_speakers(
    alignment: Alignment, ours: Sequence[Attribution], theirs: Sequence[Attribution]
) -> Iterator[Finding]:
    outermost = -1
    for attribution in ours:
        if not attribution.named:
            continue
        matches = [i for i, other in enumerate(theirs) if _same_speaker(alignment, attribution, other)]
        printed = all(word.lemma in PUBLICATION_NOUNS for word in attribution.named)
        if not printed and matches and max(matches) < outermost:
            yield fail("speaker", FindingMessage.SPEAKERS_EXCHANGED, claimed=attribution.written)
        outermost = outermost if printed else max([outermost, *(i for i in matches[:1])])
        if not matches and not _is_publication(alignment, attribution):
            if theirs:
                yield fail(
                    "speaker", FindingMessage.OTHER_SPEAKER, claimed=attribution.written, found=theirs[-1].written
                )
            else:
                yield fail("speaker", FindingMessage.NO_SPEAKER, claimed=attribution.written)


def other_settings(alignment: Alignment) -> Iterator[Finding]:
    """Each place or addressee of the reported speech that the evidence lacks; its dates are compared as dates."""
    texts = [clause.when for clause in alignment.attributions[1] if clause.when] or [
        alignment.support.quote,
        alignment.support.attribution,
    ]
    evidence = [word for text in texts for word in parse(text).words]
    for clause in alignment.attributions[0]:
        written = parse(clause.when)
        days = {index for date in dates(written) for index in date.indices}
        for word in written.words:
            tested = (word.is_content or word.pos == "NUM") and word.index not in days
            if tested and not any(equivalent(word, other) for other in evidence):
                yield fail("speaker", FindingMessage.OTHER_SETTING, claimed=clause.when)
                break


def _dropped_report(alignment: Alignment, ours: Sequence[Attribution]) -> Finding | None:
    """The attribution clause around the evidence, where the claim keeps only a speaker inside the sentence.

    "Its arrest has renewed allegations that ...", a report stated: the report says what the arrest did. Where the main
    statement is itself that somebody said something, that speaker is enough.
    """
    main = {word.index for word in alignment.claim.words if word.dep == "ROOT"}
    states_report = any(span.verb in main or span.content & main for span in alignment.reported)
    if not alignment.attributions[1] or alignment.attributions[0] or states_report:
        return None
    around = _from_clause(alignment.attributions[1][-1])
    if any(_same_speaker(alignment, attribution, around) for attribution in ours) or _keeps_verb(alignment, around):
        return None
    return fail("speaker", FindingMessage.REPORT_LEFT_OUT, found=around.written)


def _attributions_of_claim(alignment: Alignment) -> list[Attribution]:
    found = [_from_clause(clause) for clause in alignment.attributions[0]]
    for span in alignment.reported:
        if span.verb is not None and span.content & alignment.core:
            found.append(_from_span(alignment.claim, span))
    return found


def _attributions_of_evidence(alignment: Alignment) -> list[Attribution]:
    """Attributions of the evidence for what the claim repeats, outermost first."""
    found = [_from_clause(clause) for clause in alignment.attributions[1]]
    places = [alignment.chosen[i] for i in alignment.core if i in alignment.chosen]
    for span in (*reported_spans(alignment.evidence), *attributed_phrases(alignment.evidence)):
        inside = sum(place in span.content for place in places)
        if places and inside / len(places) >= MIN_SHARE_REPORTED:
            found.append(_from_span(alignment.evidence, span))
    return found


def _from_clause(clause: AttributionClause) -> Attribution:
    sentence = parse(clause.speaker)
    return Attribution(sentence=sentence, speaker=tuple(range(len(sentence.words))), verb=clause.verb)


def _from_span(sentence: Parsed, span: ReportedSpan) -> Attribution:
    verb = sentence.words[span.verb].lemma if span.verb is not None else ""
    return Attribution(sentence=sentence, speaker=tuple(sorted(span.speaker - span.content - {span.verb})), verb=verb)


def _same_speaker(alignment: Alignment, ours: Attribution, theirs: Attribution) -> bool:
    """Whether the claim names the evidence's speaker, or the antecedent of that in the sentence before."""
    known = [(theirs.sentence, theirs.words)]
    back = set(anaphors(theirs.sentence))
    vague = not theirs.named or any(i in back for i in theirs.speaker)
    if vague or all(word.lemma in PUBLICATION_NOUNS for word in theirs.named):
        context = strip_attribution(alignment.support.context)
        known += [
            (sentence, list(sentence.words))
            for sentence in (context.body, *(parse(a.speaker) for a in context.attributions))
        ]
        if all(word.lemma in PUBLICATION_NOUNS for word in ours.named):
            return True
    return (
        bool(ours.named)
        and all(_is_named_among(alignment, ours, word, known) for word in ours.named)
        and _as_denied(ours, theirs)
    )


def _as_denied(ours: Attribution, theirs: Attribution) -> bool:
    """Whether both speakers are negated alike: "sources who are not authorised" are not those who are."""
    return not any(
        equivalent(word, other) and negated(ours.sentence, word.index) != negated(theirs.sentence, other.index)
        for word in ours.named
        for other in theirs.named
    )


def _is_named_among(
    alignment: Alignment, attribution: Attribution, word: Word, known: Sequence[tuple[Parsed, Sequence[Word]]]
) -> bool:
    if any(equivalent(word, other) for _, words in known for other in words):
        return True
    return word.is_name and any(
        sentence.words[i] in words
        for sentence, words in known
        for i in (
            *acronym_matches(word, attribution.sentence, sentence),
            *alias_matches(word, attribution.sentence, sentence, alignment.support.known),
        )
    )


def _is_publication(alignment: Alignment, attribution: Attribution) -> bool:
    """Whether the claim only names the publication."""
    printed = [(parse(text), list(parse(text).words)) for text in alignment.support.sources]
    return all(
        word.lemma in PUBLICATION_NOUNS or _is_named_among(alignment, attribution, word, printed)
        for word in attribution.named
    )


def _keeps_verb(alignment: Alignment, theirs: Attribution) -> bool:
    """Whether the claim keeps the reporting verb itself."""
    return bool(theirs.verb) and any(word.lemma == theirs.verb and not word.is_name for word in alignment.claim.words)


def _other_commitment(ours: Attribution, theirs: Attribution) -> Finding | None:
    if (
        ours.verb in COMMITTING_VERBS
        and theirs.verb
        and not equivalent_words(ours.verb, ours.verb, theirs.verb, theirs.verb)
    ):
        return fail("speaker", FindingMessage.OTHER_REPORTING_VERB, claimed=ours.verb, found=theirs.verb)
    if theirs.verb in DENYING_VERBS and ours.verb != theirs.verb:
        return fail("speaker", FindingMessage.REPORTING_VERB_LEFT_OUT, found=theirs.verb)
    return None


SAID = "Mayor Ellen Marsh said the bridge may not open before 12 March."
RENEWED = "“The arrest of Anna Berg has renewed allegations that the mayor sheltered her,” a police report said."
ARTICLE = "Gen. Omar Velt spoke in Norwick on Monday. Velt promised to close the port."
REPORT = "The bridge is unsafe, the engineer said in Norwick on Friday."

ATTRIBUTION = Check(
    id="attribution",
    phenomenon="Attribution: reported speech keeps its speaker, and nothing else gets one.",
    run=other_speakers,
    accepts=(
        Example(SAID, SAID),
        Example("Ellen Marsh said the bridge may not open before 12 March.", SAID),
        Example(
            "The group has reached the coast, the ministry's report stated.",
            "The group has reached the coast.",
            attribution="the ministry's report stated",
        ),
        Example(
            "A police report said the arrest of Anna Berg has renewed allegations that the mayor sheltered her.",
            RENEWED,
        ),
        Example("The port was closed, Omar Velt said.", "The port was closed, Velt said.", article=ARTICLE),
    ),
    rejects=(
        Example("The bridge may not open before 12 March.", SAID),
        Example("Mayor Paul Marsh said the bridge may not open before 12 March.", SAID),
        Example("The pier had a weakness.", "Divers had reported a weakness of the pier."),
        Example("The pier is the oldest one.", "As Velt and Rowe point out, the pier is the oldest one."),
        Example("The pier is unsafe.", "The pier was described as unsafe."),
        Example("The mayor was a friend of the crew.", "Critics called the mayor a friend of the crew."),
        Example("The pier is a bridge to nowhere.", "The pier, as noted by Velt, is a bridge to nowhere."),
        Example("The pier is a bridge.", "The pier, as noted by Edward Said, is a bridge."),
        Example("The pier was the worst one.", "The pier was the worst one, Velt said — and it was old."),
        Example("The pier was a fraud.", "The pier was a fraud “at first,” the board alleges — with a hole."),
        Example("The arrest of Anna Berg has renewed allegations that the mayor sheltered her.", RENEWED),
        Example("Ali Velt promised to close the port.", "Velt promised to close the port.", article=ARTICLE),
        Example("Omar Velt promised to close the port.", "Ali Velt promised to close the port.", article=ARTICLE),
        Example("The port was closed, Ali Velt said.", "The port was closed, Velt said.", article=ARTICLE),
        Example("Omar Velt promised to close the port.", "Velt promised to close the port."),
    ),
)
ATTRIBUTION_SETTING = Check(
    id="attribution_setting",
    phenomenon="Setting of reported speech: where and to whom it was said is in the evidence.",
    run=other_settings,
    accepts=(Example("The engineer said in Norwick that the bridge is unsafe.", REPORT),),
    rejects=(Example("The bridge is unsafe, the engineer said in Zorbach on Friday.", REPORT),),
)
