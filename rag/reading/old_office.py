"""Word and PowerPoint files from before 2007: no permissive reader is kept up, so the person is told what to do."""

from __future__ import annotations

from typing import TYPE_CHECKING, NoReturn

from rag.errors import OldFormat

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["refuse_slides", "refuse_word"]


def refuse_word(_: Path, name: str) -> NoReturn:
    """Say that the file is to be saved as .docx."""
    raise OldFormat(name, "save it as .docx")


def refuse_slides(_: Path, name: str) -> NoReturn:
    """Say that the file is to be saved as .pptx."""
    raise OldFormat(name, "save it as .pptx")
