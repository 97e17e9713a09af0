"""What a screen reader says and where the keyboard is, which axe cannot see."""

import pytest
from playwright.sync_api import Page, expect

from tests.page.browsing import RALLY, Open

pytestmark = pytest.mark.real_models
DRAFT = "In 2023, a bombing in Bajaur killed 90. The moon is made of cheese."


def focused(page: Page) -> str:
    """The words of what has the focus, or its name."""
    return str(page.evaluate("document.activeElement.ariaLabel || document.activeElement.textContent"))


def test_every_sentence_of_an_answer_is_said_once_and_a_kept_one_is_not_said_again(reader: Open) -> None:
    window = reader()
    window.open()
    window.ask(RALLY)
    page = window.page
    said = page.locator("#said")
    expect(said).to_contain_text("Answer complete")
    lines = said.locator("p").all_inner_texts()
    shown = [" ".join(each.split()) for each in page.locator(".answer .sentence").all_inner_texts()]
    assert shown
    for words in shown:
        assert sum(line[:60] == words[:60] for line in lines) == 1
    page.reload()
    page.wait_for_selector(".turn .actions")
    assert "Answer complete" not in said.inner_text()


def test_the_cited_words_have_the_focus_and_closing_goes_back_to_the_citation(reader: Open) -> None:
    window = reader(size="zoomed")
    window.open()
    window.ask(RALLY)
    page = window.page
    citation = page.locator(".answer sup a").first
    assert (citation.get_attribute("aria-label") or "").startswith("Footnote 1: ")
    citation.click()
    page.wait_for_selector("#beside .lit")
    assert focused(page) == page.locator("#beside .lit").text_content()
    assert page.locator("#main").get_attribute("inert") is not None
    page.keyboard.press("Escape")
    assert page.locator("#main").get_attribute("inert") is None
    assert focused(page) == citation.get_attribute("aria-label")


def test_another_view_says_its_title_and_a_slash_leaves_none(reader: Open) -> None:
    window = reader()
    window.open()
    page = window.page
    for view, title in (("Check", "Check a draft"), ("Library", "Library"), ("Briefs", "Briefs")):
        page.get_by_role("link", name=view, exact=True).click()
        page.locator("h1", has_text=title).wait_for()
        expect(page.locator("h1")).to_be_focused()
        assert focused(page) == title
    page.keyboard.press("/")
    assert page.url.endswith("#briefs")


def test_a_conversation_is_deleted_by_two_presses_without_another_between(reader: Open) -> None:
    window = reader()
    window.open()
    window.ask(RALLY)
    page = window.page
    entry = page.locator(".conversations li").first
    entry.locator("summary").click()
    erase = entry.locator(".choices button", has_text="elete")
    erase.click()
    expect(page.locator("#said")).to_contain_text("Press again to delete it")
    assert erase.inner_text() == "Really delete?"
    entry.locator("summary").focus()
    assert erase.inner_text() == "Delete"
    before = page.locator(".conversations li").count()
    erase.click()
    erase.click()
    expect(page.locator("#said")).to_contain_text("Conversation deleted")
    expect(page.locator(".conversations li")).to_have_count(before - 1)


def test_a_finding_has_the_focus_and_leads_back_to_its_sentence(reader: Open) -> None:
    window = reader()
    window.open("check", "#draft")
    page = window.page
    page.fill("#draft", DRAFT)
    page.press("#draft", "Control+Enter")
    sentence = page.locator(".checked-sentence").first
    sentence.wait_for()
    page.locator(".checked-sentence").nth(1).wait_for()
    sentence.focus()
    page.keyboard.press("Enter")
    expect(page.locator(".finding h3")).to_be_focused()
    page.get_by_role("button", name="Put it right").press("Enter")
    expect(sentence).to_contain_text("(changed)")
    page.get_by_role("button", name="Back to the sentence").press("Enter")
    expect(sentence).to_be_focused()
