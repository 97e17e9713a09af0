"""Page kinds: recognises front pages, and pages that show only the beginning of an article behind a paywall."""

import re
from collections.abc import Sequence

from index.reading.html_blocks import HEADINGS, MAX_LINKED, Block
from index.reading.json_ld import Node
from index.reading.layout import is_sentence
from index.reading.page_metadata import PageMetadata
from index.types import Record

MAX_STUB_WORDS = 150
"""Most words of a page behind a paywall that is refused; a longer one is read and reported."""
MAX_SHORT_WORDS = 400
"""Most words of a page behind a paywall that is reported as incomplete; a longer one was saved by a subscriber."""
MIN_SHARE_OF_WORDS = 0.5
"""Share of the number of words that a page states, below which it is incomplete."""
MIN_WHOLE_SHARE = 0.8
"""Share of that number from which it is whole: what counts as a word differs."""
MIN_TEASERS = 5
MAX_TEASER_WORDS = 60
"""Most words of prose in a row on a front page."""
LOCKED = ("locked", "metered", "premium", "paid", "subscriber", "subscription", "false")
TIER_META = ("article:content_tier", "content_tier", "access", "paywall:status", "isaccessibleforfree")
INVITATION = re.compile(
    r"\b(?:subscribe|sign (?:in|up)|log ?in|register|join|become a (?:member|subscriber)|create (?:a|an|your)"
    r" (?:free )?account|start your (?:free )?trial)\b"
    r".{0,60}\b(?:to|and) (?:continue|keep|read|finish|unlock|access|view)"
    r"|\b(?:continue|keep) reading (?:with|by)\b|\b(?:already|not) a (?:subscriber|member)\b"
    r"|\bto (?:continue|keep) reading\b"
    r"|\bthis (?:article|story|content) is (?:\w+ ){0,3}(?:for|to) (?:our )?\w*\s?(?:subscribers|members)\b",
    re.IGNORECASE,
)
"""Invitation to subscribe or to sign in, as English pages put it."""
MAX_INVITATION_WORDS = 40
CUT_OFF = re.compile(r"(?:…|\.\.\.|\[…\]|\[\.\.\.\])$")


class PageKind(Record):
    """Kind of a page: why it is refused as no article, or what is to be reported of it."""

    refused: str = ""
    reported: str = ""


def page_kind(head: PageMetadata, node: Node, page: Sequence[Block], found: Sequence[Block]) -> PageKind:
    """Return whether a page is a front page or the beginning of an article behind a paywall."""
    if is_front_page(head, node, page):
        return PageKind(refused="is a page of links to articles; ingest the articles themselves")
    words = sum(len(block.text.split()) for block in found if block.tag not in HEADINGS)
    if not is_cut_off(head, node, page, found, words):
        return PageKind()
    if words <= MAX_STUB_WORDS:
        return PageKind(
            refused="shows only the beginning of an article behind a paywall; save it when you are signed in"
        )
    return PageKind(reported="may be only the beginning of an article behind a paywall; compare it with the page")


def is_front_page(head: PageMetadata, node: Node, page: Sequence[Block]) -> bool:
    """Whether a page consists of linked headlines with teasers, and does not call itself an article."""
    if node.get("headline") or "article" in " ".join(head.meta.get("og:type", ())).lower():
        return False
    teasers = [block for block in page if block.tag in HEADINGS and block.linked >= MAX_LINKED]
    if len({block.text for block in teasers}) < MIN_TEASERS:
        return False
    longest = run = 0
    for block in page:
        if block.tag in HEADINGS and block.linked >= MAX_LINKED:
            run = 0
        elif is_sentence(block.text) and block.linked < MAX_LINKED:
            run += len(block.text.split())
            longest = max(longest, run)
    return longest <= MAX_TEASER_WORDS


def is_cut_off(head: PageMetadata, node: Node, page: Sequence[Block], found: Sequence[Block], words: int) -> bool:
    """Whether a page says that it is not free, and has so few words that its text is not the whole article."""
    if words > MAX_SHORT_WORDS:
        return False
    stated = str(node.get("wordCount") or "")
    share = words / int(stated) if stated.isdigit() and int(stated) else None
    if share is not None and share >= MIN_WHOLE_SHARE:
        return False
    short = share is not None and share < MIN_SHARE_OF_WORDS
    free = node.get("isAccessibleForFree")
    tiers = [value for name in TIER_META for value in head.meta.get(name, ())]
    locked = str(free).strip().lower() in ("false", "no") or any(value.strip().lower() in LOCKED for value in tiers)
    invited = any(INVITATION.search(block.text) and len(block.text.split()) <= MAX_INVITATION_WORDS for block in page)
    last = next((block.text for block in reversed(found) if block.tag not in HEADINGS), "")
    beginning = short or CUT_OFF.search(last) is not None
    return (locked and (invited or beginning or words <= MAX_STUB_WORDS)) or (invited and beginning)
