"""Files inside files become documents of their own, within limits; what nobody could read is passed over."""

from __future__ import annotations

import asyncio
import time
from contextlib import aclosing
from dataclasses import replace
from email.message import EmailMessage
from typing import TYPE_CHECKING

import pytest

from rag.errors import FileTooLarge, ReaderDied
from rag.events import FileCancelled, FileFailed, FileFinished, FileSkipped, FileStarted, IngestEvent
from rag.inner_files import DEEPEST, MOST_FILES, InnerFiles
from rag.reading.blocks import Attachment
from rag.reading_process import Reader
from rag.sentences import sentence_for
from rag.source import Source
from tests.documents import LEASE, make_encrypted_pdf, make_pdf
from tests.rag.ingest_bench import of

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from storage.library import AddStatus
    from storage.records import NewDocument
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
    """Under the name of both; the mail's own text is a document too, the last one, and no copy is left behind."""
    plan = make_pdf(bench.folder / "plan.pdf", [LEASE]).read_bytes()
    offer = bench.folder / "offer.eml"
    offer.write_bytes(
        mail("Our offer", "The plan is attached.", ("plan.pdf", plan), ("fonts.joboptions", b"x"), ("none.txt", b" "))
    )
    events = bench.read(offer)
    assert [event.file for event in of(events, FileFinished)] == [f"{offer} › plan.pdf", str(offer)]
    assert of(events, FileSkipped) == []
    assert sorted(document.name for document in bench.library.documents()) == ["offer.eml", "plan.pdf"]
    assert not list((bench.library.folder / "originals").glob("arriving-*"))


def test_a_mail_is_there_only_when_all_that_it_holds_is(bench: Bench) -> None:
    """Or a program that is killed in between would find it unchanged afterwards, and never read the rest."""
    seen: list[set[str]] = []
    add = bench.library.add

    def watched(batch: Sequence[NewDocument]) -> tuple[AddStatus, ...]:
        statuses = add(batch)
        seen.append({document.name for document in bench.library.documents()})
        return statuses

    notes = [(f"{number}.txt", f"Note {number}.".encode()) for number in range(40)]
    inner = mail("Inner", "See the notes.", *notes)
    (bench.folder / "outer.eml").write_bytes(mail("Outer", "Forwarded.", ("inner.eml", inner)))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(bench.library, "add", watched)
        bench.read(bench.folder / "outer.eml")
    assert len(seen) > 1
    whole = {"outer.eml", "inner.eml", *(name for name, _ in notes)}
    assert seen[-1] == whole
    assert all("outer.eml" not in before for before in seen if not before >= whole - {"outer.eml"})


def test_who_gives_a_mail_up_gives_up_what_it_holds(bench: Bench) -> None:
    """Those inside it that are being read, and those that wait."""
    path = bench.folder / "offer.eml"
    path.write_bytes(mail("Our offer", "See the notes.", ("1.txt", b"The first."), ("2.txt", b"The second.")))
    other = bench.write("other.txt")
    sources = [replace(Source.on_disk(path), key="a"), replace(Source.on_disk(other), key="b")]

    async def cancelled() -> list[IngestEvent]:
        events = []
        async for event in bench.ingester.ingest(sources):
            events.append(event)
            if isinstance(event, FileStarted) and event.file.endswith("1.txt"):
                bench.ingester.cancel("a")
        return events

    events = asyncio.run(cancelled())
    assert [event.file for event in of(events, FileCancelled)][:2] == [str(path), f"{path} › 1.txt"]
    assert [event.file for event in of(events, FileFinished)] == [str(other)]
    assert [document.name for document in bench.library.documents()] == ["other.txt"]
    assert not list((bench.library.folder / "originals").glob("arriving-*"))


def test_what_was_taken_out_for_nothing_goes(bench: Bench) -> None:
    """Where the mail is given up while its files are taken out of it."""
    path = bench.folder / "offer.eml"
    path.write_bytes(mail("Our offer", "See the notes.", ("1.txt", b"The first."), ("2.txt", b"The second.")))
    originals, lay_by = bench.library.originals, bench.library.originals.lay_by

    async def cancelled() -> list[IngestEvent]:
        loop = asyncio.get_running_loop()

        def give_up(data: bytes, name: str) -> Path:
            place = lay_by(data, name)
            loop.call_soon_threadsafe(bench.ingester.cancel, "a")
            time.sleep(0.2)
            return place

        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(originals, "lay_by", give_up)
            return [event async for event in bench.ingester.ingest([replace(Source.on_disk(path), key="a")])]

    assert [event.file for event in of(asyncio.run(cancelled()), FileCancelled)] == [str(path)]
    assert not [path for path in (bench.library.folder / "originals").rglob("*") if path.is_file()]


def test_who_leaves_off_leaves_nothing_that_was_taken_out(bench: Bench) -> None:
    """The next start reads the mail again, and takes it out anew."""
    path = bench.folder / "offer.eml"
    path.write_bytes(mail("Our offer", "See the notes.", ("1.txt", b"The first."), ("2.txt", b"The second.")))

    async def left() -> None:
        async with aclosing(bench.ingester.ingest([Source.on_disk(path)])) as events:
            async for event in events:
                if isinstance(event, FileStarted) and event.file.endswith("1.txt"):
                    return

    asyncio.run(left())
    assert not list((bench.library.folder / "originals").glob("arriving-*"))


def test_mails_of_one_name_do_not_share_a_limit(bench: Bench) -> None:
    """In the queue a file is known by its key: every saved mail may be called "message.eml"."""
    files = InnerFiles(bench.library.originals, megabytes=1)
    for key in ("a", "b"):
        holder = replace(Source.on_disk(bench.folder / "message.eml"), key=key)
        assert len(list(files.of(holder, [Attachment("a.txt", b"x" * 600_000)]))) == 1


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


def test_a_mail_that_cannot_be_taken_apart_comes_in_without_the_rest(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What it says itself has been read by then, and what is missing is said."""
    taken = Reader._attachments

    def dying(reader: Reader, path: Path, name: str) -> Iterator[Attachment]:
        for attachment in taken(reader, path, name):
            yield attachment
            reader.process.stop()

    monkeypatch.setattr(Reader, "_attachments", dying)
    path = bench.folder / "offer.eml"
    path.write_bytes(mail("Our offer", "See the notes.", ("1.txt", b"The first."), ("2.txt", b"The second.")))
    events = bench.read(path)
    assert sorted(document.name for document in bench.library.documents()) == ["1.txt", "offer.eml"]
    assert [(event.file, event.reason) for event in of(events, FileSkipped)] == [
        (f"{path} › …", sentence_for(ReaderDied("offer.eml")))
    ]
    assert of(events, FileFailed) == []


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
