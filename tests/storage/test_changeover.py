"""A library goes over to another embedding model whole: until then it is asked as before, and nothing done is lost."""

from __future__ import annotations

import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest

from storage.admission import Admission
from storage.errors import VectorsReplaced
from storage.library import Library
from storage.records import BUILT_IN, ModelVector, NamedModel
from tests.storage.made import MODEL, assert_whole, hash_number, id_of, made, unit_vector
from tests.storage.test_crash import DEATH, _die_at

if TYPE_CHECKING:
    from collections.abc import Iterable

    from numpy.typing import NDArray

    from storage.records import NewDocument

NEW = NamedModel("somebody/e5-small#0a1b2c", 12)
OTHER = NamedModel("somebody/gte-base#3d4e5f", 20)
TEXTS = ["the gate is locked at nine", "shoes stay at the door", "who is late rings the bell"]
HOUSE = [encoded.chunk for encoded in made("house", TEXTS).chunks]


def vector_of(text: str, model: NamedModel = NEW) -> NDArray[np.float32]:
    """A direction of its own for each text and model."""
    vector = np.random.default_rng(hash_number(f"{model.name} {text}")).standard_normal(model.dimension)
    return (vector / np.linalg.norm(vector)).astype(np.float32)


def vectors_of(texts: Iterable[str], model: NamedModel = NEW) -> NDArray[np.float32]:
    return np.stack([vector_of(text, model) for text in texts])


def encoded_by(model: NamedModel, new: NewDocument) -> NewDocument:
    """A document with the vectors of a named model."""
    chunks = [replace(each, named=ModelVector(model.name, vector_of(each.chunk.text, model))) for each in new.chunks]
    return replace(new, chunks=chunks)


def encode(library: Library, to: NamedModel = NEW) -> None:
    """Make all vectors that are missing."""
    for document in library.changeover.remaining(to):
        done = library.changeover.encoded(to, document.id)
        chunks = library.document_chunks(document.id)[done:]
        library.changeover.keep(to, chunks, vectors_of([chunk.text for chunk in chunks], to), behind=done)


def go_over(library: Library, to: NamedModel = NEW) -> None:
    encode(library, to)
    assert library.changeover.complete(to)


def lies_below(folder: Path, vector: NDArray[np.float32]) -> bool:
    """Whether a file holds these very numbers."""
    wanted = vector.astype("<f4").tobytes()
    return any(wanted in file.read_bytes() for file in folder.rglob("*") if file.is_file())


def nearest(library: Library, text: str, model: NamedModel = NEW) -> str:
    """The text of the chunk that is nearest to one by a model's vectors."""
    (found, _), *_ = library.dense(ModelVector(model.name, vector_of(text, model)), 1)
    return library.fetch([found])[found].chunk.text


def test_until_all_vectors_are_there_it_is_found_by_the_old_ones(library: Library) -> None:
    library.add([made("house", TEXTS), made("garden", ["roses"])])
    before = library.dense(unit_vector(1), 10)
    library.changeover.keep(NEW, HOUSE, vectors_of(TEXTS), behind=0)

    assert not library.changeover.complete(NEW)

    assert library.changeover.present() == BUILT_IN
    assert library.changeover.progress(NEW) == (3, 4)
    assert [document.name for document in library.changeover.remaining(NEW)] == ["garden.txt"]
    assert library.dense(unit_vector(1), 10) == before


def test_then_it_is_found_by_the_new_ones_and_everything_else_stays(library: Library) -> None:
    """The built-in vectors too: what is fitted to them goes on being true."""
    library.add([made("house", TEXTS), made("garden", ["roses"])])
    library.tidy()
    by_words, chunks = library.keyword("gate door", 10), library.document_chunks(id_of("house"))
    before = library.fetch(chunk.id for chunk in chunks)

    go_over(library)

    assert library.changeover.present() == NEW
    assert [nearest(library, text) for text in TEXTS] == TEXTS
    assert library.keyword("gate door", 10) == by_words
    assert library.document_chunks(id_of("house")) == chunks
    for id_, after in library.fetch(chunk.id for chunk in chunks).items():
        np.testing.assert_array_equal(after.vector, before[id_].vector)
        np.testing.assert_array_equal(after.tokens.codes, before[id_].tokens.codes)
        assert after.named is not None
        assert after.named.model == NEW.name
        np.testing.assert_array_equal(after.named.vector, vector_of(after.chunk.text))
    assert not list((library.folder / "coming").iterdir())
    assert_whole(library)


def test_the_built_in_vectors_find_as_before(library: Library) -> None:
    """Where the other model's weights are gone, that is how passages are found."""
    library.add([made("house", TEXTS)])
    before = library.dense(unit_vector(1), 10)
    go_over(library)

    after = library.dense(unit_vector(1), 10)

    assert [id_ for id_, _ in after] == [id_ for id_, _ in before]
    assert [value for _, value in after] == pytest.approx([value for _, value in before], abs=1e-6)


