"""A locked PDF opens with its password and with no other, in both libraries."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from pypdf import PdfWriter

from rag.pdfium_opening import PasswordWanted, open_with_pdfium, open_with_pypdf
from tests.documents import LEASE, make_pdf

if TYPE_CHECKING:
    from pathlib import Path

CIPHERS = ["RC4-40", "RC4-128", "AES-128", "AES-256"]


def _locked(path: Path, cipher: str, user: str) -> str:
    writer = PdfWriter(clone_from=make_pdf(path, [LEASE]))
    writer.encrypt(user, "owner's", algorithm=cipher)
    writer.write(path)
    return str(path)


@pytest.mark.parametrize("cipher", CIPHERS)
@pytest.mark.parametrize("word", ["secret", "geheim ä"])
def test_the_right_password_opens_it(cipher: str, word: str, tmp_path: Path) -> None:
    """And its text is read."""
    path = _locked(tmp_path / "locked.pdf", cipher, word)
    document = open_with_pdfium(path, word)
    assert LEASE[0] in document[0].get_textpage().get_text_range()
    document.close()
    with open_with_pypdf(path, word) as reader:
        assert LEASE[0] in reader.pages[0].extract_text()


@pytest.mark.parametrize("cipher", CIPHERS)
@pytest.mark.parametrize("word", ["", "wrong"])
def test_any_other_is_asked_for_again(cipher: str, word: str, tmp_path: Path) -> None:
    """None and a wrong one alike."""
    path = _locked(tmp_path / "locked.pdf", cipher, "secret")
    for opened in (open_with_pdfium, open_with_pypdf):
        with pytest.raises(PasswordWanted):
            opened(path, word)


@pytest.mark.parametrize("cipher", CIPHERS)
def test_a_file_locked_against_changes_needs_none(cipher: str, tmp_path: Path) -> None:
    """It can be read by everybody."""
    path = _locked(tmp_path / "locked.pdf", cipher, "")
    document = open_with_pdfium(path)
    assert len(document) == 1
    document.close()
    with open_with_pypdf(path) as reader:
        assert LEASE[0] in reader.pages[0].extract_text()
