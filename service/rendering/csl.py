"""CSL-JSON (schema 1.0) export of the cited articles, for reference managers."""

import json
from collections.abc import Iterable
from typing import Any

from index.reading.bylines import names_staff
from service.answering.citations import in_marks
from service.answering.types import Citation
from service.language.names import TITLES
from service.rendering.cited_document import one_line

SUFFIXES = ("Jr.", "Sr.", "Jr", "Sr")


def csl_json(citations: Iterable[Citation]) -> str:
    """Return one item per cited article version, in order of first citation; its note has the quoted passages.

    When an article was read at its address is not known, so no item says when it was accessed.
    """
    articles: dict[tuple[str, int], list[Citation]] = {}
    for citation in citations:
        articles.setdefault((citation.article_id, citation.version), []).append(citation)
    return json.dumps([_item(cited) for cited in articles.values()], ensure_ascii=False, indent=2)


def _item(cited: list[Citation]) -> dict[str, Any]:
    citation = cited[0]
    found = {
        "id": f"{citation.article_id}@{citation.version}",
        "type": "article-newspaper",
        "title": citation.title,
        "author": csl_names(citation.author or "", citation.outlet),
        "container-title": citation.outlet,
        "issued": _issued(citation.published or ""),
        "URL": citation.url,
        "note": "\n".join(map(_note, cited)),
    }
    return {name: value for name, value in found.items() if value}


def csl_names(authors: str, outlet: str | None = None) -> list[dict[str, str]]:
    """Return names separated by commas as CSL names: family and given of persons, the whole of anybody else."""
    names: list[dict[str, str]] = []
    for part in filter(None, map(str.strip, authors.split(","))):
        if part in SUFFIXES and names and "family" in names[-1]:
            names[-1]["suffix"] = part
        else:
            names.append(_split(part) if _is_person(part) and part != outlet else {"literal": part})
    return names


def _is_person(name: str) -> bool:
    first, *rest = name.split()
    return bool(rest) and first[0].isupper() and rest[-1][0].isupper() and not names_staff(name)


def _split(name: str) -> dict[str, str]:
    """Split a name before its last word, or before the particles ("van der") that lead up to it; drop a title."""
    words = name.split()
    if words[0].endswith(".") and words[0].rstrip(".").casefold() in TITLES and len(words) > 2:
        words = words[1:]
    suffix = {"suffix": words.pop()} if words[-1] in SUFFIXES and len(words) > 2 else {}
    family = len(words) - 1
    while family > 1 and words[family - 1].islower():
        family -= 1
    return {"family": " ".join(words[family:]), "given": " ".join(words[:family]), **suffix}


def _note(citation: Citation) -> str:
    return f"{in_marks(one_line(citation.quote))} (characters {citation.start} to {citation.end})"


def _issued(published: str) -> dict[str, Any] | None:
    parts = published.split("-")
    return {"date-parts": [[int(part) for part in parts]]} if all(map(str.isdecimal, parts)) else None
