"""Encoding detection: decodes bytes to text.

The first match wins: a byte order mark; UTF-16 by its zero bytes; UTF-8; the declared encoding, when it decodes;
Windows-1252, when the result has only Western letters; then the best guess of charset-normalizer among common
encodings. UTF-8 comes before the declared encoding, because text in another encoding is not valid UTF-8 by chance,
and declarations are often wrong.
"""

import codecs
import re

from charset_normalizer import from_bytes

from index.errors import UnreadableFile

BYTE_ORDER_MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
CANDIDATE_ENCODINGS = [
    "cp1252", "cp1250", "cp1251", "cp1253", "cp1254", "cp1255", "cp1256", "cp1257", "koi8_r", "cp866", "iso8859_2",
    "gb18030", "big5", "shift_jis", "euc_jp", "euc_kr",
]  # fmt: skip
NON_ASCII = re.compile(r"[^\x00-\x7f]")
WESTERN = re.compile(r"[àâäáãåæçéèêëíìîïñóòôöøœúùûüßÀÂÄÁÃÅÆÇÉÈÊËÍÎÏÑÓÔÖØŒÚÜ«»“”‘’„‚–—…€£§©®°·•¡¿ºª\xa0]")
"""Non-ASCII characters of Western European text; other languages misread as Windows-1252 contain other ones."""
MAX_WESTERN_NON_ASCII_SHARE = 0.2
"""Largest share of non-ASCII characters in Western prose; text in another script has more."""
MIN_NON_ASCII_BYTES = 8
"""Fewest non-ASCII bytes for a guess, because a wrong guess would change the words of an article."""
WEB_ENCODINGS = {
    "iso-8859-1": "cp1252", "iso8859-1": "cp1252", "latin-1": "cp1252", "latin1": "cp1252", "us-ascii": "cp1252",
    "ascii": "cp1252", "gb2312": "gb18030", "gbk": "gb18030",
}  # fmt: skip
"""Encoding that each declaration means in practice, as in the WHATWG Encoding Standard."""
KNOWN_ENCODING_NAME = re.compile(r"(?:iso|windows|cp\d|koi8|gb|big5|shift|sjis|euc|mac|latin|us-ascii|ascii)")
"""Prefixes of text encoding names; Python also has other codecs, such as one that evaluates escapes."""
UNPRINTABLE = re.compile(r"[\x00-\x08\x0e-\x1a\x1c-\x1f]")
"""Control characters, without U+0080 to U+009F, which occur where Windows-1252 was read as Latin-1."""
SAMPLE_BYTES = 4096
DECLARED = re.compile(rb"""(?:charset\s*=\s*["']?|<\?xml[^>]{0,80}encoding\s*=\s*["'])([A-Za-z0-9._:-]{2,40})""")


def decode(raw: bytes, name: str, declared: str | None = None, *, keep_mark: bool = False) -> str:
    """Decode `raw`, with line ends unchanged; `keep_mark` keeps a UTF-8 byte order mark, so that offsets count it.

    Raises:
        UnreadableFile: the content is empty, binary, without words, or in an unknown encoding.
    """
    if not raw.strip():
        raise UnreadableFile(f"{name!r} is empty")
    text = _decoded(raw, name, declared)
    if UNPRINTABLE.search(text[: 4 * SAMPLE_BYTES]) and _share_unprintable(text[: 4 * SAMPLE_BYTES]) > 0.002:
        raise UnreadableFile(f"{name!r} is not text: it has binary content")
    if "\x00" in text:
        raise UnreadableFile(f"{name!r} is not text: it has binary content")
    if not any(character.isalnum() for character in text):
        raise UnreadableFile(f"{name!r} has no words in it")
    return text if keep_mark else text.removeprefix("\ufeff")


def declared_in(raw: bytes) -> str | None:
    """Return the encoding that an HTML or XML file declares in its first bytes."""
    found = DECLARED.search(raw[:SAMPLE_BYTES])
    return found[1].decode("ascii") if found else None


def _decoded(raw: bytes, name: str, declared: str | None) -> str:
    for encoding in _certain(raw):
        if (text := _strictly(raw, encoding)) is not None:
            return text
    if b"\x00" in raw:
        raise UnreadableFile(f"{name!r} is not text: it has binary content")
    if declared and (text := _as_declared(raw, declared)) is not None:
        return text
    return _guessed(raw, name)


def _certain(raw: bytes) -> list[str]:
    for mark, encoding in BYTE_ORDER_MARKS:
        if raw.startswith(mark):
            return ["utf-8"] if encoding == "utf-8-sig" else [encoding]
    sample = raw[: SAMPLE_BYTES - SAMPLE_BYTES % 2]
    if sample[1::2].count(0) > len(sample) * 0.4 and not sample[::2].count(0):
        return ["utf-16-le"]
    if sample[::2].count(0) > len(sample) * 0.4 and not sample[1::2].count(0):
        return ["utf-16-be"]
    return ["utf-8"]


def _as_declared(raw: bytes, declared: str) -> str | None:
    name = declared.strip().lower()
    return _strictly(raw, WEB_ENCODINGS.get(name, name)) if KNOWN_ENCODING_NAME.match(name) else None


def _guessed(raw: bytes, name: str) -> str:
    western = _strictly(raw, "cp1252")
    if western is not None and _is_western(western):
        return western
    if sum(byte > 0x7F for byte in raw[: 64 * SAMPLE_BYTES]) < MIN_NON_ASCII_BYTES:
        raise UnreadableFile(f"{name!r} is not UTF-8 text, and too short to detect its encoding; convert it to UTF-8")
    best = from_bytes(raw[: 64 * SAMPLE_BYTES], cp_isolation=CANDIDATE_ENCODINGS).best()
    if best is not None and (text := _strictly(raw, best.encoding)) is not None:
        return text
    raise UnreadableFile(f"{name!r} is not UTF-8 text, and its encoding cannot be detected; convert it to UTF-8")


def _is_western(text: str) -> bool:
    non_ascii = NON_ASCII.findall(text)
    return len(non_ascii) <= MAX_WESTERN_NON_ASCII_SHARE * len(text) and all(
        WESTERN.match(character) for character in set(non_ascii)
    )


def _strictly(raw: bytes, encoding: str) -> str | None:
    try:
        return raw.decode(encoding)
    except (UnicodeError, LookupError):
        return None


def _share_unprintable(text: str) -> float:
    return len(UNPRINTABLE.findall(text)) / max(1, len(text))
