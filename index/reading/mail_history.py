"""Mail history: separates a sender's own words from quoted mails, and finds who wrote a forwarded one.

The only importer of mail-parser-reply, which knows the headings that mail programs put above a quoted mail.
"""

import re
from collections.abc import Iterator, Sequence

from index.reading.html_blocks import Block
from index.reading.layout import is_prose, paragraphs
from index.types import Record, Span

LANGUAGES = ["en", "de", "fr", "es", "it", "nl", "pl", "sv", "da"]
FORWARDED_SUBJECT = re.compile(r"^\s*(?:fwd?|fw|wg|tr|rv|enc|doorst|vb|i)\s*:\s*", re.IGNORECASE)
FORWARD_MARK = re.compile(
    r"^[ \t>*_-]*(?:Forwarded message|Begin forwarded message|Weitergeleitete Nachricht"
    r"|Anfang der weitergeleiteten Nachricht|Message transféré|Début du message réexpédié|Mensaje reenviado"
    r"|Courriel transféré|Messaggio inoltrato|Doorgestuurd bericht|Vidarebefordrat meddelande|Videresendt)\b[^\n]*",
    re.IGNORECASE | re.MULTILINE,
)
LABEL = (
    r"(?:From|Von|De|Da|Van|Date|Sent|Datum|Gesendet|Envoyé|Fecha|Enviado|Data|Inviato|Verzonden|Subject|Betreff"
    r"|Objet|Sujet|Asunto|Oggetto|Onderwerp|To|An|À|Pour|Para|A|Aan|Cc|Reply-To)"
)
ORIGINAL_MARK = re.compile(
    r"^[ \t]*(?:-{2,} ?(?:Original Message|Ursprüngliche Nachricht|Message d'origine|Mensaje original"
    r"|Oorspronkelijk bericht)"
    rf" ?-{{2,}}|(?:_{{20,}}|-{{3,}} ?[^\n-]{{4,40}} ?-{{3,}})(?=[ \t]*\n\s*[*_]?{LABEL}[*_]? ?:))[ \t]*$",
    re.IGNORECASE | re.MULTILINE,
)
HEADER = re.compile(
    rf"(?:^|(?<=\s))[*_]?(?P<name>{LABEL})[*_]? ?:[*_]?[ \t]*(?P<value>[^\n]*?)[ \t]*"
    r"(?=\n|$|\s[*_]?(?:Date|Sent|Subject|To|Cc)[*_]? ?:)"
)
FIELD_OF = {
    **dict.fromkeys(("From", "Von", "De", "Da", "Van"), "sender"),
    **dict.fromkeys(
        ("Date", "Sent", "Datum", "Gesendet", "Envoyé", "Fecha", "Enviado", "Data", "Inviato", "Verzonden"), "sent"
    ),
    **dict.fromkeys(("Subject", "Betreff", "Objet", "Sujet", "Asunto", "Oggetto", "Onderwerp"), "subject"),
}
HEADER_LINE = re.compile(rf"[*_]?{LABEL}[*_]? ?:")
ABOVE_A_QUOTATION = re.compile(
    r"(?:^[ \t]*[^\s>][^\n]*(?<![.!?])\n){0,2}^[ \t]*[^\s>][^\n]*:[ \t]*\n(?=(?:[ \t]*\n)*[ \t]*>)", re.MULTILINE
)
"""Up to three lines that end with a colon above quoted lines, in whatever language."""
TIME = re.compile(r"\b\d{1,2}[:.h]\d\d\b")
BRACKETED_ADDRESS = re.compile(r"<[^\s<>@]{1,100}@[^\s<>@]{1,100}>")
MAX_HEADING_CHARACTERS = 250
"""Longest line of a heading above a quoted mail."""
ADDRESS_OR_TIME = re.compile(rf"\S@\S|{TIME.pattern}")
PLAIN = str.maketrans({"\xa0": " ", "\u202f": " ", "’": "'", "\t": " "})
"""Characters for which headings of mails have another, each in the place of one."""
MAX_HEADER_GAP = 120
"""Most characters between two header lines of a quoted mail."""
SIGNATURE = re.compile(r"^-- ?$", re.MULTILINE)


class ForwardedMail(Record):
    """Header of a forwarded mail, as far as it is quoted."""

    start: int
    """Where its heading begins."""
    end: int
    """Where its text begins."""
    sender: str = ""
    sent: str = ""
    subject: str = ""


class OwnWords(Record):
    """The words of a mail that are its author's own, and the header of the mail that it forwards, if any."""

    spans: tuple[Span, ...]
    forwarded: ForwardedMail | None = None

    def cover(self, span: Span) -> bool:
        """Whether a span lies within the own words."""
        return any(each.start <= span.start and span.end <= each.end for each in self.spans)


def own_words(text: str, subject: str) -> OwnWords:
    """Find the own words of a mail; those of a forwarded mail are the words of the mail that it forwards."""
    text = text.translate(PLAIN)
    forwarded = _forwarded(text, subject)
    start = forwarded.end if forwarded else 0
    end = _end_of_own(text, start)
    return OwnWords(spans=tuple(_unquoted(text, start, end)), forwarded=forwarded)


def own_paragraphs(text: str, own: OwnWords) -> tuple[Span, ...]:
    """Return the paragraphs of the own words, from the first to the last one of prose."""
    found = [
        Span(start=each.start + part.start, end=each.start + part.end)
        for each in own.spans
        for part in paragraphs(each.of(text))
    ]
    prose = [i for i, each in enumerate(found) if is_prose(each.of(text))]
    return tuple(found[prose[0] : prose[-1] + 1] if prose else found)


