"""Speakers: who states something in the articles, under which name, and as what."""

import pytest

from service.briefing.brief_citations import NumberedCitations
from service.briefing.line_writer import LineWriter
from service.briefing.speakers import MAX_SPEAKERS, find_speakers
from tests.test_briefing_parts import line_writer, sentences_of, stored


@pytest.mark.parametrize(
    ("text", "name", "alleged"),
    [
        ("Mayor Ada Voss said that the harbour would stay closed.", "Mayor Ada Voss", False),
        ("The harbour will stay closed, according to Ada Voss.", "Ada Voss", False),
        ("Jonas Vidal alleged that the count had been falsified.", "Jonas Vidal", True),
        ("“The harbour stays closed until June,” Ada Voss told reporters.", "Ada Voss", False),
        ("“The harbour costs too much,” Ada Voss said after the council announced the delay.", "Ada Voss", False),
        ("An official was quoted by the Post as saying that the harbour was closed.", "An official", False),
    ],
)
def test_speakers_are_named_and_allegations_are_marked(text: str, name: str, alleged: bool) -> None:
    article = stored(text)[0]
    speakers = find_speakers(sentences_of(article), [], line_writer())
    assert [each.name for each in speakers] == [name]
    assert [statement.alleged for statement in speakers[0].statements] == [alleged]


@pytest.mark.parametrize(
    "text",
    [
        "The attack showed that the harbour was not safe.",
        "He said that the harbour was closed.",
        "The mayor may say that the harbour is closed.",
        "The outlet claimed links with the smugglers of the harbour.",
        "The Norwick Journal reported that the harbour was closed.",
    ],
)
def test_only_those_who_state_something_are_speakers(text: str) -> None:
    article = stored(text)[0]
    speakers = find_speakers(sentences_of(article), [], line_writer())
    assert [each.name for each in speakers if each.name not in ("The outlet",)] == []


def test_a_report_gets_the_full_description_of_its_article() -> None:
    text = "Boats were lost, a report in the Norwick Journal stated. The report noted that the harbour was closed."
    article = stored(text)[0]
    speakers = find_speakers(sentences_of(article)[1:], [], line_writer())
    assert [(each.name, each.described) for each in speakers] == [("The report", "a report in the Norwick Journal")]


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("► Mayor Ada Voss said that the harbour would stay closed.", "Mayor Ada Voss"),
        ("LAHORE, Pakistan — The council on Tuesday said that the harbour would stay closed.", "The council"),
        ("LAHORE, Pakistan — The council said that the harbour would stay closed.", None),
        ("(CNN) The council said that the harbour would stay closed.", "The council"),
    ],
)
def test_bullets_and_datelines_are_no_part_of_a_speaker(text: str, name: str | None) -> None:
    found = [each.name for each in find_speakers(sentences_of(stored(text)[0]), [], line_writer())]
    assert found == ([name] if name else [])


@pytest.mark.parametrize(
    ("before", "described"),
    [
        ("For Ada Voss, the visit was a duty. ", None),
        ("They met Ada Voss, the mayor of Norwick. ", "the mayor of Norwick"),
    ],
)
def test_a_statement_behind_a_name_is_no_role(before: str, described: str | None) -> None:
    article = stored(f"{before}Ada Voss said that the harbour would stay closed.")[0]
    (speaker,) = find_speakers(sentences_of(article)[1:], [], line_writer())
    assert speaker.described == described


def test_words_of_two_people_of_one_surname_stay_apart() -> None:
    texts = (
        "Ann Lee said that the dam will hold.",
        "Lee said that the town is safe.",
        "Tom Lee said that the dam is old.",
    )
    every = [sentence for article in stored(*texts) for sentence in sentences_of(article)]
    speakers = find_speakers(every, [], line_writer())
    assert len(speakers) == 3
    for speaker in speakers:
        assert len({each.line.words for each in speaker.statements}) == 1


def test_nothing_is_cited_for_speakers_beyond_the_last_that_is_shown() -> None:
    names = "Ada Bo Cy Di Ed Flo Gus Hal Ida Jo Kit Lou".split()
    texts = [f"{name} {name}son said that the dam of the {name} valley will hold all winter." for name in names]
    citations = NumberedCitations()
    writer = LineWriter("topic", citations, lambda sentence, versions: [0.0] * len(versions))
    speakers = find_speakers([s for article in stored(*texts) for s in sentences_of(article)], [], writer)
    shown = {n for each in speakers for statement in each.statements for n in statement.line.citations}
    assert len(speakers) == MAX_SPEAKERS
    assert {each.number for each in citations.citations} == shown


def test_a_surname_that_one_person_has_is_one_speaker_in_every_article() -> None:
    texts = (
        "Governor Ann Lee said that the dam will hold all winter.",
        "Mr. Lee said on Friday that its schools would close.",
    )
    (only,) = find_speakers([s for article in stored(*texts) for s in sentences_of(article)], [], line_writer())
    assert (only.name, len(only.statements)) == ("Governor Ann Lee", 2)


def test_a_body_of_one_name_is_one_speaker_in_every_article() -> None:
    texts = ("Hamas said that the talks had failed.", "Hamas said on Friday that its envoy was on the way home.")
    (only,) = find_speakers([s for article in stored(*texts) for s in sentences_of(article)], [], line_writer())
    assert (only.name, len(only.statements)) == ("Hamas", 2)


@pytest.mark.parametrize("other", ["President", "Governor"])
def test_a_title_before_a_surname_makes_no_body_of_one_name(other: str) -> None:
    texts = ("Governor Lee said that the dam will hold.", f"{other} Lee said that the town is safe.")
    every = [sentence for article in stored(*texts) for sentence in sentences_of(article)]
    assert len(find_speakers(every, [], line_writer())) == 2


def test_what_a_speaker_says_begins_without_a_connective() -> None:
    (only,) = find_speakers(
        sentences_of(stored("However, Hamas said that the talks had failed.")[0]), [], line_writer()
    )
    assert only.statements[0].line.words == "Hamas said that the talks had failed."
