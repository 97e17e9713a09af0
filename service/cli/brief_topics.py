"""Batch briefs: writes a brief on each topic of a TOML file; a failed topic does not stop the others."""

import re
import tomllib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from index.errors import FootnoteError, InputError
from index.reading import first_problem
from index.types import Day, Filters, Record, Utf8Text
from index.words import fold
from service.briefing.types import Brief, BriefLength, BriefRequest
from service.rendering.export import SUFFIXES, BriefFormat, export_brief

MAX_FILE_STEM_CHARACTERS = 60


class BriefTopic(Record):
    """One topic of the file; a field that it does not set is taken from the top of the file."""

    topic: Utf8Text
    as_of: Day | None = None
    since: Day | None = None
    until: Day | None = None
    outlet: Utf8Text | None = None
    since_last: bool = True
    length: BriefLength = "page"
    format: BriefFormat = "md"
    file: str | None = None

    def to_request(self) -> BriefRequest:
        """Convert to the brief request that the workspace takes."""
        filters = Filters(as_of=self.as_of, since=self.since, until=self.until, outlet=self.outlet)
        return BriefRequest(topic=self.topic, filters=filters, since_last=self.since_last, length=self.length)


class TopicOutcome(Record):
    """TopicOutcome: the file written for one topic, or the error."""

    topic: str
    file: str | None
    error: str | None


def read_topics(path: Path, defaults: dict[str, Any]) -> list[tuple[str, BriefTopic | str]]:
    """Read the topics of a TOML file as pairs of name and topic; an unusable topic is replaced by the reason.

    Raises:
        InputError: the file cannot be read, is not TOML, or has no topic.
    """
    try:
        found = tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise InputError(f"{str(path)!r} cannot be read: {error.strerror}; name a TOML file of topics") from error
    except UnicodeDecodeError as error:
        raise InputError(f"{str(path)!r} is not text in UTF-8; save it as such") from error
    except tomllib.TOMLDecodeError as error:
        raise InputError(f"{str(path)!r} is not TOML: {error}") from error
    topics = found.pop("topic", None)
    if not isinstance(topics, list) or not topics:
        raise InputError(f'{str(path)!r} names no topic; write `[[topic]]` and `topic = "..."` for each')
    defaults_of_file = {**_dates_as_text(found), **defaults}
    return [_topic(number, each, defaults_of_file) for number, each in enumerate(topics, start=1)]


def _dates_as_text(values: dict[str, Any]) -> dict[str, Any]:
    """Convert TOML dates to text, because our fields read ISO strings."""
    return {name: value if isinstance(value, str | bool) else str(value) for name, value in values.items()}


def _topic(number: int, given: Any, defaults: dict[str, Any]) -> tuple[str, BriefTopic | str]:
    if not isinstance(given, dict):
        return f"topic {number}", "it is not a table"
    name = str(given.get("topic", "")).strip() or f"topic {number}"
    try:
        return name, BriefTopic.model_validate({**defaults, **_dates_as_text(given)})
    except ValidationError as error:
        return name, first_problem(error)


def write_briefs(
    write: Callable[[BriefRequest], Brief],
    topics: list[tuple[str, BriefTopic | str]],
    out: Path,
    progress: Callable[[str], None] = lambda line: None,
) -> Iterator[TopicOutcome]:
    """Write every brief into a file of the folder `out`, in order; `progress` is called before each.

    Raises:
        InputError: the folder cannot be made.
    """
    try:
        out.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise InputError(f"{str(out)!r} cannot be a folder: {error.strerror}; name another with --out") from error
    used_names: set[str] = set()
    for number, (name, topic) in enumerate(topics, start=1):
        progress(f"{number}/{len(topics)} {name}")
        if isinstance(topic, str):
            yield TopicOutcome(topic=name, file=None, error=topic)
            continue
        try:
            brief = write(topic.to_request())
            path = out / _unused_file_name(topic, used_names)
            path.write_bytes(export_brief(brief, topic.format).content)
        except (FootnoteError, OSError, ValidationError) as error:
            yield TopicOutcome(topic=name, file=None, error=str(error).splitlines()[0])
        else:
            yield TopicOutcome(topic=name, file=str(path), error=None)


def _unused_file_name(topic: BriefTopic, used_names: set[str]) -> str:
    """Return a file name made of the topic's words, numbered when this run has already used it."""
    words = re.sub(r"[^a-z0-9]+", "-", fold(topic.file or topic.topic)).strip("-")
    stem = words[:MAX_FILE_STEM_CHARACTERS].strip("-") or "brief"
    names = (f"{stem}{more}.{SUFFIXES[topic.format]}" for more in ("", *(f"-{n}" for n in range(2, 10_000))))
    name = next(name for name in names if name not in used_names)
    used_names.add(name)
    return name
