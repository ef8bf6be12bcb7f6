"""A computer that lacks the model of a team's library does without it, and leaves the team's vectors alone."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest

from rag.encoder import model_fingerprint
from rag.errors import BadSetting, EmbeddingModelUnavailable, TeamModelMissing
from rag.events import GoneOver
from rag.meaning import EveryEncoder, Meaning, add_as_found, rebuilt
from rag.named_encoder import name_in
from rag.reencoding import Reencoder
from rag.sentences import sentence_for
from storage.library import Library
from storage.records import BUILT_IN
from tests.assembled import encoder_of
from tests.storage.made import made
from tests.storage.test_changeover import NEW, TEXTS, go_over

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from rag.named_encoder import NamedEncoder
    from storage.foundation import Team
    from tests.doubles.bucket import ObjectStore


def nothing_here(name: str) -> NamedEncoder:
    raise EmbeddingModelUnavailable(name, "no such folder")


@pytest.fixture
def team(object_store: ObjectStore, tmp_path: Path) -> Team:
    """A library in a bucket."""
    return object_store.team(f"{object_store.new_bucket()}/papers", tmp_path / "bob", "Bob")


@pytest.fixture
def shared(team: Team) -> Iterator[Library]:
    """A team's library that has gone over to another model."""
    library = Library.open(team, model_fingerprint())
    library.add([made("house", TEXTS)])
    go_over(library)
    yield library
    library.close()


def test_adding_without_the_team_s_model_is_refused_with_what_to_do(shared: Library, model_cache: Path) -> None:
    """Before anything is encoded, and also where the library went over only afterwards."""
    meaning = Meaning(shared, load=nothing_here)
    encoder = EveryEncoder(encoder_of(model_cache).get(), meaning)
    new = made("garden", ["roses"])
    encoder.session = None  # type: ignore[assignment]  (which nothing can be encoded with)
    with pytest.raises(TeamModelMissing) as raised:
        encoder.encode_chunks([each.chunk for each in new.chunks])
    with pytest.raises(TeamModelMissing):
        add_as_found(shared, encoder, [new])
    assert shared.changeover.present() == NEW
    assert f"models pull {name_in(NEW.name)}" in sentence_for(raised.value)
    assert shared.place in sentence_for(raised.value)
    assert meaning.of_question("Who has roses?") is None


def test_who_names_no_model_leaves_a_team_with_its_own(shared: Library) -> None:
    reencoder = Reencoder(shared, Meaning(shared, load=nothing_here))

    async def all_events() -> list[object]:
        return [event async for event in reencoder.run()]

    assert asyncio.run(all_events()) == [GoneOver(name_in(NEW.name))]
    assert shared.changeover.present() == NEW
    assert name_in(NEW.name) in reencoder.remark()


def test_who_names_the_built_in_one_takes_the_team_back_to_it(shared: Library) -> None:
    reencoder = Reencoder(shared, Meaning(shared, "all-MiniLM-L6-v2", load=nothing_here))

    async def all_events() -> list[object]:
        return [event async for event in reencoder.run()]

    assert asyncio.run(all_events())[-1] == GoneOver("")
    assert shared.changeover.present() == BUILT_IN


def test_a_rebuild_gives_up_no_vectors_of_a_team_whose_model_is_not_named(shared: Library, team: Team) -> None:
    """Nothing would say any more which it was."""
    with pytest.raises(BadSetting) as raised:
        rebuilt(team, model_fingerprint(), "")
    assert name_in(NEW.name) in sentence_for(raised.value)
    assert shared.changeover.present() == NEW
    assert len(shared.documents()) == 1
    rebuilt(team, model_fingerprint(), "all-MiniLM-L6-v2").close()
    assert len(shared.documents()) == 1
