"""The exported encoders are the packaged model, made once per machine, and nobody pays for torch to use them."""

from __future__ import annotations

import math
import shutil
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pytest

from app import build_assistant
from rag import encoder_export
from rag.encoder import Encoder, model_fingerprint, run_batch
from rag.errors import EncoderError
from rag.precision import Precision
from rag.token_vectors import project, tokens_of, unit, unpack
from rag.tokens import model_folder
from storage.records import Chunk

if TYPE_CHECKING:
    from pathlib import Path

TEXTS = (
    "The notice period is three months.",
    "",
    "Kündigungsfrist: drei Monate zum Quartalsende.",
    "Net revenue rose by 4.2 % to 1,204 million euros in the second quarter. " * 30,
    "Q3 | 41.2 | 39.8 | +3.5 %",
)


@pytest.fixture(scope="module", params=list(Precision))
def encoder(model_cache: Path, request: pytest.FixtureRequest) -> Encoder:
    """The encoder in each precision, one after the other."""
    return Encoder.load(model_cache, request.param)


@pytest.fixture(scope="module")
def whole(model_cache: Path) -> Encoder:
    """The encoder in single precision."""
    return Encoder.load(model_cache, Precision.FP32)


def chunk(text: str, prefix: str = "", ordinal: int = 0) -> Chunk:
    return Chunk(f"c{ordinal}", "d", ordinal, None, "", "", prefix, text, 0, len(text))


@pytest.mark.parametrize(("precision", "least"), [(Precision.FP32, 0.9999), (Precision.INT8, 0.97)])
def test_sentence_vectors_are_those_of_sentence_transformers(
    precision: Precision, least: float, model_cache: Path
) -> None:
    """Long text, no text, other languages and figures: the same in single precision, and close in bytes."""
    from sentence_transformers import SentenceTransformer

    reference = SentenceTransformer(str(model_folder()), device="cpu", local_files_only=True)
    expected = reference.encode(list(TEXTS), normalize_embeddings=True)
    encoder = Encoder.load(model_cache, precision)
    encoded = encoder.encode_chunks([chunk(text, ordinal=i) for i, text in enumerate(TEXTS)])

    for one, other in zip(encoded, expected, strict=True):
        assert float(one.vector @ other) > least
    for text, other in zip(TEXTS, expected, strict=True):
        assert float(encoder.encode_question(text).vector @ other) > least


def test_documents_are_encoded_in_bytes_unless_asked_otherwise(model_cache: Path) -> None:
    """What is loaded without a word has the vectors of the one precision and not of the other."""
    usual, bytes_, whole = (
        encoder.encode_question(TEXTS[0]).vector
        for encoder in (Encoder.load(model_cache), *(Encoder.load(model_cache, each) for each in Precision))
    )

    assert float(usual @ bytes_) > 0.99999 > float(usual @ whole)


def test_the_order_of_chunks_is_kept_whatever_their_lengths(encoder: Encoder) -> None:
    """Batches are sorted by length; what comes back is not."""
    texts = ["word " * (1 + (i * 37) % 90) + str(i) for i in range(40)]
    chunks = [chunk(text, ordinal=i) for i, text in enumerate(texts)]

    together = encoder.encode_chunks(chunks)

    assert [one.chunk.id for one in together] == [f"c{i}" for i in range(40)]
    for i in (0, 17, 39):
        alone = encoder.encode_chunks([chunks[i]])[0]
        # In bytes, the batch decides how finely its texts are rounded.
        assert float(alone.vector @ together[i].vector) > 0.98
        assert max(float(alone.vector @ other.vector) for other in together) == float(alone.vector @ together[i].vector)


def test_the_prefix_is_encoded_with_the_text(encoder: Encoder) -> None:
    plain, prefixed = encoder.encode_chunks([chunk("See below."), chunk("See below.", prefix="Lease of the boathouse")])

    assert float(plain.vector @ prefixed.vector) < 0.9
    assert len(prefixed.tokens.scales) > len(plain.tokens.scales)


def test_in_single_precision_neighbours_change_nothing(whole: Encoder) -> None:
    """A text's vector is the same whatever else is in its batch."""
    chunks = [chunk("word " * (1 + (i * 37) % 90) + str(i), ordinal=i) for i in range(40)]
    together = whole.encode_chunks(chunks)

    for i in (0, 17, 39):
        assert float(whole.encode_chunks([chunks[i]])[0].vector @ together[i].vector) > 0.99999


