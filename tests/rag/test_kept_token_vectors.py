"""Whatever a library keeps of token vectors – four bits, an earlier version's bytes, or none – answers stay the same.

The libraries are real, and so is the chain that asks them.
"""

from __future__ import annotations

import shutil
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

import pytest

import app
from rag.encoder import Encoder, model_fingerprint
from rag.events import Reranked
from rag.ingest import Ingester
from rag.lazy import Lazy
from rag.precision import Precision
from rag.settings import IngestSettings
from rag.source import Source
from rag.token_vectors import pack_bytes, projection, tokens_of, unpack
from storage.library import Library
from storage.records import NewDocument
from tests.assembled import DEPOSIT, NOTICE, answer_of, encoder_of, events_of, opened, parts_of
from tests.conftest import NOBODY_THERE
from tests.rag.ingest_bench import read

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from rag.chain import Stages
    from rag.evidence import Answer
    from rag.reading_process import ReadingProcesses
    from storage.records import EncodedChunk
    from tests.rag.ingest_bench import Bench

QUESTIONS = (NOTICE, DEPOSIT, "Where is the kettle that was bought in 1801?")
BYTES = projection().shape[1]


def _asked(stages: Stages, question: str) -> tuple[Answer, Mapping[str, float]]:
    """The answer, and the probability of every passage that was reranked."""
    events = events_of(stages, question)
    reranked = [event.candidates for event in events if isinstance(event, Reranked)][-1]
    scores = {each.chunk.chunk.id: each.scores.rerank for each in reranked}
    return answer_of(events), {id_: score.value for id_, score in scores.items() if score}


def _assert_same_answers(stages: Stages, others: Stages, questions: Sequence[str], *, within: float) -> None:
    """The same passage first, the same words quoted, and every probability as it was, but for so much."""
    for question in questions:
        expected, probabilities = _asked(stages, question)
        answer, found = _asked(others, question)
        assert answer.evidence[0].chunk == expected.evidence[0].chunk
        assert answer.quick_answer is not None
        assert expected.quick_answer is not None
        assert answer.quick_answer.text == expected.quick_answer.text
        assert answer.answerable == pytest.approx(expected.answerable, abs=within)
        assert found == pytest.approx({id_: probabilities[id_] for id_ in found}, abs=within)


def _copied(source: Library, folder: Path, *, narrow: frozenset[str]) -> None:
    """The same documents, those not in ``narrow`` as an earlier version of the program kept them."""
    library = Library.open(folder, model_fingerprint())
    for document in reversed(source.documents()):
        chunks = source.fetch(chunk.id for chunk in source.document_chunks(document.id))
        ordered = sorted(chunks.values(), key=lambda encoded: encoded.chunk.ordinal)
        kept = ordered if document.id in narrow else [_in_bytes(each) for each in ordered]
        library.add([NewDocument(document, source.pages(document.id), kept)])
    library.tidy()
    library.close()


def _in_bytes(encoded: EncodedChunk) -> EncodedChunk:
    return replace(encoded, tokens=pack_bytes(unpack(tokens_of(encoded))))


def _widths(library: Library) -> set[int]:
    return {row.tokens.width for row in library._table.rows("true")}


def test_a_library_of_an_earlier_version_answers_as_before(model_cache: Path, stages: Stages, tmp_path: Path) -> None:
    """And goes on to do so when new documents stand beside the old ones."""
    for name, narrow in (("old", frozenset()), ("both", frozenset({stages.library.documents()[0].id}))):
        _copied(stages.library, tmp_path / name, narrow=narrow)
        other = opened(tmp_path / name, model_cache, NOBODY_THERE)
        assert _widths(other.library) == ({BYTES, BYTES // 2} if narrow else {BYTES})
        _assert_same_answers(stages, other.stages, QUESTIONS, within=0.02)
        other.library.close()


def test_where_token_vectors_are_missing_or_cut_off_they_are_computed(
    library_folder: Path, model_cache: Path, stages: Stages, tmp_path: Path
) -> None:
    """A file that a disk has lost costs a moment and no answer.

    In bytes, what else is in its batch changes a passage's vectors a little.
    """
    shutil.copytree(library_folder, tmp_path / "damaged")
    first, *others = sorted((tmp_path / "damaged" / "tokens").rglob("*.tokens"))
    first.unlink()
    for other in others:
        other.write_bytes(other.read_bytes()[: other.stat().st_size // 2])
    damaged = opened(tmp_path / "damaged", model_cache, NOBODY_THERE)
    _assert_same_answers(stages, damaged.stages, QUESTIONS, within=0.1)
    damaged.library.close()


def test_a_library_that_keeps_none_answers_the_same(
    bench: Bench, processes: ReadingProcesses, model_cache: Path, samples: Path, tmp_path: Path
) -> None:
    """What is computed for the question is what would have been kept: in single precision, where it can be told."""
    exact = Lazy(partial(Encoder.load, model_cache, Precision.FP32))
    libraries = bench.library, Library.open(tmp_path / "none", model_fingerprint())
    for library, up_to in zip(libraries, (1000, 0), strict=True):
        settings = IngestSettings(token_vectors_up_to=up_to)
        read(Ingester(library, exact, processes, settings), [Source.on_disk(path) for path in samples.iterdir()])
    assert _token_bytes(libraries[0]) > 0
    assert _token_bytes(libraries[1]) == 0
    kept, none = (_stages(library, exact, model_cache) for library in libraries)
    _assert_same_answers(kept, none, QUESTIONS[:2], within=0.005)
    libraries[1].close()


def _stages(library: Library, encoder: Lazy[Encoder], model_cache: Path) -> Stages:
    parts = parts_of(library.folder, model_cache, NOBODY_THERE)
    parts.library.close()
    return app._stages(replace(parts, library=library, encoder=encoder))


def test_from_so_many_passages_on_nothing_more_is_kept(
    bench: Bench, processes: ReadingProcesses, model_cache: Path
) -> None:
    """What was kept before stays."""
    ingester = Ingester(bench.library, encoder_of(model_cache), processes, IngestSettings(token_vectors_up_to=1))
    for name in ("first", "second"):
        path = bench.write(f"{name}.txt", f"The {name} words about ferns and their spores.")
        read(ingester, [Source.on_disk(path)])
    second, first = bench.library.documents()
    (kept,) = bench.library.fetch(chunk.id for chunk in bench.library.document_chunks(first.id)).values()
    (bare,) = bench.library.fetch(chunk.id for chunk in bench.library.document_chunks(second.id)).values()
    assert kept.tokens is not None
    assert bare.tokens is None


def _token_bytes(library: Library) -> int:
    return sum(file.stat().st_size for file in (library.folder / "tokens").rglob("*.tokens"))
