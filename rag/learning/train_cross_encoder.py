"""Fine-tune a cross-encoder for thorough mode, on questions and passages of your own, and say what it gained.

    python -m rag.learning.train_cross_encoder --pairs my_pairs.jsonl --out FOLDER
    python -m rag.learning.train_cross_encoder --data ../shared/data/questions/train --out FOLDER

A line of ``my_pairs.jsonl`` is ``{"question": …, "passage": …}``. Wrong passages are found among those of the other
questions. Some questions are held out: how well their passages are ordered without and with the model is printed at the
end. Stopped, it goes on with ``--resume``. The folder then serves as ``FOOTNOTE_CROSS_ENCODER`` in thorough mode.
"""

from __future__ import annotations

import argparse
import json
import logging
import os
import sys
from dataclasses import asdict
from importlib.util import find_spec
from math import ceil
from pathlib import Path
from typing import TYPE_CHECKING

from platformdirs import user_cache_path

from rag.cross_encoder import BLEND_FILE, READ, logits_of, weights_folder
from rag.encoder import Encoder
from rag.errors import CrossEncoderUnavailable
from rag.learning.blending import Reading, best_share, blend_of, figures_of, gained
from rag.learning.cross_encoder_training import LESSONS_A_STEP, Recipe, train
from rag.learning.listings import Listing, lessons_of, listings_of
from rag.learning.own_pairs import UnusablePairs, read_pairs
from rag.learning.question_sets import read_set, sampled
from rag.precision import Precision
from rag.sentences import sentence_for
from rag.tokens import model_folder

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    import numpy as np
    from numpy.typing import NDArray

    from rag.learning.question_sets import QuestionSet

__all__ = ["main"]

_LISTINGS = "listings.jsonl"
_MARKS = "marks"
_MOST_PASSAGES, _MOST_QUESTIONS = 3000, 3000
"""Of each question set."""
_MISLEADING = ("policyqa-dev", "tatqa-dev")
"""Sets whose questions name no subject, so that many a passage answers them and only one is said to."""
_FEWEST_LESSONS = 20
_NEEDED = ("accelerate", "datasets", "sklearn")
_log = logging.getLogger(__name__)


class Refused(Exception):
    """The command cannot do what it is asked; its text says why."""


def main(arguments: Sequence[str]) -> int:
    """Read the command line, find lessons, train, and say what it gained."""
    logging.basicConfig(level=logging.INFO, format="%(message)s", stream=sys.stderr)
    os.environ.update(HF_HUB_OFFLINE="1", TRANSFORMERS_OFFLINE="1", HF_HUB_DISABLE_TELEMETRY="1")
    parser = _parser()
    given = parser.parse_args(arguments)
    try:
        base, listings = _begin(given)
    except (Refused, UnusablePairs, OSError) as error:
        parser.error(str(error))
    lessons = lessons_of(listings, given.seed)
    steps = given.steps or ceil(given.epochs * len(lessons) / LESSONS_A_STEP)
    _log.info("%d lessons, %d steps", len(lessons), steps)
    try:
        train(lessons, Recipe(base=base, steps=steps, seed=given.seed), given.out / _MARKS, given.out)
    except KeyboardInterrupt:
        _log.info("stopped; it goes on from its last mark with --resume")
        return 1
    sys.stdout.write("\n".join(_report(given.out, [each for each in listings if each.held_out])) + "\n")
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m rag.learning.train_cross_encoder")
    source = parser.add_mutually_exclusive_group(required=True)
    source.add_argument("--pairs", type=Path, metavar="FILE", help="your questions and passages, one pair a line")
    source.add_argument("--data", type=Path, metavar="DIR", help="a folder of question sets (NAME.tar.xz)")
    parser.add_argument("--out", type=Path, required=True, metavar="DIR", help="where the model comes to lie")
    parser.add_argument("--resume", action="store_true", help="go on from where an earlier run in --out stopped")
    parser.add_argument("--base", metavar="NAME", help="name or folder of a cross-encoder to begin with (MiniLM)")
    parser.add_argument("--epochs", type=float, default=2.0, help="how often each lesson is learned (%(default)s)")
    parser.add_argument("--steps", type=int, help="how many steps to take instead")
    parser.add_argument("--seed", type=int, default=0, help="decides every choice by chance (%(default)s)")
    cache = user_cache_path("footnote", appauthor=False)
    parser.add_argument("--cache", type=Path, default=cache, help="folder of the exported encoder (%(default)s)")
    return parser


