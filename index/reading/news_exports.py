"""News database exports: splits the text exports of Factiva and LexisNexis into their articles."""

import re
from collections.abc import Callable, Iterator
from typing import NamedTuple

from index.errors import InputError
from index.reading.article_ids import keyed_id
from index.reading.bylines import read_byline
from index.reading.field_dates import field_date
from index.reading.layout import is_prose, paragraphs
from index.reading.plain_text import read_text
from index.reading.source_facts import stated_day, stated_name, stated_outlet
from index.types import UNKNOWN, Article, Fact, Source, Span

CODE = re.compile(
    r"^(?P<code>SE|HD|BY|CR|WC|PD|ET|SN|SC|ED|PG|VOL|LA|CY|CX|LP|TD|CT|RF|ART|CLM|CO|IN|NS|RE|IPC|IPD|PUB|AN|RIC)"
    r"(?:[ \t]+(?P<value>\S[^\n]*))?[ \t]*$",
    re.MULTILINE,
)
"""Field code of Factiva at the beginning of a line."""
AFTER_TEXT = {"TD", "CT", "RF", "ART", "CLM", "CO", "IN", "NS", "RE", "IPC", "IPD", "PUB", "AN", "RIC"}
"""Field codes that may follow the text of a document."""
CLASSES = {"CO", "IN", "NS", "RE"}
CLASS_VALUE = re.compile(r"\S+ ?:")
FACTIVA_END = re.compile(r"^Document (?P<key>[A-Za-z]{2,}\w{12,})[ \t]*$", re.MULTILINE)
WORD_COUNT = re.compile(r"^[\d,.]+ (?:words|Wörter|mots|palabras)$", re.IGNORECASE)
COPYRIGHT = re.compile(r"^(?:\(c\)|©|copyright)", re.IGNORECASE)
CLOCK = re.compile(r"^\d{1,2}:\d\d(?: GMT)?$")
YEAR_LINE = re.compile(r"(?:[^\W\d]+[ /-]){0,3}(?:19|20)\d\d")
"""Date without a day, as "Spring 2021"."""
LEXIS_START = re.compile(r"^[ \t]*(?:Document )?\d+ of \d+ DOCUMENTS?[ \t]*$", re.MULTILINE | re.IGNORECASE)
LEXIS_END = re.compile(r"^[ \t]*End of Document[ \t]*$", re.MULTILINE | re.IGNORECASE)
LABEL = re.compile(r"^[ \t]*(?P<label>[A-Z][A-Za-z]+(?:-[A-Za-z]+)?(?: [A-Za-z]+)?) ?:[ \t]*(?P<value>[^\n]*)$")
HEAD_LABELS = {
    "section",
    "length",
    "byline",
    "dateline",
    "headline",
    "highlight",
    "correction-date",
    "series",
    "source",
}
TAIL_LABELS = {
    "load-date", "language", "publication-type", "graphic", "subject", "company", "organization", "ticker", "industry",
    "person", "city", "state", "country", "journal-code", "type", "notes", "geographic", "document-type",
}  # fmt: skip
TAIL_LINE = re.compile(r"^\s*(?:Classification|Load-Date:.*|Copyright \d{4}.*|All Rights Reserved)\s*$", re.IGNORECASE)


_Found = Iterator[Article | InputError]
_Reader = Callable[[str, str], _Found]


class _Line(NamedTuple):
    span: Span
    words: str


def read_news_export(stem: str, text: str) -> list[Article | InputError]:
    """Return the articles of an export of several documents; none for any other text."""
    found = list(_documents(stem, text))
    return found if any(isinstance(each, Article) for each in found) else []


def _documents(stem: str, text: str) -> _Found:
    text = text.replace("\r\n", "\n") if "\r\n" in text else text
    if len({found["code"] for found in CODE.finditer(text)} & {"HD", "PD", "SN", "AN", "LP", "TD"}) >= 4:
        yield from _coded(stem, text)
    elif FACTIVA_END.search(text) and any(WORD_COUNT.match(line.strip()) for line in text.split("\n")):
        yield from _by_end(stem, text, FACTIVA_END, _factiva)
    elif LEXIS_START.search(text):
        starts = [found.end() for found in LEXIS_START.finditer(text)]
        ends = [*(found.start() for found in LEXIS_START.finditer(text)), len(text)][1:]
        for start, end in zip(starts, ends, strict=True):
            yield from _lexis(stem, text[start:end])
    elif LEXIS_END.search(text) and re.search(r"^\s*Body\s*$", text, re.MULTILINE):
        yield from _by_end(stem, text, LEXIS_END, _lexis)


