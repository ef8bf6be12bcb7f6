"""Opening a PDF that may be locked, with either library.

A file that is locked against changes only opens without a password. PasswordWanted says that one is needed, or that
the one given is wrong; everything else that goes wrong is the library's own error.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pypdfium2
import pypdfium2.raw as pdfium_c
from pypdf import PdfReader
from pypdf.errors import FileNotDecryptedError, PyPdfError, WrongPasswordError

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["PasswordWanted", "open_with_pdfium", "open_with_pypdf"]


class PasswordWanted(PyPdfError):
    """The file is locked, and the password is not known or not this one.

    It is one of pypdf's errors, so that whoever only expects those is not surprised.
    """


def open_with_pdfium(path: Path, password: str | None = None) -> Any:  # noqa: ANN401  (pypdfium2 ships no types)
    """A pypdfium2 ``PdfDocument``."""
    try:
        return pypdfium2.PdfDocument(path, password=password)
    except pypdfium2.PdfiumError as error:
        if error.err_code == pdfium_c.FPDF_ERR_PASSWORD:
            raise PasswordWanted(str(error)) from error
        raise


def open_with_pypdf(path: Path, password: str | None = None) -> PdfReader:
    """A pypdf reader whose pages can be read."""
    try:
        reader = PdfReader(path, password=password)
        if reader.is_encrypted:
            len(reader.pages)  # it finds out only here that no password was needed, or that none was given
    except (FileNotDecryptedError, WrongPasswordError) as error:
        raise PasswordWanted(str(error)) from error
    return reader
