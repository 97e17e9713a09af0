"""Mail: a message with what hangs on it, without the history that it quotes."""

from email.message import EmailMessage

import pytest

from index.reading import RawFile, read_raw
from index.types import Article
from tests.test_documents import PROSE, SECOND, THIRD, body, read, read_all, rtf, word


def mail(subject: str, text: str, **attached: bytes) -> bytes:
    message = EmailMessage()
    message["From"], message["Subject"], message["Date"] = (
        "Tom Vale <t@a.org>",
        subject,
        "Wed, 5 Mar 2025 10:00:00 +0000",
    )
    message.set_content(text)
    for name, content in attached.items():
        message.add_attachment(content, maintype="application", subtype="octet-stream", filename=name.replace("_", "."))
    return message.as_bytes()


PAGE = f"<html><body><article><h1>Dam</h1><p>{SECOND}</p><p>{SECOND}</p></article></body></html>".encode()


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("a_txt", SECOND.encode()),
        ("a_docx", word(SECOND)),
        ("a_html", PAGE),
        ("a_eml", mail("Dam", SECOND)),
        ("a_rtf", rtf(SECOND).encode()),
        ("a_md", SECOND.encode()),
    ],
)
def test_attachments_are_articles_of_their_own(name: str, content: bytes) -> None:
    first, second = read_all(mail("Pump", PROSE, **{name: content}), ".eml")
    assert body(first) == [PROSE]
    assert SECOND in body(second)
    assert first.id != second.id


def test_an_attached_mail_keeps_its_own_author() -> None:
    inner, message = EmailMessage(), EmailMessage()
    inner["From"], inner["Subject"], inner["Date"] = "Ann Poe <a@a.org>", "Dam", "Mon, 3 Mar 2025 10:00:00 +0000"
    inner.set_content(SECOND)
    message["From"], message["Subject"] = "Tom Vale <t@a.org>", "See this"
    message.set_content(PROSE)
    message.add_attachment(inner)
    first, second = read_all(message.as_bytes(), ".eml")
    assert (first.source.author.value, second.source.author.value) == ("Tom Vale", "Ann Poe")
    assert second.source.published.value == "2025-03-03"


def test_an_attachment_that_is_not_read_is_named() -> None:
    content = mail("Pump", PROSE, photo_jpg=b"\xff\xd8\xff\xe0 picture")
    found = list(read_raw(RawFile(id="a", name="a.eml", content=content, suffix=".eml")))
    assert [type(each) is Article for each in found] == [True, False]
    assert "photo.jpg" in str(found[1])


HISTORY = [
    f"On Mon, 3 Mar 2025 at 10:00, Ann Poe <ann@a.org> wrote:\n> {SECOND}\n> {THIRD}",
    f"On Mon, 3 Mar 2025 at 10:00,\nAnn Poe <ann@a.org> wrote:\n\n> {SECOND}",
    f"-----Original Message-----\nFrom: Ann Poe\nSent: Monday, March 3, 2025\nTo: Tom\nSubject: Dam\n\n{SECOND}",
    f"Am 03.03.2025 um 10:00 schrieb Ann Poe <ann@a.org>:\n> {SECOND}",
    f"Le lun. 3 mars 2025 à 10:00, Ann Poe <ann@a.org> a écrit :\n> {SECOND}",
    f"________________________________\nFrom: Ann Poe <ann@a.org>\nSent: Monday\nTo: Tom\nSubject: Dam\n\n{SECOND}",
    f"> {SECOND}\n>> {THIRD}",
    f"From: Ann Poe <ann@a.org>\nSent: Monday, March 3, 2025 10:00 AM\nTo: Tom Vale\nSubject: Dam\n\n{SECOND}",
    f"Von: Ann Poe\nGesendet: Montag, 3. März 2025 10:00\nAn: Tom Vale\nBetreff: Dam\n\n{SECOND}\n\n{THIRD}",
    f"De\xa0: Ann Poe\nEnvoyé\xa0: lundi 3 mars 2025 10:00\nÀ\xa0: Tom Vale\nObjet\xa0: Dam\n\n{SECOND}",
    f"-----Message d’origine-----\nDe: Ann Poe\nDate: lundi 3 mars 2025\nÀ: Tom\nObjet: Dam\n\n{SECOND}",
    f"On Monday, March 3, 2025 at 10:00 AM Ann Poe\n<ann@a.org> wrote:\n\n{SECOND}\n\n{THIRD}",
    f"Le 3 mars 2025 à 10:00, Ann Poe\n<ann@a.org> a écrit\xa0:\n\n{SECOND}",
    f"El lun, 3 mar 2025 a las 10:00, Ann Poe (<ann@a.org>) escribió:\n\n> {SECOND}",
    f"Ma 3. maaliskuuta 2025 klo 10.00\nAnn Poe (ann@a.org) kirjoitti:\n> {SECOND}\n>\n> {THIRD}",
]


