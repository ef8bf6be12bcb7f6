"""Models with random weights, made on the spot: small enough for a test, and loaded as any other of their kind is."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from rag.tokens import model_folder

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

__all__ = ["tiny_embedding_model", "tiny_transformer"]


def tiny_transformer(folder: Path, *, dimension: int = 48, seed: int = 0) -> Path:
    """A folder with a transformer and its tokenizer, and nothing that says how it is used."""
    import torch
    from transformers import BertConfig, BertModel, BertTokenizerFast

    torch.manual_seed(seed)
    config = BertConfig(
        hidden_size=dimension, num_hidden_layers=1, num_attention_heads=2, intermediate_size=32, initializer_range=0.5
    )
    BertModel(config).save_pretrained(folder)
    BertTokenizerFast(tokenizer_file=str(model_folder() / "tokenizer.json")).save_pretrained(folder)
    return folder


def tiny_embedding_model(
    folder: Path, *, dimension: int = 48, pooling: str = "mean", prompts: Mapping[str, str] | None = None, seed: int = 0
) -> Path:
    """The same as sentence-transformers saves it: with its pooling, and the prompts that it wants."""
    from sentence_transformers import SentenceTransformer
    from sentence_transformers.sentence_transformer.modules import Pooling, Transformer

    bare = tiny_transformer(folder.with_name(f"{folder.name} bare"), dimension=dimension, seed=seed)
    transformer = SentenceTransformer(
        modules=[Transformer(str(bare)), Pooling(dimension, pooling_mode=pooling)],
        prompts=dict(prompts or {}),
        device="cpu",
    )
    transformer.save_pretrained(str(folder), create_model_card=False)
    assert json.loads((folder / "modules.json").read_text())
    return folder
