"""What the person chose is there at the next start."""

from __future__ import annotations

from typing import TYPE_CHECKING

from storage.library import Library
from tests.storage.made import MODEL

if TYPE_CHECKING:
    from pathlib import Path


def test_a_choice_outlives_the_program(data_folder: Path) -> None:
    library = Library.open(data_folder, MODEL)
    assert library.preferences.get("mode", "balanced") == "balanced"
    library.preferences.set("mode", "fast")
    library.preferences.set("mode", "thorough")
    library.close()
    again = Library.open(data_folder, MODEL)
    assert again.preferences.get("mode", "balanced") == "thorough"
    again.close()