@pytest.mark.parametrize("history", HISTORY)
def test_quoted_history_is_not_the_senders_own_words(history: str) -> None:
    article = read(mail("Re: Dam", f"{PROSE}\n\n{history}\n"), ".eml")
    assert body(article) == [PROSE]
    assert article.source.author.value == "Tom Vale"
    assert body(read(mail("Re: Dam", f"{PROSE}\n{history}\n"), ".eml")) == [PROSE]


ROWS = "<b>{}</b> Ann Poe &lt;ann@a.org&gt;<br><b>{}</b> {}<br><b>{}</b> Tom Vale<br><b>{}</b> Dam breaks"

HEADERS = [
    ROWS.format("From:", "Sent:", "Monday, March 3, 2025 10:00 AM", "To:", "Subject:"),
    ROWS.format("Von:", "Gesendet:", "Montag, 3. März 2025 10:00", "An:", "Betreff:"),
    ROWS.format("De&nbsp;:", "Envoyé&nbsp;:", "lundi 3 mars 2025 10:00", "À&nbsp;:", "Objet&nbsp;:"),
]

WROTE = "On 3 Mar 2025, at 10:00, Ann Poe &lt;ann@a.org&gt; wrote:"

PAGE_HISTORY = [
    *(f"<div><p>{each}</p></div><p>{SECOND}</p><p>{THIRD}</p>" for each in HEADERS),
    f'<hr><div id="divRplyFwdMsg"><font>{HEADERS[0]}</font></div><div>{SECOND}</div>',
    f'<div class="gmail_quote"><p>{WROTE}</p><blockquote class="gmail_quote"><p>{SECOND}</p></blockquote></div>',
    f'<div><br><blockquote type="cite"><div>{WROTE}</div><br><div>{SECOND}</div></blockquote></div>',
    f'<div class="moz-cite-prefix">{WROTE}<br></div><blockquote type="cite"><p>{SECOND}</p></blockquote>',
]


def page_mail(subject: str, html: str) -> Article:
    message = EmailMessage()
    message["From"], message["Subject"] = "Tom Vale <t@a.org>", subject
    message.set_content(f"<html><body>{html}</body></html>", subtype="html")
    return read(message.as_bytes(), ".eml")


@pytest.mark.parametrize("history", PAGE_HISTORY)
def test_quoted_history_of_a_page_is_not_the_senders_own_words(history: str) -> None:
    assert body(page_mail("Re: Dam", f"<div><p>{PROSE}</p></div>{history}")) == [PROSE]
    assert body(page_mail("Re: Dam", f"<div>{THIRD}</div>{history}")) == [THIRD]


def test_answers_between_quotations_are_the_senders_own() -> None:
    quoted = f'<blockquote type="cite"><p>{SECOND}</p></blockquote>'
    html = f"<p>{WROTE}</p>{quoted}<p>{PROSE}</p>{quoted}<p>{THIRD}</p>"
    assert body(page_mail("Re: Dam", html)) == [PROSE, THIRD]


def test_a_quotation_that_is_no_mail_is_the_senders_own() -> None:
    html = f"<p>{PROSE}</p><blockquote><p>{SECOND}</p></blockquote><p>{THIRD}</p>"
    assert body(page_mail("Dam", html)) == [PROSE, SECOND, THIRD]


