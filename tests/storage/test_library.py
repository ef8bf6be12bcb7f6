"""Documents come and go whole, and the library knows where they came from."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from storage.errors import DocumentNotFound
from storage.library import AddStatus, Library
from storage.records import EncodedChunk, TokenVectors
from tests.storage.made import MODEL, TOKEN_WIDTH, assert_whole, id_of, keep_original, made


def test_what_was_added_is_there_whole(library: Library) -> None:
    new = made("lease", ["the rent is due", "the deposit is returned"])
    assert library.add([new]) == (AddStatus.ADDED,)
    assert library.documents() == (new.document,)
    assert library.holds(new.document.id)
    assert library.pages(new.document.id) == tuple(new.pages)
    assert library.document_chunks(new.document.id) == tuple(encoded.chunk for encoded in new.chunks)
    assert_whole(library)


def test_vectors_come_back_as_they_went_in(library: Library) -> None:
    new = made("lease", ["the rent is due", "the deposit is returned within six weeks"])
    library.add([new])
    found = library.fetch(encoded.chunk.id for encoded in new.chunks)
    for encoded in new.chunks:
        back = found[encoded.chunk.id]
        assert back.chunk == encoded.chunk
        np.testing.assert_array_equal(back.vector, encoded.vector)
        assert back.tokens is not None
        assert encoded.tokens is not None
        np.testing.assert_array_equal(back.tokens.codes, encoded.tokens.codes)
        np.testing.assert_array_equal(back.tokens.scales, encoded.tokens.scales)


def test_token_vectors_may_be_wide_narrow_or_not_kept_at_all(library: Library) -> None:
    """In one document, beside others, and after the library was tidied."""
    new = made("lease", ["the rent is due", "the deposit is returned", "the keys are handed over"])
    wide, bare, narrow = new.chunks
    assert wide.tokens is not None
    wide = replace(wide, tokens=TokenVectors(np.tile(wide.tokens.codes, 2), wide.tokens.scales))
    library.add([replace(new, chunks=[wide, replace(bare, tokens=None), narrow]), made("other")])
    library.tidy()
    found = library.fetch(encoded.chunk.id for encoded in new.chunks)
    assert [_shape(found[each.chunk.id]) for each in (wide, bare, narrow)] == [(4, 64), None, (5, 32)]
    assert_whole(library)


def test_chunks_whose_token_file_is_missing_or_cut_off_come_without(library: Library) -> None:
    new = made("lease", ["the rent is due", "the deposit is returned"])
    library.add([new])
    ids = [encoded.chunk.id for encoded in new.chunks]
    (file,) = (library.folder / "tokens").rglob("*.tokens")
    file.write_bytes(file.read_bytes()[:-1])
    assert [_shape(library.fetch(ids)[id_]) for id_ in ids] == [(4, 32), None]
    file.unlink()
    assert [_shape(library.fetch(ids)[id_]) for id_ in ids] == [None, None]


def _shape(encoded: EncodedChunk) -> tuple[int, ...] | None:
    return None if encoded.tokens is None else encoded.tokens.codes.shape


def test_the_same_bytes_again_are_unchanged(library: Library) -> None:
    library.add([made("lease", source="/a")])
    assert library.add([made("lease", source="/a")]) == (AddStatus.UNCHANGED,)
    assert len(library.documents()) == 1
    assert_whole(library)


def test_the_same_bytes_twice_in_one_batch_are_one_document(library: Library) -> None:
    statuses = library.add([made("lease", source="/a"), made("lease", source="/b")])
    assert statuses == (AddStatus.ADDED, AddStatus.UNCHANGED)
    assert_whole(library)


def test_a_changed_file_replaces_what_its_path_gave_before(library: Library) -> None:
    library.add([made("old", ["ancient words"], "/a")])
    assert library.add([made("new", ["fresh words"], "/a")]) == (AddStatus.REPLACED,)
    assert [document.title for document in library.documents()] == ["new"]
    assert library.keyword("ancient", 10) == []
    assert library.source_of("/a") == id_of("new")
    assert_whole(library)


def test_a_document_that_also_came_from_another_path_stays(library: Library) -> None:
    library.add([made("old", source="/a"), made("old", source="/b")])
    assert library.add([made("new", source="/a")]) == (AddStatus.ADDED,)
    assert library.holds(id_of("old"))
    assert library.document(id_of("old")).source == "/b"


def test_a_document_that_was_also_handed_over_as_a_copy_stays(library: Library) -> None:
    library.add([made("old"), made("old", source="/a")])
    assert library.add([made("new", source="/a")]) == (AddStatus.ADDED,)
    assert library.holds(id_of("old"))


def test_copies_never_replace_each_other(library: Library) -> None:
    assert library.add([made("one"), made("two")]) == (AddStatus.ADDED, AddStatus.ADDED)
    assert {document.source for document in library.documents()} == {None}


def test_a_file_changed_into_bytes_that_are_there_replaces_too(library: Library) -> None:
    library.add([made("old", source="/a"), made("other", source="/b")])
    assert library.add([made("other", source="/a")]) == (AddStatus.REPLACED,)
    assert [document.title for document in library.documents()] == ["other"]
    assert_whole(library)


def test_a_known_document_is_noted_at_a_new_path_without_its_vectors(library: Library) -> None:
    library.add([made("lease", source="/a")])
    assert library.remember_source(id_of("lease"), "/b") is AddStatus.UNCHANGED
    assert library.source_of("/b") == id_of("lease")
    library.add([made("old", source="/c")])
    assert library.remember_source(id_of("lease"), "/c") is AddStatus.REPLACED
    assert not library.holds(id_of("old"))


def test_an_unknown_document_cannot_be_noted(library: Library) -> None:
    with pytest.raises(DocumentNotFound):
        library.remember_source(id_of("nothing"), "/a")


def test_nothing_can_be_added(library: Library) -> None:
    assert library.add([]) == ()


def test_many_chunks_are_indexed_on_the_way(library: Library) -> None:
    """A long ingest never leaves so much to the slow way that questions feel it."""
    library.add([made("book", [f"sentence number {number}" for number in range(2100)])])
    assert library._catalogue.fresh_chunks() == 0
    assert_whole(library)


def test_nothing_of_a_removed_document_is_left(library: Library, tmp_path: Path) -> None:
    new = keep_original(library, made("secret", ["the unmistakable passphrase"]), tmp_path)
    library.add([new, made("other")])
    original = library.originals.path_of(new.document)
    library.remove(new.document.id)
    assert not original.exists()
    assert [document.title for document in library.documents()] == ["other"]
    assert library.keyword("unmistakable passphrase", 10) == []
    assert library.fetch([new.chunks[0].chunk.id]) == {}
    assert b"unmistakable" not in (library.folder / "footnote.db").read_bytes()
    assert_whole(library)


def test_the_bytes_that_the_disk_got_back_are_counted(library: Library, tmp_path: Path) -> None:
    new = keep_original(library, made("big", ["word " * 200] * 50), tmp_path)
    library.add([new])
    before = library.size_on_disk()
    freed = library.remove(new.document.id)
    assert freed == before - library.size_on_disk()
    assert freed > 50 * 200 * TOKEN_WIDTH


def test_when_the_last_document_goes_no_vector_stays(library: Library) -> None:
    library.add([made("one"), made("two")])
    library.remove(id_of("one"), id_of("two"))
    assert not list((library.folder / "vectors").rglob("*.lance"))
    assert library.keyword("one", 10) == []
    assert library.add([made("one")]) == (AddStatus.ADDED,)
    assert_whole(library)


def test_several_go_at_once_or_none(library: Library) -> None:
    library.add([made("one"), made("two")])
    with pytest.raises(DocumentNotFound):
        library.remove(id_of("one"), id_of("nothing"))
    assert len(library.documents()) == 2
    library.remove(id_of("one"), id_of("two"))
    assert library.documents() == ()


def test_a_removed_document_can_come_back(library: Library) -> None:
    library.add([made("lease", source="/a")])
    library.remove(id_of("lease"))
    assert library.source_of("/a") is None
    assert library.add([made("lease", source="/a")]) == (AddStatus.ADDED,)
    assert_whole(library)


# originals that are gone, and files that cannot go


def test_a_document_whose_original_is_gone_can_be_removed(library: Library, tmp_path: Path) -> None:
    new = keep_original(library, made("lease"), tmp_path)
    library.add([new])
    library.originals.path_of(new.document).unlink()
    library.remove(new.document.id)
    assert library.documents() == ()
    assert_whole(library)


def test_so_can_one_that_waits_to_be_encoded_again(library: Library, tmp_path: Path) -> None:
    gone, there = (keep_original(library, made(name), tmp_path) for name in ("gone", "there"))
    library.add([gone, there])
    library.originals.path_of(gone.document).unlink()
    rebuilt = Library.rebuild(library.folder, "another")
    with pytest.raises(DocumentNotFound):
        rebuilt.originals.path_of(gone.document)
    rebuilt.remove(gone.document.id)
    assert [document.title for document in rebuilt.unencoded()] == ["there"]
    assert rebuilt.add([there]) == (AddStatus.ADDED,)
    assert_whole(rebuilt)
    rebuilt.close()


def test_no_document_comes_in_whose_original_another_program_took_away(library: Library, tmp_path: Path) -> None:
    """It removed a document of the same bytes between their being kept here and coming in."""
    other = Library.open(library.folder, MODEL)
    other.add([keep_original(other, made("lease"), tmp_path)])
    new = keep_original(library, made("lease"), tmp_path)
    other.remove(new.document.id)
    with pytest.raises(DocumentNotFound) as caught:
        library.add([made("more"), new])
    assert caught.value.asked == new.document.id
    assert library.documents() == ()
    assert library.add([keep_original(library, made("lease"), tmp_path)]) == (AddStatus.ADDED,)
    other.close()


def test_a_file_that_somebody_has_open_stops_no_change(
    library: Library, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Windows refuses to delete it; it goes with the next change after it was closed."""
    old = keep_original(library, made("old", source="/a"), tmp_path)
    library.add([old])
    original = library.originals.path_of(old.document)
    unlink = Path.unlink

    def refuse(path: Path, *, missing_ok: bool = False) -> None:
        if path == original:
            raise PermissionError(13, "used by another process", str(path))
        unlink(path, missing_ok=missing_ok)

    with monkeypatch.context() as windows:
        windows.setattr(Path, "unlink", refuse)
        assert library.add([made("new", source="/a")]) == (AddStatus.REPLACED,)
        assert library.add([made("other")]) == (AddStatus.ADDED,)
        library.remove(id_of("other"))
        library.tidy()
        assert [document.title for document in library.documents()] == ["new"]
        assert original.exists()
        assert_whole(library)
    library.add([made("last")])
    assert not original.exists()
    assert_whole(library)


def test_what_cannot_be_cleared_away_after_an_addition_is_not_its_failure(library: Library) -> None:
    """The documents are in by then."""
    library.add([made("old", source="/a")])
    tokens = library.folder / "tokens" / id_of("old")[:2] / f"{id_of('old')}.tokens"
    tokens.unlink()
    tokens.mkdir()
    assert library.add([made("new", source="/a")]) == (AddStatus.REPLACED,)
    tokens.rmdir()
    library.tidy()
    assert_whole(library)
