"""The page in a real Chromium, against the real service with the embedded models: one test a flow."""

import io
import re
import zipfile
from pathlib import Path

import httpx
import pytest
from playwright.sync_api import expect

from tests.conftest import MODELS
from tests.hub_server import hub_serving
from tests.page.browsing import BREAD, RALLY, Open, serving

pytestmark = pytest.mark.real_models

PIER = "The storm at the pier of Norwick has killed {} people, the mayor said. The pier was built of oak."


def test_evidence_then_sentences_and_each_number_opens_the_exact_words(reader: Open) -> None:
    window = reader()
    window.open()
    window.ask(RALLY)
    page = window.page
    quotes = [" ".join(each.split()) for each in page.locator(".note:not(.unused) q").all_text_contents()]
    marks = page.locator(".answer sup a")
    assert marks.count() == len(quotes) > 0
    for i, quote in enumerate(quotes):
        marks.nth(i).click()
        lit = page.locator("#beside .lit")
        lit.wait_for()
        assert " ".join(lit.inner_text().split()) == quote
        box = lit.bounding_box()
        assert box is not None
        assert 60 < box["y"] < 860
    assert "origin" in page.locator(".origins").inner_text()
    lines = "each => each.clientHeight / parseFloat(getComputedStyle(each).lineHeight)"
    beside = page.locator(".evidence q")
    page.mouse.move(1, 1)
    assert max(beside.nth(i).evaluate(lines) for i in range(beside.count())) < 2.5, "the answer has the words already"
    window.picture("article-light")


def test_all_of_it_works_by_keyboard_and_says_what_changed(reader: Open) -> None:
    window = reader()
    window.open()
    page = window.page
    page.locator("body").click(position={"x": 600, "y": 500})
    page.keyboard.press("/")
    page.keyboard.type(RALLY)
    page.keyboard.press("Enter")
    page.wait_for_selector(".turn .actions")
    expect(page.locator("#said")).to_contain_text("Answer complete")
    page.locator(".answer sup a").first.focus()
    page.keyboard.press("Enter")
    page.wait_for_selector("#beside .lit")
    assert page.evaluate("document.activeElement.className") == "lit"
    page.keyboard.press("Escape")
    assert page.locator("#beside").is_hidden()
    assert page.evaluate("document.activeElement.textContent") == "[1]"


def test_what_the_gate_withholds_is_counted_and_can_be_opened(reader: Open, base: str) -> None:
    window = reader()
    window.open()
    window.ask("Why did Pakistan launch the operation?")
    window.page.get_by_role("button", name="Retry in the model's words").click()
    window.page.locator(".turn .actions").nth(1).wait_for()
    conversation = window.page.url.split("ask/")[1]
    answer = httpx.get(f"{base}/v1/conversations/{conversation}").json()["history"][1]["answer"]
    assert answer["receipt"]["settings"]["style"] == "compose"
    assert len(answer["withheld"]) == 1
    window.page.get_by_text("1 sentence withheld", exact=True).click()
    assert window.page.locator(".withheld del").inner_text() == answer["withheld"][0]["text"]
    assert window.page.locator(".withheld .reason").inner_text() == answer["withheld"][0]["reason"]
    window.picture("withheld-light")


def test_a_refusal_helps(reader: Open) -> None:
    window = reader()
    window.open()
    page = window.page
    page.fill("#f-outlet", "Nobody's Gazette")
    window.ask(RALLY)
    assert "does not answer" in page.locator(".refusal").inner_text()
    page.get_by_role("button", name="Ask again without the filters").click()
    page.locator(".answer .sentence").first.wait_for()
    assert page.input_value("#f-outlet") == ""
    window.ask(BREAD)
    assert page.locator(".turn").nth(2).locator(".note").count() > 0
    assert page.locator(".turn").nth(2).locator(".answer sup").count() == 0
    page.locator(".turn").nth(2).get_by_role("button", name="Show every passage").click()
    page.locator(".passages li").first.wait_for()
    window.picture("refusal-light")


