"""Cited documents: Word files with real footnotes, Markdown with front matter, and CSL-JSON of answers and drafts."""

import io
import json
import zipfile
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from xml.etree.ElementTree import Element, fromstring

import pytest
import yaml
from click.testing import CliRunner
from docx import Document
from fastapi.testclient import TestClient

from index.errors import InputError
from index.types import Filters
from service.answering.types import Answer, Citation, Question, ShortAnswer
from service.api import create_app
from service.checking.types import CheckedSentence, CheckReport, CheckVerdict
from service.cli import footnote, options
from service.rendering.csl import csl_json, csl_names
from service.rendering.export import export_answers, export_draft
from service.workspace import Workspace

W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
R = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}"
RALLY = "Which party's political rally in the Mustang district saw a suicide bombing?"
QUOTE = "The pier of Norwick was painted red in May."
TOPIC = "ISKP and the Taliban"


def citation(**changed: Any) -> Citation:
    fields: dict[str, Any] = {
        "number": 1, "article_id": "pier", "version": 1, "title": "Pier", "outlet": "The Norwick Herald",
        "published": "2025-05-03", "url": "https://herald.example/pier?a=1&b=2", "author": "Jane Doe", "start": 0,
        "end": len(QUOTE), "quote": QUOTE,
    }  # fmt: skip
    return Citation(**(fields | changed))


def part(content: bytes, name: str) -> Element:
    return fromstring(zipfile.ZipFile(io.BytesIO(content)).read(name))


def references(content: bytes) -> list[str]:
    return [each.attrib[f"{W}id"] for each in part(content, "word/document.xml").iter(f"{W}footnoteReference")]


def notes(content: bytes) -> dict[str, str]:
    """The text of each footnote by its id, the separators left out."""
    found = part(content, "word/footnotes.xml").findall(f"{W}footnote")
    texts = {each.attrib[f"{W}id"]: "".join(text.text or "" for text in each.iter(f"{W}t")) for each in found}
    return {number: text for number, text in texts.items() if number not in ("-1", "0")}


@pytest.fixture
def answer(workspace: Workspace) -> Answer:
    found = workspace.ask(Question(text=RALLY, conversation="kabul"))
    assert found.citations
    return found


def cited(answer: Answer, **changed: Any) -> Answer:
    """The answer with its first citation changed, and a short answer that cites it again."""
    first = answer.citations[0].model_copy(update=changed)
    short = ShortAnswer(text=first.quote.split()[0], citation=first.number)
    return answer.model_copy(update={"citations": (first, *answer.citations[1:]), "short": short})


def test_every_mark_of_a_word_document_is_a_footnote_of_its_own(answer: Answer) -> None:
    found = cited(answer, quote=QUOTE, outlet="The Norwick Herald", published="2025-05-03")
    content = export_answers(found.question, [found], "docx").content
    marks = 1 + sum(len(sentence.citations) for sentence in found.sentences)
    assert references(content) == [str(number) for number in range(1, marks + 1)]
    assert list(notes(content)) == references(content)
    for number in ("1", "2"):
        assert all(each in notes(content)[number] for each in (f"“{QUOTE}”", "The Norwick Herald", "3 May 2025"))
    for each in part(content, "word/footnotes.xml").findall(f"{W}footnote")[2:]:
        assert len(list(each.iter(f"{W}footnoteRef"))) == 1


def test_word_numbers_the_footnotes_itself(answer: Answer) -> None:
    content = export_answers(answer.question, [answer], "docx").content
    assert not any("[1]" in paragraph.text for paragraph in Document(io.BytesIO(content)).paragraphs)
    separators = part(content, "word/settings.xml").findall(f"{W}footnotePr/{W}footnote")
    assert [each.attrib[f"{W}id"] for each in separators] == ["-1", "0"]
    names = [each.tag for each in part(content, "word/settings.xml")]
    assert names.index(f"{W}footnotePr") < names.index(f"{W}compat")
    types = part(content, "[Content_Types].xml")
    assert [each.attrib["ContentType"] for each in types if each.attrib.get("PartName") == "/word/footnotes.xml"] == [
        "application/vnd.openxmlformats-officedocument.wordprocessingml.footnotes+xml"
    ]


def links(content: bytes) -> list[str]:
    targets = {each.attrib["Id"]: each.attrib["Target"] for each in part(content, "word/_rels/footnotes.xml.rels")}
    return [targets[each.attrib[f"{R}id"]] for each in part(content, "word/footnotes.xml").iter(f"{W}hyperlink")]


def test_a_footnote_leads_to_the_address_of_its_article(answer: Answer) -> None:
    found = cited(answer, url="https://herald.example/pier?a=1&b=<2>")
    assert links(export_answers("Pier", [found], "docx").content)[0] == "https://herald.example/pier?a=1&b=%3C2%3E"
    assert "<https://herald.example/pier?a=1&b=%3C2%3E>" in export_answers("Pier", [found], "md").content.decode()


