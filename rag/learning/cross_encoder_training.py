"""The training itself: lessons in, a cross-encoder out, with marks set on the way from which it goes on after a stop.

sentence-transformers' ``CrossEncoderTrainer`` on the processor. The loss asks twice which of a lesson's passages is the
right one: of the cross-encoder alone, and of it together with late interaction, beside which it will judge. What comes
out are the mean weights of the last marks. Where lessons come from, and what the outcome is worth, is not known here.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from rag.learning.listings import Lesson

__all__ = ["LESSONS_A_STEP", "Recipe", "train"]

LESSONS_A_STEP = 16
_LEFT_ALONE = ("embeddings.", "layer.0.", "layer.1.")
"""What is near the words is right already; not to train it saves a third of the time."""
_TOGETHER = 12
"""Pairs of like length that go through the model at once."""


_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Recipe:
    """What decides the outcome, beside the lessons."""

    base: Path
    """The folder of the model to begin with."""
    steps: int
    lessons_a_step: int = LESSONS_A_STEP
    learning_rate: float = 1.5e-4
    warmup: int = 30
    """Steps in which the learning rate rises; then it stays, since the mean over marks does what lowering it does."""
    mark_every: int = 40
    averaged: int = 6
    """How many of the last marks go into the outcome."""
    longest: int = 224
    """Word pieces of a question and its passage."""
    seed: int = 0


def train(lessons: Sequence[Lesson], recipe: Recipe, marks: Path, finished: Path) -> None:
    """Train from the last mark in folder ``marks``, else from the base, and write the model to ``finished``."""
    from datasets import Dataset
    from sentence_transformers.cross_encoder import CrossEncoderTrainer
    from transformers import PrinterCallback, set_seed

    set_seed(recipe.seed)
    model, done = _begun(recipe), _steps_done(marks)
    columns = {
        "question": [lesson.question for lesson in lessons],
        "passages": [list(lesson.passages) for lesson in lessons],
        "labels": [list(lesson.log_odds) for lesson in lessons],
    }
    trainer = CrossEncoderTrainer(
        model=model, args=_arguments(recipe, marks), train_dataset=Dataset.from_dict(columns), loss=_loss(model)
    )
    trainer.remove_callback(PrinterCallback)
    trainer.add_callback(_progress())
    if done < recipe.steps:
        _log.info("beginning after step %d", done)
        trainer.train(resume_from_checkpoint=bool(done))
    model.save_pretrained(str(finished))
    _write_mean(_marks(marks)[-recipe.averaged :], finished / "model.safetensors")


def _begun(recipe: Recipe) -> Any:  # noqa: ANN401  (a CrossEncoder; its library has no types)
    """The base as a cross-encoder of one output, without dropout: it would double the time that attention takes."""
    from sentence_transformers import CrossEncoder

    model = CrossEncoder(
        str(recipe.base),
        num_labels=1,
        max_length=recipe.longest,
        device="cpu",
        local_files_only=True,
        model_kwargs={"attn_implementation": "eager"},
        config_kwargs={"hidden_dropout_prob": 0.0, "attention_probs_dropout_prob": 0.0},
    )
    for name, weights in model.named_parameters():
        weights.requires_grad = not any(part in name for part in _LEFT_ALONE)
    return model


def _arguments(recipe: Recipe, marks: Path) -> Any:  # noqa: ANN401  (the library has no types)
    import torch
    from sentence_transformers.cross_encoder import CrossEncoderTrainingArguments

    return CrossEncoderTrainingArguments(
        output_dir=str(marks),
        max_steps=recipe.steps,
        per_device_train_batch_size=recipe.lessons_a_step,
        learning_rate=recipe.learning_rate,
        lr_scheduler_type="constant_with_warmup",
        warmup_steps=min(recipe.warmup, recipe.steps // 4),
        weight_decay=0.01,
        # Half precision is quick only where the processor has it; elsewhere it would be the slower one.
        bf16=any(torch.cpu.get_capabilities().get(name) for name in ("avx512_bf16", "amx_bf16", "arm_bf16")),
        use_cpu=True,
        save_steps=min(recipe.mark_every, recipe.steps),
        save_total_limit=recipe.averaged,
        logging_steps=10,
        report_to=[],
        seed=recipe.seed,
        disable_tqdm=True,
    )


def _progress() -> Any:  # noqa: ANN401  (a class of transformers, which is imported here)
    """Tells how far training is, through our own log: stdout is for what it gained."""
    from transformers import TrainerCallback

    class Progress(TrainerCallback):  # type: ignore[misc,unused-ignore]
        """What the trainer calls now and then."""

        def on_log(self, args: Any, state: Any, control: Any, logs: Any = None, **_: Any) -> None:  # noqa: ANN401, ARG002
            """Tell the loss."""
            if logs and "loss" in logs:
                _log.info("step %d of %d: loss %s", state.global_step, state.max_steps, logs["loss"])

    return Progress()


def _loss(model: Any) -> Any:  # noqa: ANN401  (modules of torch, which is imported here)
    """Cross-entropy over a lesson's passages, of which the first is the right one."""
    import torch

    class Listwise(torch.nn.Module):  # type: ignore[misc,unused-ignore]
        """What the trainer calls; ``labels`` are the log-odds of late interaction."""

        def __init__(self) -> None:
            super().__init__()
            self.model = model

        def forward(self, inputs: Any, labels: Any, prompt: Any = None, task: Any = None) -> Any:  # noqa: ANN401, ARG002
            questions, passages = inputs
            pairs = [(question, each) for question, own in zip(questions, passages, strict=True) for each in own]
            logits = torch.split(_logits(self.model, pairs), [len(own) for own in passages])
            losses = [
                -(torch.log_softmax(own, 0)[0] + torch.log_softmax(own + beside, 0)[0]) / 2
                for own, beside in zip(logits, labels, strict=True)
            ]
            return torch.stack(losses).mean()

    return Listwise()


def _logits(model: Any, pairs: Sequence[tuple[str, str]]) -> Any:  # noqa: ANN401  (a tensor)
    """What the model says of each pair; those of like length go together, since padding costs what reading does."""
    import torch

    order = sorted(range(len(pairs)), key=lambda i: sum(map(len, pairs[i])))
    parts = [model(model.preprocess([pairs[i] for i in batch]))["scores"].view(-1) for batch in _batches(order)]
    return torch.cat(parts).float()[torch.argsort(torch.tensor(order))]


def _batches(order: Sequence[int]) -> Iterator[Sequence[int]]:
    return (order[at : at + _TOGETHER] for at in range(0, len(order), _TOGETHER))


def _marks(folder: Path) -> list[Path]:
    """The marks set so far, oldest first."""
    return sorted(folder.glob("checkpoint-*"), key=_step_of)


def _step_of(mark: Path) -> int:
    return int(mark.name.rpartition("-")[2])


def _steps_done(folder: Path) -> int:
    """Where a run goes on."""
    return max(map(_step_of, _marks(folder)), default=0)


def _write_mean(marks: Sequence[Path], target: Path) -> None:
    """Write the mean of each weight over marks to the file ``target``."""
    from safetensors.numpy import load_file, save_file

    weights = [load_file(mark / target.name) for mark in marks]
    mean = {name: np.asarray(np.mean([each[name] for each in weights], axis=0), np.float32) for name in weights[0]}
    save_file(mean, target, metadata={"format": "pt"})