def test_a_reload_loses_nothing_and_a_follow_up_is_understood(reader: Open) -> None:
    window = reader()
    window.open()
    window.page.fill("#f-since", "2020-01-01")
    window.ask("When was Mehmet Goren arrested?")
    window.ask("By whom?")
    page = window.page
    assert page.locator(".understood").nth(1).inner_text() == "Understood as: By whom was Mehmet Goren arrested?"
    shown = page.locator(".turn .answer").all_inner_texts()
    page.reload()
    page.locator(".turn .actions").nth(1).wait_for()
    assert page.locator(".turn .answer").all_inner_texts() == shown
    assert page.input_value("#f-since") == "2020-01-01"
    page.locator(".answer sup a").first.click()
    page.wait_for_selector("#beside .lit")


def test_conversations_are_renamed_and_deleted(reader: Open) -> None:
    window = reader()
    window.open()
    window.ask(RALLY)
    page = window.page
    own = page.locator(".conversations li", has=page.locator("[aria-current]"))
    own.locator("summary").click()
    own.get_by_role("button", name="Rename").click()
    own.locator("input").fill("Rallies of the year")
    own.locator("input").press("Enter")
    page.locator(".conversation-title", has_text="Rallies of the year").wait_for()
    own.locator("summary").click()
    own.get_by_role("button", name="Delete").click()
    own.get_by_role("button", name="Really delete?").click()
    page.locator(".welcome").wait_for()
    assert page.get_by_text("Rallies of the year").count() == 0


def test_an_answer_can_be_stopped(reader: Open) -> None:
    window = reader()
    window.open()
    window.ask(RALLY)
    page = window.page
    page.get_by_role("button", name="Retry in the model's words").click()
    page.locator(".composer button", has_text="Stop").click()
    page.locator(".failed .status", has_text="Stopped.").wait_for()
    assert page.locator(".turn").nth(1).locator(".sentence").count() == 0
    window.ask(BREAD)
    assert page.locator(".composer button").inner_text() == "Ask"


def test_an_answer_is_copied_exported_and_marked_wrong(reader: Open, base: str) -> None:
    window = reader()
    window.open()
    window.ask(RALLY)
    page = window.page
    page.get_by_role("button", name="Copy with footnotes").click()
    page.get_by_role("button", name="Copied").wait_for()
    copied = str(page.evaluate("navigator.clipboard.readText()"))
    assert "[1] IANS" in copied
    assert page.locator(".note q").first.inner_text() in copied
    for name, begins in (("Markdown", b"---\ntitle: "), ("Word", b"PK"), ("Zotero (CSL-JSON)", b"[")):
        page.locator(".actions .menu summary", has_text="Export").click()
        with page.expect_download() as coming:
            page.locator(".actions").get_by_role("button", name=name, exact=True).click()
        saved = Path(coming.value.path()).read_bytes()
        assert saved.startswith(begins)
        if begins == b"PK":
            assert "suicide bombing" in zipfile.ZipFile(io.BytesIO(saved)).read("word/document.xml").decode()
    page.locator(".wrong summary").click()
    page.get_by_placeholder("What is wrong?").fill("It names no party.")
    page.locator(".wrong form button").click()
    page.locator(".wrong.given").wait_for()
    page.reload()
    page.locator(".wrong.given summary").click()
    receipt = httpx.get(f"{base}/v1/feedback").json()["feedback"][-1]["receipt_id"]
    assert f"footnote eval add {receipt}" in page.locator(".wrong form").inner_text()
    window.picture("wrong-light")
    assert httpx.get(f"{base}/v1/feedback").json()["feedback"][-1]["note"] == "It names no party."


