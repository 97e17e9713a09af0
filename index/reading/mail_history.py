"""Mail history: separates a sender's own words from quoted mails, and finds who wrote a forwarded one.

The only importer of mail-parser-reply, which knows the headings that mail programs put above a quoted mail.
"""

import re
from collections.abc import Iterator, Sequence

from index.reading.layout import is_prose, paragraphs
from index.types import Record, Span

LANGUAGES = ["en", "de", "fr", "es", "it", "nl", "pl", "sv", "da"]
FORWARDED_SUBJECT = re.compile(r"^\s*(?:fwd?|fw|wg|tr|rv|enc|doorst|vb|i)\s*:\s*", re.IGNORECASE)
FORWARD_MARK = re.compile(
    r"^[ \t>*_-]*(?:Forwarded message|Begin forwarded message|Weitergeleitete Nachricht"
    r"|Anfang der weitergeleiteten Nachricht|Message transféré|Début du message réexpédié|Mensaje reenviado"
    r"|Messaggio inoltrato|Doorgestuurd bericht)\b[^\n]*",
    re.IGNORECASE | re.MULTILINE,
)
ORIGINAL_MARK = re.compile(
    r"^[ \t]*(?:-{2,} ?(?:Original Message|Ursprüngliche Nachricht|Message d'origine|Mensaje original"
    r"|Oorspronkelijk bericht)"
    r" ?-{2,}|_{20,})[ \t]*$",
    re.IGNORECASE | re.MULTILINE,
)
LABEL = (
    r"(?P<name>From|Von|De|Da|Van|Date|Sent|Datum|Gesendet|Envoyé|Fecha|Enviado|Data|Inviato|Verzonden|Subject|Betreff"
    r"|Objet|Asunto|Oggetto|Onderwerp|To|An|À|Para|A|Aan|Cc|Reply-To)"
)
HEADER = re.compile(
    rf"(?:^|(?<=\s))[*_]?{LABEL}[*_]? ?:[*_]?[ \t]*(?P<value>[^\n]*?)[ \t]*"
    r"(?=\n|$|\s[*_]?(?:Date|Sent|Subject|To|Cc)[*_]? ?:)"
)
FIELD_OF = {
    **dict.fromkeys(("From", "Von", "De", "Da", "Van"), "sender"),
    **dict.fromkeys(
        ("Date", "Sent", "Datum", "Gesendet", "Envoyé", "Fecha", "Enviado", "Data", "Inviato", "Verzonden"), "sent"
    ),
    **dict.fromkeys(("Subject", "Betreff", "Objet", "Asunto", "Oggetto", "Onderwerp"), "subject"),
}
MAX_HEADER_GAP = 120
"""Most characters between two header lines of a quoted mail."""
SIGNATURE = re.compile(r"^-- ?$", re.MULTILINE)


class ForwardedMail(Record):
    """Header of a forwarded mail, as far as it is quoted."""

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


def _forwarded(text: str, subject: str) -> ForwardedMail | None:
    mark = FORWARD_MARK.search(text)
    if mark is None and FORWARDED_SUBJECT.match(subject):
        mark = ORIGINAL_MARK.search(text) or re.search(
            r"(?=^[ \t>*]*(?:From|Von|De|Da|Van)[*]? ?:)", text, re.MULTILINE
        )
    if mark is None:
        return None
    header = _read_header(text, mark.end())
    return header if header.sender or header.sent else None


def _read_header(text: str, start: int) -> ForwardedMail:
    known: dict[str, str] = {}
    end = start
    for found in HEADER.finditer(text, start):
        if found.start() - end > MAX_HEADER_GAP or (end > start and text[end : found.start()].strip(" \t\r\n>*_")):
            break
        field = FIELD_OF.get(found["name"])
        if field:
            known.setdefault(field, found["value"].strip(" *_"))
        end = found.end()
    return ForwardedMail(end=end, **known)


def _end_of_own(text: str, start: int) -> int:
    """Return where the history begins: at a heading above a quoted mail that own words do not follow."""
    own = text[start:]
    ends = [len(own), *(found.start() for found in (ORIGINAL_MARK.search(own), SIGNATURE.search(own)) if found)]
    at = 0
    for heading, body in _quoted_mails(own):
        at = own.find(heading, at)
        if at < 0:
            break
        if not body.lstrip().startswith(">"):
            ends.append(at)
            break
    return start + min(ends)


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
        begin = quoted.end
    if text[begin:end].strip():
        yield Span(start=begin, end=end)


def _quoted_lines(text: str, start: int, end: int, headings: Sequence[str]) -> list[Span]:
    lines = [Span(start=found.start(), end=found.end()) for found in re.finditer(r"^[ \t]*>[^\n]*", text, re.MULTILINE)]
    lines = [line for line in lines if start <= line.start < end]
    for heading in headings:
        if (at := text.find(heading, start, end)) >= 0:
            lines.append(Span(start=at, end=at + len(heading)))
    return sorted(lines, key=lambda line: line.start)
