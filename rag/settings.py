"""The settings that reading, retrieval and generation interpret: each a name, a default, a range and one line of help.

Values only. They are built once, by ``app.py``, from the environment; this module knows no environment itself, only how
a setting is spelled there and how its text is read.
"""

from __future__ import annotations

from dataclasses import dataclass, field, fields
from enum import StrEnum
from typing import TYPE_CHECKING, Any, TypeVar

from rag.errors import BadSetting
from rag.evidence import CANDIDATES, Mode
from rag.labels import Prefixing
from rag.precision import Precision

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = [
    "GenerationSettings",
    "IngestSettings",
    "PlanningSettings",
    "RetrievalSettings",
    "SettingRow",
    "Switch",
    "from_texts",
    "setting_rows",
]


def _about(help_: str, *, low: float | None = None, high: float | None = None) -> dict[str, Any]:
    """Describe a field: its line of help, and for a number its range."""
    return {"help": help_, "low": low, "high": high}


class Switch(StrEnum):
    """Whether something is done."""

    OFF = "off"
    ON = "on"


@dataclass(frozen=True, slots=True)
class RetrievalSettings:
    """How passages are found."""

    mode: Mode = field(
        default=Mode.BALANCED,
        metadata=_about("How many candidates are reranked: {}, {} or {}.".format(*CANDIDATES.values())),
    )
    top_k: int = field(default=10, metadata=_about("Passages shown for a question.", low=1, high=100))
    passages: int = field(
        default=10, metadata=_about("Passages the language model reads at most, of those shown.", low=1, high=50)
    )
    evidence_tokens: int = field(
        default=3000, metadata=_about("Tokens that these may have together.", low=200, high=100000)
    )
    drop_duplicates: Switch = field(
        default=Switch.ON, metadata=_about("Passages that say nearly the same as a better one are not read.")
    )
    mmr: float = field(
        default=1.0,
        metadata=_about(
            "Below 1, the last third is chosen also by what it adds (maximal marginal relevance's lambda).",
            low=0,
            high=1,
        ),
    )
    merge: Switch = field(
        default=Switch.ON,
        metadata=_about("Passages that stand together in a section are read as one, with what lies between."),
    )
    window: int = field(
        default=0, metadata=_about("Characters before and behind a passage that are read too.", low=0, high=2000)
    )
    fusion_k: int = field(default=10, metadata=_about("The constant of reciprocal rank fusion.", low=1, high=1000))
    answerable_threshold: float = field(
        default=0.05,
        metadata=_about("Below this probability the answer says the documents do not hold it.", low=0, high=1),
    )
    embedding: str = field(
        default="",
        metadata=_about("Name or folder of the model that finds passages by meaning; empty takes the built-in one."),
    )
    cross_encoder: str = field(
        default="cross-encoder/ms-marco-MiniLM-L6-v2",
        metadata=_about("Name or folder of the cross-encoder that thorough mode uses where it is installed."),
    )


@dataclass(frozen=True, slots=True)
class GenerationSettings:
    """How an answer is written."""

    server: str = field(default="http://127.0.0.1:11434", metadata=_about("Where Ollama listens."))
    model: str = field(
        default="", metadata=_about("The language model; empty takes the first suitable one that is installed.")
    )
    num_ctx: int = field(default=8192, metadata=_about("The model's window, in tokens.", low=2048, high=131072))
    num_predict: int = field(default=768, metadata=_about("The longest answer, in tokens.", low=64, high=8192))
    temperature: float = field(default=0.2, metadata=_about("How freely the model writes.", low=0, high=1))
    keep_alive: str = field(default="30m", metadata=_about("How long Ollama keeps the model in memory."))


