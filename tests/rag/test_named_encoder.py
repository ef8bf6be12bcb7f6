"""A named embedding model is used as its card says: its prefixes, its pooling, its length, and its own dimension."""

from __future__ import annotations

import shutil
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from rag.embedding_models import Pooling, Role, embedding_use, reranker_use, role_of
from rag.errors import EmbeddingModelUnavailable
from rag.named_encoder import NamedEncoder, fingerprint_of, name_in
from rag.sentences import sentence_for
from tests.tiny_models import tiny_embedding_model, tiny_transformer

if TYPE_CHECKING:
    from pathlib import Path

QUESTION = "When is the gate locked?"
PASSAGES = ["The gate is locked at nine.", "Shoes stay at the door, whoever comes in and whatever the weather is."]


@pytest.fixture(scope="module")
def models(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of models, each called as a known one or as none."""
    folder = tmp_path_factory.mktemp("models")
    tiny_embedding_model(folder / "multilingual-e5-small")
    tiny_embedding_model(folder / "Qwen3-Embedding-0.6B", pooling="lasttoken")
    tiny_embedding_model(folder / "unheard-of", prompts={"query": "ask: ", "document": "told: "})
    tiny_transformer(folder / "bge-small-en-v1.5")
    return folder


def heard(encoder: NamedEncoder) -> list[str]:
    """What the model is given from here on, word for word."""
    texts: list[str] = []
    encode = encoder._transformer.encode

    def listen(given: list[str], **how: Any) -> Any:
        texts.extend(how["prompt"] + each for each in given)
        return encode(given, **how)

    encoder._transformer.encode = listen
    return texts


@pytest.mark.parametrize(
    ("name", "question", "passage"),
    [
        ("multilingual-e5-small", f"query: {QUESTION}", f"passage: {PASSAGES[0]}"),
        (
            "Qwen3-Embedding-0.6B",
            f"Instruct: Given a web search query, retrieve relevant passages that answer the query\nQuery:{QUESTION}",
            PASSAGES[0],
        ),
        ("bge-small-en-v1.5", f"Represent this sentence for searching relevant passages: {QUESTION}", PASSAGES[0]),
        ("unheard-of", f"ask: {QUESTION}", f"told: {PASSAGES[0]}"),
    ],
)
def test_prefixes_arrive_once(models: Path, name: str, question: str, passage: str) -> None:
    """Of a model that is not known, those that its folder says."""
    encoder = NamedEncoder.load(str(models / name))
    texts = heard(encoder)

    encoder.of_question(QUESTION)
    encoder.of_passages(PASSAGES[:1])

    assert texts == [question, passage]


def test_vectors_have_the_model_s_dimension_and_length_one(models: Path) -> None:
    encoder = NamedEncoder.load(str(models / "multilingual-e5-small"))

    asked, made = encoder.of_question(QUESTION), encoder.of_passages(PASSAGES)

    assert encoder.model.dimension == 48
    assert asked.model == encoder.model.name
    assert asked.vector.shape == (48,)
    assert made.shape == (2, 48)
    np.testing.assert_allclose(np.linalg.norm([asked.vector, *made], axis=1), 1, atol=1e-6)


def test_the_last_token_is_the_text_s_own_beside_longer_texts_too(models: Path) -> None:
    """And not what the shorter one was filled up with."""
    encoder = NamedEncoder.load(str(models / "Qwen3-Embedding-0.6B"))

    states = encoder._transformer.encode(PASSAGES, prompt="", output_value="token_embeddings")
    last = np.stack([each[-1].numpy() for each in states])

    assert encoder._transformer.tokenizer.padding_side == "left"
    np.testing.assert_allclose(
        encoder.of_passages(PASSAGES), last / np.linalg.norm(last, axis=1, keepdims=True), atol=1e-5
    )


def test_a_bare_transformer_is_pooled_as_its_kind_is(models: Path) -> None:
    encoder = NamedEncoder.load(str(models / "bge-small-en-v1.5"))

    first = encoder._transformer.encode(PASSAGES[:1], prompt="", output_value="token_embeddings")[0][0].numpy()

    np.testing.assert_allclose(encoder.of_passages(PASSAGES[:1])[0], first / np.linalg.norm(first), atol=1e-5)


@pytest.mark.parametrize(
    ("name", "prefix", "pooling", "longest"),
    [
        ("intfloat/multilingual-e5-large", "query: ", Pooling.MEAN, 512),
        ("intfloat/e5-base-v2", "query: ", Pooling.MEAN, 512),
        ("/models/my-multilingual-e5-small", "query: ", Pooling.MEAN, 512),
        ("C:\\models\\e5-small-v2", "query: ", Pooling.MEAN, 512),
        ("/hub/models--intfloat--multilingual-e5-base/snapshots/0a1b2c", "query: ", Pooling.MEAN, 512),
        ("intfloat/multilingual-e5-large-instruct", "Instruct: ", Pooling.MEAN, 512),
        ("Qwen/Qwen3-Embedding-8B", "Instruct: ", Pooling.LAST, 8192),
        ("BAAI/bge-m3", "", Pooling.FIRST, 8192),
        ("BAAI/bge-large-en-v1.5", "Represent ", Pooling.FIRST, 512),
        ("thenlper/gte-base", "", Pooling.MEAN, 512),
        ("nomic-ai/nomic-embed-text-v1.5", "search_query: ", Pooling.MEAN, 8192),
        ("sentence-transformers/all-MiniLM-L6-v2", "", Pooling.MEAN, 256),
    ],
)
def test_known_models_are_known_by_name_or_folder(name: str, prefix: str, pooling: Pooling, longest: int) -> None:
    use = embedding_use(name)

    assert use is not None
    assert use.query_prefix.startswith(prefix)
    assert bool(use.query_prefix) == bool(prefix)
    assert (use.pooling, use.longest) == (pooling, longest)


@pytest.mark.parametrize("name", ["somebody/large5-base", "/e5-small/other", "unheard-of", ""])
def test_what_is_only_alike_is_not_taken_for_a_known_model(name: str) -> None:
    assert embedding_use(name) is None


@pytest.mark.parametrize(
    ("name", "longest"),
    [
        ("BAAI/bge-reranker-v2-m3", 1024),
        ("KennethTM/MiniLM-L6-danish-reranker-v2", 512),
        ("cross-encoder/ms-marco-MiniLM-L6-v2", 512),
    ],
)
def test_rerankers_are_known_too(name: str, longest: int) -> None:
    use = reranker_use(name)
    assert use is not None
    assert use.longest == longest


@pytest.mark.parametrize(
    ("name", "role"),
    [
        ("intfloat/multilingual-e5-small", Role.EMBEDDING),
        ("sentence-transformers/a-newer-one", Role.EMBEDDING),
        ("BAAI/bge-m3", Role.EMBEDDING),
        ("BAAI/bge-reranker-v2-m3", Role.CROSS_ENCODER),
        ("cross-encoder/ms-marco-MiniLM-L6-v2", Role.CROSS_ENCODER),
        ("granite4.1:3b", None),
        ("bge-m3", None),
        ("someone/bge-m3:latest", None),
        ("hf.co/Qwen/Qwen3-Embedding-0.6B-GGUF", None),
        ("someone/their-own-chat", None),
        ("", None),
    ],
)
def test_what_a_model_is_for_is_told_by_its_name_on_a_hub(name: str, role: Role | None) -> None:
    """Names that only Ollama has are left to it."""
    assert role_of(name) is role


@pytest.mark.parametrize("name", ["intfloat/multilingual-e5-small", "/no/such/folder", "not a name at all", ""])
def test_absent_weights_are_told_in_a_sentence_and_nothing_is_fetched(name: str) -> None:
    """The guard on the network sees to the second half."""
    with pytest.raises(EmbeddingModelUnavailable) as raised:
        NamedEncoder.load(name)

    assert f"models pull {name}" in sentence_for(raised.value)


@pytest.mark.parametrize("file", ["model.safetensors", "tokenizer.json", "config.json", "modules.json"])
def test_a_damaged_model_is_the_same_as_none(models: Path, tmp_path: Path, file: str) -> None:
    folder = tmp_path / "multilingual-e5-small"
    shutil.copytree(models / "multilingual-e5-small", folder)
    (folder / file).write_bytes((folder / file).read_bytes()[:20])

    with pytest.raises(EmbeddingModelUnavailable):
        NamedEncoder.load(str(folder))


def test_a_model_with_settings_of_the_wrong_kind_is_the_same_as_none(models: Path, tmp_path: Path) -> None:
    folder = tmp_path / "multilingual-e5-small"
    shutil.copytree(models / "multilingual-e5-small", folder)
    (folder / "sentence_bert_config.json").write_text('{"max_seq_length": "long"}')

    with pytest.raises(EmbeddingModelUnavailable):
        NamedEncoder.load(str(folder))


def test_other_weights_of_the_same_name_are_another_model(models: Path, tmp_path: Path) -> None:
    folder = tmp_path / "multilingual-e5-small"
    shutil.copytree(models / "multilingual-e5-small", folder)
    before = fingerprint_of(str(folder))
    weights = bytearray((folder / "model.safetensors").read_bytes())
    weights[-1] ^= 1
    (folder / "model.safetensors").write_bytes(weights)

    assert fingerprint_of(str(folder)) != before
    assert name_in(before) == str(folder)


def test_naming_a_model_imports_no_torch(models: Path, repository: Path) -> None:
    """So that the program starts as fast as ever."""
    program = (
        "import sys\nfrom rag.named_encoder import fingerprint_of\nimport rag.meaning, rag.reencoding\n"
        f"fingerprint_of({str(models / 'multilingual-e5-small')!r})\nprint('torch' in sys.modules)"
    )
    run = subprocess.run([sys.executable, "-c", program], cwd=repository, capture_output=True, text=True, check=True)

    assert run.stdout.strip() == "False"
