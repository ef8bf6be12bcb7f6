"""Whatever is added and removed in whatever order, the catalogue, the chunk table and the files agree.

No search ever returns what is gone, and in the end no byte of it is left.
"""

from __future__ import annotations

import tempfile
from dataclasses import dataclass, field
from pathlib import Path

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from storage.library import AddStatus, Library
from tests.readable import found_below
from tests.storage.made import MODEL, assert_whole, id_of, made, unit_vector

NAMES = st.sampled_from("abcd")
SOURCES = st.sampled_from([None, "/x", "/y"])
STEPS = st.one_of(
    st.tuples(st.just("add"), st.lists(st.tuples(NAMES, SOURCES), min_size=1, max_size=3)),
    st.tuples(st.just("remove"), NAMES),
    st.tuples(st.just("tidy"), st.none()),
    st.tuples(st.just("reopen"), st.none()),
)


@dataclass
class Expected:
    """What the library should hold, told in the plainest way."""

    documents: set[str] = field(default_factory=set)
    copies: set[str] = field(default_factory=set)
    sources: dict[str, str] = field(default_factory=dict)

    def add(self, name: str, source: str | None) -> AddStatus:
        """Let a document in."""
        status = AddStatus.UNCHANGED if name in self.documents else AddStatus.ADDED
        self.documents.add(name)
        if source is None:
            self.copies.add(name)
            return status
        before = self.sources.get(source)
        self.sources[source] = name
        if before in (None, name) or before in self.copies or before in self.sources.values():
            return status
        self.remove(before)
        return AddStatus.REPLACED

    def remove(self, name: str) -> None:
        """Let a document out."""
        self.documents.discard(name)
        self.copies.discard(name)
        self.sources = {source: kept for source, kept in self.sources.items() if kept != name}


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(STEPS, max_size=10))
def test_any_order_of_changes_keeps_everything_agreed(steps: list[tuple[str, object]]) -> None:
    expected = Expected()
    with tempfile.TemporaryDirectory() as folder:
        library = Library.open(Path(folder), MODEL)
        for step, what in steps:
            library = _take(library, expected, step, what)
            assert {document.title for document in library.documents()} == expected.documents
            for path in ("/x", "/y"):
                source = expected.sources.get(path)
                assert library.source_of(path) == (None if source is None else id_of(source))
            _assert_only_these_are_found(library, expected.documents)
        assert_whole(library)
        library.tidy()
        gone = set("abcd") - expected.documents
        assert found_below(library.folder, *(_word(name) for name in gone)) == set()
        library.close()


def _word(name: str) -> str:
    """What only this document says."""
    return f"quill{name}zz"


def _texts(name: str) -> list[str]:
    return [f"everybody says {_word(name)}", f"{_word(name)} again"]


def _assert_only_these_are_found(library: Library, names: set[str]) -> None:
    """Both arms return every chunk of these documents and no other, and each can be fetched."""
    every = {f"{id_of(name)[:16]}-{number}" for name in names for number in range(2)}
    question = " ".join(_word(name) for name in "abcd")
    for found in (library.dense(unit_vector(0), 100), library.keyword(question, 100)):
        assert {chunk_id for chunk_id, _ in found} == every
    assert library.fetch(f"{id_of(name)[:16]}-0" for name in "abcd").keys() == {id_ for id_ in every if id_[-1] == "0"}


def _take(library: Library, expected: Expected, step: str, what: object) -> Library:
    """Do the same to both."""
    match step, what:
        case "add", list(batch):
            statuses = library.add([made(name, _texts(name), source) for name, source in batch])
            assert statuses == tuple(expected.add(name, source) for name, source in batch)
        case "remove", str(name) if name in expected.documents:
            library.remove(id_of(name))
            expected.remove(name)
        case "tidy", _:
            library.tidy()
        case "reopen", _:
            library.close()
            return Library.open(library.folder, MODEL)
    return library
