"""The library as somebody with hundreds of articles uses it: found, chosen, corrected, removed, asked about."""

import json
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from playwright.sync_api import Page, Route, expect

from tests.page.browsing import SIZES, Open

pytestmark = pytest.mark.real_models
SIZES.setdefault("narrow", (360, 740))
COUNT = 70


def record(number: int) -> dict[str, str]:
    """An article that no other of them is a near-duplicate of."""
    name = f"Pier {chr(97 + number // 10)}{number % 10}"
    return {
        "id": f"pier-{number:02}",
        "title": f"{name} is painted",
        "outlet": "Norwick Gazette" if number % 2 else "Harbour Post",
        "published": f"2031-{number // 28 + 1:02}-{number % 28 + 1:02}",
        "text": f"{name} was painted by {number * 37 + 3} dockers. The mayor of ward {number} called it quay {number}.",
    }


@pytest.fixture(scope="module", autouse=True)
def piers(base: str) -> Iterator[None]:
    body = {"articles": [record(number) for number in range(COUNT)]}
    assert len(httpx.post(f"{base}/v1/articles", json=body, timeout=120).json()["new"]) == COUNT
    yield
    ids = [each["id"] for each in httpx.get(f"{base}/v1/articles?limit=1000&q=pier").json()["articles"]]
    httpx.post(f"{base}/v1/articles/removals", json={"article_ids": ids}, timeout=60).raise_for_status()


def heading(page: Page, words: str) -> None:
    expect(page.locator(".shelf h2")).to_have_text(words)


def test_articles_are_found_by_words_filters_and_order_and_stay_found(reader: Open) -> None:
    window = reader()
    window.open("library", ".articles li")
    page = window.page
    heading(page, f"{COUNT + 5} articles")
    assert page.locator(".articles li").count() == 50
    page.locator("body").press("/")
    page.keyboard.type("dockers")
    heading(page, f"{COUNT} of {COUNT + 5} articles")
    page.locator("#by-outlet").select_option("Harbour Post")
    heading(page, f"{COUNT // 2} of {COUNT + 5} articles")
    assert page.locator(".search .filter.active").all_inner_texts()[0].startswith("Outlet")
    assert page.locator(".search .filter.active").count() == 1
    page.locator("#by-since").fill("2031-02-01")
    page.locator("#by-since").blur()
    heading(page, f"21 of {COUNT + 5} articles")
    page.locator("#by-sort").select_option("oldest")
    expect(page.locator(".articles .opens").first).to_have_text("Pier c8 is painted")
    page.locator(".articles .opens").first.click()
    page.locator("#beside .text", has_text="Pier c8").wait_for()
    page.go_back()
    expect(page.locator("#beside")).to_be_hidden()
    page.get_by_role("link", name="Engine").click()
    page.wait_for_selector(".models")
    page.go_back()
    heading(page, f"21 of {COUNT + 5} articles")
    assert page.input_value("#find") == "dockers"
    page.reload()
    heading(page, f"21 of {COUNT + 5} articles")
    expect(page.locator(".articles .opens").first).to_have_text("Pier c8 is painted")
    page.fill("#find", "volcano")
    page.locator(".shelf .notice", has_text="No article has these words").wait_for()
    assert window.barriers() == []
    page.get_by_role("button", name="Show all").click()
    heading(page, f"{COUNT + 5} articles")
    assert page.locator("#by-sort").input_value() == "oldest"


def test_pages_are_turned_and_the_heading_is_read_out(reader: Open) -> None:
    window = reader()
    window.open("library", ".articles li")
    page = window.page
    first = page.locator(".articles .opens").first.inner_text()
    page.get_by_role("button", name="Next").press("Enter")
    page.get_by_text("51 to 75 of 75").wait_for()
    assert page.locator(".articles li").count() == 25
    assert page.evaluate("document.activeElement.tagName") == "H2"
    expect(page.locator("#said")).to_contain_text("from number 51")
    assert page.get_by_role("button", name="Next").is_disabled()
    page.get_by_role("button", name="First").click()
    expect(page.locator(".articles .opens").first).to_have_text(first)


