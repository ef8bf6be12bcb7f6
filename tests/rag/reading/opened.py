"""Files opened as the program opens them, for formats whose pages are all one."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from rag.reading import open_document

if TYPE_CHECKING:
    from rag.reading.blocks import Reading, ReadPage

DATA = Path(__file__).resolve().parents[3] / ".." / "shared" / "data"
needs_data = pytest.mark.skipif(not DATA.is_dir(), reason="the shared data is not beside this checkout")


def opened(path: Path) -> tuple[Reading, ReadPage]:
    """A document without pages: what is known of it, and all of its text."""
    reading = open_document(path, name=path.name)
    (read,) = reading.pages
    return reading, read


def text_of(path: Path) -> str:
    """All of its text."""
    return opened(path)[1].page.text
