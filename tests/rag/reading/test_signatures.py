"""A file is read as what it is, whatever it is called; what only its old program reads says the way out."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from rag.errors import OldFormat, PasswordNeeded
from rag.reading import media_type_of, open_document
from rag.sentences import sentence_for
from tests.documents import make_docx
from tests.odf_documents import make_odf

if TYPE_CHECKING:
    from pathlib import Path


OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"


def text_of(path: Path) -> str:
    return "\n\n".join(page.page.text for page in open_document(path, name=path.name).pages)


@pytest.mark.parametrize(
    ("name", "data", "text"),
    [
        ("letter.doc", rb"{\rtf1\ansi Dear Ada}", "Dear Ada"),
        ("letter.doc", b"<html><body><p>Dear Ada</p></body></html>", "Dear Ada"),
        ("letter.doc", "Liebe Ada,\nGrüße".encode("cp1252"), "Liebe Ada,\nGrüße"),
        ("letter.docx", b"Dear Ada", "Dear Ada"),
        ("letter.txt", rb"{\rtf1\ansi Dear Ada}", "Dear Ada"),
        ("costs.xls", b"Item\tAmount\nRent\t950\n", "Item: Rent; Amount: 950"),
        ("costs.xls", "Item;Betrag\nMüll;950\n".encode("cp1252"), "Item: Müll; Betrag: 950"),
        ("costs.xls", "Item\tAmount\nRent\t950\n".encode("utf-16"), "Item: Rent; Amount: 950"),
        (
            "costs.xlsx",
            b"\xef\xbb\xbf\n<table><tr><th>Item<th>Amount<tr><td>Rent<td>950</table>",
            "Item: Rent; Amount: 950",
        ),
        (
            "costs.xls",
            b'<?xml version="1.0"?>\n<html><table><tr><th>Item<th>Amount<tr><td>Rent<td>950</table></html>',
            "Item: Rent; Amount: 950",
        ),
    ],
)
def test_texts_that_are_called_office_files_are_read_as_texts(
    name: str, data: bytes, text: str, tmp_path: Path
) -> None:
    """What banks and old programs export."""
    path = tmp_path / name
    path.write_bytes(data)
    assert text_of(path).strip() == text


def test_new_office_files_are_known_by_what_they_hold(tmp_path: Path) -> None:
    """A document that was renamed .doc, .rtf or .ods is none the less readable."""
    words = text_of(make_docx(tmp_path / "a.docx"))
    for name in ("a.doc", "a.rtf", "a.ods", "a.txt"):
        assert text_of(make_docx(tmp_path / name)) == words
    assert text_of(make_odf(tmp_path / "b.doc", "text", "<text:p>Dear Ada</text:p>")) == "Dear Ada"


@pytest.mark.parametrize("name", ["a.doc", "a.dot", "a.docx", "a.pdf"])
def test_an_old_word_file_is_refused_with_the_way_out(name: str, tmp_path: Path) -> None:
    """By its contents, also where it is called something else."""
    path = tmp_path / name
    path.write_bytes(OLE + bytes(500) + "WordDocument\0".encode("utf-16-le") + bytes(500))
    with pytest.raises(OldFormat) as caught:
        text_of(path)
    assert sentence_for(caught.value) == (
        "This file is in an old format that cannot be read. "
        "Open it in the program that made it, save it as .docx and add that."
    )


def test_real_old_files_are_told_apart(shared_data: Path) -> None:
    """Word's and PowerPoint's by what to save them as; one inside another does not mislead."""
    for folder, way_out in (("doc", "save it as .docx"), ("ppt", "save it as .pptx")):
        paths = sorted((shared_data / "odd" / folder).glob("*/*"))
        assert len(paths) >= 6
        for path in paths:
            with pytest.raises(OldFormat) as caught:
                text_of(path)
            assert caught.value.detail == way_out


@pytest.mark.parametrize("name", ["a.doc", "a.xls", "a.xlsx", "a.pptx"])
def test_a_locked_office_file_asks_for_its_password_under_any_name(name: str, tmp_path: Path) -> None:
    """Office wraps what it locks in an old-looking file."""
    path = tmp_path / name
    path.write_bytes(OLE + "EncryptedPackage".encode("utf-16-le"))
    with pytest.raises(PasswordNeeded):
        text_of(path)


def test_every_ending_of_the_office_programs_is_known() -> None:
    """Templates, slide shows and what holds macros included."""
    endings = "doc dot docx docm dotx dotm ppt pps pot pptx pptm ppsx ppsm potx xls xlt xlsx xlsm xltx xltm xlsb"
    others = "odt ott odp otp ods ots rtf"
    assert all("/" in media_type_of(f"a.{ending}") for ending in f"{endings} {others}".split())