def test_token_vectors_survive_being_kept_in_half_bytes(whole: Encoder) -> None:
    """Unit length within five percent, and close to what the model said."""
    [one] = whole.encode_chunks([chunk(TEXTS[0])])
    question = whole.encode_question(TEXTS[0])
    stored = unpack(tokens_of(one))
    exact = question.token_vectors[question.weights > 0]

    assert tokens_of(one).codes.shape == (len(exact), exact.shape[1] // 2)
    assert tokens_of(one).scales.dtype == np.float16
    assert np.linalg.norm(stored, axis=1) == pytest.approx(1.0, abs=0.05)
    assert (unit(stored) * exact).sum(axis=1).min() > 0.98


def test_token_vectors_that_were_not_kept_are_made_again(whole: Encoder) -> None:
    """The same, and nothing else of the chunk is touched."""
    made = whole.encode_chunks([chunk(text, ordinal=i) for i, text in enumerate(TEXTS)])

    again = whole.with_token_vectors([replace(each, tokens=None) for each in made])

    for one, other in zip(made, again, strict=True):
        assert other.chunk is one.chunk
        assert other.vector is one.vector
        np.testing.assert_array_equal(unpack(tokens_of(other)), unpack(tokens_of(one)))


def test_question_tokens_know_their_words_and_weights(encoder: Encoder) -> None:
    """[CLS] and [SEP] are left out, punctuation weighs nothing, a rare word more than a common one."""
    question = encoder.encode_question("Where is the Antikythera mechanism?")
    weight = dict(zip(question.tokens.pieces, question.weights, strict=True))

    assert len(question.token_vectors) == len(question.tokens) == len(question.weights)
    assert np.linalg.norm(question.token_vectors, axis=1) == pytest.approx(1.0, abs=1e-5)
    assert weight["?"] == 0.0
    assert weight["mechanism"] > weight["is"] > 0.0


def test_words_in_brackets_behind_a_question_weigh_less(encoder: Encoder) -> None:
    """They come from an earlier question, which is not to be answered again; brackets inside weigh like the rest."""
    plain, aside = (encoder.encode_question(text) for text in ("And for pets? notice", "And for pets? (notice)"))
    inside = encoder.encode_question("And (for) pets?")
    assert aside.weights[:4].tolist() == plain.weights[:4].tolist()
    assert aside.weights.max() == plain.weights[2]
    assert 0 < aside.weights[5] < 0.5 * plain.weights[4]
    assert inside.weights[2] == plain.weights[1]


def test_an_empty_question_has_a_vector_and_no_tokens(encoder: Encoder) -> None:
    question = encoder.encode_question("")

    assert question.vector.shape == (384,)
    assert len(question.token_vectors) == 0


def test_the_fingerprint_names_weights_and_projection() -> None:
    assert model_fingerprint().startswith("all-MiniLM-L6-v2/53aa51172d14/")
    assert project(np.ones((1, 384), np.float32)).shape[0] == 1


def test_using_the_encoder_imports_no_torch(model_cache: Path, repository: Path) -> None:
    """Ingest and search pay neither its seconds nor its memory."""
    program = (
        "import sys; from pathlib import Path; from rag.encoder import Encoder\n"
        "Encoder.load(Path(sys.argv[1])).encode_question('a question')\n"
        "print(*[m for m in ('torch', 'transformers', 'sentence_transformers') if m in sys.modules])"
    )
    run = subprocess.run(
        [sys.executable, "-c", program, str(model_cache)], cwd=repository, capture_output=True, text=True, check=True
    )

    assert run.stdout.strip() == ""


def test_two_starters_share_one_export_and_damaged_files_are_made_anew(tmp_path: Path, whole: Encoder) -> None:
    """Both wait for one child; what it leaves is complete, and nothing else lies there but the lock."""
    expected = whole.encode_question(TEXTS[0]).vector
    least = {Precision.FP32: 0.99999, Precision.INT8: 0.97}
    with ThreadPoolExecutor(2) as pool:
        both = list(pool.map(lambda precision: Encoder.load(tmp_path, precision), Precision))
    for one, precision in zip(both, Precision, strict=True):
        assert float(one.encode_question(TEXTS[0]).vector @ expected) > least[precision]
    exported = set(tmp_path.glob("*.onnx"))
    assert len(exported) == len(Precision)
    assert set(tmp_path.iterdir()) == {*exported, tmp_path / "encoder.lock"}

    for file in exported:
        file.write_bytes(file.read_bytes()[:1_000_000])
    for precision in Precision:
        again = Encoder.load(tmp_path, precision).encode_question(TEXTS[0]).vector
        assert float(again @ expected) > least[precision]


def test_each_output_is_rounded_by_a_scale_of_its_own_to_seven_bits(model_cache: Path) -> None:
    """One scale for all would lose twice as much, and eight bits too much on processors without VNNI."""
    import onnx
    from onnx.numpy_helper import to_array

    Encoder.load(model_cache, Precision.INT8)
    [file] = model_cache.glob("*-int8.onnx")
    graph = onnx.load(file).graph
    values = {each.name: to_array(each) for each in graph.initializer}
    products = [node for node in graph.node if node.op_type in {"MatMulInteger", "DynamicQuantizeMatMul"}]
    rounded = {name: array for name, array in values.items() if array.dtype == np.int8 and array.ndim == 2}

    assert len(products) == len(rounded) == 36
    for name, array in rounded.items():
        assert -64 <= array.min() < 0 < array.max() <= 64
        assert values[name.replace("_quantized", "_scale")].shape == array.shape[1:]


def test_changed_weights_are_refused(tmp_path: Path) -> None:
    weights = tmp_path / "model.safetensors"
    weights.write_bytes(b"not the weights")

    with pytest.raises(EncoderError, match="SHA-256"):
        encoder_export.check_weights(weights)
    with pytest.raises(EncoderError, match="missing"):
        encoder_export.check_weights(tmp_path / "absent")


def test_no_file_is_made_of_changed_weights(tmp_path: Path) -> None:
    """They are refused before anything is loaded."""
    model, target = tmp_path / "model", tmp_path / "made"
    target.mkdir()
    shutil.copytree(model_folder(), model)
    weights = model / "model.safetensors"
    weights.write_bytes(weights.read_bytes()[:-1] + b"\0")

    with pytest.raises(EncoderError, match="SHA-256"):
        encoder_export.export(model, target)
    assert not list(target.iterdir())


@pytest.mark.parametrize(
    ("bytes_", "whole"), [(0.97, 1.0), (0.99, 0.9999), (0.99, 0.99), (math.nan, 1.0), (0.99, math.nan)]
)
def test_no_file_is_handed_over_that_does_not_agree(
    bytes_: float, whole: float, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Neither where vectors of one of the files differ nor where they are no numbers."""
    monkeypatch.setattr(encoder_export, "_write_onnx", lambda _, path: path.write_bytes(b"an encoder"))
    monkeypatch.setattr(encoder_export, "_write_rounded", lambda _, path: path.write_bytes(b"a rounded one"))
    monkeypatch.setattr(encoder_export, "_worst_cosines", lambda *_: [bytes_, whole])

    with pytest.raises(EncoderError, match="differs"):
        encoder_export.export(model_folder(), tmp_path)
    assert not list(tmp_path.iterdir())


def test_an_encoder_of_other_weights_does_not_agree(tmp_path: Path, model_cache: Path) -> None:
    """What is compared are real vectors: here those of weights of which one layer is lost."""
    from safetensors.numpy import load_file, save_file

    for precision in Precision:
        Encoder.load(model_cache, precision)
    exported = [next(model_cache.glob(f"*-{precision}.onnx")) for precision in Precision]
    model = tmp_path / "model"
    shutil.copytree(model_folder(), model)
    weights = load_file(model / "model.safetensors")
    lost = {name: np.zeros_like(values) for name, values in weights.items() if "layer.5.output.dense" in name}
    save_file(weights | lost, model / "model.safetensors", metadata={"format": "pt"})
    same, other = (encoder_export._worst_cosines(each, exported) for each in (model_folder(), model))

    assert lost
    for precision, of_same, of_other in zip(Precision, same, other, strict=True):
        assert of_same > encoder_export.LEAST_COSINE[precision] > of_other


def test_a_cache_that_cannot_be_written_is_an_encoder_error(tmp_path: Path) -> None:
    blocked = tmp_path / "file"
    blocked.write_text("in the way")

    with pytest.raises(EncoderError):
        Encoder.load(blocked / "cache")


def test_a_batch_that_onnx_runtime_gives_up_is_an_encoder_error(encoder: Encoder) -> None:
    """Here for a token that does not exist; for lack of memory it is the same."""
    with pytest.raises(EncoderError, match="out of data bounds"):
        run_batch(encoder.session, [[10**6]])


@pytest.mark.parametrize("precision", list(Precision))
def test_the_program_computes_as_its_setting_says(precision: Precision, tmp_path: Path, model_cache: Path) -> None:
    """Documents and questions go through the same encoder."""
    environment = {"FOOTNOTE_ENCODER": str(precision), "FOOTNOTE_CACHE": str(model_cache)}
    expected = Encoder.load(model_cache, precision).encode_question(TEXTS[0]).vector
    with closing(build_assistant(tmp_path / "data", environment)) as assistant:
        vector = assistant._engine.get().ingester._encoder.get().encode_question(TEXTS[0]).vector

    assert float(vector @ expected) > 0.99999
