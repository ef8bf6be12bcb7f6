"""The settings that retrieval and generation interpret: each a name, a default, a range and one line of help.

Values only; they are built once, by ``app.py``, from flags, environment and what the person chose on the page.
"""

from __future__ import annotations

from dataclasses import dataclass, field, fields
from typing import Any

from rag.evidence import Mode

__all__ = ["GenerationSettings", "IngestSettings", "RetrievalSettings", "SettingRow", "setting_rows"]


def _setting(default: Any, help_: str, allowed: str) -> Any:  # noqa: ANN401  (the type is the field's own)
    """One documented field."""
    return field(default=default, metadata={"help": help_, "range": allowed})


@dataclass(frozen=True, slots=True)
class RetrievalSettings:
    """How passages are found."""

    mode: Mode = _setting(Mode.BALANCED, "How many candidates are reranked: 50, 100 or 200.", "fast, balanced, thorough")
    top_k: int = _setting(10, "Passages shown for a question.", "1 to 100")
    fusion_k: int = _setting(60, "The constant of reciprocal rank fusion.", "1 to 1000")
    answerable_threshold: float = _setting(
        0.35, "Below this probability the answer says that the documents do not hold it.", "0 to 1"
    )
    cross_encoder: str = _setting(
        "cross-encoder/ms-marco-MiniLM-L6-v2", "Name or folder of the cross-encoder of thorough mode.", "any"
    )


@dataclass(frozen=True, slots=True)
class GenerationSettings:
    """How an answer is written."""

    server: str = _setting("http://127.0.0.1:11434", "Where Ollama listens.", "an address")
    model: str = _setting("", "The language model; empty takes the first suitable one installed.", "a name")
    num_ctx: int = _setting(8192, "The model's window, in tokens.", "2048 to 131072")
    num_predict: int = _setting(768, "The longest answer, in tokens.", "64 to 8192")
    temperature: float = _setting(0.2, "How freely the model writes.", "0 to 1")
    keep_alive: str = _setting("30m", "How long Ollama keeps the model in memory.", "a duration")


@dataclass(frozen=True, slots=True)
class IngestSettings:
    """How documents are read."""

    seconds_per_file: int = _setting(600, "A file that takes longer to read is given up.", "10 to 86400")
    largest_file: int = _setting(500, "A larger file is not read, in megabytes.", "1 to 10000")


@dataclass(frozen=True, slots=True)
class SettingRow:
    """One line of the README's table."""

    name: str
    default: str
    allowed: str
    help: str


def setting_rows() -> tuple[SettingRow, ...]:
    """Every setting of this layer, in the order a reader meets them."""
    return tuple(
        SettingRow(f.name, str(f.default), f.metadata["range"], f.metadata["help"])
        for owner in (RetrievalSettings, GenerationSettings, IngestSettings)
        for f in fields(owner)
    )
