"""The page in states that nobody hopes for, and what holds in every one: colours, sizes, names, no door left open."""

import json

import httpx
import pytest

from tests.conftest import SEEDS
from tests.page.browsing import BREAD, RALLY, Open

pytestmark = pytest.mark.real_models
HEADINGS = """() => {
  window.headings = [];
  new MutationObserver(() => {
    const heading = document.querySelector(".turn.busy .evidence:not([hidden]) h3")?.textContent;
    if (heading && window.headings.at(-1) !== heading) window.headings.push(heading);
  }).observe(document.body, { childList: true, subtree: true, attributes: true });
}"""
"""Notes what stands over the passages while an answer is under way."""


def test_a_hostile_article_is_only_words(reader: Open, base: str) -> None:
    words = "Mayor Quill of Lindholm said <img src=x onerror=\"document.title='hit'\"> \u202egnidliub\u202c was shut."
    text = f"{words}\n\n<script>document.title='hit'</script>\n\n" + "Lorem\u200b" * 170_000 + "\n\nThe end came."
    record = {
        "id": "hostile/<b>",
        "title": "<script>document.title='hit'</script>",
        "outlet": "\u202eGazette",
        "text": text,
    }
    assert httpx.post(f"{base}/v1/articles", json={"articles": [record]}, timeout=60).json()["new"]
    window = reader(size="phone")
    window.open()
    page = window.page
    window.ask("What did Mayor Quill of Lindholm say was shut? <script>document.title='hit'</script> \u202e")
    assert "<img" in page.locator(".answer").inner_text()
    page.locator(".answer sup a").first.click()
    page.wait_for_selector("#beside .lit")
    assert "<img src=x" in page.locator("#beside .lit").inner_text()
    assert "\u202e" not in page.locator("body").inner_text()
    assert page.locator("#beside img, #beside script, main img, main script").count() == 0
    assert "hit" not in page.title()
    assert window.fits()
    window.picture("hostile-phone")
    page.keyboard.press("Escape")
    page.goto(f"{base}/#library")
    page.locator(".articles").wait_for()
    assert window.fits()
    assert httpx.delete(f"{base}/v1/articles/hostile%2F%3Cb%3E").status_code == 200


def test_a_service_that_does_not_answer_is_said_so_until_it_does(reader: Open) -> None:
    window = reader()
    window.open()
    window.ask(RALLY)
    page = window.page
    page.context.set_offline(True)
    page.fill("#question", BREAD)
    page.press("#question", "Enter")
    page.locator("#banner", has_text="Footnote does not answer").wait_for()
    assert page.locator(".answer .sentence").count() > 0
    assert window.barriers() == []
    window.picture("offline-light")
    page.context.set_offline(False)
    page.locator("#banner").wait_for(state="hidden")
    page.get_by_role("button", name="Ask again").click()
    page.locator(".refused .actions").wait_for()


def stream_body(*events: tuple[str, object]) -> str:
    return "".join(f"event: {name}\r\ndata: {json.dumps(data)}\r\n\r\n" for name, data in events)


def test_passages_being_read_are_never_shown_as_cited(reader: Open, base: str) -> None:
    bread = httpx.post(f"{base}/v1/ask", json={"question": BREAD}, timeout=60).json()
    rally = httpx.post(f"{base}/v1/ask", json={"question": RALLY}, timeout=60).json()
    assert (bread["verdict"], rally["verdict"]) == ("not_in_corpus", "answered")
    early = ("evidence", {"passages": rally["citations"], "citations": [], "final": False})
    bodies = [stream_body(early), stream_body(early, ("done", {**bread, "closest": []}))]
    window = reader()
    window.open()
    page = window.page
    page.evaluate(HEADINGS)
    page.route("**/v1/ask", lambda route: route.fulfill(body=bodies.pop(0), content_type="text/event-stream"))
    page.fill("#question", RALLY)
    page.press("#question", "Enter")
    page.get_by_text("none of them cited").wait_for()
    assert page.evaluate("window.headings") == ["Passages being read"]
    assert page.locator(".turn .note .number").all_inner_texts() == ["…"] * len(rally["citations"])
    assert window.barriers() == []
    page.fill("#question", BREAD)
    page.press("#question", "Enter")
    page.locator(".refused .actions").wait_for()
    assert page.locator(".refused .note").count() == 0
    assert page.locator(".refused .evidence").is_hidden()