@pytest.mark.parametrize("url", ["javascript:alert(1)", "http://[broken", "file:///etc/passwd", "pier", None])
def test_no_footnote_leads_anywhere_else(answer: Answer, url: str | None) -> None:
    found = cited(answer, url=url)
    content = export_answers("Pier", [found], "docx").content
    assert "word/_rels/footnotes.xml.rels" not in zipfile.ZipFile(io.BytesIO(content)).namelist()
    assert f"<{url}" not in export_answers("Pier", [found], "md").content.decode()


def test_a_word_document_opens_whatever_an_article_says(answer: Answer) -> None:
    found = cited(answer, quote="a\x07b \u202eevil\ufffe <w:p> & \U000e0001", title="\x00")
    content = export_answers("a\x07b", [found], "docx").content
    assert "“\ufffd”" in notes(content)["1"]
    assert "a\ufffdb \ufffdevil\ufffd <w:p> &" in notes(content)["1"]
    assert Document(io.BytesIO(content)).paragraphs[0].text == "a\ufffdb"


def test_a_conversation_is_one_document_whose_footnotes_go_on(workspace: Workspace, answer: Answer) -> None:
    second = workspace.ask(Question(text="Which sourdough hydration suits a beginner?", conversation="kabul"))
    with TestClient(create_app(workspace)) as client:
        response = client.get("/v1/conversations/kabul/export", params={"format": "docx"})
        markdown = client.get("/v1/conversations/kabul/export").text
    text = [paragraph.text for paragraph in Document(io.BytesIO(response.content)).paragraphs]
    assert text.index(RALLY, 1) < text.index(second.question)
    assert second.text in text
    facts = yaml.safe_load(markdown.split("---\n")[1])
    assert facts == {
        "title": RALLY,
        "date": answer.receipt.created_at[:10],
        "topic": RALLY,
        "receipt": [answer.receipt.id, second.receipt.id],
    }


def sentence(text: str, draft: str, verdict: CheckVerdict, **fields: Any) -> CheckedSentence:
    start = draft.index(text)
    return CheckedSentence(text=text, start=start, end=start + len(text), verdict=verdict, **fields)


DRAFT = "The pier is red.\n\nIt is 90 metres long. Fish\nswim there. All like it."


@pytest.fixture
def report() -> CheckReport:
    return CheckReport(
        sentences=(
            sentence("The pier is red.", DRAFT, "supported", reason="", citations=(citation(),)),
            sentence(
                "It is 90 metres long.", DRAFT, "contradicted", reason="the article says “60”, the text “90”",
                suggestion="It is 60 metres long.", citations=(citation(quote="It is 60 metres long."),),
            ),
            sentence("Fish\nswim there.", DRAFT, "likely_supported", reason="compare", citations=(citation(),)),
            sentence("All like it.", DRAFT, "not_found", reason="none says so", closest=(citation(quote="Few."),)),
        ),
        revision="abc",
    )  # fmt: skip


def test_a_checked_draft_keeps_its_words_and_shows_each_verdict(report: CheckReport) -> None:
    content = export_draft(DRAFT, report, "docx", title="Pier").content
    assert [paragraph.text for paragraph in Document(io.BytesIO(content)).paragraphs[2:]] == [
        "The pier is red.",
        "It is 90 metres long. [contradicted] Fish swim there. [likely supported] All like it. [not found]",
    ]
    found = notes(content)
    assert QUOTE in found["1"]
    assert found["2"].startswith(" The article says “60”, the text “90”. Put right: It is 60 metres long. The Norwick")
    assert QUOTE in found["3"]
    assert found["4"] == " Compare."
    assert "Closest, but it does not say so: The Norwick Herald" in found["5"]
    assert len(links(content)) == 3


def test_evidence_against_a_sentence_never_follows_the_sentence_itself(report: CheckReport) -> None:
    markdown = export_draft(DRAFT, report, "md").content.decode()
    assert "It is 90 metres long. **\\[contradicted\\]**[^2] Fish swim there.[^3]" in markdown
    assert "All like it. **\\[not found\\]**[^5]\n" in markdown


def test_the_closest_passage_is_not_among_the_sources_of_a_draft(report: CheckReport) -> None:
    [item] = json.loads(export_draft(DRAFT, report, "csl").content)
    assert "60 metres" in item["note"]
    assert "Few." not in item["note"]


def test_a_report_of_another_text_or_with_made_up_quotes_is_refused(workspace: Workspace, report: CheckReport) -> None:
    with pytest.raises(InputError, match="another text"):
        export_draft("Another.", report, "docx")
    draft = "The attack killed more than 30 people. Nobody saw the pier."
    own = workspace.check(draft, Filters())
    assert any(each.citations or each.closest for each in own.sentences)
    with TestClient(create_app(workspace)) as client:
        body = {"text": draft, "report": own.model_dump(mode="json")}
        response = client.post("/v1/check/export", json=body)
        assert references(response.content)
        assert client.post("/v1/check/export", json=body | {"text": "Another."}).status_code == 422
        made_up = json.dumps(body).replace('"quote": "', '"quote": "Not so: ')
        headers = {"Content-Type": "application/json"}
        assert client.post("/v1/check/export", content=made_up, headers=headers).status_code == 422
        elsewhere = {"text": DRAFT, "report": report.model_dump(mode="json")}
        assert client.post("/v1/check/export", json=elsewhere).status_code == 404


