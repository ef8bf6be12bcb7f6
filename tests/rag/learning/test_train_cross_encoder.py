"""A person's own pairs become a cross-encoder for thorough mode; a stop costs what came since the last mark."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
import pytest

from rag.cross_encoder import BLEND_FILE, CrossEncoderReranker
from rag.encoder import Encoder
from rag.learning.cross_encoder_training import Recipe, train
from rag.learning.listings import Lesson
from rag.learning.train_cross_encoder import main
from rag.reranker import rank
from tests.rag.passages import ALL, candidates, ids
from tests.rag.test_cross_encoder import make_model

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

for library in ("datasets", "accelerate", "sklearn"):
    pytest.importorskip(library, reason="fine-tuning needs what the test extra brings")

THINGS = ("heating", "garage", "lift", "laundry", "garden", "internet", "cellar", "attic", "terrace", "caretaker")


@pytest.fixture(scope="module")
def tiny(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_model(tmp_path_factory.mktemp("tiny"), outputs=1)


def lessons() -> list[Lesson]:
    return [
        Lesson(
            f"What does the {thing} cost?",
            (f"The {thing} costs {i} francs.", f"The {thing} is open all day.", f"Nothing is said of number {i}."),
            (0.5, 0.2, -1.0),
        )
        for i, thing in enumerate(THINGS * 4)
    ]


def weights(mark: Path) -> dict[str, np.ndarray]:
    from safetensors.numpy import load_file

    return dict(load_file(mark / "model.safetensors"))


def test_a_run_that_was_stopped_comes_to_the_same_as_one_that_was_not(tiny: Path, tmp_path: Path) -> None:
    """Bit for bit, from its last mark on; and what is near the words has stayed as it was."""
    whole = Recipe(base=tiny, steps=4, warmup=0, mark_every=2, averaged=2)
    train(lessons(), whole, tmp_path / "whole", tmp_path / "a")
    train(lessons(), replace(whole, steps=2), tmp_path / "stopped", tmp_path / "b")

    train(lessons(), whole, tmp_path / "stopped", tmp_path / "b")

    stopped, unstopped = (weights(tmp_path / name / "checkpoint-4") for name in ("stopped", "whole"))
    assert all(np.array_equal(stopped[name], unstopped[name]) for name in unstopped)
    before = weights(tiny)
    changed = {name for name in before if not np.array_equal(before[name], unstopped[name])}
    assert {"classifier.weight", "bert.pooler.dense.weight"} <= changed
    assert not any("embeddings" in name for name in changed)


def test_what_comes_out_is_the_mean_of_the_last_marks(tiny: Path, tmp_path: Path) -> None:
    train(lessons(), Recipe(base=tiny, steps=6, mark_every=2, averaged=2), tmp_path / "marks", tmp_path / "model")

    last = [weights(tmp_path / "marks" / f"checkpoint-{step}") for step in (4, 6)]
    mean = weights(tmp_path / "model")
    assert all(np.allclose(mean[name], (last[0][name] + last[1][name]) / 2, atol=1e-6) for name in mean)


def test_it_learns_which_passage_is_the_right_one(tiny: Path, tmp_path: Path) -> None:
    """Of things it has not seen: that they cost something, and not that they are open, is what was asked for."""
    train(lessons(), Recipe(base=tiny, steps=30, learning_rate=3e-3), tmp_path / "marks", tmp_path / "model")

    model = CrossEncoderReranker.load(str(tmp_path / "model")).model
    cost, opened = model.predict(
        [
            ("What does the sauna cost?", "The sauna costs 3 francs."),
            ("What does the sauna cost?", "The sauna is open."),
        ]
    )
    assert cost > opened


def pairs_file(folder: Path, count: int) -> Path:
    rows = [
        {
            "question": f"What does the {thing} of flat {i} cost?",
            "passage": f"Flat {i}: the {thing} costs {7 * i} francs.",
        }
        for i in range(count // len(THINGS))
        for thing in THINGS
    ]
    file = folder / "pairs.jsonl"
    file.write_text("\n".join(map(json.dumps, rows)))
    return file


@dataclass(frozen=True, slots=True)
class Said:
    """What a run of the command left to read."""

    code: int
    out: str
    progress: str


@pytest.fixture
def command(capsys: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture) -> Callable[..., Said]:
    caplog.set_level("INFO", logger="rag.learning")

    def run(*arguments: object) -> Said:
        caplog.clear()
        capsys.readouterr()
        try:
            code = main([str(each) for each in arguments])
        except SystemExit as refusal:
            code = int(str(refusal.code))
        said = capsys.readouterr()
        return Said(code, said.out, caplog.text + said.err)

    return run


def test_the_command_trains_reports_goes_on_and_leaves_a_model_that_serves(
    command: Callable[..., Said], model_cache: Path, tiny: Path, tmp_path: Path
) -> None:
    out = tmp_path / "mine"
    given = ("--pairs", pairs_file(tmp_path, 60), "--out", out, "--base", tiny, "--cache", model_cache)

    first = command(*given, "--steps", 2)
    refused = command(*given, "--steps", 4)
    resumed = command(*given, "--steps", 4, "--resume")

    assert (first.code, refused.code, resumed.code) == (0, 2, 0)
    assert "--resume" in refused.progress
    assert "pairs: searched for 60 questions" in first.progress
    assert "beginning after step 0" in first.progress
    assert "searched for" not in resumed.progress
    assert "beginning after step 2" in resumed.progress
    for said in ("before: late interaction", "the cross-encoder alone", "after: both", "held out", "standard error"):
        assert said in resumed.out
    assert len(resumed.out.splitlines()) == len(first.out.splitlines()) == 8
    encoder = Encoder.load(model_cache)
    question = encoder.encode_question("How long is the notice period?")
    reranker = CrossEncoderReranker.load(str(out))
    assert json.loads((out / BLEND_FILE).read_text())["cross_encoder"] == reranker.blend.cross_encoder
    assert sorted(ids(reranker.rank(question.text, rank(question, candidates(encoder, question, ALL))))) == sorted(ALL)


def test_what_cannot_be_learned_from_is_refused(
    command: Callable[..., Said], model_cache: Path, tmp_path: Path
) -> None:
    few = command("--pairs", pairs_file(tmp_path, 10), "--out", tmp_path / "mine", "--cache", model_cache)
    missing = command("--pairs", tmp_path / "none.jsonl", "--out", tmp_path / "other")
    baseless = command("--pairs", pairs_file(tmp_path, 60), "--out", tmp_path / "other", "--base", "no/such-model")

    assert (few.code, missing.code, baseless.code) == (2, 2, 2)
    assert "too few pairs" in few.progress
    assert "none.jsonl" in missing.progress
    assert "no/such-model" in baseless.progress