def test_a_draft_is_read_marked_up(reader: Open) -> None:
    window = reader()
    window.open("check", "#draft")
    page = window.page
    rally = "ISKP carried out a suicide bombing at a Baloch Awami Party political rally in the Mustang district."
    page.fill("#draft", f"\U0001f4f0 In 2023, a bombing in Bajaur killed 90. {rally}\n\nThe moon is made of cheese.")
    page.press("#draft", "Control+Enter")
    expect(page.locator(".checked-sentence.contradicted")).to_have_count(1, timeout=30_000)
    expect(page.locator(".checked progress")).to_have_count(0, timeout=30_000)
    verdicts = {
        name: page.locator(f".checked-sentence.{name}").all_inner_texts() for name in ("contradicted", "supported")
    }
    assert "killed 90." in verdicts["contradicted"][0]
    assert rally in " ".join(verdicts["supported"][0].split())
    expect(page.locator(".legend")).to_contain_text("1 contradicted")
    assert "the article says “60”" in page.locator(".finding").inner_text()
    draft = page.input_value("#draft")
    page.get_by_role("button", name="Put it right").click()
    assert "a bombing in Bajaur killed 60. ISKP" in page.input_value("#draft")
    assert "a bombing in Bajaur killed 60." in page.locator(".checked-sentence.put").inner_text()
    page.get_by_role("button", name="Copy the draft").click()
    assert "killed 60. ISKP" in page.evaluate("navigator.clipboard.readText()")
    page.get_by_role("button", name="Undo").click()
    assert page.input_value("#draft") == draft
    expect(page.locator(".checked-sentence.put")).to_have_count(0)
    page.get_by_role("button", name="Put it right").click()
    page.locator(".checked-sentence.supported").focus()
    page.keyboard.press("Enter")
    page.locator(".finding .note a").first.click()
    page.wait_for_selector("#beside .lit")
    with page.expect_download() as coming:
        page.get_by_role("button", name="Export: Word").click()
    document = zipfile.ZipFile(coming.value.path()).read("word/document.xml").decode()
    assert all(words in document for words in ("killed 60", "\U0001f4f0 In 2023", "<w:footnoteReference "))
    assert "killed 90" not in document
    assert "[contradicted]" not in document
    expect(page.locator(".checked-sentence.contradicted, .checked-sentence.put")).to_have_count(0)
    window.picture("check-light")
    page.fill("#draft", "In 2023, a bombing in Bajaur killed 90.")
    with page.expect_download() as coming:
        page.get_by_role("button", name="Export: Markdown").click()
    exported = Path(coming.value.path()).read_text()
    assert "killed 90" in exported
    assert "contradicted" in exported
    assert "cheese" not in exported


def test_the_library_takes_in_refuses_compares_and_removes(reader: Open, tmp_path: Path) -> None:
    window = reader()
    window.open("library", ".articles")
    page = window.page
    story, empty = tmp_path / "harbour story.txt", tmp_path / "empty.txt"
    empty.write_text(" ")
    for toll, what in (("three", "1 new"), ("seven", "1 changed")):
        story.write_text(f"The harbour of Norwick was closed on Monday, the mayor said, after {toll} boats sank.")
        page.set_input_files("#files", [story, empty])
        page.locator(".intake .status", has_text=f"{what}, 1 refused").wait_for()
        assert "empty" in page.locator(".refused-ones").inner_text()
    row = page.locator(".articles li", has_text="harbour-story").filter(has_text="version 2")
    row.wait_for()
    row.get_by_text("What changed").click()
    page.locator("#beside ins", has_text="seven").wait_for()
    assert page.locator("#beside del").text_content() == "removed: three"
    window.picture("library-light")
    page.keyboard.press("Escape")
    row.get_by_role("button", name="Remove").click()
    row.get_by_role("button", name="Really remove?").click()
    row.wait_for(state="detached")
    page.goto(f"{window.base}/#article?article_id=harbour-story&version=2")
    page.locator("#beside .notice").wait_for()
    gone = "This article was removed from the library and can no longer be opened."
    assert page.locator("#beside .notice").inner_text() == gone
    page.keyboard.press("Escape")
    page.fill("#address", "http://127.0.0.1:9/private")
    page.get_by_role("button", name="Fetch").click()
    page.locator(".refused-ones li", has_text="127.0.0.1").wait_for()


