"""The files that a PDF holds come out of it, each once, by its name alone, whatever the PDF says of them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from pypdf import PdfReader, PdfWriter
from pypdf.generic import ArrayObject, DictionaryObject, NameObject, TextStringObject

from rag import pypdf_attachments
from rag.pypdf_attachments import attached_files
from tests.documents import LEASE, make_pdf

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def writer(tmp_path: Path) -> PdfWriter:
    return PdfWriter(clone_from=make_pdf(tmp_path / "plain.pdf", [LEASE]))


def test_listed_files_come_with_their_bytes(writer: PdfWriter, tmp_path: Path) -> None:
    """In the order of the list; a name keeps nothing of a folder."""
    writer.add_attachment("inventory.txt", b"one sofa")
    writer.add_attachment("..\\..\\scans/../rent.csv", b"rent,950")
    assert _files(writer, tmp_path) == {"inventory.txt": b"one sofa", "rent.csv": b"rent,950"}


def test_a_file_pinned_to_a_page_comes_too(writer: PdfWriter, tmp_path: Path) -> None:
    """And only once where it is listed as well."""
    writer.add_attachment("inventory.txt", b"one sofa")
    names = writer.root_object["/Names"]["/EmbeddedFiles"]["/Names"]
    pinned = DictionaryObject(
        {
            NameObject("/Type"): NameObject("/Annot"),
            NameObject("/Subtype"): NameObject("/FileAttachment"),
            NameObject("/FS"): names[1],
        }
    )
    writer.pages[0][NameObject("/Annots")] = ArrayObject([writer._add_object(pinned)])
    assert _files(writer, tmp_path, pages=[1]) == {"inventory.txt": b"one sofa"}
    del writer.root_object["/Names"]
    assert _files(writer, tmp_path) == {}
    assert _files(writer, tmp_path, pages=[1]) == {"inventory.txt": b"one sofa"}


def test_a_list_that_goes_round_in_a_circle_ends(writer: PdfWriter, tmp_path: Path) -> None:
    """What it lists comes once."""
    writer.add_attachment("inventory.txt", b"one sofa")
    tree = writer._add_object(writer.root_object["/Names"]["/EmbeddedFiles"])
    writer.root_object["/Names"][NameObject("/EmbeddedFiles")] = tree
    tree.get_object()[NameObject("/Kids")] = ArrayObject([tree, tree])
    assert _files(writer, tmp_path) == {"inventory.txt": b"one sofa"}


def test_what_is_no_file_is_left_out(writer: PdfWriter, tmp_path: Path) -> None:
    """The files beside it come all the same."""
    writer.add_attachment("inventory.txt", b"one sofa")
    names = writer.root_object["/Names"]["/EmbeddedFiles"]["/Names"]
    names[:0] = [TextStringObject("a"), TextStringObject("no file"), TextStringObject("b"), DictionaryObject()]
    assert _files(writer, tmp_path) == {"inventory.txt": b"one sofa"}


def test_too_large_and_too_many_are_left_out(
    writer: PdfWriter, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A single file, all together, and the number of them have limits."""
    for number in range(5):
        writer.add_attachment(f"{number}.txt", bytes(100 * (number + 1)))
    monkeypatch.setattr(pypdf_attachments, "_LARGEST", 400)
    assert list(_files(writer, tmp_path)) == ["0.txt", "1.txt", "2.txt", "3.txt"]
    monkeypatch.setattr(pypdf_attachments, "_LARGEST_TOGETHER", 600)
    assert list(_files(writer, tmp_path)) == ["0.txt", "1.txt", "2.txt"]
    monkeypatch.setattr(pypdf_attachments, "_MOST_FILES", 2)
    assert list(_files(writer, tmp_path)) == ["0.txt", "1.txt"]


def _files(writer: PdfWriter, folder: Path, pages: list[int] | None = None) -> dict[str, bytes]:
    path = folder / "with files.pdf"
    writer.write(path)
    with path.open("rb") as file:
        found = list(attached_files(PdfReader(file), pages or []))
    assert len({each.name for each in found}) == len(found)
    return {each.name: each.data for each in found}
