"""PDFs are opened in a process of their own: what goes wrong there costs one file, and the next request works."""

from __future__ import annotations

import os
import signal
import threading
import time
from typing import TYPE_CHECKING

import pytest
from pypdf import PdfWriter
from pypdf.generic import ArrayObject, DictionaryObject, NameObject, NumberObject, TextStringObject

from rag.errors import DamagedFile, PasswordNeeded, ReaderDied
from rag.pdfium_process import PdfiumProcess
from rag.pypdf_reading import page_notes
from tests.documents import (
    LEASE,
    make_commented_pdf,
    make_contract_pdf,
    make_encrypted_pdf,
    make_form_pdf,
    make_pdf,
    make_slow_pdf,
)

if TYPE_CHECKING:
    from pathlib import Path


def test_tells_title_pages_and_outline(pdfium: PdfiumProcess, tmp_path: Path) -> None:
    """The facts of a PDF are there before any page is read."""
    facts = pdfium.facts(make_contract_pdf(tmp_path / "lease.pdf"))
    assert (facts.title, facts.pages) == ("Lease of 12 Mill Lane", 2)
    assert [(entry.title, entry.page) for entry in facts.outline] == [("Rent", 1), ("Termination", 2)]


def test_a_title_that_is_no_text_costs_nothing_else(pdfium: PdfiumProcess, tmp_path: Path) -> None:
    """Half a pair of UTF-16 in the metadata, as some programs leave it."""
    path = make_pdf(tmp_path / "odd.pdf", [LEASE], title="ODDTITLE")
    path.write_bytes(path.read_bytes().replace(b"ODDTITLE", b"\xfe\xff\xd8\x00\x00a\x00b"))
    facts = pdfium.facts(path)
    assert (facts.title, facts.pages) == ("", 1)
    assert LEASE[0] in pdfium.pages(path, 1, 1)[0].text


def test_pages_come_with_their_labels_and_lines(pdfium: PdfiumProcess, tmp_path: Path) -> None:
    """Every line is a slice of the page's text, measured in points."""
    page = pdfium.pages(make_contract_pdf(tmp_path / "lease.pdf"), 2, 2)[0]
    assert (page.number, page.label) == (2, "ii")
    assert [page.text[line.start : line.end] for line in page.lines] == ["Termination", LEASE[1], LEASE[2]]
    assert page.lines[0].size > page.lines[1].size


def test_a_page_that_does_not_exist_is_refused(pdfium: PdfiumProcess, tmp_path: Path) -> None:
    """Asking beyond the end is an error with the file's name, not a crash."""
    path = make_pdf(tmp_path / "one.pdf", [LEASE])
    with pytest.raises(DamagedFile, match=r"one\.pdf"):
        pdfium.render(path, 2)


def test_a_password_is_asked_for_by_the_name_people_know(pdfium: PdfiumProcess, tmp_path: Path) -> None:
    """A locked file says so, under its own name and not that of the copy."""
    path = make_encrypted_pdf(tmp_path / "copy-4711", key="secret")
    with pytest.raises(PasswordNeeded) as caught:
        pdfium.facts(path, name="Lease.pdf")
    assert caught.value.file == "Lease.pdf"


@pytest.mark.parametrize("rubbish", [b"", b"%PDF-1.7\n", b"not a PDF at all", bytes(range(256)) * 20])
def test_rubbish_is_damaged(pdfium: PdfiumProcess, tmp_path: Path, rubbish: bytes) -> None:
    """What is no PDF is refused without harm."""
    path = tmp_path / "rubbish.pdf"
    path.write_bytes(rubbish)
    with pytest.raises(DamagedFile):
        pdfium.facts(path)


def test_a_missing_file_is_refused(pdfium: PdfiumProcess, tmp_path: Path) -> None:
    """A file that has gone is an error like any other."""
    with pytest.raises(DamagedFile):
        pdfium.facts(tmp_path / "gone.pdf")


def test_form_values_and_comments_are_read(pdfium: PdfiumProcess, tmp_path: Path) -> None:
    """What was filled in and remarked is told apart from the printed text."""
    form, commented = make_form_pdf(tmp_path / "form.pdf"), make_commented_pdf(tmp_path / "commented.pdf")
    assert pdfium.pages(form, 1, 1)[0].annotated
    assert pdfium.notes(form, [1]) == {1: ("tenant: Ada Lovelace",)}
    assert pdfium.notes(commented, [1]) == {1: ("Comment: Ask about the cellar",)}


