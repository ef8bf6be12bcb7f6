"""Files inside files become documents of their own, within limits; what nobody could read is passed over."""

from __future__ import annotations

from email.message import EmailMessage
from typing import TYPE_CHECKING

import pytest

from rag.errors import FileTooLarge
from rag.events import FileFailed, FileFinished, FileSkipped
from rag.inner_files import DEEPEST, MOST_FILES, InnerFiles
from rag.reading.blocks import Attachment
from rag.source import Source
from tests.documents import LEASE, make_encrypted_pdf, make_pdf
from tests.rag.ingest_bench import of

if TYPE_CHECKING:
    from pathlib import Path

    from tests.rag.ingest_bench import Bench


def mail(subject: str, text: str, *attached: tuple[str, bytes]) -> bytes:
    """An e-mail as it is sent."""
    message = EmailMessage()
    message["Subject"], message["From"], message["To"] = subject, "ada@example.com", "ben@example.com"
    message.set_content(text)
    for name, data in attached:
        message.add_attachment(data, maintype="application", subtype="octet-stream", filename=name)
    return message.as_bytes()


def test_what_is_attached_becomes_a_document(bench: Bench) -> None:
    """Under the name of both; the mail's own text is a document too, and no copy is left behind."""
    plan = make_pdf(bench.folder / "plan.pdf", [LEASE]).read_bytes()
    offer = bench.folder / "offer.eml"
    offer.write_bytes(
        mail("Our offer", "The plan is attached.", ("plan.pdf", plan), ("fonts.joboptions", b"x"), ("none.txt", b" "))
    )
    events = bench.read(offer)
    assert [event.file for event in of(events, FileFinished)] == [str(offer), f"{offer} › plan.pdf"]
    assert of(events, FileSkipped) == []
    assert sorted(document.name for document in bench.library.documents()) == ["offer.eml", "plan.pdf"]
    assert not list((bench.library.folder / "originals").glob("arriving-*"))


def test_a_mail_in_a_mail_gives_up_what_it_holds(bench: Bench) -> None:
    """Down to the fourth; the next version of one replaces it."""
    for amount in ("900", "950"):
        inner = mail("Inner", "See the note.", ("note.txt", f"The rent is {amount}.".encode()))
        (bench.folder / "outer.eml").write_bytes(mail("Outer", f"Forwarded, {amount}.", ("inner.eml", inner)))
        bench.read(bench.folder / "outer.eml")
    assert sorted(document.name for document in bench.library.documents()) == ["inner.eml", "note.txt", "outer.eml"]
    (note,) = [document for document in bench.library.documents() if document.name == "note.txt"]
    assert bench.library.page(note.id, 1).text == "The rent is 950."


def test_a_locked_file_in_a_mail_asks_for_nothing(bench: Bench) -> None:
    """There is nothing to try again with its password: the person can add it by itself."""
    locked = make_encrypted_pdf(bench.folder / "locked.pdf", key="secret").read_bytes()
    (bench.folder / "offer.eml").write_bytes(mail("Our offer", "See the file.", ("locked.pdf", locked)))
    (failed,) = of(bench.read(bench.folder / "offer.eml"), FileFailed)
    assert (failed.file.endswith("› locked.pdf"), failed.locked) == (True, False)


def test_a_mail_that_holds_too_much_says_so(bench: Bench) -> None:
    """What came before the limit is read."""
    files = InnerFiles(bench.library.originals, megabytes=1)
    holder = Source.on_disk(bench.folder / "offer.eml")
    found = files.of(holder, [Attachment("a.txt", b"x" * 600_000), Attachment("b.txt", b"y" * 600_000)])
    assert next(found).shown.endswith("offer.eml › a.txt")
    with pytest.raises(FileTooLarge, match="1 MB"):
        next(found)


def test_thousands_of_files_and_endless_depth_are_refused(bench: Bench, tmp_path: Path) -> None:
    """However small they are."""
    many = InnerFiles(bench.library.originals, megabytes=100)
    with pytest.raises(FileTooLarge, match=str(MOST_FILES)):
        list(many.of(Source.on_disk(tmp_path / "a.eml"), (Attachment(f"{n}.txt", b"x") for n in range(MOST_FILES + 1))))
    deep = Source.on_disk(tmp_path / "b.eml")
    for _ in range(DEEPEST):
        deep = Source.inside(deep, tmp_path / "inner", "inner.eml")
    with pytest.raises(FileTooLarge):
        list(many.of(deep, [Attachment("c.txt", b"x")]))
