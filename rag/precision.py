"""In which numbers the encoder computes: whole single precision, or bytes.

A name and nothing else, because settings, encoder and export all speak of it. What either costs in quality was measured
by ``tests/benchmarks/encoders.py`` and stands in the README.
"""

from __future__ import annotations

from enum import StrEnum

__all__ = ["Precision"]


class Precision(StrEnum):
    """The numbers that the encoder multiplies."""

    INT8 = "int8"
    """Signed bytes: weights rounded once for each output, what flows between them anew for each batch."""
    FP32 = "fp32"
    """What the model was made in, and what sentence-transformers computes in."""