def test_files_are_dropped_in(reader: Open, base: str) -> None:
    window = reader()
    window.open("library", ".articles")
    window.page.evaluate(
        """() => {
            const carried = new DataTransfer();
            carried.items.add(new File(["The pier of Norwick was painted red, they said."], "pier.txt"));
            const drop = new DragEvent("drop", {dataTransfer: carried, bubbles: true});
            document.querySelector(".zone").dispatchEvent(drop);
        }"""
    )
    window.page.locator(".articles li", has_text="pier").wait_for()
    assert httpx.delete(f"{base}/v1/articles/pier").status_code == 200


def test_a_brief_is_written_part_by_part_and_compared_with_the_last(reader: Open) -> None:
    window = reader()
    window.open("briefs", "#topic")
    page = window.page
    page.fill("#topic", "Islamic State attacks in Pakistan")
    page.press("#topic", "Enter")
    page.locator(".brief .actions").wait_for()
    written = page.locator(".brief section:not([hidden]) > h3").all_inner_texts()
    assert written[:3] == ["In short", "What is reported", "Timeline"]
    assert written[-2:] == ["Sources", "Footnotes"]
    assert "from IANS" in page.locator(".brief").inner_text()
    assert "[object" not in page.locator(".brief").inner_text()
    assert page.locator(".timeline a").count() == page.locator("[id^=event-]").count() > 2
    page.locator(".timeline a").nth(1).click()
    assert page.evaluate("document.activeElement.id.startsWith('event-')")
    assert window.barriers() == []
    window.picture("brief-wide-light")
    page.locator(".brief sup a").first.click()
    page.wait_for_selector("#beside .lit")
    page.keyboard.press("Escape")
    with page.expect_download() as coming:
        page.get_by_role("button", name="Export: Markdown").click()
    assert b"[^1]" in Path(coming.value.path()).read_bytes()
    with page.expect_download() as coming:
        page.get_by_role("button", name="Export: Word").click()
    assert b"word/footnotes.xml" in Path(coming.value.path()).read_bytes()
    page.reload()
    page.locator(".brief .actions").wait_for()
    assert page.locator(".brief section:not([hidden]) > h3").all_inner_texts() == written
    page.check("#since-last")
    page.press("#topic", "Enter")
    page.locator("section h3", has_text="Since last time").wait_for()
    assert "Nothing has changed." in page.locator(".brief section").first.inner_text()


