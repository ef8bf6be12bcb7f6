"""The child process that turns the packaged MiniLM weights into ONNX files: ``python -m rag.encoder_export FOLDER``.

Here alone torch, transformers and sentence-transformers are imported for encoding, so that the main process never does.
It refuses weights whose SHA-256 is not the pinned one, and hands over no file whose sentence vectors differ from those
of sentence-transformers by more than rounding to bytes must cost. Who asks for the files, where they are kept and how
two askers share them is the affair of ``rag/encoder_files.py``.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rag.errors import EncoderError
from rag.precision import Precision
from rag.tokens import MiniLMTokenizer, model_folder, sha256_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy as np
    from numpy.typing import NDArray

__all__ = ["INPUTS", "LEAST_COSINE", "OUTPUT", "WEIGHTS_SHA256", "check_weights", "export", "file_name", "main"]

WEIGHTS_SHA256 = "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db"
INPUTS = ("input_ids", "attention_mask")
OUTPUT = "token_states"
"""Last hidden states, shape (batch, tokens, 384)."""
LEAST_COSINE = {Precision.FP32: 0.9999, Precision.INT8: 0.97}
"""What a sentence vector must have in common with that of sentence-transformers. Weights rounded to bytes output by
output reach 0.98 to 0.995; rounded all by one scale they fall below 0.9, and move twice as many of the best ten."""
_OPSET = 17
_CHECKED_ON = (
    "How long is the notice period?",
    "The tenant may terminate this agreement by giving three months’ written notice to the landlord.",
    "Umsatzerlöse 2023: 4.182 Mio. €, davon 31 % außerhalb Europas.",
    "word " * 400,
)
"""A question, a passage, another language with figures, and a text beyond the model's limit."""


def check_weights(weights: Path) -> None:
    """Raise EncoderError unless ``weights`` are the pinned ones."""
    if not weights.is_file():
        raise EncoderError(f"{weights} is missing")
    found = sha256_of(weights)
    if found != WEIGHTS_SHA256:
        raise EncoderError(f"{weights} has SHA-256 {found}, not {WEIGHTS_SHA256}")


def file_name(precision: Precision) -> str:
    """What the file of a precision is called in the folder that ``export`` writes to."""
    return f"{precision}.onnx"


def export(model: Path, folder: Path) -> None:
    """Write the encoder in folder ``model`` to ``folder`` in every precision and prove each, or raise EncoderError.

    Where one differs, none is left.
    """
    check_weights(model / "model.safetensors")
    targets = {precision: folder / file_name(precision) for precision in Precision}
    _write_onnx(model, targets[Precision.FP32])
    _write_rounded(targets[Precision.FP32], targets[Precision.INT8])
    worst = dict(zip(targets, _worst_cosines(model, tuple(targets.values())), strict=True))
    differing = [each for each in targets if not worst[each] > LEAST_COSINE[each]]  # what is no number does not pass
    if differing:
        for target in targets.values():
            target.unlink()
        found = ", ".join(f"cosine {worst[each]:.6f} in {each}" for each in differing)
        raise EncoderError(f"exported encoder differs: {found}")


def _write_onnx(model: Path, target: Path) -> None:
    """Trace the transformer once; attention is spelled out ("eager") so that ONNX Runtime can fuse it."""
    import torch
    from transformers import AutoModel

    transformer = AutoModel.from_pretrained(str(model), attn_implementation="eager", local_files_only=True)

    class TokenStates(torch.nn.Module):  # type: ignore[misc,unused-ignore]
        """The transformer with nothing but its last hidden states."""

        def __init__(self) -> None:
            super().__init__()
            self.transformer = transformer

        def forward(self, input_ids: Any, attention_mask: Any) -> Any:  # noqa: ANN401  (tensors; torch is imported here)
            return self.transformer(input_ids=input_ids, attention_mask=attention_mask).last_hidden_state

    ones = torch.ones((2, 8), dtype=torch.int64)
    shape = {0: "batch", 1: "tokens"}
    torch.onnx.export(
        # The wrapper itself must be in eval mode, or the exporter switches dropout back on.
        TokenStates().eval(),
        (ones, ones),
        str(target),
        input_names=list(INPUTS),
        output_names=[OUTPUT],
        dynamic_axes=dict.fromkeys((*INPUTS, OUTPUT), shape),
        opset_version=_OPSET,
        dynamo=False,
    )


def _write_rounded(whole: Path, target: Path) -> None:
    """Round the weights of every product to bytes, each output with a scale of its own; embeddings stay as they are.

    They are rounded to seven bits (``reduce_range``): processors without VNNI add pairs of products in sixteen bits,
    where those of eight would be cut off.
    """
    from onnxruntime.quantization import QuantType, quantize_dynamic

    quantize_dynamic(
        whole,
        target,
        op_types_to_quantize=["MatMul", "Gemm"],
        per_channel=True,
        reduce_range=True,
        weight_type=QuantType.QInt8,
    )


def _worst_cosines(model: Path, targets: Sequence[Path]) -> list[float]:
    """For each file, the lowest cosine between our sentence vectors and those of sentence-transformers."""
    from sentence_transformers import SentenceTransformer

    reference = SentenceTransformer(str(model), device="cpu", local_files_only=True)
    expected = reference.encode(list(_CHECKED_ON), normalize_embeddings=True)
    return [float((_sentence_vectors(target, _CHECKED_ON) * expected).sum(axis=1).min()) for target in targets]


def _sentence_vectors(target: Path, texts: Sequence[str]) -> NDArray[np.float32]:
    """Our vectors, through the code that the program uses."""
    import numpy as np

    from rag.encoder import run_batch, sentence_vector
    from rag.encoder_files import open_session

    session, tokenizer = open_session(target), MiniLMTokenizer.load()
    return np.stack(
        [sentence_vector(run_batch(session, [tokenizer.ids(tokenizer.tokenize(text))])[0]) for text in texts]
    )


def main(arguments: Sequence[str]) -> int:
    """Export to the folder given; progress and complaints go to stderr."""
    os.environ.update(HF_HUB_OFFLINE="1", TRANSFORMERS_OFFLINE="1", HF_HUB_DISABLE_TELEMETRY="1")
    try:
        export(model_folder(), Path(arguments[0]))
    except EncoderError as error:
        sys.stderr.write(f"{error}\n")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
