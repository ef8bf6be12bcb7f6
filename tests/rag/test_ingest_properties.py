"""Whatever files are added, twice and in any order: they are there once, and what was removed is never found again."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from rag.events import FileFinished
from rag.ingest import Ingester
from rag.settings import IngestSettings
from rag.source import Source
from tests.assembled import encoder_of, parts_of
from tests.conftest import NOBODY_THERE
from tests.rag.ingest_bench import of, read

if TYPE_CHECKING:
    from rag.reading_process import ReadingProcesses

WORDS = st.lists(st.sampled_from(["fern", "spore", "moss", "lichen", "pollen", "Farn"]), min_size=1, max_size=200)
FILES = st.lists(st.tuples(st.sampled_from([".txt", ".md", ".csv", ".html", ".json"]), WORDS), min_size=1, max_size=4)


def written(number: int, suffix: str, words: list[str]) -> str:
    """Text that is no other file's, as a file with this ending has it."""
    text = f"quill{number}zz {' '.join(words)}"
    frames = {".csv": "note,number\n{},1\n", ".html": "<p>{}</p>", ".json": '{{"note": "{}"}}'}
    return frames.get(suffix, "{}").format(text)


@settings(max_examples=8, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(files=FILES, choice=st.data())
def test_adding_twice_is_adding_once_and_removed_is_gone(
    model_cache: Path, processes: ReadingProcesses, files: list[tuple[str, list[str]]], choice: st.DataObject
) -> None:
    """The second time every file is unchanged; after a removal both searches find the others, and them alone."""
    with tempfile.TemporaryDirectory() as folder:
        library = parts_of(Path(folder) / "data", model_cache, NOBODY_THERE).library
        ingester = Ingester(library, encoder_of(model_cache), processes, IngestSettings())
        sources = []
        for number, (suffix, words) in enumerate(files):
            path = Path(folder) / f"{number}{suffix}"
            path.write_text(written(number, suffix, words), encoding="utf-8")
            sources.append(Source.on_disk(path))
        first = of(read(ingester, sources), FileFinished)
        before = [library.document_chunks(document.id) for document in library.documents()]
        again = of(read(ingester, choice.draw(st.permutations(sources))), FileFinished)
        assert [event.status for event in first] == ["added"] * len(files)
        assert [event.status for event in again] == ["unchanged"] * len(files)
        assert [library.document_chunks(document.id) for document in library.documents()] == before
        gone = choice.draw(st.sets(st.sampled_from([event.document.id for event in first])))
        for document_id in gone:
            library.remove(document_id)
        left = {event.document.id for event in first} - gone
        question = encoder_of(model_cache).get().encode_question("quill0zz fern spore moss lichen pollen Farn")
        for found in (library.dense(question.vector, 100), library.keyword(question.text, 100)):
            chunks = library.fetch(chunk_id for chunk_id, _ in found)
            assert {chunk.chunk.document_id for chunk in chunks.values()} == left
        library.close()
