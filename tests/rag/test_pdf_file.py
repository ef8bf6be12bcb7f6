"""An open PDF: its facts, its pages and what was noted on them, and sentences of the error tree for the rest."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from pypdf import PdfWriter
from pypdf.generic import ArrayObject, DictionaryObject, NameObject, NumberObject, TextStringObject

from rag.errors import DamagedFile, PasswordNeeded
from rag.pdf_file import PdfFile
from rag.reading.blocks import Attachment
from tests.documents import (
    LEASE,
    make_commented_pdf,
    make_contract_pdf,
    make_encrypted_pdf,
    make_form_pdf,
    make_pdf,
)

if TYPE_CHECKING:
    from pathlib import Path


def opened(path: Path) -> PdfFile:
    """The file, under its own name."""
    return PdfFile(path, path.name)


def test_tells_title_pages_and_outline(tmp_path: Path) -> None:
    """The facts of a PDF are there before any page is read."""
    facts = opened(make_contract_pdf(tmp_path / "lease.pdf")).facts()
    assert (facts.title, facts.pages) == ("Lease of 12 Mill Lane", 2)
    assert [(entry.title, entry.page) for entry in facts.outline] == [("Rent", 1), ("Termination", 2)]


def test_a_title_that_is_no_text_costs_nothing_else(tmp_path: Path) -> None:
    """Half a pair of UTF-16 in the metadata, as some programs leave it."""
    path = make_pdf(tmp_path / "odd.pdf", [LEASE], title="ODDTITLE")
    path.write_bytes(path.read_bytes().replace(b"ODDTITLE", b"\xfe\xff\xd8\x00\x00a\x00b"))
    pdf = opened(path)
    assert (pdf.facts().title, pdf.facts().pages) == ("", 1)
    assert LEASE[0] in pdf.page(1).text


def test_pages_come_with_their_labels_and_lines(tmp_path: Path) -> None:
    """Every line is a slice of the page's text, measured in points."""
    page = opened(make_contract_pdf(tmp_path / "lease.pdf")).page(2)
    assert (page.number, page.label) == (2, "ii")
    assert [page.text[line.start : line.end] for line in page.lines] == ["Termination", LEASE[1], LEASE[2]]
    assert page.lines[0].size > page.lines[1].size


def test_a_picture_of_a_page_that_does_not_exist_is_refused(tmp_path: Path) -> None:
    """Asking beyond the end is an error with the file's name."""
    with pytest.raises(DamagedFile, match=r"one\.pdf"):
        opened(make_pdf(tmp_path / "one.pdf", [LEASE])).image(2, 1.0, [])


def test_a_password_opens_a_locked_file(tmp_path: Path) -> None:
    """Without one, and with a wrong one, it is asked for by the name people know."""
    path = make_encrypted_pdf(tmp_path / "copy-4711", key="secret")
    for wrong in (None, "Secret"):
        with pytest.raises(PasswordNeeded) as caught:
            PdfFile(path, "Lease.pdf", wrong)
        assert caught.value.file == "Lease.pdf"
    assert LEASE[0] in PdfFile(path, "Lease.pdf", "secret").page(1).text


@pytest.mark.parametrize("rubbish", [b"", b"%PDF-1.7\n", b"not a PDF at all", bytes(range(256)) * 20])
def test_rubbish_is_damaged(tmp_path: Path, rubbish: bytes) -> None:
    """What is no PDF is refused without harm."""
    path = tmp_path / "rubbish.pdf"
    path.write_bytes(rubbish)
    with pytest.raises(DamagedFile):
        opened(path)


def test_a_missing_file_is_refused(tmp_path: Path) -> None:
    """A file that has gone is an error like any other."""
    with pytest.raises(DamagedFile):
        opened(tmp_path / "gone.pdf")


def test_form_values_and_comments_are_read(tmp_path: Path) -> None:
    """What was filled in and remarked is told apart from the printed text."""
    form, commented = make_form_pdf(tmp_path / "form.pdf"), make_commented_pdf(tmp_path / "commented.pdf")
    assert opened(form).page(1).annotated
    assert opened(form).notes([1]) == {1: ["tenant: Ada Lovelace"]}
    assert opened(commented).notes([1]) == {1: ["Comment: Ask about the cellar"]}


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
    assert opened(tmp_path / "form.pdf").notes([1]) == {
        1: ["tenant: Ada Lovelace", "pets: yes", "heating: Gas", "rooms: hall, attic"]
    }


def test_files_inside_a_pdf_come_after_its_pages(tmp_path: Path) -> None:
    """They become documents of their own."""
    writer = PdfWriter(clone_from=make_pdf(tmp_path / "offer.pdf", [LEASE]))
    writer.add_attachment("plan.txt", b"The cellar is dry.")
    writer.write(tmp_path / "offer.pdf")
    assert list(opened(tmp_path / "offer.pdf").attachments([])) == [Attachment("plan.txt", b"The cellar is dry.")]
