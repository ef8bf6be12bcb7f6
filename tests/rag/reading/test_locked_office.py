"""Office files that are locked open with their password, and leave no open copy behind."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from msoffcrypto.format.ooxml import OOXMLFile

from rag.errors import DamagedFile, PasswordNeeded
from rag.reading import open_document
from tests.documents import make_docx, make_xlsx

if TYPE_CHECKING:
    from pathlib import Path


def locked(path: Path, password: str) -> Path:
    """Lock an Office file as Office does; returns the locked one, in a folder of its own."""
    target = path.parent / "locked" / path.name
    target.parent.mkdir(exist_ok=True)
    with path.open("rb") as source, target.open("wb") as file:
        OOXMLFile(source).encrypt(password, file)
    return target


def test_a_password_opens_a_text_and_a_workbook(tmp_path: Path) -> None:
    """What is read is what the file said before it was locked, and nothing open lies beside it."""
    for plain in (
        make_docx(tmp_path / "rules.docx"),
        make_xlsx(tmp_path / "costs.xlsx", {"Costs": [["Item", "Amount"], ["Rent", 950]]}),
    ):
        path = locked(plain, "open sesame")
        before = [read.page.text for read in open_document(plain, name=plain.name).pages]
        reading = open_document(path, name=plain.name, password="open sesame")  # noqa: S106  (a made-up one)
        assert [read.page.text for read in reading.pages] == before
        assert {each.name for each in path.parent.iterdir()} <= {"rules.docx", "costs.xlsx"}


@pytest.mark.parametrize("password", [None, "Open sesame"])
def test_without_it_and_with_a_wrong_one_it_is_asked_for(password: str | None, tmp_path: Path) -> None:
    """By the name that people know."""
    path = locked(make_docx(tmp_path / "rules.docx"), "open sesame")
    with pytest.raises(PasswordNeeded, match=r"House\.docx"):
        open_document(path, name="House.docx", password=password)
    assert [each.name for each in path.parent.iterdir()] == ["rules.docx"]


def test_a_locked_file_that_is_cut_short_is_damaged(tmp_path: Path) -> None:
    """Whatever the password."""
    path = locked(make_docx(tmp_path / "rules.docx"), "open sesame")
    path.write_bytes(path.read_bytes()[:6_000])
    with pytest.raises((DamagedFile, PasswordNeeded)):
        open_document(path, name="rules.docx", password="open sesame")  # noqa: S106
    assert [each.name for each in path.parent.iterdir()] == ["rules.docx"]
