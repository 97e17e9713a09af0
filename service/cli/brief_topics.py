"""The morning run: every topic of a file to a brief of its own; one that fails stops none of the others."""

import re
import tomllib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, Literal

from pydantic import ValidationError

from index.errors import FootnoteError, InputError
from index.reading import first_problem
from index.types import Day, Filters, Record, Utf8Text
from index.words import fold
from service.briefing.types import Brief, BriefRequest
from service.rendering.brief_csl import as_csl
from service.rendering.brief_markdown import as_markdown
from service.rendering.brief_page import as_html
from service.rendering.escaping import as_json

Format = Literal["md", "html", "json", "csl"]
SUFFIX: dict[Format, str] = {"md": "md", "html": "html", "json": "json", "csl": "csl.json"}
LONGEST_NAME = 60


class Entry(Record):
    """One topic of the file; what it does not say is taken from the top of the file."""

    topic: Utf8Text
    as_of: Day | None = None
    since: Day | None = None
    until: Day | None = None
    outlet: Utf8Text | None = None
    since_last: bool = True
    format: Format = "md"
    file: str | None = None

    def to_request(self) -> BriefRequest:
        """The topic as the desk takes it."""
        filters = Filters(as_of=self.as_of, since=self.since, until=self.until, outlet=self.outlet)
        return BriefRequest(topic=self.topic, filters=filters, since_last=self.since_last)


class Outcome(Record):
    """What became of one topic."""

    topic: str
    file: str | None
    error: str | None


def read_topics(path: Path, defaults: dict[str, Any]) -> list[tuple[str, Entry | str]]:
    """Each topic of a TOML file by its name, with the reason where it cannot be used.

    Raises:
        InputError: the file cannot be read, is no TOML, or names no topic.
    """
    try:
        found = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(f"{str(path)!r} cannot be read: {error}") from error
    except tomllib.TOMLDecodeError as error:
        raise InputError(f"{str(path)!r} is not TOML: {error}") from error
    topics = found.pop("topic", None)
    if not isinstance(topics, list) or not topics:
        raise InputError(f'{str(path)!r} names no topic; write `[[topic]]` and `topic = "..."` for each')
    shared = {**_plain(found), **defaults}
    return [_entry(number, each, shared) for number, each in enumerate(topics, start=1)]


def _plain(values: dict[str, Any]) -> dict[str, Any]:
    """TOML has dates of its own; we take them as text."""
    return {name: value if isinstance(value, str | bool) else str(value) for name, value in values.items()}


def _entry(number: int, given: Any, shared: dict[str, Any]) -> tuple[str, Entry | str]:
    if not isinstance(given, dict):
        return f"topic {number}", "it is not a table"
    name = str(given.get("topic", f"topic {number}"))
    try:
        return name, Entry.model_validate({**shared, **_plain(given)})
    except ValidationError as error:
        return name, first_problem(error)


def run_topics(
    write: Callable[[BriefRequest], Brief],
    topics: list[tuple[str, Entry | str]],
    out: Path,
    tell: Callable[[str], None] = lambda line: None,
) -> Iterator[Outcome]:
    """Write every brief into a file of the folder `out`, in order; `tell` hears which one is being made."""
    out.mkdir(parents=True, exist_ok=True)
    taken: set[str] = set()
    for number, (name, entry) in enumerate(topics, start=1):
        tell(f"{number}/{len(topics)} {name}")
        if isinstance(entry, str):
            yield Outcome(topic=name, file=None, error=entry)
            continue
        try:
            brief = write(entry.to_request())
            path = out / _free(entry, taken)
            path.write_text(rendered(brief, entry.format), encoding="utf-8")
        except (FootnoteError, OSError, ValidationError) as error:
            yield Outcome(topic=name, file=None, error=str(error).splitlines()[0])
        else:
            yield Outcome(topic=name, file=str(path), error=None)


def rendered(brief: Brief, format_: Format) -> str:
    """The brief in that form."""
    if format_ == "json":
        return as_json(brief, indent=2)
    return {"md": as_markdown, "html": as_html, "csl": as_csl}[format_](brief)


def _free(entry: Entry, taken: set[str]) -> str:
    """A file name of the topic's own words, in this folder and not used before in this run."""
    stem = re.sub(r"[^a-z0-9]+", "-", fold(entry.file or entry.topic)).strip("-")[:LONGEST_NAME].strip("-") or "brief"
    names = (f"{stem}{more}.{SUFFIX[entry.format]}" for more in ("", *(f"-{n}" for n in range(2, 10_000))))
    name = next(name for name in names if name not in taken)
    taken.add(name)
    return name