# listings, found once and kept for a run that goes on


def _begin(given: argparse.Namespace) -> tuple[Path, list[Listing]]:
    """The base and the listings, kept for a run that goes on; raises Refused, UnusablePairs or OSError."""
    if not all(map(find_spec, _NEEDED)):
        raise Refused("fine-tuning needs more than the program: pip install -e '.[learn]'")
    if given.out.exists() and any(given.out.iterdir()) and not given.resume:
        raise Refused(f"{given.out} is not empty: go on there with --resume, or choose another folder")
    try:
        base = weights_folder(given.base) if given.base else model_folder()
    except CrossEncoderUnavailable as error:
        raise Refused(sentence_for(error)) from error
    file = given.out / _LISTINGS
    if file.is_file():
        return base, [_listing(json.loads(line)) for line in file.read_text(encoding="utf-8").splitlines()]
    listings = _found(given)
    _keep(listings, file)
    return base, listings


def _found(given: argparse.Namespace) -> list[Listing]:
    """Search for every question; raises Refused where there is too little to learn from."""
    sets = [read_pairs(given.pairs)] if given.pairs else _sets(given.data)
    encoder = Encoder.load(given.cache, Precision.INT8)
    listings = [listing for each in sets for listing in _told(each, encoder)]
    lessons = len(lessons_of(listings, given.seed))
    if lessons < _FEWEST_LESSONS or not any(each.held_out for each in listings):
        raise Refused(f"these are too few pairs to learn from: they make {lessons} lessons")
    return listings


def _keep(listings: Iterable[Listing], file: Path) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    unfinished = file.with_suffix(".unfinished")
    unfinished.write_text("\n".join(json.dumps(asdict(each)) for each in listings), encoding="utf-8")
    unfinished.replace(file)


def _sets(folder: Path) -> Iterator[QuestionSet]:
    for archive in sorted(folder.glob("*.tar.xz")):
        if not archive.name.startswith(_MISLEADING):
            yield sampled(read_set(archive), passages=_MOST_PASSAGES, questions=_MOST_QUESTIONS)


def _told(questions: QuestionSet, encoder: Encoder) -> Iterable[Listing]:
    found = list(listings_of(questions, encoder))
    _log.info("%s: searched for %d questions", questions.name, len(found))
    return found


def _listing(row: dict[str, object]) -> Listing:
    return Listing(**{key: tuple(value) if isinstance(value, list) else value for key, value in row.items()})  # type: ignore[arg-type]


# what it gained


def _report(folder: Path, held_out: Sequence[Listing]) -> Iterator[str]:
    """Fit how much the model counts, leave that beside its weights, and say what comes of it. Markdown."""
    readings = list(_readings(folder, held_out))
    share = best_share(readings)
    blend = asdict(blend_of(share, readings))
    (folder / BLEND_FILE).write_text(json.dumps(blend, indent=2) + "\n", encoding="utf-8")
    yield from ("| order of the first 20 | nDCG@10 | MRR@10 |", "|---|---|---|")
    for name, orders in _orders(readings, share).items():
        figures = figures_of(orders, readings)
        yield f"| {name} | {figures.ndcg:.3f} | {figures.mrr:.3f} |"
    change, error = gained(share, readings)
    yield ""
    yield f"{len(readings)} questions held out; change of nDCG@10 {change:+.4f}, standard error {error:.4f}."
    yield _advice(share, folder)


def _orders(readings: Sequence[Reading], share: float) -> dict[str, list[NDArray[np.float64]]]:
    return {
        "before: late interaction": [each.late_interaction for each in readings],
        "the cross-encoder alone": [each.cross_encoder for each in readings],
        "after: both": [each.blended(share) for each in readings],
    }


def _readings(folder: Path, listings: Sequence[Listing]) -> Iterator[Reading]:
    from sentence_transformers import CrossEncoder

    model = CrossEncoder(str(folder), device="cpu", local_files_only=True)
    for each in listings:
        yield Reading.of(each, logits_of(model, each.question, each.passages[:READ]))


def _advice(share: float, folder: Path) -> str:
    if not share:
        return "It orders them no better: leave it."
    return f"Use it with FOOTNOTE_CROSS_ENCODER={folder} and --mode thorough."


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
