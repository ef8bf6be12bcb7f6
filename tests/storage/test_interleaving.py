"""Whatever is added and removed in whatever order, the catalogue, the chunk table and the files agree."""

from __future__ import annotations

import tempfile
from dataclasses import dataclass, field
from pathlib import Path

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from storage.library import AddStatus, Library
from tests.storage.made import MODEL, assert_whole, id_of, made

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
        assert_whole(library)
        library.close()


def _take(library: Library, expected: Expected, step: str, what: object) -> Library:
    """Do the same to both."""
    match step, what:
        case "add", list(batch):
            statuses = library.add([made(name, source=source) for name, source in batch])
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
