"""CSL-JSON (schema 1.0) export of the cited articles, for reference managers."""

import json
from collections.abc import Callable, Iterable
from typing import Any

from service.answering.types import Citation
from service.briefing.types import Brief


def csl_items(citations: Iterable[Citation], note: Callable[[Citation], str]) -> list[dict[str, Any]]:
    """Return one item per cited article version, in order of first citation; `note` formats one line per citation."""
    articles: dict[tuple[str, int], list[Citation]] = {}
    for citation in citations:
        articles.setdefault((citation.article_id, citation.version), []).append(citation)
    return [_item(cited[0], "\n".join(map(note, cited))) for cited in articles.values()]


def as_csl(brief: Brief) -> str:
    """Return the CSL-JSON of a brief; each item's note has the quoted passages with their numbers and offsets."""
    return json.dumps(csl_items(brief.citations, _numbered_note), ensure_ascii=False, indent=1)


def _item(citation: Citation, note: str) -> dict[str, Any]:
    found = {
        "id": f"{citation.article_id}@{citation.version}",
        "type": "article-newspaper",
        "title": citation.title,
        "container-title": citation.outlet,
        "issued": _issued(citation.published or ""),
        "URL": citation.url,
        "note": note,
    }
    return {name: value for name, value in found.items() if value}


def _numbered_note(citation: Citation) -> str:
    quote = " ".join(citation.quote.split())
    return f"[{citation.number}] characters {citation.start} to {citation.end}: {quote}"


def _issued(published: str) -> dict[str, Any] | None:
    parts = published.split("-")
    return {"date-parts": [[int(part) for part in parts]]} if all(map(str.isdecimal, parts)) else None