def test_kept_briefs_are_renamed_compared_and_deleted(reader: Open, base: str) -> None:
    window = reader()
    topic = {"topic": "the pier of norwick", "as_of": "2031-06-01"}
    article = {"title": "Pier", "outlet": "Gazette", "published": "2031-05-04", "id": "pier"}
    for count in (12, 31):
        version = {**article, "text": PIER.format(count)}
        httpx.post(f"{base}/v1/articles", json={"articles": [version]}).raise_for_status()
        made = httpx.post(f"{base}/v1/briefs", json={**topic, "since_last": True}, timeout=60).json()["receipt"]["id"]
    window.open("briefs", ".kept li")
    page = window.page
    entries = page.locator(".kept li", has_text="The pier of Norwick")
    assert entries.count() == 2
    entries.first.locator("summary").click()
    entries.first.get_by_role("button", name="Rename").click()
    entries.first.get_by_label("Title").fill("Pier, <i>second</i> day")
    entries.first.get_by_label("Title").press("Enter")
    page.locator(".kept a", has_text="Pier, <i>second</i> day").wait_for()
    times = page.locator(".kept li .facts-line").all_inner_texts()
    assert all(re.fullmatch(r"\d+ \w+ \d{4}, \d\d:\d\d", each) for each in times)
    assert page.get_by_role("button", name="Compare the two").is_disabled()
    for box in page.locator(".kept li", has_text="ier").locator("input[type=checkbox]").all()[:2]:
        box.check()
    page.get_by_role("button", name="Compare the two").click()
    table = page.locator("table.compared")
    table.wait_for()
    assert "The pier of Norwick" in table.locator("thead").inner_text()
    changed = " ".join(table.locator("tr.changed").first.inner_text().split())
    assert "At first 12 people (Gazette, 4 May 2031), then 31 people (Gazette, 4 May 2031)" in changed
    assert window.barriers() == []
    window.picture("briefs-compared-light")
    page.goto(f"{base}/#briefs/{made}")
    page.locator(".brief .asked", has_text="Pier, <i>second</i> day").wait_for()
    page.locator(".brief .changes .updated").first.wait_for()
    top = page.locator(".brief .asked + .actions")
    assert top.get_by_role("button", name="Export: Word").is_visible()
    top.get_by_role("button", name="Rename").click()
    top.get_by_label("New title").fill("Pier, second evening")
    top.get_by_label("New title").press("Enter")
    page.locator(".kept a", has_text="Pier, second evening").wait_for()
    assert page.locator(".brief .asked").inner_text() == "Pier, second evening"
    own = page.locator(".kept li", has=page.locator("[aria-current]"))
    own.locator("summary").click()
    own.get_by_role("button", name="Rename").click()
    assert own.locator("details").get_attribute("open") is None
    own.get_by_label("Title").fill("Pier, second night")
    own.get_by_label("Title").press("Enter")
    page.locator(".brief .asked", has_text="Pier, second night").wait_for()
    assert window.barriers() == []
    window.picture("brief-updated-light")
    entry = page.locator(".kept li", has_text="second")
    entry.locator("summary").click()
    entry.get_by_role("button", name="Delete").click()
    assert httpx.get(f"{base}/v1/briefs/{made}").status_code == 200
    entry.get_by_role("button", name="Really delete?").click()
    entry.wait_for(state="detached")
    assert httpx.get(f"{base}/v1/briefs/{made}").status_code == 404
    assert page.locator(".kept li", has_text="The pier of Norwick").count() == 1
    httpx.delete(f"{base}/v1/articles/pier").raise_for_status()


def test_the_engine_is_shown(reader: Open) -> None:
    window = reader()
    window.open("engine", ".models")
    assert "smollm2-135m-instruct" in window.page.locator(".facts").inner_text()
    assert window.page.locator(".parts li").count() >= 3
    assert window.page.locator(".parts .not-ok").count() == 0
    assert "writes when asked to" in window.page.locator(".models li", has_text="smollm2-135m").inner_text()
    assert "Quotations from the articles." in window.page.locator(".facts").inner_text()
    assert "`" not in window.page.locator("main").inner_text()
    window.picture("engine-light")


def test_a_model_is_downloaded_on_the_page(reader: Open, tmp_path: Path) -> None:
    models = tmp_path / "models"
    models.mkdir()
    for each in MODELS.iterdir():
        (models / each.name).symlink_to(each)
    with hub_serving(bytes(24 << 20)) as hub:
        hub.pause, hub.cut = 0.05, 15 << 20
        with serving(tmp_path / "home", FOOTNOTE_MODELS=str(models), HF_ENDPOINT=hub.url) as address:
            window = reader(address=address)
            window.open("engine", ".models")
            entry = window.page.locator(".models li", has_text="qwen3-0.6b")
            entry.get_by_role("button", name="Download 397 MB: qwen3-0.6b").click()
            entry.locator(".problem", has_text="try again to resume it").wait_for()
            hub.cut = None
            window.page.reload()
            entry.get_by_role("button", name="Go on from 10 MB").click()
            entry.locator("progress").wait_for()
            window.picture("download-light")
            entry.get_by_role("button", name="Use qwen3-0.6b").wait_for()
            assert window.page.locator("main").evaluate("each => each === document.activeElement")
            assert hub.ranges[-1] == f"bytes={10 << 20}-"
            assert window.barriers() == []
