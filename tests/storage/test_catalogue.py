"""A document is found by its id, a beginning of it, or its name; its pages by their number."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from storage.catalogue import Catalogue, Snapshot
from storage.errors import AmbiguousName, DocumentNotFound, PageNotFound
from storage.records import NewDocument, Page
from tests.storage.made import id_of, made

if TYPE_CHECKING:
    from storage.library import Library


def test_by_id_by_its_beginning_and_by_name(library: Library) -> None:
    new = made("lease")
    library.add([new, made("other")])
    for asked in (new.document.id, new.document.id[:6], new.document.id[:10].upper(), "lease.txt"):
        assert library.resolve(asked) == new.document


@pytest.mark.parametrize("asked", ["", "lease", "nothing.txt", id_of("nothing"), id_of("lease")[:5], "%", "______"])
def test_what_is_not_there_is_not_found(library: Library, asked: str) -> None:
    library.add([made("lease")])
    with pytest.raises(DocumentNotFound):
        library.resolve(asked)


def test_a_name_that_several_carry_is_refused_with_their_ids(library: Library) -> None:
    one, two = made("one"), made("two")
    named = [NewDocument(replace(new.document, name="same.txt"), new.pages, new.chunks) for new in (one, two)]
    library.add(named)
    with pytest.raises(AmbiguousName) as caught:
        library.resolve("same.txt")
    assert set(caught.value.ids) == {one.document.id, two.document.id}


def test_newest_first(library: Library) -> None:
    library.add([made("one"), made("two")])
    library.add([made("three")])
    assert [document.title for document in library.documents()] == ["three", "two", "one"]


def test_a_page_that_is_not_there_says_which_is_the_last(library: Library) -> None:
    new = made("book")
    library.add([NewDocument(new.document, [Page(1, "i", new.pages[0].text), Page(2, "ii", "more")], new.chunks)])
    assert library.page(new.document.id, 2) == Page(2, "ii", "more")
    with pytest.raises(PageNotFound) as caught:
        library.page(new.document.id, 3)
    assert (caught.value.name, caught.value.number, caught.value.last) == ("book.txt", 3, 2)


def test_asking_about_an_unknown_document_is_an_error(library: Library) -> None:
    for ask in (library.document, library.pages, library.document_chunks):
        with pytest.raises(DocumentNotFound):
            ask(id_of("nothing"))
    with pytest.raises(DocumentNotFound):
        library.page(id_of("nothing"), 1)


class _SetBack(Catalogue):
    """One whose memory another thread, which read earlier, overwrites each time."""

    @property
    def _last(self) -> Snapshot:
        return Snapshot(-1, None, frozenset(), frozenset(), frozenset())

    @_last.setter
    def _last(self, _: Snapshot) -> None:
        pass


def test_a_snapshot_is_of_what_was_read_for_it(library: Library) -> None:
    library.add([made("lease")])
    assert _SetBack(library._database).snapshot().ready == {id_of("lease")}


def test_an_addition_does_not_read_what_there_is_of_all_the_others(
    library: Library, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Among ten thousand documents that took longer than the addition."""
    library.add([made("one")])

    def refuse(_: Catalogue) -> Snapshot:
        raise AssertionError("all documents are read")

    with monkeypatch.context() as patched:
        patched.setattr(Catalogue, "snapshot", refuse)
        library.add([made("two")])
    assert [document.title for document in library.documents()] == ["two", "one"]
