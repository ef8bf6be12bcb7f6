"""One reading process for all tests of the readers."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from rag.pdfium_process import PdfiumProcess

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture(scope="session")
def pdfium() -> Iterator[PdfiumProcess]:
    """The process that opens PDFs."""
    with PdfiumProcess() as process:
        yield process