@dataclass(frozen=True, slots=True)
class IngestSettings:
    """How documents are read."""

    encoder: Precision = field(
        default=Precision.INT8,
        metadata=_about("How the built-in model computes: int8 takes half the time, fp32 is exact."),
    )
    chunk_size: int = field(
        default=190, metadata=_about("Word pieces that a passage of new documents aims at.", low=32, high=224)
    )
    chunk_overlap: int = field(
        default=0, metadata=_about("Sentences that a passage repeats of the one before it.", low=0, high=5)
    )
    chunk_prefix: Prefixing = field(
        default=Prefixing.BOTH,
        metadata=_about("What a passage is found under besides its words: the document's title, its headings."),
    )
    seconds_per_file: int = field(
        default=600, metadata=_about("A file that takes longer to read is given up.", low=10, high=86400)
    )
    seconds_per_page: int = field(
        default=120,
        metadata=_about("A page, or a file without pages, that takes longer is given up.", low=1, high=86400),
    )
    memory_per_file: int = field(
        default=2000,
        metadata=_about("Reading a file may take this much memory, in megabytes (Linux).", low=200, high=64000),
    )
    largest_file: int = field(
        default=500, metadata=_about("A larger file is not read, in megabytes.", low=1, high=10000)
    )
    token_vectors_up_to: int = field(
        default=2_000_000,
        metadata=_about(
            "From so many passages on no more token vectors are kept: 4 kB less each, a second more for a question.",
            low=0,
            high=1_000_000_000,
        ),
    )


@dataclass(frozen=True, slots=True)
class PlanningSettings:
    """What a question becomes before it is searched for."""

    rules: Switch = field(
        default=Switch.ON,
        metadata=_about("Several questions in one are searched one by one; named documents and years narrow a search."),
    )
    spelling: Switch = field(
        default=Switch.ON,
        metadata=_about(
            "A word that is in no document is taken for one that is, where a slip of the finger tells why."
        ),
    )
    decompose: Switch = field(
        default=Switch.OFF, metadata=_about("The language model looks for several questions in one.")
    )
    rephrase: Switch = field(
        default=Switch.OFF, metadata=_about("The language model's other wordings of a question are searched for too.")
    )
    step_back: Switch = field(
        default=Switch.OFF, metadata=_about("The more general question behind one is searched for too.")
    )
    hyde: Switch = field(
        default=Switch.OFF, metadata=_about("A made-up answer is searched for too, to find real ones like it.")
    )
    structure: Switch = field(
        default=Switch.OFF, metadata=_about("The language model turns documents, years and kinds of file into filters.")
    )
    route: Switch = field(
        default=Switch.OFF, metadata=_about("The language model chooses the collection that a question is about.")
    )


_OWNERS = (RetrievalSettings, PlanningSettings, GenerationSettings, IngestSettings)
_Settings = TypeVar("_Settings", RetrievalSettings, PlanningSettings, GenerationSettings, IngestSettings)


@dataclass(frozen=True, slots=True)
class SettingRow:
    """One line of the README's table."""

    name: str
    """As the environment spells it."""
    default: str
    allowed: str
    help: str


def setting_rows() -> tuple[SettingRow, ...]:
    """Every setting of this layer, in the order a reader meets them."""
    return tuple(
        SettingRow(_spelling(each.name), str(each.default), _allowed(each), each.metadata["help"])
        for owner in _OWNERS
        for each in fields(owner)
    )


def from_texts(owner: type[_Settings], texts: Mapping[str, str]) -> _Settings:
    """Read the settings of ``owner`` out of ``texts`` (an environment, say); raise BadSetting for a value off range."""
    spelled = {_spelling(each.name): each for each in fields(owner)}
    given: dict[str, Any] = {each.name: _read(each, texts[name]) for name, each in spelled.items() if name in texts}
    return owner(**given)


def _spelling(name: str) -> str:
    return f"FOOTNOTE_{name.upper()}"


def _allowed(each: Any) -> str:  # noqa: ANN401  (dataclasses.Field is generic over every type there is)
    if isinstance(each.default, StrEnum):
        return ", ".join(type(each.default))
    if each.metadata["low"] is None:
        return "text"
    return f"{each.metadata['low']} to {each.metadata['high']}"


def _read(each: Any, text: str) -> object:  # noqa: ANN401  (as above)
    try:
        value = type(each.default)(text)
    except ValueError:
        raise BadSetting(_spelling(each.name), text, _allowed(each)) from None
    low, high = each.metadata["low"], each.metadata["high"]
    if low is not None and not low <= value <= high:
        raise BadSetting(_spelling(each.name), text, _allowed(each))
    return value