def _by_end(stem: str, text: str, mark: re.Pattern[str], read: _Reader) -> _Found:
    start = 0
    for found in mark.finditer(text):
        yield from read(stem, text[start : found.end()])
        start = found.end()
    rest = [line for line in _lines(text[start:]) if not COPYRIGHT.match(line.words)]
    if any(WORD_COUNT.match(line.words) or line.words.casefold() == "body" for line in rest[1:]):
        yield from read(stem, text[start:])
    elif rest:
        yield InputError(f"{stem!r}: what follows its last document was not read ({rest[0].words[:60]!r})")


def _codes(text: str) -> Iterator[re.Match[str]]:
    """Yield the field codes of all documents; a line of a text may begin with a word that looks like one."""
    found = list(CODE.finditer(text))
    in_text = False
    for i, each in enumerate(found):
        if each["code"] in ("HD", "SE"):
            after = [other["code"] for other in found[i + 1 :]]
            own = after[: next((n for n, code in enumerate(after) if n and code in ("HD", "LP", "TD")), len(after))]
            if in_text and not {"WC", "PD", "SN"} & set(own):
                continue
            in_text = False
        elif in_text and (each["code"] not in AFTER_TEXT or _is_running(each["code"], each["value"] or "")):
            continue
        in_text = in_text or each["code"] in ("LP", "TD")
        yield each


def _is_running(code: str, value: str) -> bool:
    """Whether the value after a field code is running text, so that the code is a word of it."""
    if code in CLASSES:
        return value != "" and CLASS_VALUE.match(value) is None
    return code != "TD" and (value[:1].islower() or is_prose(value))


def _coded(stem: str, text: str) -> _Found:
    """Read Factiva's form with field codes: a document begins with its headline, or the section above it."""
    codes = list(_codes(text))
    heads = [found for found in codes if found["code"] == "HD"]
    for number, head in enumerate(heads):
        end = heads[number + 1].start() if number + 1 < len(heads) else len(text)
        end = next((each.start() for each in codes if each["code"] == "SE" and head.start() < each.start() < end), end)
        own = [found for found in codes if head.start() <= found.start() < end]
        last = end if own[-1]["code"] in ("LP", "TD") else own[-1].end()
        values: dict[str, Span] = {}
        for i, found in enumerate(own):
            stop = own[i + 1].start() if i + 1 < len(own) else last
            start = found.start("value") if found["value"] else found.end()
            values.setdefault(found["code"], Span(start=start, end=max(start, stop)))
        fields = {code: " ".join(span.of(text).split()) for code, span in values.items()}
        begin = head.start()
        body = [
            Span(start=values[code].start - begin + part.start, end=values[code].start - begin + part.end)
            for code in ("LP", "TD")
            if code in values
            for part in paragraphs(values[code].of(text))
        ]
        source = Source(
            title=stated_name(fields.get("HD"), "field HD"),
            outlet=stated_outlet(fields.get("SN"), "field SN"),
            author=stated_name(_author(fields.get("BY", "")), "field BY"),
            published=stated_day(fields.get("PD"), "field PD"),
        )
        yield from _article(stem, text[begin:last], body, source, fields.get("AN", ""))