def test_several_are_selected_by_keyboard_and_asked_about_alone(reader: Open) -> None:
    window = reader()
    window.open("library", ".articles li")
    page = window.page
    page.fill("#find", "dockers")
    heading(page, f"{COUNT} of {COUNT + 5} articles")
    page.locator(".articles input").first.focus()
    page.keyboard.press("Space")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Shift+Space")
    expect(page.locator(".selection strong")).to_have_text("3 selected")
    expect(page.locator("#said")).to_contain_text("3 selected")
    chosen = page.locator(".articles li:has(:checked) .opens").all_inner_texts()
    window.picture("library-selection-light")
    assert window.barriers() == []
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.textContent") == "Ask about them"
    page.keyboard.press("Enter")
    only = page.get_by_role("button", name="Only 3 selected articles")
    assert (only.get_attribute("title") or "").splitlines() == chosen
    page.get_by_text("Ask 3 selected articles a question").wait_for()
    with page.expect_request("**/v1/ask") as asked:
        window.ask("How many dockers painted the pier?")
    sent = json.loads(asked.value.post_data or "")["article_ids"]
    assert len(sent) == len(chosen) == 3
    assert window.barriers() == []
    page.get_by_role("link", name="Briefs").click()
    page.get_by_role("button", name="Only 3 selected articles").click()
    expect(page.locator(".only")).to_have_count(0)
    page.get_by_role("link", name="Library").click()
    expect(page.locator(".selection strong")).to_have_text("3 selected")
    page.get_by_role("button", name="Brief on them").click()
    only.wait_for()
    page.get_by_role("link", name="Library").click()
    page.get_by_role("button", name="Select none").click()
    for view in ("Briefs", "Check", "Ask"):
        page.get_by_role("link", name=view, exact=True).click()
        page.locator("#f-since").wait_for()
        expect(only).to_have_count(0)
    page.get_by_text(f"Ask {COUNT + 5} articles a question").wait_for()


def test_a_correction_says_that_it_is_saved_and_changes_the_list(reader: Open) -> None:
    window = reader()
    window.open("library", ".articles li")
    page = window.page
    page.fill("#find", '"pier a1"')
    heading(page, f"1 of {COUNT + 5} articles")
    page.locator(".articles .opens").click()
    page.locator("#beside .edit summary").click()
    form = page.locator("#beside .edit form")
    form.get_by_label("Outlet").fill("Ferry Times")
    waiting: list[Route] = []
    page.route("**/v1/articles/pier-01", lambda route: waiting.append(route), times=1)
    form.get_by_role("button", name="Save").click()
    saving = form.get_by_role("button", name="Saving …")
    expect(saving).to_be_disabled()
    waiting[0].continue_()
    expect(page.locator(".articles li")).to_contain_text("Ferry Times (corrected)")
    page.locator("#beside .edit summary").click()
    page.get_by_role("button", name="Undo all corrections").click()
    expect(page.locator(".articles li")).to_contain_text("Norwick Gazette")


def test_a_copy_is_listed_with_the_headline_of_the_first(reader: Open, base: str) -> None:
    body = {"articles": [{**record(2), "id": "pier-copy", "title": "Pier again", "published": "2031-06-01"}]}
    httpx.post(f"{base}/v1/articles", json=body, timeout=60).raise_for_status()
    window = reader()
    window.open("library", ".articles li")
    window.page.fill("#find", '"pier a2"')
    row = window.page.locator(".articles li", has_text="Pier again")
    expect(row).to_contain_text("copy of Pier a2 is painted")
    httpx.delete(f"{base}/v1/articles/pier-copy").raise_for_status()


def test_outlet_and_date_of_the_selected_are_set_and_they_are_removed_when_asked_twice(reader: Open, base: str) -> None:
    window = reader()
    window.open("library", ".articles li")
    page = window.page
    page.fill("#find", '"pier g"')
    heading(page, f"10 of {COUNT + 5} articles")
    page.get_by_label("Select this page").check()
    page.get_by_role("button", name="Set outlet or date").click()
    page.locator(".selection form").get_by_label("Outlet").fill("Quay <b>Daily</b>")
    page.locator(".selection form").get_by_label("Published").fill("2031-12")
    page.keyboard.press("Enter")
    expect(page.locator("#said")).to_contain_text("Correcting 10 articles: done", timeout=60_000)
    row = page.locator(".articles li").first
    expect(row).to_contain_text("Quay <b>Daily</b> (corrected) · December 2031 (corrected)")
    found = httpx.get(f"{base}/v1/articles", params={"outlet": "Quay <b>Daily</b>", "since": "2031-12-01"}).json()
    assert found["total"] == 10
    page.get_by_role("button", name="Remove", exact=True).click()
    page.get_by_role("button", name="Select none").focus()
    expect(page.get_by_role("button", name="Really remove")).to_have_count(0)
    page.get_by_role("button", name="Remove", exact=True).click()
    page.get_by_role("button", name="Really remove 10 articles?").click()
    page.locator(".shelf .notice", has_text="No article has these words").wait_for()
    assert page.locator(".selection").is_hidden()
    assert httpx.get(f"{base}/v1/facets").json()["total"] == COUNT - 5


def test_all_that_were_found_are_selected(reader: Open) -> None:
    window = reader()
    window.open("library", ".articles li")
    page = window.page
    page.get_by_role("button", name="Select all").click()
    total = page.locator(".shelf h2").inner_text().split()[0]
    expect(page.locator(".selection strong")).to_have_text(f"{total} selected")
    page.get_by_role("button", name="Next").click()
    expect(page.get_by_label("Select this page")).to_be_checked()
    page.get_by_role("button", name="Select none").click()
    expect(page.locator(".articles input:checked")).to_have_count(0)


