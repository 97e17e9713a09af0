"""Reporting verbs and nouns: word lists for statements attributed to a speaker (language data)."""

import re

REPORTING_VERBS = frozenset(
    "say state tell claim allege report warn note add mention argue contend announce deny insist testify reveal "
    "suggest stress highlight assert declare admit acknowledge explain comment predict believe write quote "
    "describe observe remark confirm disclose indicate maintain accuse blame charge suspect fear think call "
    "emphasise emphasize underline underscore pledge vow promise threaten urge caution conclude estimate recount "
    "recall boast complain concede reiterate opine show find point consider regard view see label term brand hail "
    "slam criticise criticize condemn praise hint imply read propose speculate assess determine learn hear detail "
    "document outline cite point theorize theorise hypothesize hypothesise posit depict portray dub deem perceive "
    "characterize characterise chronicle relate lament joke elaborate clarify judge contemplate reckon guess".split()
)
COMMITTING_VERBS = frozenset(
    "confirm admit acknowledge prove reveal deny concede disclose show find demonstrate determine learn refute".split()
)
"""Factive and denying verbs: they commit to the truth or falsehood of what is reported, unlike "said"."""
REPORTING_NOUNS = frozenset(
    "claim allegation report accusation statement assertion belief suspicion rumour warning".split()
)
ACCUSING_VERBS = frozenset("accuse blame charge suspect".split())
VIEWING_VERBS = frozenset(
    "describe see regard view label term brand characterize characterise portray depict perceive consider call dub "
    "deem hail condemn denounce".split()
)
"""Verbs of opinion: their complement, with or without "as", is the speaker's view of the object."""
OBJECT_REPORTING_VERBS = frozenset("allege report claim suspect fear predict expect anticipate dispute deny".split())
"""Verbs whose direct object is reported, not asserted: "reported a weakness"."""
PUBLICATION_NOUNS = frozenset(
    "article report story piece outlet newspaper paper magazine agency author writer column".split()
)
"""Words for the article itself and its publisher."""
DOCUMENT_NOUNS = frozenset("report study paper document dossier statement survey article analysis review".split())
EVIDENCE_NOUNS = DOCUMENT_NOUNS | frozenset(
    "testimony input datum data figure record indictment complaint lawsuit ruling filing poll".split()
)
"""Nouns for things that make a statement; an attack or an arrest may show much, but states nothing."""
SHOWING_VERBS = frozenset(
    "show highlight reveal indicate suggest underline underscore demonstrate detail imply find".split()
)
"""Verbs that report speech only when their subject is a person or one of `EVIDENCE_NOUNS`."""
DENYING_VERBS = frozenset("deny refute reject".split())
ALLEGATION_WORDS = frozenset(
    "claim allege accuse blame suspect charge allegation accusation suspicion rumour speculate".split()
)
ALLEGATION_ADVERB = re.compile(
    r"\b(?:alleged(?:ly)?|purported(?:ly)?|suspected|reportedly|supposed(?:ly)?)\b", re.IGNORECASE
)
REPORTING_FORM = (
    r"[a-z]{1,14}(?:ed|id|ld|te|ys|ds|es|rts|ns|ms|rns|ts|ued)|(?:say|note|argue|point|report|claim|put|state|write)s?"
)
"""Any word that may be an inflected reporting verb in unparsed text; its lemma decides (`REPORTING_VERBS`)."""
REPORTING_TAIL = re.compile(
    r"\s+(?:stated|said|says|noted|warned|added|claimed|found|reported|highlighted)\b.*$", re.DOTALL
)
"""The statement after the description of a document: "found ..." in "a report by A found ..."."""
