"""What is known of embedding models and rerankers by their names: how a text is put to each, and how far it reads.

A model that was trained on “query: …” finds less without that, and nothing in its folder need say so: multilingual E5
models have no prompts in their configuration. Every fact here stands on the model's own card. Of a model that is not
known here, its folder's sentence-transformers configuration is believed. Values and matching only; nothing is loaded.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum
from pathlib import PurePath
from typing import TypeVar

__all__ = ["EmbeddingUse", "Pooling", "RerankerUse", "Role", "embedding_use", "reranker_use", "role_of"]

_Use = TypeVar("_Use")


class Pooling(StrEnum):
    """Which of a text's token vectors stand for the whole, as sentence-transformers calls it."""

    MEAN = "mean"
    FIRST = "cls"
    LAST = "lasttoken"


class Role(StrEnum):
    """What a model that is no language model is for, by the setting that names it."""

    EMBEDDING = "embedding"
    CROSS_ENCODER = "cross_encoder"


@dataclass(frozen=True, slots=True)
class EmbeddingUse:
    """How a model wants texts, and what is made of its token vectors; whatever comes out is brought to unit length."""

    query_prefix: str = ""
    passage_prefix: str = ""
    pooling: Pooling = Pooling.MEAN
    """Where the model's folder does not say so itself."""
    longest: int = 512
    """Tokens that it reads; what is beyond is cut off."""
    pads_left: bool = False
    """Whether short texts are filled up at their beginning, so that the last token is the text's own."""


@dataclass(frozen=True, slots=True)
class RerankerUse:
    """How far a cross-encoder reads."""

    longest: int = 512
    """Tokens of question and passage together."""


_ON_A_HUB = re.compile(r"(?!hf\.co/|huggingface\.co/)[\w.-]+/[\w.-]+", re.IGNORECASE)
"""“owner/name”. Ollama's names have a tag behind a colon, no owner, or the hub's address before both."""
_OWNERS = {"sentence-transformers": Role.EMBEDDING, "cross-encoder": Role.CROSS_ENCODER}
"""Who gives out models of one role only."""
_SEARCH_TASK = "Instruct: Given a web search query, retrieve relevant passages that answer the query\nQuery:"
_FOR_SEARCHING = "Represent this sentence for searching relevant passages: "
_FOR_SEARCHING_ZH = "为这个句子生成表示以用于检索相关文章："
_EMBEDDINGS: tuple[tuple[str, EmbeddingUse], ...] = (
    ("qwen3-embedding", EmbeddingUse(_SEARCH_TASK, "", Pooling.LAST, 8192, pads_left=True)),
    ("e5-mistral-7b-instruct", EmbeddingUse(f"{_SEARCH_TASK} ", "", Pooling.LAST, 4096, pads_left=True)),
    ("multilingual-e5-large-instruct", EmbeddingUse(f"{_SEARCH_TASK} ")),
    (r"(multilingual-)?e5-(small|base|large)(-v2)?(-unsupervised)?", EmbeddingUse("query: ", "passage: ")),
    (r"bge-m3", EmbeddingUse(pooling=Pooling.FIRST, longest=8192)),
    (r"bge-(small|base|large)-en(-v1\.5)?", EmbeddingUse(_FOR_SEARCHING, pooling=Pooling.FIRST)),
    (
        r"bge-(small|base|large)-zh(-v1\.5)?",
        EmbeddingUse(_FOR_SEARCHING_ZH, pooling=Pooling.FIRST),
    ),
    (r"mxbai-embed-large-v1", EmbeddingUse(_FOR_SEARCHING, pooling=Pooling.FIRST)),
    (r"snowflake-arctic-embed-(m|l)-v2\.0", EmbeddingUse("query: ", pooling=Pooling.FIRST, longest=8192)),
    (r"snowflake-arctic-embed-(xs|s|m|l|m-v1\.5)", EmbeddingUse(_FOR_SEARCHING, pooling=Pooling.FIRST)),
    (r"gte-(small|base|large)", EmbeddingUse()),
    (r"gte-modernbert-base", EmbeddingUse(pooling=Pooling.FIRST, longest=8192)),
    (r"nomic-embed-text-v1(\.5)?", EmbeddingUse("search_query: ", "search_document: ", longest=8192)),
    (r"nomic-embed-text-v2-moe", EmbeddingUse("search_query: ", "search_document: ")),
    (r"all-minilm-l6-v2", EmbeddingUse(longest=256)),
    (r"all-minilm-l12-v2", EmbeddingUse(longest=128)),
    (r"all-mpnet-base-v2", EmbeddingUse(longest=384)),
    (r"multi-qa-(minilm-l6|mpnet-base)-cos-v1", EmbeddingUse()),
    (r"paraphrase-multilingual-(minilm-l12|mpnet-base)-v2", EmbeddingUse(longest=128)),
)
"""The first that a name matches counts; sizes and versions are left out where a family has one use for all."""

_RERANKERS: tuple[tuple[str, RerankerUse], ...] = (
    (r"bge-reranker-v2-m3", RerankerUse(1024)),
    (r"bge-reranker-(base|large)", RerankerUse()),
    (r"minilm-l6-danish-reranker(-v2)?", RerankerUse()),
    (r"ms-marco-(tinybert|minilm|electra)-", RerankerUse()),
    (r"mmarco-mminilmv2-", RerankerUse()),
    (r"mxbai-rerank-(xsmall|base|large)-v1", RerankerUse()),
)


def embedding_use(name: str) -> EmbeddingUse | None:
    """How the embedding model of this name, or in this folder, is used; None where that is not known here."""
    return _by_name(name, _EMBEDDINGS)


def reranker_use(name: str) -> RerankerUse | None:
    """How the cross-encoder of this name, or in this folder, is used; None where that is not known here."""
    return _by_name(name, _RERANKERS)


def role_of(name: str) -> Role | None:
    """What the model of this name on a hub is for; None where that is not known here, as of every language model."""
    if not _ON_A_HUB.fullmatch(name):
        return None
    if (role := _OWNERS.get(name.partition("/")[0].lower())) is not None:
        return role
    if reranker_use(name) is not None:
        return Role.CROSS_ENCODER
    return Role.EMBEDDING if embedding_use(name) is not None else None


def _by_name(name: str, known: tuple[tuple[str, _Use], ...]) -> _Use | None:
    """A folder is called as its model is, has it in its name (“my-e5-small”), or is a snapshot in the hub's cache."""
    *above, called = PurePath(name.replace("\\", "/").lower()).parts or ("",)
    if above[-1:] == ["snapshots"]:
        called = above[-2]
    for pattern, use in known:
        if re.search(rf"(?<![a-z0-9]){pattern}", called):
            return use
    return None
