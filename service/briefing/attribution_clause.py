"""The article's own words for who said a sentence, when they stand in it beside what was said."""

import re

from service.language.attribution_clauses import strip_attribution


def said_beside(sentence: str) -> str | None:
    """ "the report detailed" of "…, which killed 60,” the report detailed."; None when nobody is named so."""
    for aside in strip_attribution(sentence).attributions:
        speaker = re.escape(aside.speaker)
        patterns = (
            (rf"(?:according to|as per)\s+{speaker}",)
            if not aside.verb
            else (rf"{speaker},?\s+(?:also\s+|further\s+)?[a-z]+", rf"[a-z]+\s+{speaker}")
        )
        for pattern in patterns:
            if found := re.search(pattern, sentence, re.IGNORECASE):
                return found.group()
    return None