def test_a_draft_is_dated_by_its_check(report: CheckReport) -> None:
    then = report.model_copy(update={"checked_at": datetime(2024, 2, 3, 10, tzinfo=UTC)})
    assert "Checked on 3 February 2024" in export_draft(DRAFT, then, "md").content.decode()


def test_each_line_of_a_draft_stays_one(report: CheckReport) -> None:
    draft = "- The pier is red.\n- It is 90 metres long."
    found = CheckReport(
        sentences=tuple(
            sentence(each, draft, "not_found", reason="none") for each in draft.replace("- ", "").split("\n")
        ),
        revision="abc",
    )
    text = export_draft(draft, found, "md").content.decode()
    assert "\n\n\\- The pier is red. **" in text
    assert "\n\n\\- It is 90 metres long. **" in text


@pytest.mark.parametrize(
    ("authors", "names"),
    [
        ("Jane Doe, John Roe", [{"family": "Doe", "given": "Jane"}, {"family": "Roe", "given": "John"}]),
        ("Ángela van der Berg", [{"family": "van der Berg", "given": "Ángela"}]),
        ("Martin King, Jr.", [{"family": "King", "given": "Martin", "suffix": "Jr."}]),
        ("Martin Luther King Jr.", [{"family": "King", "given": "Martin Luther", "suffix": "Jr."}]),
        ("Dr. Ann Poe", [{"family": "Poe", "given": "Ann"}]),
        ("Associated Press, Herald Staff", [{"literal": "Associated Press"}, {"literal": "Herald Staff"}]),
        ("Reuters", [{"literal": "Reuters"}]),
        ("Harbour Watch", [{"literal": "Harbour Watch"}]),
        ("", []),
    ],
)
def test_authors_have_family_and_given_names_where_they_are_persons(authors: str, names: list[dict[str, str]]) -> None:
    assert csl_names(authors, outlet="Harbour Watch") == names


def test_csl_json_says_no_more_than_is_known() -> None:
    known, unknown = (
        citation(),
        citation(article_id="b", title=None, outlet=None, published=None, url=None, author=None),
    )
    first, second = json.loads(csl_json([known, unknown]))
    assert first["author"] == [{"family": "Doe", "given": "Jane"}]
    assert first["issued"] == {"date-parts": [[2025, 5, 3]]}
    assert first["container-title"] == "The Norwick Herald"
    assert set(second) == {"id", "type", "note"}


@pytest.fixture
def command(workspace: Workspace, monkeypatch: pytest.MonkeyPatch) -> CliRunner:
    monkeypatch.setattr(workspace, "close", lambda: None)
    monkeypatch.setattr(options, "own_or_served", lambda settings: workspace)
    return CliRunner()


def test_the_command_writes_word_documents(command: CliRunner, tmp_path: Path) -> None:
    draft = tmp_path / "draft.txt"
    draft.write_text("ISKP carried out a suicide bombing at a political rally.", encoding="utf-8")
    for arguments in (["ask", RALLY], ["brief", TOPIC], ["check", str(draft)]):
        out = tmp_path / f"{arguments[0]}.docx"
        done = command.invoke(footnote, [*arguments, "--out", str(out)])
        assert (done.exit_code, done.stdout) == (0, ""), done.output
        assert references(out.read_bytes())


def test_what_is_kept_is_exported_by_its_id(command: CliRunner, workspace: Workspace, answer: Answer) -> None:
    brief = workspace.brief_archive.briefs(None, 1, 0)
    assert not brief.total
    for kept in ("kabul", answer.receipt.id):
        assert f"\n# {RALLY}\n" in command.invoke(footnote, ["export", kept]).stdout
    receipt = json.loads(command.invoke(footnote, ["brief", TOPIC, "--format", "json"]).stdout)["receipt"]["id"]
    assert command.invoke(footnote, ["export", receipt, "--format", "html"]).stdout.startswith("<!doctype html>")


@pytest.mark.parametrize(
    ("arguments", "code", "says"),
    [
        (["ask", RALLY, "--format", "docx"], 2, "name it with --out FILE.docx"),
        (["ask", RALLY, "--out", "answer.odt"], 2, "name its --format"),
        (["ask", RALLY, "--out", "no/such/folder/a.docx"], 1, "cannot be written"),
        (["export", "nothing"], 1, "no conversation, answer or brief 'nothing' is kept here"),
        (["export", "kabul", "--format", "html"], 1, "only a brief is exported as html"),
    ],
)
def test_a_document_that_cannot_be_written_is_one_line(
    command: CliRunner, answer: Answer, arguments: list[str], code: int, says: str
) -> None:
    done = command.invoke(footnote, arguments)
    assert done.exit_code == code
    assert says in done.stderr.splitlines()[-1]
    assert code == 2 or len(done.stderr.splitlines()) == 1


def test_a_draft_without_sentences_is_a_document_too() -> None:
    content = export_draft("", CheckReport(sentences=(), revision="abc"), "docx").content
    assert "no sentence" in Document(io.BytesIO(content)).paragraphs[1].text
