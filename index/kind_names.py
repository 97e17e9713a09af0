"""File kinds by name: what an article was read from, as its reader would call it."""

from collections.abc import Sequence
from typing import Literal

FileKind = Literal["pdf", "word", "opendocument", "rtf", "web", "feed", "mail", "table", "json", "markdown", "text"]
"""Kind of file; `web` is a saved page or one that was fetched."""

SUFFIXES_BY_KIND: dict[FileKind, Sequence[str]] = {
    "pdf": (".pdf",),
    "word": (".docx",),
    "opendocument": (".odt",),
    "rtf": (".rtf",),
    "web": (".html", ".htm", ".xhtml", ".mht", ".mhtml"),
    "feed": (".rss", ".atom", ".xml"),
    "mail": (".eml", ".mbox"),
    "table": (".csv", ".tsv"),
    "json": (".jsonl", ".ndjson", ".json"),
    "markdown": (".md", ".markdown"),
    "text": (".txt", ".text"),
}
