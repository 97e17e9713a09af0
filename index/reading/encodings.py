"""Bytes as text, whatever they are declared to be.

The rule, first match wins: a byte order mark; UTF-16 known by its zero bytes; UTF-8, which nothing else looks like by
chance; what is declared, when it decodes; Windows-1252, when that gives Western letters only; then what
charset-normalizer finds among the encodings in use. UTF-8 comes before what is declared, because it never occurs by
chance and declarations lie.
"""

import codecs
import re

from charset_normalizer import from_bytes

from index.errors import UnreadableFile

MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
COMMON = [
    "cp1252", "cp1250", "cp1251", "cp1253", "cp1254", "cp1255", "cp1256", "cp1257", "koi8_r", "cp866", "iso8859_2",
    "gb18030", "big5", "shift_jis", "euc_jp", "euc_kr",
]  # fmt: skip
BEYOND = re.compile(r"[^\x00-\x7f]")
WESTERN = re.compile(r"[àâäáãåæçéèêëíìîïñóòôöøœúùûüßÀÂÄÁÃÅÆÇÉÈÊËÍÎÏÑÓÔÖØŒÚÜ«»“”‘’„‚–—…€£§©®°·•¡¿ºª\xa0]")
"""What Western Europe writes: Polish, Czech, Turkish or Russian read as Western gives other characters too."""
MOST = 0.2
"""Share of such characters that Western prose does not reach; text in another script does."""
TELLING = 8
"""Bytes beyond ASCII that a guess needs: a wrong one would put other words into an article."""
WEB = {"iso-8859-1": "cp1252", "iso8859-1": "cp1252", "latin-1": "cp1252", "latin1": "cp1252", "us-ascii": "cp1252",
       "ascii": "cp1252", "gb2312": "gb18030", "gbk": "gb18030"}  # fmt: skip
"""What software that declares the first in truth writes (the Encoding Standard reads them so too)."""
DECLARABLE = re.compile(r"(?:iso|windows|cp\d|koi8|gb|big5|shift|sjis|euc|mac|latin|us-ascii|ascii)")
"""Encodings that people use; Python knows others by name, such as one that runs escapes."""
UNPRINTABLE = re.compile(r"[\x00-\x08\x0e-\x1a\x1c-\x1f]")
"""What text does not hold; U+0080 to U+009F it does, where somebody took Windows-1252 for Latin-1."""
SAMPLE = 4096
DECLARED = re.compile(rb"""(?:charset\s*=\s*["']?|<\?xml[^>]{0,80}encoding\s*=\s*["'])([A-Za-z0-9._:-]{2,40})""")


def decode(raw: bytes, name: str, declared: str | None = None, *, keep_mark: bool = False) -> str:
    """The text of `raw`, line ends as they are; `keep_mark` keeps a UTF-8 mark, so that spans count from it.

    Raises:
        UnreadableFile: it is empty, binary, has no words, or is in no encoding that can be told.
    """
    if not raw.strip():
        raise UnreadableFile(f"{name!r} is empty")
    text = _decoded(raw, name, declared)
    if UNPRINTABLE.search(text[: 4 * SAMPLE]) and _share_unprintable(text[: 4 * SAMPLE]) > 0.002:
        raise UnreadableFile(f"{name!r} is not text: it has binary content")
    if "\x00" in text:
        raise UnreadableFile(f"{name!r} is not text: it has binary content")
    if not any(character.isalnum() for character in text):
        raise UnreadableFile(f"{name!r} has no words in it")
    return text if keep_mark else text.removeprefix("\ufeff")


def declared_in(raw: bytes) -> str | None:
    """The encoding that a page or an XML file declares in its first bytes."""
    found = DECLARED.search(raw[:SAMPLE])
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
    for mark, encoding in MARKS:
        if raw.startswith(mark):
            return ["utf-8"] if encoding == "utf-8-sig" else [encoding]
    sample = raw[: SAMPLE - SAMPLE % 2]
    if sample[1::2].count(0) > len(sample) * 0.4 and not sample[::2].count(0):
        return ["utf-16-le"]
    if sample[::2].count(0) > len(sample) * 0.4 and not sample[1::2].count(0):
        return ["utf-16-be"]
    return ["utf-8"]


def _as_declared(raw: bytes, declared: str) -> str | None:
    name = declared.strip().lower()
    return _strictly(raw, WEB.get(name, name)) if DECLARABLE.match(name) else None


def _guessed(raw: bytes, name: str) -> str:
    western = _strictly(raw, "cp1252")
    if western is not None and _is_western(western):
        return western
    if sum(byte > 0x7F for byte in raw[: 64 * SAMPLE]) < TELLING:
        raise UnreadableFile(f"{name!r} is not UTF-8 text, and too short to tell what it is; convert it to UTF-8")
    best = from_bytes(raw[: 64 * SAMPLE], cp_isolation=COMMON).best()
    if best is not None and (text := _strictly(raw, best.encoding)) is not None:
        return text
    raise UnreadableFile(f"{name!r} is not UTF-8 text, and its encoding cannot be told; convert it to UTF-8")


def _is_western(text: str) -> bool:
    beyond = BEYOND.findall(text)
    return len(beyond) <= MOST * len(text) and all(WESTERN.match(character) for character in set(beyond))


def _strictly(raw: bytes, encoding: str) -> str | None:
    try:
        return raw.decode(encoding)
    except (UnicodeError, LookupError):
        return None


def _share_unprintable(text: str) -> float:
    return len(UNPRINTABLE.findall(text)) / max(1, len(text))
