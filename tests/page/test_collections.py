"""The switch between collections on the page: offered where there are several, and kept in the address."""

import httpx
import pytest
from playwright.sync_api import expect

from tests.page.browsing import RALLY, Open

pytestmark = pytest.mark.real_models
PIER = "The pier of Norwick was painted red in May, the mayor Ada Quill said."


def test_a_switch_is_offered_once_there_are_two_and_a_link_opens_the_right_one(reader: Open, base: str) -> None:
    window = reader()
    window.open()
    page = window.page
    assert page.locator("#collections").is_hidden()
    httpx.post(f"{base}/v1/collections", json={"name": "desk"}).raise_for_status()
    body = {"collection": "desk", "articles": [{"id": "pier", "text": PIER}]}
    httpx.post(f"{base}/v1/articles", json=body, timeout=60).raise_for_status()
    page.reload()
    page.wait_for_selector("#collections:not([hidden])")
    assert page.locator("#collections option").all_inner_texts() == ["default", "desk"]
    page.get_by_label("Collection").select_option("desk")
    assert page.url == f"{base}/#ask"
    page.get_by_role("button", name="Open", exact=True).click()
    page.get_by_text("Ask 1 article a question").wait_for()
    assert page.url == f"{base}/?collection=desk#ask"
    window.ask("What was painted red in May?")
    assert "pier of Norwick" in page.locator(".answer").inner_text()
    page.locator(".answer sup a").first.click()
    page.wait_for_selector("#beside .lit")
    link = page.url
    window.picture("collections-light")
    assert window.barriers() == []
    page.get_by_label("Collection").select_option("default")
    page.get_by_role("button", name="Open", exact=True).click()
    page.get_by_text("Ask 5 articles a question").wait_for()
    assert page.locator(".conversations li").count() == 0
    window.ask(RALLY)
    assert "Baloch" in page.locator(".answer").inner_text()
    other = reader("dark", "phone")
    other.page.goto(link)
    other.page.wait_for_selector("#beside .lit")
    assert "painted red" in other.page.locator("#beside .text").inner_text()
    other.page.get_by_role("button", name="Close").click()
    assert other.page.get_by_label("Collection").input_value() == "desk"
    assert other.fits()
    other.picture("collections-phone-dark")
    assert other.barriers() == []
    for view, wait in (("library", ".articles"), ("engine", ".models"), ("briefs", "#topic")):
        other.page.goto(f"{base}/?collection=desk#{view}")
        other.page.wait_for_selector(wait)
        assert other.fits()
    httpx.delete(f"{base}/v1/collections/desk", timeout=60).raise_for_status()
    page.goto(link)
    page.get_by_text("no collection 'desk'").first.wait_for()


def test_a_collection_is_made_filled_from_another_and_removed(reader: Open, base: str) -> None:
    window = reader()
    page = window.page
    window.open("library", ".articles")
    page.locator(".articles input[type=checkbox]").first.check()
    article = page.locator(".articles input[type=checkbox]").first.get_attribute("value")
    page.get_by_role("button", name="Copy to a collection").click()
    page.get_by_label("Into the collection").fill("sports")
    page.get_by_role("button", name="Copy", exact=True).click()
    expect(page.locator("#said")).to_contain_text("Copying 1 article: done")
    listed = httpx.get(f"{base}/v1/articles", params={"collection": "sports"}).json()["articles"]
    assert [each["id"] for each in listed] == [article]
    page.reload()
    page.get_by_label("Collection", exact=True).select_option("sports")
    page.get_by_role("button", name="Open", exact=True).click()
    page.get_by_role("heading", name="1 article").wait_for()
    page.get_by_text("Collection: sports").click()
    page.get_by_label("New collection").fill("desk")
    page.get_by_role("button", name="Make and open").click()
    page.wait_for_url(f"{base}/?collection=desk#library")
    page.get_by_text("Collection: desk").click()
    window.picture("collections-made-light")
    assert window.barriers() == []
    assert window.fits()
    page.get_by_label("New collection").fill("sports")
    page.get_by_role("button", name="Make and open").click()
    page.get_by_text("there is a collection 'sports' already").wait_for()
    for removed in ("desk", "sports"):
        page.goto("about:blank")
        page.goto(f"{base}/?collection={removed}#library")
        page.get_by_text(f"Collection: {removed}").click()
        page.get_by_role("button", name="Remove this collection").click()
        page.get_by_role("button", name="Really remove?").click()
        page.wait_for_url(f"{base}/#library")
    names = [each["name"] for each in httpx.get(f"{base}/v1/collections").json()["collections"]]
    assert names == ["default"]
