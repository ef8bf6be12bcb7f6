"""E-mails are read as their reader saw them, and what came with them is handed on as files."""

from __future__ import annotations

import time
import tracemalloc
from email.message import EmailMessage
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from rag.errors import DamagedFile, EncryptedForOthers, NothingToRead
from rag.reading.mail import read_mail, read_mailbox
from rag.reading.outlook import read_outlook
from storage.records import PageUnit

if TYPE_CHECKING:
    from rag.reading.blocks import Reading

ODD = Path(__file__).resolve().parents[3] / ".." / "shared" / "data" / "odd"
needs_odd = pytest.mark.skipif(not ODD.is_dir(), reason="the shared data is not beside this checkout")

HEAD = b"From: Ada <ada@example.com>\r\nTo: Bob <bob@example.com>\r\nSubject: Rent\r\n"


def mail(tmp_path: Path, data: bytes, name: str = "letter.eml") -> Reading:
    (tmp_path / name).write_bytes(data)
    return read_mail(tmp_path / name, name)


def text_of(reading: Reading) -> str:
    (read,) = reading.pages
    return read.page.text


def attached(reading: Reading) -> list[tuple[str, bytes]]:
    list(reading.pages)
    return [(attachment.name, attachment.data) for attachment in reading.attachments]


def letter(subject: str = "Rent") -> EmailMessage:
    message = EmailMessage()
    message["From"], message["To"], message["Subject"] = "Ada <ada@example.com>", "Bob <bob@example.com>", subject
    return message


def test_a_mail_says_who_wrote_to_whom_when_and_what(tmp_path: Path) -> None:
    """The head is one paragraph, and the paragraphs of the body follow, quoted history among them."""
    reading = mail(
        tmp_path,
        b'From: "Ada Lovelace" <ada@example.com>\nTo: bob@example.com\nX-Spam: no\n'
        b"Date: Fri, 8 May 2020 09:05:00 +0200\nSubject: =?utf-8?q?Miete_f=C3=BCr?= =?iso-8859-1?q?_M=E4rz?=\n\n"
        b"It is due.\nPlease pay.\n\n> When is it due?\n",
    )
    (read,) = reading.pages
    assert reading.title == "Miete für März"
    assert [read.page.text[block.start : block.end] for block in read.blocks] == [
        (
            "From: Ada Lovelace <ada@example.com>\nTo: bob@example.com\n"
            "Date: Friday, 8 May 2020, 09:05 (UTC+0200)\nSubject: Miete für März"
        ),
        "It is due.\nPlease pay.",
        "> When is it due?",
    ]


def test_of_two_versions_of_a_text_one_is_read(tmp_path: Path) -> None:
    """The plain one; the HTML one where the plain one only says that there is one, or nothing."""
    for plain, body in (
        ("The rent is 950 a month.", "The rent is 950 a month."),
        ("See https://example.com/in/your/browser", "Rent\n\nItem: Rent; Amount: 950\nItem: Heating; Amount: 120"),
        (" ", "Rent\n\nItem: Rent; Amount: 950\nItem: Heating; Amount: 120"),
    ):
        message = letter()
        message.set_content(plain)
        message.add_alternative(
            "<style>p{}</style><h1>Rent</h1><table><tr><th>Item<th>Amount<tr><td>Rent<td>950"
            "<tr><td>Heating<td>120</table>",
            subtype="html",
        )
        assert text_of(mail(tmp_path, message.as_bytes())).partition("Subject: Rent\n\n")[2] == body


def test_attachments_are_files_without_folders(tmp_path: Path) -> None:
    """Their names are decoded, an attached message is called by its subject, and one without a name gets one."""
    inner = letter("Quiet: hours")
    inner.set_content("From ten on.")
    message = letter()
    message.set_content("See below.")
    message.add_attachment(
        b"%PDF-1.7", maintype="application", subtype="pdf", filename="../secret/Mietvertrag März.pdf"
    )
    message.add_attachment(b"a,b", maintype="text", subtype="csv", filename="C:\\files\\costs.csv")
    message.add_attachment(inner)
    message.add_attachment(b"%PDF-1.4", maintype="application", subtype="pdf")
    files = attached(mail(tmp_path, message.as_bytes()))
    assert [name for name, _ in files] == [
        "Mietvertrag März.pdf",
        "costs.csv",
        "Quiet hours.eml",
        "attachment 4.pdf",
    ]
    assert files[0][1] == b"%PDF-1.7"
    assert text_of(mail(tmp_path, files[2][1], "inner.eml")).endswith("Subject: Quiet: hours\n\nFrom ten on.")


