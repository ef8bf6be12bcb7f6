"""How text had better be cut: passages of every size, overlap and prefix, by how much of the answers is then read.

    python -m tests.benchmarks.chunking [--sets NAME ...] [--questions N] [--data DIR] [--cache DIR]

For each way of cutting, a library of its own is filled, questions go through the program's chain, and its evidence is
judged as in ``selection``: what fits the same budget of tokens, so that small and large passages can be compared.
Prints Markdown on stdout. Filling takes some two minutes for a set and a way of cutting, the first time.
"""

from __future__ import annotations

import asyncio
import sys
from typing import TYPE_CHECKING

from rag.assistant import Ask
from tests.benchmarks.answer_spans import of_spans, sampled
from tests.benchmarks.asking import opened
from tests.benchmarks.kept_libraries import say
from tests.benchmarks.retrieval import parser_of, table
from tests.benchmarks.selection import judged, mean_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from rag.assistant import Assistant
    from tests.benchmarks.answer_spans import SpanSet
    from tests.benchmarks.selection import Judged

__all__ = ["main"]

SETS = ("policyqa-dev", "doc2dial-val", "chunking-eval", "cuad")
"""The first two may be trained on."""

_SHOWN = 40
_READ_ALL = {"FOOTNOTE_PASSAGES": str(_SHOWN), "FOOTNOTE_ANSWERABLE_THRESHOLD": "0"}
"""Tokens alone say how much is read, or small passages would come off badly; and no question is refused."""
_SIZE, _OVERLAP, _PREFIX = "FOOTNOTE_CHUNK_SIZE", "FOOTNOTE_CHUNK_OVERLAP", "FOOTNOTE_CHUNK_PREFIX"
CUTS: dict[str, dict[str, str]] = {
    "as it is": {},
    **{f"{size} word pieces": {_SIZE: size} for size in ("96", "128", "160", "224")},
    **{f"{size}, overlap 1": {_SIZE: size, _OVERLAP: "1"} for size in ("128", "160")},
    **{f"prefix: {prefix}": {_PREFIX: prefix} for prefix in ("none", "title", "headings")},
}


def main(arguments: Sequence[str]) -> int:
    """Read the command line, measure, and print the table."""
    flags = parser_of("chunking", __doc__.partition("\n")[0]).parse_args(arguments)
    measured: dict[str, dict[str, Judged]] = {cut: {} for cut in CUTS}
    for name in flags.sets or SETS:
        for cut, settings in CUTS.items():
            spans = sampled(of_spans(name, flags.data, flags.cache, settings), flags.questions)
            with opened(spans.library, settings=_READ_ALL) as assistant:
                measured[cut][name] = asyncio.run(_measured(assistant, spans))
            say(f"{name}, {cut}: coverage {measured[cut][name].coverage:.3f}")
    head = ("cut", *(flags.sets or SETS), "mean", "tokens", "passages")
    sys.stdout.write("\n".join(["Hit / coverage / whole.", "", *table(head, _rows(measured))]) + "\n")
    return 0


async def _measured(assistant: Assistant, spans: SpanSet) -> Judged:
    found = [await assistant.find(Ask(asked.text, asked.scope, top_k=_SHOWN)) for asked in spans.asked]
    return mean_of([judged(asked.answer, one.evidence) for asked, one in zip(spans.asked, found, strict=True)])


def _rows(measured: Mapping[str, Mapping[str, Judged]]) -> Iterator[Sequence[str]]:
    for cut, sets in measured.items():
        mean = mean_of(list(sets.values()))
        figures = (f"{one.hit:.3f} / {one.coverage:.3f} / {one.whole:.3f}" for one in (*sets.values(), mean))
        yield (cut, *figures, f"{mean.tokens:.0f}", f"{mean.passages:.1f}")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
