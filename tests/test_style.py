"""Ruff with all its rules, its formatter, and a strict type checker find nothing, in the one test command."""

from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from pathlib import Path

TOOLS = {
    "lint": ("ruff", "check", "--no-fix", "--output-format", "concise"),
    "format": ("ruff", "format", "--check"),
    "types": ("mypy",),
}
"""Each as ``python -m`` takes it; what they look at and how stands in ``pyproject.toml``."""


@pytest.mark.timeout(600)
@pytest.mark.parametrize("tool", TOOLS)
def test_the_checker_finds_nothing(tool: str, repository: Path) -> None:
    """Run as a contributor would, from the checkout; what it says is the failure's message."""
    command = [sys.executable, "-m", *TOOLS[tool]]
    done = subprocess.run(command, cwd=repository, capture_output=True, text=True, check=False)
    if done.returncode:
        pytest.fail(f"{' '.join(TOOLS[tool])}\n\n{done.stdout}{done.stderr}", pytrace=False)
