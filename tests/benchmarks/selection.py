"""What of the passages found a language model is given to read: how much of the answer is in it, setting by setting.

    python -m tests.benchmarks.selection [--sets NAME ...] [--questions N] [--data DIR] [--cache DIR]

Every question is searched and reranked once by the program's own chain; then its evidence is laid out by the program
under each combination of settings, within the same budget of tokens. Prints Markdown on stdout: *hit*, whether any of
the answer is read; *coverage*, the share of the answer's characters that is; *whole*, whether all of it is; and the
tokens that were used. Some ten minutes once the libraries are filled.
"""

from __future__ import annotations

import asyncio
import os
import sys
from dataclasses import astuple, dataclass, replace
from functools import cache
from typing import TYPE_CHECKING

from app import _cache_folder
from rag.budget import estimate_tokens
from rag.draft import begin
from rag.encoder import Encoder
from rag.grounding import lay_out_evidence
from rag.inquiry import Inquiry
from rag.settings import RetrievalSettings, Switch
from tests.benchmarks.answer_spans import of_spans, sampled
from tests.benchmarks.asking import opened
from tests.benchmarks.kept_libraries import say
from tests.benchmarks.retrieval import parser_of, table

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from rag.assistant import Assistant
    from rag.evidence import Evidence
    from tests.benchmarks.answer_spans import Place, Spanned, SpanSet

__all__ = ["SETS", "Judged", "judged", "main", "mean_of"]

SETS = ("squad-train44", "policyqa-dev", "doc2dial-val", "chunking-eval", "cuad", "northwind")
"""The first three may be trained on."""

_NONE = RetrievalSettings(drop_duplicates=Switch.OFF, merge=Switch.OFF)
WAYS: dict[str, RetrievalSettings] = {
    "six passages": replace(_NONE, passages=6),
    "by rank": _NONE,
    "duplicates": replace(_NONE, drop_duplicates=Switch.ON),
    "MMR 0.7": replace(_NONE, mmr=0.7),
    "MMR 0.9": replace(_NONE, mmr=0.9),
    "window 200": replace(_NONE, window=200),
    "window 400": replace(_NONE, window=400),
    "merge": replace(_NONE, merge=Switch.ON),
    "merge, duplicates": replace(_NONE, merge=Switch.ON, drop_duplicates=Switch.ON),
    "merge, MMR 0.7": replace(_NONE, merge=Switch.ON, mmr=0.7),
    "merge, window 200": replace(_NONE, merge=Switch.ON, window=200),
    "merge, window 400": replace(_NONE, merge=Switch.ON, window=400),
    "all": RetrievalSettings(mmr=0.7, window=200),
}


@dataclass(frozen=True, slots=True)
class Judged:
    """What one way read for one question, or the mean of many."""

    hit: float
    coverage: float
    whole: float
    tokens: float
    passages: float


def main(arguments: Sequence[str]) -> int:
    """Read the command line, measure, and print the tables."""
    flags = parser_of("selection", __doc__.partition("\n")[0]).parse_args(arguments)
    measured = {}
    for name in flags.sets or SETS:
        spans = sampled(of_spans(name, flags.data, flags.cache), flags.questions)
        with opened(spans.library) as assistant:
            measured[name] = asyncio.run(_measured(assistant, spans))
        say(f"{name}: {len(spans.asked)} questions")
    sys.stdout.write("\n".join(_report(measured)) + "\n")
    return 0


def judged(answer: Sequence[Sequence[Place]], evidence: Sequence[Evidence]) -> Judged:
    """How much of an answer stands in what is read of the evidence."""
    read = [each.read for each in evidence if each.used]
    spans = [(one.document_id, one.page or 1, one.char_start, one.char_end) for one in read]
    shares = [max(_share(place, spans) for place in part) for part in answer]
    sizes = [part[0].end - part[0].start for part in answer]
    covered = sum(share * size for share, size in zip(shares, sizes, strict=True)) / sum(sizes)
    tokens = sum(estimate_tokens(one.text) for one in read)
    return Judged(float(any(shares)), covered, float(min(shares) == 1), tokens, len(read))


def mean_of(each: Sequence[Judged]) -> Judged:
    """The mean of every figure."""
    return Judged(*(sum(values) / len(values) for values in zip(*map(astuple, each), strict=True)))


def _share(place: Place, spans: Sequence[tuple[str, int, int, int]]) -> float:
    """The share of a place's characters that lie in one of the spans: document, page, start and end."""
    inside = {
        at
        for document, page, start, end in spans
        if (document, page) == (place.document_id, place.page)
        for at in range(max(start, place.start), min(end, place.end))
    }
    return len(inside) / (place.end - place.start)


async def _measured(assistant: Assistant, spans: SpanSet) -> Mapping[str, Judged]:
    found = [await _laid_out(assistant, asked) for asked in spans.asked]
    return {
        way: mean_of([judged(asked.answer, one[way]) for asked, one in zip(spans.asked, found, strict=True)])
        for way in WAYS
    }


async def _laid_out(assistant: Assistant, asked: Spanned) -> Mapping[str, Sequence[Evidence]]:
    """One question's evidence in every way."""
    finder = assistant._engine.get().finder
    inquiry = await finder.ainvoke(Inquiry(begin(asked.text), lambda _: None, scope=asked.scope))
    question = _encoder().encode_question(inquiry.draft.searched_for)
    return {
        way: lay_out_evidence(assistant.library, question, inquiry.candidates, settings=settings, shown=settings.top_k)
        for way, settings in WAYS.items()
    }


@cache
def _encoder() -> Encoder:
    return Encoder.load(_cache_folder(os.environ))


# printing


def _report(measured: Mapping[str, Mapping[str, Judged]]) -> Iterator[str]:
    """A row for each way: hit, coverage and whole of every set, and the mean of the sets with what was read."""
    yield f"Within {_NONE.evidence_tokens} tokens; of each set: hit / coverage / whole."
    yield ""
    yield from table(("what is read", *measured, "mean", "tokens", "passages"), _rows(measured))


def _rows(measured: Mapping[str, Mapping[str, Judged]]) -> Iterator[Sequence[str]]:
    for way in WAYS:
        of_sets = [ways[way] for ways in measured.values()]
        mean = mean_of(of_sets)
        yield (way, *map(_figures, [*of_sets, mean]), f"{mean.tokens:.0f}", f"{mean.passages:.1f}")


def _figures(one: Judged) -> str:
    return f"{one.hit:.3f} / {one.coverage:.3f} / {one.whole:.3f}"


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