def _factiva(stem: str, text: str) -> _Found:
    """Read Factiva's form for display: headline, number of words, date, source, language, copyright, text."""
    lines = _lines(text)
    counted = next((i for i, line in enumerate(lines) if WORD_COUNT.match(line.words)), None)
    key = FACTIVA_END.search(text)
    if counted is None or counted == 0:
        name = keyed_id(stem, key["key"] if key else text[:100])
        yield read_text(name, text).model_copy(update={"id_basis": "content"})
        return
    dated = next((i for i in range(counted + 1, min(counted + 4, len(lines))) if field_date(lines[i].words)), counted)
    after = dated + 1
    while after < len(lines) - 1 and CLOCK.match(lines[after].words):
        after += 1
    first = next(
        (i + 1 for i in range(after, min(after + 8, len(lines))) if COPYRIGHT.match(lines[i].words)), after + 3
    )
    byline = next((found for line in lines[1:counted] if (found := read_byline(line.words))), None)
    if byline is None and counted > 1:
        byline = _author(lines[counted - 1].words)
    source = Source(
        title=stated_name(lines[0].words, "headline"),
        outlet=stated_outlet(lines[min(after, len(lines) - 1)].words, "source line"),
        author=stated_name(byline, "byline"),
        published=stated_day(lines[dated].words, "date line"),
    )
    body = [line.span for line in lines[first : -1 if key else None]]
    yield from _article(stem, text, body, source, key["key"] if key else "")


def _lexis(stem: str, text: str) -> _Found:
    """Read a document of LexisNexis: unlabelled lines above, labelled ones, the text, and labelled ones below."""
    lines = _lines(text)
    labels = {i: label for i, line in enumerate(lines) if (label := _label(line.words))}
    body_line = next((i for i, line in enumerate(lines) if line.words.casefold() == "body"), None)
    heads = [i for i, (name, _) in labels.items() if name in HEAD_LABELS and (body_line is None or i < body_line)]
    first = body_line + 1 if body_line is not None else max(heads, default=0) + 1
    last = next(
        (
            i
            for i in range(first, len(lines))
            if TAIL_LINE.match(lines[i].words)
            or LEXIS_END.match(lines[i].words)
            or labels.get(i, ("",))[0] in TAIL_LABELS
        ),
        len(lines),
    )
    known = {name: value for i, (name, value) in labels.items() if i < first}
    above = [line for i, line in enumerate(lines[: min([first, *heads])]) if not COPYRIGHT.match(line.words)]
    above = [line for line in above if "all rights reserved" not in line.words.casefold() and line.words != "Body"]
    dated = next((i for i, line in enumerate(above) if field_date(line.words)), None)
    if dated is None:
        dated = next((i for i, line in enumerate(above) if YEAR_LINE.fullmatch(line.words)), None)
    names = [line.words for i, line in enumerate(above) if i != dated]
    modern = body_line is not None and len(names) > 1 and dated not in (0, 1)
    at = 1 if dated is None else dated - 1
    outlet, title = (above[at].words, above[0].words) if modern else (names[0] if names else "", _second(names))
    source = Source(
        title=stated_name(known.get("headline") or title, "headline"),
        outlet=stated_outlet(outlet, "source line"),
        author=stated_name(_author(known.get("byline", "")), "byline"),
        published=UNKNOWN if dated is None else stated_day(above[dated].words, "date line"),
        place=_place(known.get("dateline")),
    )
    yield from _article(stem, text, [line.span for line in lines[first:last]], source, "")


def _second(names: list[str]) -> str:
    return names[1] if len(names) > 1 else ""


def _place(value: str | None) -> Fact:
    return stated_name(value, "dateline") if value else UNKNOWN


def _article(stem: str, text: str, body: list[Span], source: Source, key: str) -> _Found:
    kept = tuple(span for span in body if span.of(text).strip())
    if kept:
        name = keyed_id(stem, key or f"{source.title.value}\0{source.published.value}\0{kept[0].of(text)[:100]}")
        yield Article(id=name, text=text, source=source, body=kept, id_basis="content")
    elif any(map(str.isalnum, text)):
        name = key or source.title.value or " ".join(text.split())[:60]
        yield InputError(f"{stem!r}: the document {name!r} in it has no text that can be told from its heading")


def _author(value: str) -> str:
    line = " ".join(value.split())
    return read_byline(line if line[:3].casefold() == "by " else f"By {line}") or line if line else ""


def _label(words: str) -> tuple[str, str] | None:
    found = LABEL.match(words)
    name = found["label"].casefold() if found else ""
    return (name, found["value"].strip()) if found and name in HEAD_LABELS | TAIL_LABELS else None


def _lines(text: str) -> list[_Line]:
    return [_Line(span, " ".join(span.of(text).split())) for span in paragraphs(text)]
