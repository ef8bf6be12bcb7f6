"""Which engine reads pictures on this computer: Tesseract where it is installed, else RapidOCR, else none.

Looking for one loads nothing. What engines have in common stands in ``rag/ocr/seen.py``.
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

from rag.ocr.rapid import find_rapid
from rag.ocr.tesseract import find_tesseract

if TYPE_CHECKING:
    from rag.ocr.seen import Engine

__all__ = ["find_engine"]


@cache
def find_engine() -> Engine | None:
    """The engine that reads pictures; looked for once in a process."""
    return find_tesseract() or find_rapid()
