"""RapidOCR, where the optional extra is installed: its models come inside its package, so nothing is downloaded.

It finds lines anywhere on a picture and says nothing of columns or paragraphs; ``rag/ocr/reading_order.py`` puts them
in order. Where Tesseract turns a page upright, it reads one that stands on its head with errors.
"""

from __future__ import annotations

import os
from functools import cached_property
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any

from rag.ocr.reading_order import in_reading_order
from rag.ocr.seen import EngineFailed, SeenWord

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from PIL.Image import Image

    from rag.ocr.seen import SeenLine

__all__ = ["RapidOcr", "find_rapid"]

_SURE = 0.5
"""It gives a line to every stain; of real lines it is nearly certain."""


def find_rapid() -> RapidOcr | None:
    """The engine, where its package is installed."""
    return RapidOcr() if find_spec("rapidocr") else None


class RapidOcr:
    """Loaded with the first picture, which takes two seconds and some hundred megabytes."""

    name = "RapidOCR"

    @cached_property
    def _engine(self) -> Any:  # noqa: ANN401  (it ships no types)
        from rapidocr import RapidOCR

        threads = max((os.cpu_count() or 1) - 1, 1)  # one is left for the page
        return RapidOCR(
            params={
                "Global.log_level": "critical",
                "EngineConfig.onnxruntime.intra_op_num_threads": threads,
                "EngineConfig.onnxruntime.inter_op_num_threads": 1,
            }
        )

    def read(self, picture: Image) -> tuple[SeenLine, ...]:
        """The lines, put in order."""
        import numpy as np

        pixels = np.ascontiguousarray(np.asarray(picture.convert("RGB"))[:, :, ::-1])
        try:
            seen = self._engine(pixels, return_word_box=True)
        except (RuntimeError, ValueError, ArithmeticError) as error:
            raise EngineFailed(str(error)) from error
        if seen.word_results is None or seen.txts is None:
            return ()
        lines = zip(seen.txts, seen.scores, seen.word_results, strict=False)
        stretches = [tuple(_words(text, words)) for text, score, words in lines if score >= _SURE]
        return in_reading_order([stretch for stretch in stretches if stretch])


def _words(text: str, pieces: Sequence[Any]) -> Iterator[SeenWord]:
    """Its pieces as words: what the line's text writes without a space between is one."""
    done = 0
    joined: SeenWord | None = None
    for piece, score, corners in pieces:
        at = text.find(piece, done)
        word = _word(piece, float(score), corners)
        if joined is not None and at == done and not _stands_alone(piece):
            joined = _together(joined, word)
        else:
            if joined is not None:
                yield joined
            joined = word
        done = at + len(piece) if at >= 0 else done
    if joined is not None:
        yield joined


def _word(text: str, score: float, corners: Sequence[Sequence[float]]) -> SeenWord:
    across, down = [float(x) for x, _ in corners], [float(y) for _, y in corners]
    return SeenWord(text.strip(), min(across), min(down), max(across), max(down), score)


def _together(before: SeenWord, word: SeenWord) -> SeenWord:
    return SeenWord(
        before.text + word.text,
        min(before.left, word.left),
        min(before.top, word.top),
        max(before.right, word.right),
        max(before.bottom, word.bottom),
        min(before.confidence, word.confidence),
    )


def _stands_alone(piece: str) -> bool:
    """Whether it is a sign of a script without spaces between words."""
    return len(piece) == 1 and ord(piece) > 0x2E7F  # noqa: PLR2004  (from there on Unicode has East Asia's signs)