def test_there_is_a_way_back_and_one_to_a_third(library: Library) -> None:
    library.add([made("house", TEXTS)])
    before = library.dense(unit_vector(1), 10)
    go_over(library)
    go_over(library, OTHER)
    assert nearest(library, TEXTS[1], OTHER) == TEXTS[1]

    assert library.changeover.complete(BUILT_IN)

    assert library.changeover.present() == BUILT_IN
    assert library.dense(unit_vector(1), 10) == before
    assert [each.named for each in library.fetch([id_ for id_, _ in before]).values()] == [None] * 3


def test_a_question_by_a_model_that_was_replaced_is_told_so(library: Library) -> None:
    """Its vector cannot be compared with what is there; the same holds for one that came too early."""
    library.add([made("house", TEXTS)])
    with pytest.raises(VectorsReplaced):
        library.dense(ModelVector(NEW.name, vector_of("gate")), 1)
    go_over(library)
    with pytest.raises(VectorsReplaced):
        library.dense(ModelVector(OTHER.name, vector_of("gate", OTHER)), 1)


def test_every_reader_sees_the_model_that_counts(library: Library) -> None:
    """Another program, say, that had the library open before."""
    library.add([made("house", TEXTS)])
    other = Library.open(library.folder, MODEL)
    other.dense(unit_vector(1), 10)

    go_over(library)

    assert other.changeover.present() == NEW
    assert nearest(other, TEXTS[2]) == TEXTS[2]
    other.close()


def test_a_reader_goes_on_when_another_program_rebuilds_it(library: Library) -> None:
    """What it knew of the table before is true of none that follows."""
    library.add([made("house", TEXTS)])
    before = library.dense(unit_vector(1), 10)
    go_over(library)
    assert nearest(library, TEXTS[2]) == TEXTS[2]

    other = Library.rebuild(library.folder, MODEL)
    assert library.dense(unit_vector(1), 10) == []
    other.add([made("house", TEXTS)])
    other.close()

    assert library.dense(unit_vector(1), 10) == before
    assert [chunk.text for chunk in library.document_chunks(id_of("house"))] == TEXTS


def test_what_a_program_left_that_died_is_not_what_a_rebuilding_begins_with(library: Library) -> None:
    library.add([made("house", TEXTS)])
    encode(library)
    with pytest.MonkeyPatch.context() as dying:
        dying.setattr(Admission, "go_over", lambda *_: (_ for _ in ()).throw(KeyboardInterrupt))
        with pytest.raises(KeyboardInterrupt):
            library.changeover.complete(NEW)

    other = Library.rebuild(library.folder, MODEL)

    assert other._table.count() == 0
    other.add([made("house", TEXTS)])
    assert_whole(other)
    other.close()


def test_documents_come_in_with_the_vectors_of_the_present_model_only(library: Library) -> None:
    library.add([made("house", TEXTS)])
    with pytest.raises(VectorsReplaced):
        library.add([encoded_by(NEW, made("garden", ["roses"]))])
    go_over(library)
    with pytest.raises(VectorsReplaced):
        library.add([made("garden", ["roses"])])
    with pytest.raises(VectorsReplaced):
        library.add([encoded_by(OTHER, made("garden", ["roses"]))])
    assert library.count() == 1

    library.add([encoded_by(NEW, made("garden", ["roses"]))])
    library.tidy()

    assert nearest(library, "roses") == "roses"
    assert_whole(library)


def test_what_comes_in_meanwhile_is_encoded_before_it_goes_over(library: Library) -> None:
    library.add([made("house", TEXTS)])
    encode(library)
    library.add([made("garden", ["roses"])])

    assert not library.changeover.complete(NEW)
    encode(library)
    assert library.changeover.complete(NEW)

    assert nearest(library, "roses") == "roses"


def test_what_is_removed_meanwhile_leaves_no_byte(library: Library) -> None:
    library.add([made("house", TEXTS), made("garden", ["roses"])])
    encode(library)
    vector = vector_of(TEXTS[0])
    assert lies_below(library.folder, vector)

    library.remove(id_of("house"))

    assert not lies_below(library.folder, vector)
    assert library.changeover.progress(NEW) == (1, 1)
    library.changeover.keep(NEW, HOUSE, vectors_of(TEXTS), behind=0)  # it was being encoded just then
    assert not lies_below(library.folder, vector)
    assert library.changeover.complete(NEW)


def test_what_is_removed_afterwards_leaves_no_byte(library: Library) -> None:
    library.add([made("house", TEXTS), made("garden", ["roses"])])
    go_over(library)
    assert lies_below(library.folder, vector_of(TEXTS[0]))

    library.remove(id_of("house"))

    assert not lies_below(library.folder, vector_of(TEXTS[0]))
    assert nearest(library, "roses") == "roses"
    assert_whole(library)