@pytest.mark.parametrize(("style", "is_whole"), [("quote", False), ("compose", True)])
def test_evidence_is_whole_beside_words_that_a_model_wrote(reader: Open, base: str, style: str, is_whole: bool) -> None:
    rally = httpx.post(f"{base}/v1/ask", json={"question": RALLY}, timeout=60).json()
    found = ("evidence", {"passages": [], "citations": rally["citations"], "final": True})
    told = [("sentence", {**each, "style": style}) for each in rally["sentences"]]
    body = stream_body(found, *told, ("done", rally))
    window = reader()
    window.open()
    page = window.page
    page.route("**/v1/ask", lambda route: route.fulfill(body=body, content_type="text/event-stream"))
    page.fill("#question", RALLY)
    page.press("#question", "Enter")
    page.locator(".turn .actions").wait_for()
    page.mouse.move(1, 1)
    cut = "every => every.some((each) => each.scrollHeight > each.clientHeight + 4)"
    assert page.locator(".evidence q").evaluate_all(cut) is not is_whole


def test_an_empty_collection_is_filled_on_a_click(reader: Open, base: str) -> None:
    for article in httpx.get(f"{base}/v1/articles").json()["articles"]:
        httpx.delete(f"{base}/v1/articles/{article['id']}").raise_for_status()
    window = reader()
    window.open()
    assert window.barriers() == []
    window.picture("empty-light")
    window.page.get_by_role("button", name="Add the five sample articles").click()
    window.page.get_by_text("Ask 5 articles a question").wait_for()
    window.ask(RALLY)
    assert window.page.locator(".answer .sentence").count() >= 1


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("size", ["wide", "phone", "zoomed"])
def test_no_view_keeps_anybody_out(reader: Open, scheme: str, size: str) -> None:
    window = reader(scheme, size)
    page = window.page
    found: dict[str, list[str]] = {}

    def look(name: str) -> None:
        found[name] = window.barriers() if size == "wide" else []  # colours and names are the same on a phone
        found[f"{name} sideways"] = [] if window.fits() else ["sticks out"]
        kept = window.share_kept()
        found[f"{name} covered"] = [] if kept < 0.4 else [f"{kept:.0%} of the window do not scroll"]
        window.picture(f"{name}-{size}-{scheme}")

    window.open()
    look("welcome")
    window.ask(RALLY)
    look("answer")
    page.locator(".answer sup a").first.click()
    page.wait_for_selector("#beside .lit")
    look("article")
    page.keyboard.press("Escape")
    window.ask(BREAD)
    look("refusal")
    window.open("check", "#draft")
    page.fill("#draft", "In 2023, a bombing in Bajaur killed 90. The moon is made of cheese.")
    page.press("#draft", "Control+Enter")
    page.wait_for_selector(".marked")
    look("check")
    window.open("library", ".articles")
    look("library")
    window.open("engine", ".models")
    look("engine")
    window.open("briefs", "#topic")
    look("briefs")
    assert {name: each for name, each in found.items() if each} == {}


def test_nothing_moves_while_an_answer_is_written(reader: Open) -> None:
    window = reader()
    window.open()
    window.ask(BREAD)
    window.page.evaluate(
        """() => { window.moved = 0; new PerformanceObserver((list) => {
            for (const entry of list.getEntries()) window.moved += entry.value;
        }).observe({type: "layout-shift"}); }"""
    )
    window.ask(RALLY)
    assert float(window.page.evaluate("window.moved")) < 0.02


def test_the_page_is_light_and_lets_nothing_else_in(base: str) -> None:
    page = httpx.get(base)
    policy = page.headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    assert "http" not in policy
    names = [path.name for path in (SEEDS.parent / "service" / "web").iterdir()]
    sizes = {name: len(httpx.get(f"{base}/web/{name}").content) for name in names}
    assert min(sizes.values()) > 0
    assert sum(sizes.values()) <= 150_000, json.dumps(sizes)
    tag = page.headers["etag"]
    assert httpx.get(base, headers={"if-none-match": tag}).status_code == 304
    assert httpx.get(f"{base}/web/..%2Fdesk.py").status_code == 404
