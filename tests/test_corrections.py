"""Correction notices are found; articles about corrections have none."""

import pytest

from index.reading.corrections import find_corrections

PROSE = "The harbour of the town was closed on Tuesday because of the storm, the mayor told the council."


@pytest.mark.parametrize(
    "notice",
    [
        "Correction: An earlier version of this article misstated the name of the mayor.",
        "CORRECTION (3 October): The storm closed the harbour for two days, not three as we reported.",
        "Correction, Oct. 3, 2025: This story misspelled the name of the ferry.",
        "Clarification: The headline has been changed to make clear that the quay is private.",
        "Editor's note: An earlier version of this story said that the lamp was lost. It was not.",
        "Editor’s Note – This piece was updated after the council replied.",
        "This article was amended on 4 March 2025. The ferry sails on Fridays, not on Mondays.",
        "• This article was amended on 4 March 2025 to correct the number of cranes.",
        "(This March 3 story has been corrected to say that two cranes fell, in paragraph 2)",
        "This story has been updated to include a statement of the port.",
        "An earlier version of this report incorrectly said that the mayor had resigned.",
        "Due to an editing error, an earlier version of this article named the wrong lighthouse.",
        "A previous version of this article gave the wrong day for the storm.",
        "[We have corrected this article: the damage is four million, not forty.]",
        "Corrections and clarifications: A caption in an earlier version showed another quay.",
    ],
)
def test_a_notice_is_found_with_its_exact_words(notice: str) -> None:
    for text in (f"{PROSE}\n\n{notice}", f"{notice}\n\n{PROSE}"):
        assert [span.of(text) for span in find_corrections(text)] == [notice]


def test_a_notice_at_the_end_of_a_paragraph_is_found() -> None:
    text = f"{PROSE} This article was amended on 4 March 2025 to correct a name."
    assert [span.of(text) for span in find_corrections(text)] == [text[len(PROSE) + 1 :]]


@pytest.mark.parametrize(
    "prose",
    [
        "The newspaper printed a correction: the mayor had not resigned after all.",
        "Correction officers at the state prison went on strike on Monday.",
        "A market correction of ten percent wiped out the gains of the year.",
        "Correction: why a ten percent fall on the markets is good for savers.",
        "“An earlier version of this article misstated my age,” the singer complained to the Gazette.",
        "He said the paper had added a line. “The council was angry. This article was amended on Monday, it read.",
        "An earlier version of the bill would have banned ferries after dark.",
        "The bill was amended on Tuesday to exempt fishing boats.",
        "The report was published on Monday and has caused a stir among fishermen.",
        "Clarification: what the new rules mean for owners of small boats.",
        "The editor's note that hung above her desk said: write short.",
        "The Gazette wrote that its story had been corrected after a complaint of the port.",
        "An earlier version of the phone was recalled because its battery caught fire.",
        "The constitution was amended on 4 March 1998 and has not been touched since.",
        "The report was updated on Monday to include the new figures of the port.",
        "The story was corrected by three of the witnesses, each in his own way.",
        "The report wrongly said that the ferry had sunk, and the ministry withdrew it.",
        "Editors note that the market for such books is growing.",
    ],
)
def test_an_article_about_corrections_has_no_notice(prose: str) -> None:
    assert find_corrections(f"{PROSE}\n\n{prose}\n\n{PROSE}") == ()
