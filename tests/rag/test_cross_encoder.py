"""A cross-encoder is used where its weights are at hand, and its absence is told before any question needs it."""

from __future__ import annotations

import shutil
import subprocess
import sys
from fnmatch import fnmatch
from typing import TYPE_CHECKING

import numpy as np
import pytest

from rag import cross_encoder_fetch
from rag.cross_encoder import BLEND_FILE, READ, Blend, CrossEncoderReranker
from rag.encoder import Encoder
from rag.errors import CrossEncoderUnavailable
from rag.reranker import rank
from rag.retriever import as_passage, candidate_of
from rag.tokens import model_folder
from tests.rag.passages import ALL, NOTICE, candidates, ids
from tests.tiny_models import tiny_embedding_model, tiny_transformer

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

QUESTION = "How long is the notice period?"


@pytest.fixture(scope="module")
def encoder(model_cache: Path) -> Encoder:
    return Encoder.load(model_cache)


@pytest.fixture(scope="module")
def tiny(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A cross-encoder with random weights, small enough to be made on the spot."""
    return make_model(tmp_path_factory.mktemp("tiny"), outputs=1)


def make_model(folder: Path, *, outputs: int) -> Path:
    import torch
    from transformers import BertConfig, BertForSequenceClassification, BertTokenizerFast

    torch.manual_seed(0)
    config = BertConfig(
        hidden_size=32, num_hidden_layers=1, num_attention_heads=2, intermediate_size=32, num_labels=outputs
    )
    BertForSequenceClassification(config).save_pretrained(folder)
    BertTokenizerFast(tokenizer_file=str(model_folder() / "tokenizer.json")).save_pretrained(folder)
    return folder


def test_it_orders_by_its_own_probability(encoder: Encoder, tiny: Path) -> None:
    """All other scores stay as they were."""
    question = encoder.encode_question(QUESTION)
    given = rank(question, candidates(encoder, question, ALL))

    result = CrossEncoderReranker.load(str(tiny)).rank(QUESTION, given)

    values = [c.scores.rerank.value for c in result if c.scores.rerank]
    assert sorted(ids(result)) == sorted(ALL)
    assert values == sorted(values, reverse=True)
    assert all(0.0 < value < 1.0 for value in values)
    assert {c.chunk.chunk.id: c.scores.dense for c in result} == {c.chunk.chunk.id: c.scores.dense for c in given}


def test_candidates_beyond_those_it_reads_follow_in_their_order(encoder: Encoder, tiny: Path) -> None:
    question = encoder.encode_question(QUESTION)
    given = rank(question, candidates(encoder, question, {f"c{i}": f"{i} {NOTICE}" for i in range(READ + 4)}))

    result = CrossEncoderReranker.load(str(tiny)).rank(QUESTION, given)

    assert ids(result)[READ:] == ids(given)[READ:]
    values = [c.scores.rerank.value for c in result if c.scores.rerank]
    assert values == sorted(values, reverse=True)


def test_langchain_s_compressor_gives_the_same(encoder: Encoder, tiny: Path) -> None:
    question = encoder.encode_question(QUESTION)
    given = candidates(encoder, question, ALL)
    reranker = CrossEncoderReranker.load(str(tiny))

    compressed = reranker.compress_documents([as_passage(candidate) for candidate in given], QUESTION)

    assert ids([candidate_of(passage) for passage in compressed]) == ids(reranker.rank(QUESTION, given))
    assert reranker.rank(QUESTION, []) == ()


@pytest.mark.parametrize("name", ["cross-encoder/no-such-model", "/no/such/folder", "not a name at all", ""])
def test_absent_weights_are_told_at_once_and_nothing_is_fetched(name: str) -> None:
    """The guard on the network sees to the second half."""
    with pytest.raises(CrossEncoderUnavailable) as raised:
        CrossEncoderReranker.load(name)

    assert raised.value.name == name


def test_a_folder_that_holds_no_model_is_the_same_as_none(tmp_path: Path) -> None:
    (tmp_path / "config.json").write_text("{}")

    with pytest.raises(CrossEncoderUnavailable):
        CrossEncoderReranker.load(str(tmp_path))


@pytest.mark.parametrize("share", [0.0, 0.5])
@pytest.mark.parametrize("file", ["model.safetensors", "tokenizer.json", "config.json"])
def test_a_damaged_model_is_the_same_as_none(tiny: Path, tmp_path: Path, file: str, share: float) -> None:
    """A download that was cut short, say: the question is answered by the built-in reranker."""
    folder = tmp_path / "model"
    shutil.copytree(tiny, folder)
    whole = (folder / file).read_bytes()
    (folder / file).write_bytes(whole[: int(share * len(whole))])

    with pytest.raises(CrossEncoderUnavailable):
        CrossEncoderReranker.load(str(folder))


@pytest.mark.parametrize("name", ["bge-reranker-v2-m3", "MiniLM-L6-danish-reranker-v2", "ms-marco-MiniLM-L6-v2"])
def test_a_known_reranker_reads_as_far_as_it_was_made_for(
    encoder: Encoder, tiny: Path, tmp_path: Path, name: str
) -> None:
    """But never farther than it can: this one has 512 positions, whatever it is called."""
    shutil.copytree(tiny, tmp_path / name)
    question = encoder.encode_question(QUESTION)
    given = rank(question, candidates(encoder, question, {"long": "notice period " * 600, **ALL}))

    reranker = CrossEncoderReranker.load(str(tmp_path / name))

    assert reranker.model.max_seq_length == 512
    assert sorted(ids(reranker.rank(QUESTION, given))) == sorted(["long", *ALL])


def test_a_model_that_gives_several_numbers_is_no_reranker(tmp_path: Path) -> None:
    with pytest.raises(CrossEncoderUnavailable, match="3 outputs"):
        CrossEncoderReranker.load(str(make_model(tmp_path, outputs=3)))


@pytest.mark.parametrize("make", [tiny_transformer, tiny_embedding_model])
def test_an_embedding_model_is_no_reranker(tmp_path: Path, make: Callable[[Path], Path]) -> None:
    """It would load, and order passages by weights that are made up at random."""
    with pytest.raises(CrossEncoderUnavailable, match="an embedding model"):
        CrossEncoderReranker.load(str(make(tmp_path / "model")))


@pytest.mark.parametrize("weights", ["model.safetensors", "pytorch_model.bin"])
def test_weights_are_fetched_in_the_one_form_that_there_is(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, weights: str
) -> None:
    """Where there are two, in the newer one."""
    hub = {"config.json", "sentencepiece.bpe.model", "pytorch_model.bin", "onnx/model.onnx", weights}

    def download(_: str, *, allow_patterns: list[str]) -> str:
        for file in (each for each in hub if any(fnmatch(each, pattern) for pattern in allow_patterns)):
            (tmp_path / file).touch()
        return str(tmp_path)

    monkeypatch.setattr("huggingface_hub.snapshot_download", download)
    for name in ("HF_HUB_OFFLINE", "TRANSFORMERS_OFFLINE"):
        monkeypatch.setenv(name, "1")
    cross_encoder_fetch._fetch_here("some/model")
    assert {each.name for each in tmp_path.iterdir()} == {"config.json", "sentencepiece.bpe.model", weights}


def test_finding_out_that_weights_are_absent_imports_no_torch(repository: Path) -> None:
    program = (
        "import sys\nfrom rag.cross_encoder import CrossEncoderReranker\n"
        "from rag.errors import CrossEncoderUnavailable\n"
        "try: CrossEncoderReranker.load('cross-encoder/no-such-model')\n"
        "except CrossEncoderUnavailable: print('torch' in sys.modules)"
    )
    run = subprocess.run([sys.executable, "-c", program], cwd=repository, capture_output=True, text=True, check=True)

    assert run.stdout.strip() == "False"


def test_a_model_of_our_own_making_has_a_vote_and_no_verdict(encoder: Encoder, tiny: Path, tmp_path: Path) -> None:
    """What lies beside its weights says how much it counts: here nothing, so the order before stays."""
    folder = tmp_path / "model"
    shutil.copytree(tiny, folder)
    question = encoder.encode_question(QUESTION)
    given = rank(question, candidates(encoder, question, ALL))
    (folder / BLEND_FILE).write_text('{"late_interaction": 1.0, "cross_encoder": 0.0, "bias": 0.0}')

    kept = CrossEncoderReranker.load(str(folder)).rank(QUESTION, given)

    assert ids(kept) == ids(given)
    for mine, before in zip(kept, given, strict=True):
        assert mine.scores.rerank is not None
        assert before.scores.rerank is not None
        assert mine.scores.rerank.value == pytest.approx(before.scores.rerank.value)


def test_both_rerankers_words_make_the_probability() -> None:
    """Log-odds of 1 before, a logit of 2, weights of 0.5 and 0.25, a bias of -1: even chances."""
    blend = Blend(late_interaction=0.5, cross_encoder=0.25, bias=-1.0)

    (even,) = blend.probabilities(np.array([1 / (1 + np.exp(-1.0))]), np.array([2.0]))

    assert even == pytest.approx(0.5)


@pytest.mark.parametrize("damaged", ["", "[]", '{"weight": 1}', "[1, 2"])
def test_a_damaged_blend_is_the_same_as_no_model(tiny: Path, tmp_path: Path, damaged: str) -> None:
    folder = tmp_path / "model"
    shutil.copytree(tiny, folder)
    (folder / BLEND_FILE).write_text(damaged)

    with pytest.raises(CrossEncoderUnavailable):
        CrossEncoderReranker.load(str(folder))