def test_an_empty_library_goes_over_at_once(library: Library) -> None:
    library.add([made("house", TEXTS)])
    library.remove(id_of("house"))

    assert library.changeover.complete(NEW)

    library.add([encoded_by(NEW, made("house", TEXTS))])
    assert nearest(library, TEXTS[0]) == TEXTS[0]


def test_a_document_goes_on_where_it_was(library: Library) -> None:
    """Vectors are kept a few at a time; two who do the same work do not disturb each other."""
    library.add([made("house", TEXTS)])
    library.changeover.keep(NEW, HOUSE[:1], vectors_of(TEXTS[:1]), behind=0)
    library.changeover.keep(NEW, HOUSE[:1], vectors_of(TEXTS[:1]), behind=0)

    assert library.changeover.encoded(NEW, id_of("house")) == 1
    go_over(library)
    assert nearest(library, TEXTS[2]) == TEXTS[2]


def test_vectors_of_passages_that_were_cut_otherwise_meanwhile_are_not_kept(library: Library) -> None:
    """The document was being encoded when it was removed and added again."""
    library.add([made("house", TEXTS)])
    library.remove(id_of("house"))
    library.add([made("house", TEXTS[::-1])])

    assert not library.changeover.keep(NEW, HOUSE, vectors_of(TEXTS), behind=0)
    assert library.changeover.progress(NEW) == (0, 3)


@pytest.mark.parametrize("damage", ["cut off", "empty space", "no numbers"])
def test_vectors_that_came_to_the_disk_in_part_are_made_anew(library: Library, damage: str) -> None:
    library.add([made("house", TEXTS)])
    encode(library)
    (file,) = (library.folder / "coming").rglob("*.vectors")
    whole = file.read_bytes()
    damaged = {"cut off": whole[:-7], "empty space": whole[:-48] + bytes(48), "no numbers": whole[:-48] + b"\xff" * 48}
    file.write_bytes(damaged[damage])

    assert not library.changeover.complete(NEW)
    assert library.changeover.encoded(NEW, id_of("house")) == 2
    go_over(library)

    assert nearest(library, TEXTS[2]) == TEXTS[2]


def test_what_another_program_has_done_is_not_done_again(library: Library) -> None:
    library.add([made("house", TEXTS)])
    go_over(library)
    table = library._catalogue.chunk_table()

    assert not library.changeover.keep(NEW, HOUSE, vectors_of(TEXTS), behind=0)
    assert library.changeover.complete(NEW)

    assert library._catalogue.chunk_table() == table
    assert not list((library.folder / "coming").iterdir())


def test_another_wish_forgets_what_was_made_for_the_first(library: Library) -> None:
    library.add([made("house", TEXTS)])
    encode(library)

    library.changeover.give_up(OTHER)

    assert library.changeover.progress(NEW) == (0, 3)


def test_a_large_library_is_searched_by_an_index_of_the_new_vectors(
    library: Library, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("storage.held.MOST_HELD", 400 * NEW.dimension * 4)
    monkeypatch.setattr("storage.search.MOST_SCANNED", 0)
    texts = [f"passage number {number}" for number in range(600)]
    library.add([made("book", texts)])
    library.tidy()

    go_over(library)

    assert not library._table.wants_vector_index()
    assert nearest(library, texts[7]) == texts[7]
    assert len(library.dense(unit_vector(1), 10)) == 10


@pytest.mark.parametrize(
    "point",
    [
        "return ComingVectors.append",
        "call index_terms_and_ids",
        "return ChunkTable.renew",
        "call Admission.go_over",
        "return Admission.go_over",
        "return ComingVectors.keep_only",
        "call ChunkTable.sweep",
    ],
)
def test_a_program_that_dies_in_it_leaves_one_model_or_the_other(library: Library, point: str) -> None:
    """It is asked as before, and the next program goes on."""
    library.add([made("house", TEXTS), made("garden", ["roses"])])
    library.tidy()
    library.close()
    program = (
        "from pathlib import Path\nfrom tests.storage import test_changeover as t\n"
        f"t.die_while_going_over(Path({str(library.folder)!r}), {point!r})"
    )
    died = subprocess.run([sys.executable, "-c", program], cwd=Path(__file__).parents[2], env=os.environ, check=False)
    assert died.returncode == DEATH

    again = Library.open(library.folder, MODEL)
    found = [id_ for id_, _ in again.dense(unit_vector(1), 10)]
    assert len(found) == 4
    if again.changeover.present() == BUILT_IN:
        go_over(again)
    again.changeover.give_up()
    assert len(list((again.folder / "vectors").glob("*.lance"))) == 1
    assert nearest(again, TEXTS[1]) == TEXTS[1]
    again.remove(id_of("garden"))
    assert_whole(again)
    again.close()


def die_while_going_over(folder: Path, point: str) -> None:
    """For a process of its own."""
    library = Library.open(folder, MODEL)
    library.warm()
    _die_at(point)
    go_over(library)
