"""The articles of a brief as CSL-JSON, which reference managers read (schema 1.0)."""

import json
from typing import Any

from service.answering.types import Citation
from service.briefing.types import Brief


def as_csl(brief: Brief) -> str:
    """One item for each article, in the order of the first footnote; quotes stand in `note` with their place."""
    articles: dict[tuple[str, int], list[Citation]] = {}
    for citation in brief.citations:
        articles.setdefault((citation.article_id, citation.version), []).append(citation)
    items = [_item(citations) for citations in articles.values()]
    return json.dumps(items, ensure_ascii=False, indent=1)


def _item(citations: list[Citation]) -> dict[str, Any]:
    first = citations[0]
    found: dict[str, Any] = {
        "id": f"{first.article_id}@{first.version}",
        "type": "article-newspaper",
        "title": first.title,
        "container-title": first.outlet,
        "issued": _issued(first.published or ""),
        "URL": first.url,
        "note": "\n".join(
            f"[{each.number}] characters {each.start} to {each.end}: {' '.join(each.quote.split())}"
            for each in citations
        ),
    }
    return {name: value for name, value in found.items() if value is not None}


def _issued(published: str) -> dict[str, Any] | None:
    parts = published.split("-")
    return {"date-parts": [[int(part) for part in parts]]} if all(map(str.isdecimal, parts)) else None