def test_lines_that_were_broken_for_transport_are_one() -> None:
    message = EmailMessage()
    message["From"], message["Content-Type"] = "Tom Vale <t@a.org>", 'text/plain; charset="utf-8"; format=flowed'
    text = PROSE.replace("night, ", "night, \n").replace(" within", " \nwithin")
    content = message.as_bytes() + f"{text}\n\n{SECOND.replace('Tuesday ', chr(10).join(('Tuesday ', '')))}\n".encode()
    assert body(read(content, ".eml")) == [PROSE, SECOND]


def test_words_below_a_quotation_are_the_senders_own() -> None:
    assert body(read(mail("Re: Dam", f"{HISTORY[0]}\n\n{PROSE}\n"), ".eml")) == [PROSE]
    assert body(read(mail("Re: Dam", f"> {SECOND}\n{PROSE}\n> {THIRD}\n{PROSE}\n"), ".eml")) == [PROSE, PROSE]


def quoted(text: str) -> str:
    return "\n".join(f"> {line}" for line in text.split("\n"))


HEADER = "From: Ann Poe <ann@a.org>\nDate: Mon, 3 Mar 2025 at 10:00\nSubject: Dam breaks\nTo: Tom Vale <t@a.org>"


@pytest.mark.parametrize(
    ("subject", "text"),
    [
        ("Fwd: Dam breaks", f"See below.\n\n---------- Forwarded message ---------\n{HEADER}\n\n\n{PROSE}\n\n{SECOND}"),
        ("FW: Dam breaks", f"-----Original Message-----\n{HEADER.replace('Date', 'Sent')}\n\n{PROSE}\n\n{SECOND}"),
        (
            "Dam",
            "Begin forwarded message:\n\n"
            f"{HEADER.replace('From:', '*From:*').replace('Date:', '*Date:*')}\n\n{PROSE}\n\n{SECOND}",
        ),
        (
            "WG: Dam",
            "Von: Ann Poe\nGesendet: Montag, 3. März 2025 10:00\nAn: Tom\nBetreff: Dam breaks\n\n"
            + f"{PROSE}\n\n{SECOND}",
        ),
        (
            "Fwd: Dam breaks",
            "From: Ann Poe [mailto:ann@a.org]\nSent: Monday, March 3, 2025 10:00 AM\nSubject: Dam breaks\n\n"
            f"{PROSE}\n\n{SECOND}",
        ),
        ("Fwd: Dam", "See below.\n\n" + quoted(f"Begin forwarded message:\n\n{HEADER}\n\n{PROSE}\n\n{SECOND}")),
        ("Fw: Dam", f"------- Forwarded Message -------\n{HEADER}\n\n" + quoted(f"{PROSE}\n\n{SECOND}")),
        (
            "TR: Dam",
            "-------- Courriel transféré --------\nSujet : Dam breaks\nDate : lundi 3 mars 2025 10:00\nDe : Ann Poe\n"
            f"Pour : Tom Vale\n\n\n{PROSE}\n\n{SECOND}",
        ),
        *(("Fwd: Dam", f"<p>See below.</p><div><p>{each}</p></div><p>{PROSE}</p><p>{SECOND}</p>") for each in HEADERS),
        (
            "Fwd: Dam",
            '<div>See below.<blockquote type="cite"><div>Begin forwarded message:</div><br>'
            f"<div>{HEADERS[0]}</div><br><div><p>{PROSE}</p><p>{SECOND}</p></div></blockquote></div>",
        ),
    ],
)
def test_a_forwarded_mail_has_its_authors_name_and_date(subject: str, text: str) -> None:
    article = page_mail(subject, text) if text.startswith("<") else read(mail(subject, text), ".eml")
    source = article.source
    assert (source.author.value, source.published.value) == ("Ann Poe", "2025-03-03")
    assert source.title.value == "Dam breaks"
    assert body(article) == [PROSE, SECOND]