def test_logos_and_signatures_are_no_attachments(tmp_path: Path) -> None:
    """A picture that the text shows and a signature are what no mail program lists as files."""
    message = letter()
    message.set_content("<p>Hello</p><img src='cid:logo'>", subtype="html")
    message.add_related(b"\x89PNG", maintype="image", subtype="png", cid="<logo>", disposition="inline")
    message.add_attachment(b"sig", maintype="application", subtype="pgp-signature", filename="signature.asc")
    assert attached(mail(tmp_path, message.as_bytes())) == []


def test_lines_that_were_broken_only_for_the_way_are_joined(tmp_path: Path) -> None:
    """Each level of quoting by itself; the mark before a signature is no such line."""
    data = b"Content-Type: text/plain; format=flowed\n\nOne \nline.\n> Two \n> lines.\n-- \nAda"
    assert text_of(mail(tmp_path, HEAD + data)).endswith("One line.\n> Two lines.\n--\nAda")


@pytest.mark.parametrize(
    ("declared", "written"), [("us-ascii", "utf-8"), ("iso-8859-1", "cp1252"), ("x-unknown", "utf-8"), ("", "cp1252")]
)
def test_wrong_encodings_do_no_harm(declared: str, written: str, tmp_path: Path) -> None:
    """Neither in the body nor in a head that was never encoded."""
    head = f"Subject: Straße – neu\nContent-Type: text/plain; charset={declared}\n\n".encode(written)
    assert text_of(mail(tmp_path, head + "“Schöne” Grüße, 5 €".encode(written))) == (
        "Subject: Straße – neu\n\n“Schöne” Grüße, 5 €"
    )


def test_an_encrypted_mail_says_so(tmp_path: Path) -> None:
    """Only the program of the one it was written to can open it."""
    data = b"Content-Type: multipart/encrypted; boundary=x\n\n--x\nContent-Type: application/octet-stream\n\nabc\n--x--"
    with pytest.raises(EncryptedForOthers):
        mail(tmp_path, HEAD + data)


def test_a_mail_without_a_word_says_so(tmp_path: Path) -> None:
    """Neither head nor body."""
    with pytest.raises(NothingToRead):
        mail(tmp_path, b"X-Nothing: at all\n\n\n")


@pytest.mark.parametrize("depth", [300, 5_000])
def test_parts_nested_deep_end_no_reader(depth: int, tmp_path: Path) -> None:
    """However deep: the innermost text is read."""
    opening = b"".join(
        b"Content-Type: multipart/mixed; boundary=b%d\n\n--b%d\n" % (level, level) for level in range(depth)
    )
    assert "innermost" in text_of(mail(tmp_path, HEAD + opening + b"Content-Type: text/plain\n\ninnermost"))


@pytest.mark.parametrize(
    "rest",
    [
        b"Subject: " + b"=?utf-8?q?a?= " * 50_000 + b"\n\nend",
        b"Content-Type: multipart/mixed; boundary=x\n\n" + b"--x\nContent-Type: text/html\n\n<p>end\n" * 2_000,
    ],
)
def test_a_mail_made_to_take_forever_takes_seconds(rest: bytes, tmp_path: Path) -> None:
    """A subject of fifty thousand pieces, and two thousand pages in one message."""
    begun = time.monotonic()
    assert text_of(mail(tmp_path, rest)).endswith("end")
    assert time.monotonic() - begun < 10


@needs_odd
@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("multipart-depth-300.eml", "innermost text"),
        ("no-headers.eml", "just a body"),
        ("rfc2047-garbage.eml", "!!!not base64!!!"),
    ],
)
def test_mails_made_to_break_readers_are_read(name: str, text: str) -> None:
    """Nested, without a head, and with a head that no decoder takes; soon."""
    begun = time.monotonic()
    assert text_of(read_mail(ODD / "edge" / "eml" / name, name)).endswith(text)
    assert time.monotonic() - begun < 2


@needs_odd
@pytest.mark.parametrize(
    ("file", "title", "words"),
    [
        ("mail/emails__error_emails__bad_subject.eml", "MySurvey.com: You have a survey waiting! 91123105", "To take"),
        ("mail/emails__plain_emails__raw_email6.eml", "emails__plain_emails__raw_email6", "Envoyé par le service"),
        ("mail/emails__plain_emails__basic_email.eml", "Testing 123", "Date: Saturday, 22 November 2008, 15:04"),
        ("tika/test-incremental-updates.eml", "test incremental updates", "embedded pdf with incremental updates"),
    ],
)
def test_real_mails_are_read(file: str, title: str, words: str) -> None:
    """Subjects in many pieces, wrong encodings, dates in words."""
    path = ODD / "eml" / file
    reading = read_mail(path, path.name)
    assert reading.title == title
    assert words in text_of(reading)


# Mailboxes


def write_mailbox(path: Path, bodies: list[bytes]) -> Path:
    path.write_bytes(
        b"\n".join(
            b"From ada@example.com Mon Jun 01 10:00:00 2009\nFrom: ada@example.com\nSubject: Letter %d\n\n%s\n"
            % (number, body)
            for number, body in enumerate(bodies, start=1)
        )
    )
    return path


