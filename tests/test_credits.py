"""News agency credits: distinguished from mentions of an agency."""

import pytest

from index.reading import ArticleRecord, read_text, to_article
from index.reading.credits import find_credit

PROSE = "The harbour of the town was closed on Tuesday because of the storm, the mayor told the council."


def credited(text: str, author: str | None = None, outlet: str | None = None) -> str | None:
    found = find_credit(to_article(ArticleRecord(id="a", text=text, author=author, outlet=outlet)))
    return found.agency if found else None


@pytest.mark.parametrize(
    ("text", "agency"),
    [
        (f"Lisbon, Feb 11 (IANS) {PROSE}", "IANS"),
        (f"LONDON (Reuters) - {PROSE}", "Reuters"),
        (f"WASHINGTON (AP) — {PROSE}", "AP"),
        (f"New Delhi, May 3, 2025 (PTI): {PROSE}", "PTI"),
        (f"MILL END, Ohio, March 4, 2025 (AP) — {PROSE}", "AP"),
        (f"KYIV, Ukraine (AP) — {PROSE}", "AP"),
        (f"LONDON, 4 March 2025 (Reuters) – {PROSE}", "Reuters"),
        (f"Harbour closed\nBy Jane Doe, Associated Press\n\n{PROSE}", "AP"),
        (f"Harbour closed\nBy Reuters Staff\n{PROSE}", "Reuters"),
        (f"{PROSE}\n\nWith inputs from PTI", "PTI"),
        (f"{PROSE}\n\n(With additional reporting by Agence France-Presse)", "AFP"),
        (f"{PROSE}\n\n– IANS", "IANS"),
        (f"{PROSE}\n--IANS\nint/sd", "IANS"),
        (f"{PROSE} (ANI)", "ANI"),
        (f"{PROSE}\n\nThe Associated Press contributed to this report.", "AP"),
        (f"{PROSE}\n\nAssociated Press writer Jane Doe in Lisbon contributed to this report.", "AP"),
        (f"{PROSE}\n\nSource: MEMRI", "MEMRI"),
        (f"{PROSE}\n\n© 2025 Thomson Reuters", "Reuters"),
        (f"{PROSE}\n\nThis story was originally published by the Associated Press.", "AP"),
    ],
)
def test_a_credit_is_found_in_dateline_byline_and_credit_line(text: str, agency: str) -> None:
    assert credited(text) == agency


@pytest.mark.parametrize(
    "text",
    [
        PROSE,
        f"Oslo, 4 June (XYZ) {PROSE}",
        f"LONDON, March 4, 2025 (GMT) — {PROSE}",
        f"GENEVA (WHO) — {PROSE}",
        f"Harbour closed\nBy Jane Doe, a former AP reporter\n\n{PROSE}",
        f"{PROSE}\n\nThis article was not written by Reuters.",
        f"{PROSE}\n\nSource: not Reuters",
        f"The mayor told Reuters that the harbour was closed. {PROSE}",
        f"{PROSE}\n\nThe minister was quoted by PTI as saying that the port would open again in a week.",
        f"The Press Trust of India (PTI) said the harbour was closed.\n{PROSE}",
        f"Harbour Workers Party (PTI) leaders met.\n{PROSE}",
        f"By Tuesday afternoon the AP had called the race for the harbour master, and the loser gave up.\n{PROSE}",
        f"{PROSE}\n\nReuters, which was founded in 1851, has its seat in London.",
        f"{PROSE}\n\nHe worked for the Associated Press before he came to the paper.",
        f"{PROSE}\n\nThe union (UNI) called a strike.",
        f"The Department of Justice (DOJ) Tuesday asked the court.\n{PROSE}",
        f"{PROSE}\n\nThe lawyers declined to comment to Bloomberg.",
        f"{PROSE}\n\n“It was reported by AFP,” the mayor said.",
    ],
)
def test_a_mention_is_no_credit(text: str) -> None:
    assert credited(text) is None


def test_an_author_line_or_an_outlet_may_be_an_agency() -> None:
    assert credited(PROSE, author="Jane Doe, Associated Press") == "AP"
    assert credited(PROSE, outlet="Reuters") == "Reuters"
    assert credited(PROSE, outlet="Reuters Institute Review") is None


def test_the_words_of_the_credit_are_kept() -> None:
    found = find_credit(read_text("a", f"{PROSE}\n\nWith inputs from PTI"))
    assert found is not None
    assert found.words == "With inputs from PTI"
