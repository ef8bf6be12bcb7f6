"""An open library in a folder of the test's own."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from storage.library import Library
from tests.storage.made import MODEL

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture
def library(data_folder: Path) -> Iterator[Library]:
    """A library, empty at first."""
    library = Library.open(data_folder, MODEL)
    yield library
    library.close()