def test_the_messages_of_a_mailbox_are_its_pages(tmp_path: Path) -> None:
    """Labelled and headed by their subjects; a sentence that begins with "From " begins no message."""
    path = write_mailbox(tmp_path / "all.mbox", [b"Hello.\n\nFrom here on it rains.\n\n>From now on too.", b"Bye."])
    reading = read_mailbox(path, path.name)
    pages = list(reading.pages)
    assert (reading.unit, reading.page_count, reading.title) == (PageUnit.MESSAGE, 2, "all")
    assert [read.page.label for read in pages] == ["Letter 1", "Letter 2"]
    assert pages[0].page.text.endswith("Hello.\n\nFrom here on it rains.\n\nFrom now on too.")
    assert {block.headings for block in pages[1].blocks} == {("Letter 2",)}


def test_the_attachments_of_all_messages_are_handed_on(tmp_path: Path) -> None:
    """In their order, and only as they are asked for."""
    note = b"MIME-Version: 1.0\nContent-Type: text/csv; name=%d.csv\nContent-Disposition: attachment\n\na,b"
    head = b"From a@example.com Mon Jun 01 10:00:00 2009\nSubject: Costs\nContent-Type: multipart/mixed; boundary=x\n\n"
    path = tmp_path / "all.mbox"
    path.write_bytes(b"\n".join(head + b"--x\n" + note % number + b"\n--x--\n" for number in (1, 2)))
    assert [name for name, _ in attached(read_mailbox(path, path.name))] == ["1.csv", "2.csv"]


def test_a_mailbox_is_never_in_memory_as_a_whole(tmp_path: Path) -> None:
    """Reading twenty megabytes takes less than two."""
    path = write_mailbox(tmp_path / "large.mbox", [b"It is due. " * 9_000] * 200)
    assert path.stat().st_size > 19_000_000
    tracemalloc.start()
    try:
        assert sum(len(read.blocks) for read in read_mailbox(path, path.name).pages) == 400
        assert tracemalloc.get_traced_memory()[1] < 2_000_000
    finally:
        tracemalloc.stop()


def test_a_mailbox_without_a_message_says_so(tmp_path: Path) -> None:
    """White space is none."""
    (tmp_path / "none.mbox").write_bytes(b"\n \n")
    with pytest.raises(NothingToRead):
        read_mailbox(tmp_path / "none.mbox", "none.mbox")


# Outlook


@needs_odd
@pytest.mark.parametrize(
    ("file", "title", "words"),
    [
        ("poi/hsmf__ASCII_CP1251_LCID1049.msg", "Subject автоматически Subject", "Body автоматически Body"),
        ("poi/hsmf__53784_fails.msg", "Draft to La Tetra", "Date: Thursday, 21 June 2012, 14:14 (UTC+0000)"),
        ("poi/hsmf__example_sent_unicode.msg", "This is a test message please ignore", "Cc: 'nickb@alfresco.com'"),
        ("poi/hsmf__outlook_30_msg.msg", "IN-SPIRE servers going down for a bit, back up around 8am", "From: Cramer"),
        ("tika/test-outlook2003.msg", "Welcome to Microsoft Office Outlook 2003", "<olteam@microsoft.com>"),
        ("tika/testMSG_StickyNote.msg", "This is a note about the quick brown fox", "quick brown fox"),
    ],
)
def test_messages_of_outlook_are_read_like_any_other(file: str, title: str, words: str) -> None:
    """Of every age, in Unicode or an old encoding."""
    path = ODD / "msg" / file
    reading = read_outlook(path, path.name)
    assert reading.title == title
    assert words in text_of(reading)


@needs_odd
def test_files_in_a_message_of_outlook_come_out_whole() -> None:
    """A picture (a bitmap, whatever it is called) is as long as it says of itself."""
    path = ODD / "msg" / "poi" / "hsmf__example_sent_unicode.msg"
    ((name, data),) = attached(read_outlook(path, path.name))
    assert (name, data[:2]) == ("alfresco.gif", b"BM")
    assert int.from_bytes(data[2:6], "little") == len(data)


@needs_odd
@pytest.mark.parametrize("share", [0.0, 0.1, 0.5, 0.9])
def test_half_a_message_of_outlook_is_damaged_or_read_in_part(share: float, tmp_path: Path) -> None:
    """It ends in one of our own errors, never in a stranger's."""
    whole = (ODD / "msg" / "tika" / "test-outlook2003.msg").read_bytes()
    (tmp_path / "half.msg").write_bytes(whole[: int(len(whole) * share)] + b"\0")
    try:
        assert text_of(read_outlook(tmp_path / "half.msg", "half.msg"))
    except (DamagedFile, NothingToRead) as error:
        assert error.file == "half.msg"  # noqa: PT017  (either is right)
