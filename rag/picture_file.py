"""A picture that is open: its pages, ready for an engine to read or for a person to look at.

Only a few kinds are opened, each by its own decoder, and none larger than is safe: a stranger's file may promise a
hundred thousand points a side, so this too is only used in a process that opens files. It knows nothing of text.
"""

from __future__ import annotations

import io
import math
from contextlib import contextmanager
from typing import TYPE_CHECKING, cast

from PIL import Image, ImageOps

from rag.errors import DamagedFile, FileTooLarge
from rag.reading_messages import PageImage

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

__all__ = ["PictureFile", "is_blank", "to_read"]

_KINDS = ("PNG", "JPEG", "TIFF", "WEBP")
_SEVERAL_PAGES = "TIFF"
_MOST_POINTS = 150_000_000
"""An A2 sheet at 600 dots per inch; three bytes each when it is open."""
_MOST_READ = 10_000_000
"""An A4 page at 300 dots per inch: engines read no better beyond, and take longer."""
_SMALL = 1_500_000
"""From fewer points than this letters are too small for engines and are read better twice as large."""
_LONGEST_READ = 12_000
_LONG_SIDE = 842
"""Points of the longer side: a picture is shown as if it were a page of A4."""
_LEAST_CONTRAST = 40
_WHITE = (255, 255, 255)
_TROUBLE = (OSError, SyntaxError, ValueError, LookupError, ArithmeticError, TypeError, AttributeError, RuntimeError)
"""What Pillow has been seen to raise on damaged files."""

Image.MAX_IMAGE_PIXELS = None  # the limit is ours, and is looked at before anything is decoded


class PictureFile:
    """One file, opened anew for each page; DamagedFile where its decoder refuses it, FileTooLarge beyond limits."""

    def __init__(self, path: Path, name: str) -> None:
        self._path = path
        self._name = name

    def count(self) -> int:
        """How many pages it has; what moves counts as one."""
        with self._opened() as image:
            return int(getattr(image, "n_frames", 1)) if image.format == _SEVERAL_PAGES else 1

    def page(self, number: int) -> Image.Image:
        """A page, counted from 1, upright as its maker says and in plain colours."""
        with self._opened() as image:
            if number > 1:
                image.seek(number - 1)
                self._refuse_large(image)
            return _plain(ImageOps.exif_transpose(image))

    def image(self, number: int, scale: float) -> PageImage:
        """A page as it is shown, at ``scale`` pixels per point of an A4 sheet or as large as it is."""
        picture = self.page(number)
        picture.thumbnail((round(_LONG_SIDE * scale), round(_LONG_SIDE * scale)))
        buffer = io.BytesIO()
        picture.save(buffer, "PNG", compress_level=3)
        return PageImage(buffer.getvalue(), picture.width, picture.height, ())

    @contextmanager
    def _opened(self) -> Iterator[Image.Image]:
        try:
            with Image.open(self._path, formats=_KINDS) as image:
                self._refuse_large(image)
                yield image
        except _TROUBLE as error:
            raise DamagedFile(self._name, f"{type(error).__name__}: {error}") from error

    def _refuse_large(self, image: Image.Image) -> None:
        if image.width * image.height > _MOST_POINTS:
            raise FileTooLarge(self._name, f"a picture of {image.width:,} by {image.height:,} points")


def to_read(picture: Image.Image) -> Image.Image:
    """The picture at the size at which engines read best; where words stand on it is said in fractions anyway."""
    points = picture.width * picture.height
    factor = math.sqrt(_MOST_READ / points) if points > _MOST_READ else 2.0 if points < _SMALL else 1.0
    factor = min(factor, _LONGEST_READ / max(picture.size))
    if factor == 1:
        return picture
    size = max(round(picture.width * factor), 1), max(round(picture.height * factor), 1)
    return picture.resize(size, Image.Resampling.LANCZOS)


def is_blank(picture: Image.Image) -> bool:
    """Whether there is nothing on it but paper."""
    darkest, lightest = _extremes(picture.convert("L"))
    return lightest - darkest < _LEAST_CONTRAST


def _plain(image: Image.Image) -> Image.Image:
    """Grey or RGB, on white where it can be seen through; more than eight bits a point are brought down to them."""
    if image.mode.startswith(("I", "F")):
        lowest, highest = _extremes(image)
        scale = 255 / max(highest - lowest, 1.0)
        return image.convert("F").point(lambda value: value * scale - lowest * scale).convert("L")
    if image.has_transparency_data:
        seen = image.convert("RGBA")
        paper = Image.new("RGB", seen.size, _WHITE)
        paper.paste(seen, mask=seen.getchannel("A"))
        return paper
    return image.convert("L" if image.mode in {"1", "L"} else "RGB")


def _extremes(image: Image.Image) -> tuple[float, float]:
    """The darkest and the lightest point of a picture in shades of grey."""
    return cast("tuple[float, float]", image.getextrema())