def without_quotation(text: str, subject: str) -> str:
    """Return a mail's text with the quotation marks removed before the lines of a mail that it forwards."""
    forwarded = _forwarded(text.translate(PLAIN), subject)
    if forwarded is None or not text[forwarded.end :].lstrip().startswith(">"):
        return text
    return text[: forwarded.start] + re.sub(r"^[ \t]*>[ \t]?", "", text[forwarded.start :], flags=re.MULTILINE)


def own_blocks(found: Sequence[Block], subject: str) -> tuple[list[Block], OwnWords]:
    """Return the blocks of a mail's page that are its author's own words, or those of the mail that it forwards."""
    depths = [block.quoted for block in found]
    text, spans = _as_text(found, depths)
    own = own_words(text, subject)
    if own.forwarded:
        first = sum(span.end <= own.forwarded.end for span in spans)
        if first < len(found) and depths[first]:
            mark = sum(span.end <= own.forwarded.start for span in spans)
            depths = [depth - (i >= mark and depth > 0) for i, depth in enumerate(depths)]
            text, spans = _as_text(found, depths)
            own = own_words(text, subject)
    return [block for block, span in zip(found, spans, strict=True) if own.cover(span)], own


def _as_text(found: Sequence[Block], depths: Sequence[int]) -> tuple[str, list[Span]]:
    """Join blocks as a plain mail has them: quoted ones behind `>`, the lines of a header below each other."""
    text = ""
    spans = []
    for block, depth in zip(found, depths, strict=True):
        line = ">" * depth + " " * (depth > 0) + block.text
        text += ("\n" if HEADER_LINE.match(block.text) else "\n\n") if text else ""
        spans.append(Span(start=len(text), end=len(text) + len(line)))
        text += line
    return text, spans


def _forwarded(text: str, subject: str) -> ForwardedMail | None:
    mark = FORWARD_MARK.search(text)
    if mark is None and FORWARDED_SUBJECT.match(subject):
        mark = ORIGINAL_MARK.search(text) or re.search(
            r"(?=^[ \t>*]*(?:From|Von|De|Da|Van)[*]? ?:)", text, re.MULTILINE
        )
    if mark is None:
        return None
    header = _read_header(text, mark.start(), mark.end())
    return header if header.sender or header.sent else None


def _read_header(text: str, mark: int, start: int) -> ForwardedMail:
    known: dict[str, str] = {}
    end = start
    for found in HEADER.finditer(text, start):
        if found.start() - end > MAX_HEADER_GAP or (end > start and text[end : found.start()].strip(" \t\r\n>*_")):
            break
        field = FIELD_OF.get(found["name"])
        if field:
            known.setdefault(field, found["value"].strip(" *_"))
        end = found.end()
    return ForwardedMail(start=mark, end=end, **known)


def _end_of_own(text: str, start: int) -> int:
    """Return where the history begins: at a heading above a quoted mail that own words do not follow."""
    own = text[start:]
    ends = [len(own), *(found.start() for found in (ORIGINAL_MARK.search(own), SIGNATURE.search(own)) if found)]
    ends += [heading.start for heading in _headings(own) if not own[heading.end :].lstrip().startswith(">")]
    at = 0
    for heading, body in _quoted_mails(own):
        at = own.find(heading, at)
        if at < 0:
            break
        if not body.lstrip().startswith(">"):
            ends.append(at)
            break
    return start + min(ends)


def _headings(text: str) -> Iterator[Span]:
    """Yield the lines that end with a colon and have an address in brackets and a time, which may stand above."""
    before = Span(start=0, end=0)
    for found in re.finditer(r"[^\n]+", text):
        line, words = Span(start=found.start(), end=found.end()), found[0].rstrip()
        if words.endswith(":") and len(words) <= MAX_HEADING_CHARACTERS and BRACKETED_ADDRESS.search(words):
            above = TIME.search(before.of(text)) and text[before.end : line.start] == "\n"
            if TIME.search(words) or above:
                yield line if TIME.search(words) else Span(start=before.start, end=line.end)
        before = line


def _quoted_mails(text: str) -> Iterator[tuple[str, str]]:
    from mailparser_reply import EmailReplyParser  # noqa: PLC0415 - only mails need it, and no question does

    for reply in EmailReplyParser(languages=LANGUAGES).read(text).replies:
        if reply.headers:
            yield reply.headers, reply.full_body


def _unquoted(text: str, start: int, end: int) -> Iterator[Span]:
    """Yield the runs of lines without quotation marks, and without the headings above the quoted lines."""
    headings = [heading for heading, body in _quoted_mails(text[start:end]) if body.lstrip().startswith(">")]
    begin = start
    for quoted in _quoted_lines(text, start, end, headings):
        if text[begin : quoted.start].strip():
            yield Span(start=begin, end=quoted.start)
        begin = max(begin, quoted.end)
    if text[begin:end].strip():
        yield Span(start=begin, end=end)


def _quoted_lines(text: str, start: int, end: int, headings: Sequence[str]) -> list[Span]:
    lines = [Span(start=found.start(), end=found.end()) for found in re.finditer(r"^[ \t]*>[^\n]*", text, re.MULTILINE)]
    lines = [line for line in lines if start <= line.start < end]
    for found in ABOVE_A_QUOTATION.finditer(text, start, end):
        if len(found[0]) <= 3 * MAX_HEADING_CHARACTERS and ADDRESS_OR_TIME.search(found[0]):
            lines.append(Span(start=found.start(), end=found.end()))
    for heading in headings:
        if (at := text.find(heading, start, end)) >= 0:
            lines.append(Span(start=at, end=at + len(heading)))
    return sorted(lines, key=lambda line: line.start)
