"""A small tenancy library and what is found in it for one question: values in memory, for the page's tests."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from rag.evidence import Candidate, Evidence, LeftOut, QuickAnswer, Scores, Span, StageScore, Strength
from rag.planning.plan import Filter, FilterKind, Plan, Search, SearchKind
from storage.records import Chunk, Citation, Document, EncodedChunk, PageUnit, TokenVectors

if TYPE_CHECKING:
    from collections.abc import Sequence

PDF = "application/pdf"
DOCX = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"

LEASE_PAGE_6 = (
    "9. TERMINATION\n"
    "9.1 The Landlord may re-enter the Premises if the rent is unpaid for twenty-one days after becoming "
    "payable.\n"
    "9.2 The Tenant may determine this agreement by giving not less than two (2) calendar months’ "
    "written notice to the Landlord, such notice to expire on the last day of a calendar month.\n"
    "9.3 On determination the Tenant shall yield up the Premises with vacant possession and in the "
    "condition required by clause 4, and shall return all keys.\n"
    "9.4 Any sum due and unpaid may be retained from the Deposit, as set out in clause 11, upon fourteen "
    "days’ notice.\n"
    "\n"
    "10. NOTICES\n"
    "10.1 Notices shall be in writing and delivered by hand or first-class post to the address at the "
    "head of this agreement."
)
LEASE_PAGE_5 = (
    "8. TERM\n"
    "8.1 The tenancy shall not be determined by either party within the first twelve months save with "
    "the Landlord’s prior written consent.\n"
    "8.2 Thereafter the tenancy continues from month to month."
)
INVENTORY = (
    "Check-in inventory\n"
    "The deposit is returned within fourteen days of the check-out inspection, less agreed deductions.\n"
    "Kitchen: one burn mark on the worktop, left of the hob. <script>alert('x')</script> & <b>bold</b>"
)
COSTS = "Sheet Meters\nNotice of meter reading: two months before the end of the billing year."
QUOTE_1 = "not less than two (2) calendar months’ written notice"
QUOTE_2 = "determined by either party within the first twelve months"
QUOTE_3 = "The deposit is returned within fourteen days of the check-out inspection"
ANSWER = (
    "You must give at least **two calendar months’ written notice**, and it can only take effect on the "
    "last day of a month. [1] In the first twelve months the tenancy cannot be ended early unless the "
    "landlord agrees in writing. [2]\n"
    "\n"
    "If you leave without proper notice, the deposit may be used to cover the rent that remains due. "
    "[1][3]"
)


def document(name: str, media_type: str, unit: PageUnit | None, pages: int | None, chunks: int) -> Document:
    identity = f"{abs(hash(name)):x}".rjust(64, "a")[:64]
    return Document(identity, name, Path(name).stem, media_type, 120_000, unit, pages, chunks, "2026-11-20T09:00:00Z")


LEASE = document("Lease agreement 2024.pdf", PDF, PageUnit.PAGE, 18, 64)
CHECK_IN = document("Inventory check-in.docx", DOCX, None, None, 31)
UTILITIES = document("Utilities 2023.xlsx", XLSX, PageUnit.SHEET, 3, 22)
PAGES = {
    (LEASE.id, 6): LEASE_PAGE_6,
    (LEASE.id, 5): LEASE_PAGE_5,
    (CHECK_IN.id, 1): INVENTORY,
    (UTILITIES.id, 2): COSTS,
}


def _span(text: str, part: str) -> Span:
    start = text.index(part)
    return Span(start, start + len(part))


def _evidence(  # noqa: PLR0913, PLR0917  (a row of the table below)
    document: Document,
    page: int,
    place: str,
    heading: str,
    part: str,
    soft: Sequence[str],
    scores: tuple[float, float, float, float],
    ranks: tuple[int, int, int, int],
    marker: int | None,
) -> Evidence:
    text = PAGES[document.id, page]
    span = _span(text, part)
    number = page if document.pages else None
    chunk = Chunk(
        f"c-{document.id[-6:]}-{page}", document.id, page, number, place, heading, "", part, span.start, span.end
    )
    stages = [StageScore(rank, value) for rank, value in zip(ranks, scores, strict=True)]
    strength = Strength.STRONG if scores[3] > 0.9 else Strength.FAIR if scores[3] > 0.4 else Strength.WEAK
    highlights = tuple(_span(part, each) for each in soft)
    left_out = None if marker else LeftOut.BELOW_LIMIT
    return Evidence(chunk, Scores(*stages), highlights, document, strength, marker, left_out)


EVIDENCE = (
    _evidence(
        LEASE,
        6,
        "p. 6",
        "Lease › §9 Termination",
        LEASE_PAGE_6[LEASE_PAGE_6.index("9.2") : LEASE_PAGE_6.index("9.3")].strip(),
        ["expire on the last day of a calendar month"],
        (0.71, 14.2, 0.0328, 0.97),
        (1, 1, 1, 1),
        1,
    ),
    _evidence(
        LEASE,
        5,
        "p. 5",
        "Lease › §8 Term",
        LEASE_PAGE_5,
        ["tenancy", "twelve months"],
        (0.64, 6.1, 0.0301, 0.88),
        (3, 9, 4, 2),
        2,
    ),
    _evidence(CHECK_IN, 1, "§ Deposit", "Deposit", INVENTORY, ["deposit"], (0.58, 4.4, 0.0289, 0.71), (6, 12, 7, 3), 3),
    _evidence(
        UTILITIES,
        2,
        "Sheet Meters, rows 1–2",
        "",
        COSTS,
        ["Notice", "months"],
        (0.31, 3.9, 0.0242, 0.09),
        (28, 14, 16, 4),
        None,
    ),
)


def _citation(marker: int, evidence: Evidence, quote: str) -> Citation:
    chunk, document = evidence.chunk, evidence.document
    span = _span(PAGES[document.id, chunk.page or 1], quote)
    return Citation(marker, chunk.id, document.id, document.name, chunk.page, chunk.place, quote, span.start, span.end)


CITATIONS = (
    _citation(1, EVIDENCE[0], QUOTE_1),
    _citation(2, EVIDENCE[1], QUOTE_2),
    _citation(3, EVIDENCE[2], QUOTE_3),
)


def quick_answer() -> QuickAnswer:
    chunk, span = EVIDENCE[0].chunk, _span(LEASE_PAGE_6, QUOTE_1)
    return QuickAnswer(QUOTE_1, chunk.id, LEASE.name, LEASE.id, 6, chunk.place, span.start, span.end, 0.97)


def candidates() -> tuple[Candidate, ...]:
    vector = np.zeros(384, np.float32)
    tokens = TokenVectors(np.zeros((1, 32), np.uint8), np.ones(1, np.float16))
    return tuple(Candidate(EncodedChunk(each.chunk, vector, tokens), each.scores) for each in EVIDENCE)


TWO_IN_ONE = "How much notice in the Lease agreement, and when is the deposit returned?"
PLANS = {
    TWO_IN_ONE: Plan(
        TWO_IN_ONE,
        (
            Search("How much notice in the Lease agreement?", SearchKind.PART),
            Search("When is the deposit returned?", SearchKind.PART),
        ),
        (Filter(FilterKind.DOCUMENT, LEASE.name, (LEASE.id,)),),
    )
}
"""What is searched for where it is not just the question."""
