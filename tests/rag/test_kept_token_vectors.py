"""Whatever a library keeps of token vectors – four bits, an earlier version's bytes, or none – answers stay the same.

The libraries are real, and so is the chain that asks them.
"""

from __future__ import annotations

import shutil
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from rag.encoder import model_fingerprint
from rag.events import Reranked
from rag.ingest import Ingester
from rag.settings import IngestSettings
from rag.token_vectors import pack_bytes, projection, tokens_of, unpack
from storage.library import Library
from storage.records import NewDocument
from tests.assembled import DEPOSIT, NOTICE, answer_of, encoder_of, events_of, opened
from tests.conftest import NOBODY_THERE

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


def _assert_same_answers(data: Path, model_cache: Path, stages: Stages, questions: Sequence[str] = QUESTIONS) -> None:
    """Of the library in ``data`` and the one that ``stages`` ask: the same passages first, with the same scores."""
    other = opened(data, model_cache, NOBODY_THERE)
    for question in questions:
        expected, probabilities = _asked(stages, question)
        answer, others = _asked(other.stages, question)
        assert [each.chunk.id for each in answer.evidence[:3]] == [each.chunk.id for each in expected.evidence[:3]]
        assert [each.highlights for each in answer.evidence[:1]] == [each.highlights for each in expected.evidence[:1]]
        assert answer.quick_answer is not None
        assert expected.quick_answer is not None
        assert answer.quick_answer.text == expected.quick_answer.text
        assert answer.answerable == pytest.approx(expected.answerable, abs=0.03)
        assert others == pytest.approx({id_: probabilities[id_] for id_ in others}, abs=0.03)
    other.library.close()


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
        library = Library.open(tmp_path / name, model_fingerprint())
        assert _widths(library) == ({BYTES, BYTES // 2} if narrow else {BYTES})
        library.close()
        _assert_same_answers(tmp_path / name, model_cache, stages)


def test_where_token_vectors_are_missing_or_cut_off_they_are_computed(
    library_folder: Path, model_cache: Path, stages: Stages, tmp_path: Path
) -> None:
    """A file that a disk has lost costs a moment and no answer."""
    shutil.copytree(library_folder, tmp_path / "damaged")
    first, *others = sorted((tmp_path / "damaged" / "tokens").rglob("*.tokens"))
    first.unlink()
    for other in others:
        other.write_bytes(other.read_bytes()[: other.stat().st_size // 2])
    _assert_same_answers(tmp_path / "damaged", model_cache, stages)


def test_a_library_that_keeps_none_answers_the_same(
    bench: Bench, processes: ReadingProcesses, model_cache: Path, samples: Path, tmp_path: Path
) -> None:
    """What is computed for the question is what would have been kept."""
    keeping = Library.open(tmp_path / "keeping", model_fingerprint())
    _read_with(bench, processes, model_cache, library=keeping, up_to=1000).read(*sorted(samples.iterdir()))
    assert _token_bytes(keeping) > 0
    _read_with(bench, processes, model_cache, up_to=0).read(*sorted(samples.iterdir()))
    assert _token_bytes(bench.library) == 0
    asked = opened(keeping.folder, model_cache, NOBODY_THERE)
    _assert_same_answers(bench.library.folder, model_cache, asked.stages, QUESTIONS[:2])
    asked.library.close()
    keeping.close()


def test_from_so_many_passages_on_nothing_more_is_kept(
    bench: Bench, processes: ReadingProcesses, model_cache: Path
) -> None:
    """What was kept before stays."""
    limited = _read_with(bench, processes, model_cache, up_to=1)
    for name in ("first", "second"):
        limited.read(bench.write(f"{name}.txt", f"The {name} words about ferns and their spores."))
    second, first = bench.library.documents()
    (kept,) = bench.library.fetch(chunk.id for chunk in bench.library.document_chunks(first.id)).values()
    (bare,) = bench.library.fetch(chunk.id for chunk in bench.library.document_chunks(second.id)).values()
    assert kept.tokens is not None
    assert bare.tokens is None


def _read_with(
    bench: Bench, processes: ReadingProcesses, model_cache: Path, *, up_to: int, library: Library | None = None
) -> Bench:
    """The bench with a limit on the passages whose token vectors are kept."""
    library = library or bench.library
    settings = IngestSettings(token_vectors_up_to=up_to)
    return replace(bench, library=library, ingester=Ingester(library, encoder_of(model_cache), processes, settings))


def _token_bytes(library: Library) -> int:
    return sum(file.stat().st_size for file in (library.folder / "tokens").rglob("*.tokens"))