def test_choices_are_read_by_what_was_chosen(tmp_path: Path) -> None:
    """A ticked box says yes, a choice says which, several say all, and a damaged field costs no other."""
    writer = PdfWriter(clone_from=make_form_pdf(tmp_path / "form.pdf"))
    fields = writer.pages[0]["/Annots"]
    for name, kind, value in (
        ("pets", "/Btn", NameObject("/Yes")),
        ("heating", "/Btn", NameObject("/Gas")),
        ("garden", "/Btn", NameObject("/Off")),
        ("rooms", "/Ch", ArrayObject([TextStringObject("hall"), TextStringObject("attic")])),
    ):
        field = {"/Subtype": NameObject("/Widget"), "/FT": NameObject(kind), "/T": TextStringObject(name), "/V": value}
        fields.append(DictionaryObject({NameObject(key): entry for key, entry in field.items()}))
    fields.insert(0, NumberObject(7))
    writer.write(tmp_path / "form.pdf")
    assert page_notes(str(tmp_path / "form.pdf"), [1]) == {
        1: ["tenant: Ada Lovelace", "pets: yes", "heating: Gas", "rooms: hall, attic"]
    }


def test_a_crash_costs_one_file(tmp_path: Path) -> None:
    """The process dies in the middle of a page: that file fails, and the next request works."""
    slow, good = make_slow_pdf(tmp_path / "slow.pdf"), make_pdf(tmp_path / "good.pdf", [LEASE])
    with PdfiumProcess() as pdfium:
        pdfium.facts(good)
        assert pdfium._process is not None
        child = pdfium._process.pid
        threading.Timer(0.3, os.kill, (child, signal.SIGKILL)).start()
        with pytest.raises(ReaderDied) as caught:
            pdfium.pages(slow, 1, 1)
        assert caught.value.file == "slow.pdf"
        assert pdfium.pages(good, 1, 1)[0].text.startswith(LEASE[0])
        assert pdfium._process.pid != child


def test_a_crash_between_requests_is_not_noticed(tmp_path: Path) -> None:
    """A process that died while nobody was looking is replaced."""
    good = make_pdf(tmp_path / "good.pdf", [LEASE])
    with PdfiumProcess() as pdfium:
        pdfium.facts(good)
        assert pdfium._process is not None
        pdfium._process.kill()
        pdfium._process.wait()
        assert pdfium.facts(good).pages == 1


def test_a_request_that_takes_too_long_is_given_up(tmp_path: Path) -> None:
    """The time limit ends the process, and the next request works."""
    slow, good = make_slow_pdf(tmp_path / "slow.pdf"), make_pdf(tmp_path / "good.pdf", [LEASE])
    with PdfiumProcess(timeout=1.0) as pdfium:
        pdfium.facts(good)
        begun = time.monotonic()
        with pytest.raises(ReaderDied):
            pdfium.pages(slow, 1, 1)
        assert time.monotonic() - begun < 3
        assert pdfium.facts(good).pages == 1


def test_images_are_drawn_while_a_long_file_is_read(pdfium: PdfiumProcess, tmp_path: Path) -> None:
    """Requests of several threads take turns, and each gets its own reply."""
    long = make_pdf(tmp_path / "long.pdf", [[f"Page {number}"] for number in range(1, 201)])
    wide = make_pdf(tmp_path / "wide.pdf", [["Drawn meanwhile"]], size=(400, 100))
    read: list[str] = []

    def read_all() -> None:
        for first in range(1, 201, 8):
            read.extend(page.text for page in pdfium.pages(long, first, first + 7))

    reader = threading.Thread(target=read_all)
    reader.start()
    sizes = {(image.width, image.height) for image in (pdfium.render(wide, 1, scale=1.0) for _ in range(20))}
    reader.join()
    assert read == [f"Page {number}" for number in range(1, 201)]
    assert sizes == {(400, 100)}


def test_a_huge_page_is_drawn_smaller(pdfium: PdfiumProcess, tmp_path: Path) -> None:
    """A page of ten metres does not take gigabytes."""
    path = make_pdf(tmp_path / "huge.pdf", [LEASE], size=(28_000, 28_000))
    image = pdfium.render(path, 1, scale=4.0, spans=[(0, 10)])
    assert image.width * image.height <= 12_100_000
    assert image.boxes


def test_a_forgotten_file_is_read_anew(pdfium: PdfiumProcess, tmp_path: Path) -> None:
    """Once let go of, a path may hold another file."""
    path = make_pdf(tmp_path / "first.pdf", [["Before"]])
    assert pdfium.pages(path, 1, 1)[0].text == "Before"
    pdfium.forget(path)
    make_pdf(path, [["After"]])
    assert pdfium.pages(path, 1, 1)[0].text == "After"


def test_the_process_ends_with_its_owner(tmp_path: Path) -> None:
    """No process is left behind, and closing twice is harmless."""
    pdfium = PdfiumProcess()
    pdfium.facts(make_pdf(tmp_path / "good.pdf", [LEASE]))
    process = pdfium._process
    assert process is not None
    pdfium.close()
    pdfium.close()
    assert process.poll() is not None