def test_what_was_refused_stays_listed_until_it_is_dismissed(reader: Open, tmp_path: Path) -> None:
    window = reader()
    window.open("library", ".articles li")
    page = window.page
    files = []
    for name, content in (("good", "The ferry of Norwick sank on Monday."), ("empty", " "), ("blank", "")):
        files.append(tmp_path / f"{name}.txt")
        files[-1].write_text(content)
    (picture := tmp_path / "picture.png").write_bytes(b"\x89PNG\r\n")
    page.set_input_files("#files", [*files, picture])
    page.locator(".intake .status", has_text="1 new, 3 refused").wait_for()
    rows = [page.locator(f".files .{part}").all_inner_texts() for part in ("name", "state")]
    states = dict(zip(*rows, strict=True))
    assert states["good.txt"] == "1 new"
    assert "refused" in states["picture.png"]
    reasons = page.locator(".refused-ones li").all_inner_texts()
    assert len(reasons) == 3
    assert "not a kind Footnote reads" in next(each for each in reasons if "picture.png" in each)
    window.picture("library-refused-light")
    assert window.barriers() == []
    page.get_by_role("link", name="Engine").click()
    page.wait_for_selector(".models")
    page.reload()
    page.get_by_role("link", name="Library").click()
    expect(page.locator(".refused-ones li")).to_have_text(reasons)
    page.get_by_role("button", name="Dismiss").press("Enter")
    expect(page.locator(".refusals")).to_be_hidden()
    assert page.evaluate("document.activeElement.id") == "files"
    page.reload()
    page.wait_for_selector(".articles li")
    assert page.locator(".refusals").is_hidden()


def test_a_file_of_many_articles_says_how_far_it_is(reader: Open, tmp_path: Path) -> None:
    window = reader()
    window.open("library", ".articles li")
    page = window.page
    path = tmp_path / "many.jsonl"
    lines = [{**record(number), "id": f"many-{number}", "layout": "column " * 1_000} for number in range(20)]
    path.write_text("".join(json.dumps(line) + "\n" for line in lines))
    assert path.stat().st_size > 100_000
    page.set_input_files("#files", path)
    page.locator(".files .state", has_text="of 20 articles").wait_for()
    page.get_by_role("link", name="Engine").click()
    page.wait_for_selector(".models")
    page.get_by_role("link", name="Library").click()
    page.locator(".intake .status", has_text="20 new").wait_for(timeout=60_000)


def test_words_half_typed_stay_while_files_come_in(reader: Open, tmp_path: Path) -> None:
    window = reader()
    window.open("library", ".articles li")
    page = window.page
    waiting: list[Route] = []
    page.route("**/v1/facets", lambda route: waiting.append(route), times=1)
    (empty := tmp_path / "empty.txt").write_text("")
    with page.expect_request("**/v1/facets"):
        page.set_input_files("#files", empty)
    page.evaluate("document.querySelector('#find').value = 'dockers'")
    with page.expect_response("**/v1/articles?*"):
        waiting[0].continue_()
    assert page.locator("#find").input_value() == "dockers"


@pytest.mark.parametrize(("scheme", "size"), [("dark", "wide"), ("dark", "narrow"), ("light", "narrow")])
def test_search_selection_and_refusals_fit_in_the_dark_and_on_a_phone(
    reader: Open, tmp_path: Path, scheme: str, size: str
) -> None:
    window = reader(scheme, size)
    window.open("library", ".articles li")
    page = window.page
    links = [link.bounding_box() for link in page.locator("nav[aria-label=Views] a").all()]
    assert all(box and box["x"] + box["width"] <= SIZES[size][0] for box in links)
    dates = [field.bounding_box() for field in page.locator("input[type=date]").all()]
    assert all(box and box["width"] >= 125 for box in dates)
    (empty := tmp_path / "empty.txt").write_text("")
    page.set_input_files("#files", empty)
    page.locator(".refused-ones li").wait_for()
    page.fill("#find", "dockers")
    page.locator(".shelf h2", has_text=" of ").wait_for()
    page.locator(".articles input").first.check()
    page.get_by_role("button", name="Set outlet or date").click()
    assert window.fits()
    assert window.barriers() == []
    window.picture(f"library-selection-{size}-{scheme}")


def test_kept_conversations_are_found_by_the_words_of_their_questions(reader: Open) -> None:
    window = reader()
    for question in ("How many dockers painted the pier?", "What did the mayor call it?"):
        window.open()
        window.ask(question)
        window.page.goto(f"{window.base}/#library")
        window.page.wait_for_selector(".articles li")
    window.open()
    page = window.page
    before = page.locator(".conversations li").count()
    page.get_by_label("Search the conversations").fill("DOCKERS pier")
    page.locator(".past .hint", has_text="found").wait_for()
    found = page.locator(".conversations li a").all_inner_texts()
    assert found
    assert all("dockers" in each for each in found)
    assert len(found) < before
    assert window.barriers() == []
    page.get_by_label("Search the conversations").fill("sourdough")
    page.locator(".past .hint", has_text="No conversation has these words.").wait_for()
    page.get_by_label("Search the conversations").fill("")
    expect(page.locator(".conversations li")).to_have_count(before)
