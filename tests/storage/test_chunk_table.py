"""The table is of one model and one version, has its indexes, and outlives what happens below an open handle."""

from __future__ import annotations

from typing import TYPE_CHECKING

import lancedb
import pyarrow as pa
import pytest

from storage.chunk_queries import one_of
from storage.chunk_table import ChunkTable
from storage.errors import FolderUnusable, LibraryTooNew
from storage.library import Library
from storage.schema import DIMENSION, MODEL_KEY, SCHEMA_VERSION, VERSION_KEY, chunk_schema
from tests.storage.made import MODEL, assert_whole, id_of, made, unit_vector

if TYPE_CHECKING:
    from pathlib import Path


def test_the_schema_says_its_version_and_its_model() -> None:
    schema = chunk_schema(MODEL)
    assert schema.metadata == {VERSION_KEY: b"2", MODEL_KEY: MODEL.encode()}
    assert schema.field("vector").type == pa.list_(pa.float32(), DIMENSION)
    assert [field.name for field in schema if field.nullable] == ["page"]


def test_words_have_an_index_and_ids_have_theirs(tmp_path: Path) -> None:
    ChunkTable(tmp_path, MODEL).prepare()
    indexes = lancedb.connect(tmp_path).open_table("chunks").list_indices()
    assert {index.columns[0]: index.index_type for index in indexes} == {
        "terms": "FTS",
        "id": "BTree",
        "document_id": "BTree",
    }


def test_a_table_of_another_model_is_never_added_to(tmp_path: Path) -> None:
    ChunkTable(tmp_path, "another").prepare()
    ChunkTable(tmp_path, MODEL).prepare()
    assert lancedb.connect(tmp_path).open_table("chunks").schema.metadata[MODEL_KEY] == MODEL.encode()


def test_a_table_of_a_later_version_is_left_alone(tmp_path: Path) -> None:
    schema = chunk_schema(MODEL).with_metadata({VERSION_KEY: str(SCHEMA_VERSION + 1), MODEL_KEY: MODEL})
    lancedb.connect(tmp_path).create_table("chunks", schema=schema)
    table = ChunkTable(tmp_path, MODEL)
    for attempt in (table.prepare, lambda: table.dense(unit_vector(0), 1, None)):
        with pytest.raises(LibraryTooNew):
            attempt()


def test_an_open_library_follows_a_table_that_was_made_anew(library: Library) -> None:
    library.add([made("old")])
    reader = Library.open(library.folder, MODEL)
    assert len(reader.keyword("old", 10)) == 1
    rebuilt = Library.rebuild(library.folder, MODEL)
    rebuilt.add([made("new"), made("old")])
    assert len(reader.dense(unit_vector(0), 10)) == 2
    assert len(reader.keyword("new", 10)) == 1
    reader.add([made("third")])
    assert_whole(reader)
    rebuilt.close()
    reader.close()


def test_a_question_asked_while_the_last_document_goes_finds_nothing(library: Library) -> None:
    library.add([made("old")])
    reader = ChunkTable(library.folder / "vectors", MODEL)
    assert reader.count() == 1
    library.remove(id_of("old"))
    assert reader.dense(unit_vector(0), 10, None) == []
    assert reader.rows(one_of("document_id", [id_of("old")])) == []
    assert reader.count() == 0


def test_a_place_that_cannot_be_written_is_named_and_nothing_is_added(library: Library) -> None:
    """As on a full disk: the document is not there, and adding it again works once there is room."""
    library.add([made("before")])
    tokens = library.folder / "tokens"
    aside = tokens.rename(library.folder / "aside")
    tokens.write_text("in the way")
    with pytest.raises(FolderUnusable):
        library.add([made("new")])
    assert [document.title for document in library.documents()] == ["before"]
    assert library.keyword("new", 10) == []
    tokens.unlink()
    aside.rename(tokens)
    library.add([made("new")])
    assert_whole(library)


def test_values_are_spelled_so_that_none_ends_early() -> None:
    assert one_of("id", ["b", "a'--"]) == "id IN ('a''--', 'b')"


def test_a_row_without_pages_and_one_with(library: Library) -> None:
    new = made("plain")
    library.add([new])
    assert [chunk.page for chunk in library.document_chunks(id_of("plain"))] == [None]
