"""Write the three sample documents into ``assets/sample``, and their questions beside it.

Run from the checkout, with the test dependencies installed, after changing a fact or a layout:

    .venv/bin/python -m tests.samples.make

The result is the same bytes every time with the same versions of reportlab, python-docx and openpyxl: dates that the
libraries would take from the clock are set to the day of the story. ``tests/test_samples.py`` compares what is
committed with what this makes.
"""

from __future__ import annotations

import json
import re
import zipfile
from io import BytesIO
from pathlib import Path

from tests.samples.costs import costs
from tests.samples.inventory import inventory
from tests.samples.lease import lease

__all__ = ["QUESTIONS", "make"]

QUESTIONS_FILE = "../sample_questions.json"
FOLDER = Path(__file__).resolve().parents[2] / "assets" / "sample"
ZIP_EPOCH = (1980, 1, 1, 0, 0, 0)
STORY_DAY = b"2025-03-01T00:00:00Z"

LEASE = "Lease agreement.pdf"
INVENTORY = "Check-in inventory.docx"
COSTS = "Household costs.xlsx"

QUESTIONS: tuple[tuple[str, list[str]], ...] = (
    ("How much notice must the tenants give to end the agreement?", [LEASE]),
    ("Was the burn mark on the kitchen worktop there when we moved in?", [INVENTORY]),
    ("Who paid for the new door seal of the washing machine?", [COSTS]),
    ("How soon must the landlord return the deposit?", [LEASE]),
    ("What is the Wi-Fi password?", []),
)
"""Each with the documents that hold its answer; the last one is answered by none of them."""


def make() -> dict[str, bytes]:
    """Every file, by its path from the sample folder."""
    questions = [{"question": question, "documents": documents} for question, documents in QUESTIONS]
    return {
        LEASE: lease(),
        INVENTORY: _same_every_time(inventory()),
        COSTS: _same_every_time(costs()),
        QUESTIONS_FILE: (json.dumps(questions, indent=2, ensure_ascii=False) + "\n").encode(),
    }


def _same_every_time(archive: bytes) -> bytes:
    """Pack an office file again without the moment of its making."""
    target = BytesIO()
    with zipfile.ZipFile(BytesIO(archive)) as old, zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as new:
        for name in old.namelist():
            entry = zipfile.ZipInfo(name, ZIP_EPOCH)
            entry.compress_type = zipfile.ZIP_DEFLATED
            new.writestr(entry, _undated(name, old.read(name)))
    return target.getvalue()


def _undated(name: str, content: bytes) -> bytes:
    if name != "docProps/core.xml":
        return content
    return re.sub(rb"(<dcterms:(?:created|modified)[^>]*>)[^<]*", rb"\g<1>" + STORY_DAY, content)


if __name__ == "__main__":
    FOLDER.mkdir(parents=True, exist_ok=True)
    for file, content in make().items():
        (FOLDER / file).write_bytes(content)
