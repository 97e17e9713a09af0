"""Malformed files of every kind: no crash, no partial article, always one line with the reason."""

import random
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from evals.studies.newsroom.metadata import read_metadata_cases
from index.errors import InputError
from index.reading import SUFFIXES, RawFile, read_raw
from index.types import Article
from tests.test_file_readers import PAGE, STORY, pdf

WHOLE = {
    ".txt": STORY.encode(),
    ".md": f"---\ntitle: A\n---\n# A\n\n{STORY}\n".encode(),
    ".html": PAGE.encode(),
    ".pdf": pdf(STORY, STORY[::-1]),
    ".json": b'{"articles": [{"title": "A", "text": "One story."}, {"id": "b", "text": "Another."}]}',
    ".jsonl": b'{"id": "a", "text": "One story."}\n{"id": "b", "text": "Another."}\n',
    ".csv": f'id,title,text\n1,A,"{STORY}"\n2,B,"{STORY}"\n'.encode(),
    ".xml": f"<rss version='2.0'><channel><title>G</title><item><title>A</title><guid>1</guid><description>{STORY}"
    "</description></item></channel></rss>".encode(),
    ".eml": f"From: A <a@x.example>\nSubject: A\nDate: Tue, 12 Mar 2024 20:00:00 +0100\n\n{STORY}\n".encode(),
    ".mbox": f"From a Mon\nFrom: A <a@x.example>\n\n{STORY}\n\nFrom b Tue\nSubject: B\n\n{STORY}\n".encode(),
}
BY_HAND = {
    "empty": b"",
    "spaces": b"  \n\t ",
    "zeros": b"\x00" * 64,
    "half a mark": b"\xff",
    "utf-16 cut": "Wörter".encode("utf-16")[:-1],
    "deep json": b"[" * 100_000,
    "deep html": b"<html>" + b"<div>" * 20_000 + b"words",
    "deep yaml": b"---\na: " + b"[" * 20_000 + b"\n---\nwords and words\n",
    "yaml bomb": b"---\na: &a [x,x]\nb: &b [*a,*a]\nc: &c [*b,*b]\ntitle: *c\n---\nWords are here.\n",
    "yaml python": b"---\ntitle: !!python/object/apply:os.system ['true']\n---\nWords are here.\n",
    "entity bomb": b'<?xml version="1.0"?><!DOCTYPE l [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;">]><rss><channel><item>'
    b"<title>&b;</title></item></channel></rss>",
    "entity file": b'<?xml version="1.0"?><!DOCTYPE l [<!ENTITY a SYSTEM "file:///etc/passwd">]><rss><channel><item>'
    b"<title>&a;</title><description>&a; words of it</description></item></channel></rss>",
    "marked section": b"<html><![\n<![if x]><p>words",
    "bad references": b"<html><body><p>&#xD800; &#1114112; &#0; words</p></body></html>",
    "json surrogate": b'{"id": "a", "text": "half \\ud800 of a character"}',
    "json numbers": b'{"id": 1e999, "text": NaN}',
    "json list of lists": b"[[[]], 1, null, true]",
    "long number": b'{"id": ' + b"9" * 5000 + b', "text": "words"}',
    "csv quotes": b'id,text\n1,"never closed\n2,words\n',
    "csv zero": b"id,text\n1,a\x00b\n",
    "mail charset": b"Subject: =?x-none?q?=FF?=\nContent-Type: text/plain; charset=nonsense\n\nwords \xff\n",
    "mail parts": b"Subject: a\nContent-Type: multipart/mixed; boundary=\n\n--\n--\n",
    "mail date": b"Subject: a\nDate: Tue, 99 Foo 99999 99:99\n\nwords that are here\n",
    "pdf header": b"%PDF-1.7\n%%EOF",
    "pdf loop": b"%PDF-1.4\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj\n"
    b"2 0 obj<</Type/Pages/Kids[2 0 R]/Count 1>>endobj\ntrailer<</Root 1 0 R>>\n%%EOF",
    "ld types": b'<html><script type="application/ld+json">[{"@type":["NewsArticle",3],"author":[[{}],5,null],'
    b'"publisher":[],"headline":{"a":1},"datePublished":7}]</script><p>words</p></html>',
}


def check(suffix: str, content: bytes) -> None:
    found = list(read_raw(RawFile(id="x", name=f"x{suffix}", content=content, suffix=suffix)))
    assert found, "neither an article nor a reason"
    for item in found:
        if isinstance(item, InputError):
            assert str(item).strip()
            continue
        assert isinstance(item, Article)
        assert item.text.strip()
        assert item.text.encode()
        assert item.body
        ends = [end for span in item.body for end in (span.start, span.end)]
        assert ends == sorted(ends)
        assert ends[-1] <= len(item.text)
        assert all(span.of(item.text).strip() for span in item.body)
        facts = (item.source.title, item.source.outlet, item.source.author, item.source.published)
        assert all("\n" not in (fact.value or "") for fact in facts)


def damaged(content: bytes, chance: random.Random) -> bytes:
    """Damage a file in one way: truncate it, or overwrite, drop, repeat, swap or insert a piece."""
    at, size = chance.randrange(len(content) + 1), chance.randrange(1, 40)
    match chance.randrange(6):
        case 0:
            return content[:at]
        case 1:
            return content[:at] + chance.randbytes(size) + content[at + size :]
        case 2:
            return content[:at] + content[at + size :]
        case 3:
            return content[:at] + content[at : at + size] * 3 + content[at:]
        case 4:
            return content[at:] + content[:at]
        case _:
            return content[:at] + chance.choice(list(BY_HAND.values()))[:2000] + content[at:]


@pytest.mark.parametrize("suffix", sorted(WHOLE))
@pytest.mark.parametrize("name", sorted(BY_HAND))
def test_hand_made_malformed_files(suffix: str, name: str) -> None:
    check(suffix, BY_HAND[name])


@pytest.mark.parametrize("suffix", sorted(WHOLE))
def test_damaged_files(suffix: str) -> None:
    chance = random.Random(suffix)
    for _ in range(40):
        check(suffix, damaged(WHOLE[suffix], chance))


def test_damaged_pages() -> None:
    chance = random.Random(7)
    for case in read_metadata_cases():
        check(".html", damaged(case.content.encode(), chance))


@settings(max_examples=200, deadline=None, derandomize=True, database=None, suppress_health_check=list(HealthCheck))
@given(suffix=st.sampled_from(SUFFIXES), content=st.binary(max_size=300) | st.text(max_size=300).map(str.encode))
def test_arbitrary_bytes(suffix: str, content: bytes) -> None:
    check(suffix, content)


def test_feeds_read_no_local_files_through_xml_entities() -> None:
    found = list(read_raw(RawFile(id="x", name="x", content=BY_HAND["entity file"], suffix=".xml")))
    secret = Path("/etc/passwd").read_text(encoding="utf-8").splitlines()[0]
    assert all(secret not in item.text for item in found if isinstance(item, Article))
