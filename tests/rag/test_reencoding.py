"""A library goes over to a model that somebody named in the background, and is asked and added to all the while."""

from __future__ import annotations

import asyncio
import shutil
import signal
import subprocess
import sys
import time
from contextlib import aclosing
from typing import TYPE_CHECKING

import pytest

import app
from rag.assistant import Ask
from rag.events import GoneOver, Reencoded, ReencodingFailed
from rag.tokens import model_folder
from storage.records import BUILT_IN
from tests.assembled import assistant_on, ingested
from tests.conftest import NOBODY_THERE
from tests.tiny_models import tiny_embedding_model

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from rag.assistant import Assistant
    from rag.events import ReencodingEvent
    from rag.evidence import Answer

QUESTION = "When is the gate locked?"
GATE = "The gate is locked at nine."
SENTENCES = {"Gate.txt": GATE, "Shoes.txt": "Shoes stay at the door.", "Bell.txt": "Who is late rings the bell."}


@pytest.fixture(scope="module")
def models(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("models")
    tiny_embedding_model(folder / "multilingual-e5-small", dimension=48)
    tiny_embedding_model(folder / "Qwen3-Embedding-0.6B", dimension=40, pooling="lasttoken", seed=1)
    return folder


@pytest.fixture
def e5(models: Path) -> str:
    return str(models / "multilingual-e5-small")


@pytest.fixture
def house(tmp_path: Path) -> Path:
    """A folder of short files."""
    folder = tmp_path / "house"
    folder.mkdir()
    for name, text in SENTENCES.items():
        (folder / name).write_text(text, encoding="utf-8")
    return folder


@pytest.fixture
def data(data_folder: Path, model_cache: Path, house: Path) -> Path:
    """A library of these files that the built-in model encoded."""
    assistant = assistant_on(data_folder, model_cache, NOBODY_THERE)
    ingested(assistant, [house])
    assistant.close()
    return data_folder


@pytest.fixture
def wanting(data: Path, model_cache: Path, e5: str) -> Iterator[Assistant]:
    """The program on it, told to find passages by another model."""
    assistant = assistant_on(data, model_cache, NOBODY_THERE, e5)
    yield assistant
    assistant.close()


def events_of(assistant: Assistant) -> list[ReencodingEvent]:
    async def all_of_them() -> list[ReencodingEvent]:
        return [event async for event in assistant.reencode()]

    return asyncio.run(all_of_them())


def found(assistant: Assistant, question: str = QUESTION) -> Answer:
    return asyncio.run(assistant.find(Ask(question)))


def meanings(answer: Answer) -> dict[str, float]:
    """What *Meaning* says of each passage."""
    return {each.chunk.text: each.scores.dense.value for each in answer.evidence if each.scores.dense}


def probabilities(answer: Answer) -> dict[str, float]:
    return {each.chunk.text: each.scores.rerank.value for each in answer.evidence if each.scores.rerank}


def test_it_tells_how_far_it_is_and_that_it_has_gone_over(wanting: Assistant, e5: str) -> None:
    *steps, last = events_of(wanting)

    assert [(step.model, step.done, step.total) for step in steps if isinstance(step, Reencoded)] == [
        (e5, done, 3) for done in range(4)
    ]
    assert last == GoneOver(e5)


def test_meaning_is_its_cosine_and_probabilities_stay_what_they_were(wanting: Assistant) -> None:
    """They were fitted to the built-in model, and go on being computed from its vectors."""
    before = found(wanting)
    events_of(wanting)
    after = found(wanting)

    encoder = wanting.embedding().meaning.next_encoder()
    assert encoder is not None
    asked = encoder.of_question(QUESTION).vector
    made = encoder.of_passages([f"{name[:-4]}\n{text}" for name, text in SENTENCES.items()])
    own = {text: float(vector @ asked) for text, vector in zip(SENTENCES.values(), made, strict=True)}
    assert meanings(after) == pytest.approx(own, abs=1e-5)
    assert meanings(after) != pytest.approx(meanings(before), abs=1e-2)
    assert probabilities(after) == pytest.approx(probabilities(before), abs=1e-6)
    assert after.answerable == pytest.approx(before.answerable, abs=1e-6)


def test_until_then_it_answers_from_the_old_vectors(wanting: Assistant, tmp_path: Path) -> None:
    """And what comes in meanwhile is encoded with both."""
    before, asked = found(wanting), []
    (tmp_path / "Roses.txt").write_text("The roses are watered on Mondays.", encoding="utf-8")

    async def in_between() -> ReencodingEvent:
        async with aclosing(wanting.reencode()) as events:
            async for event in events:
                last = event
                if isinstance(event, Reencoded) and event.done == 2 and not asked:
                    asked.append(await wanting.find(Ask(QUESTION)))
                    async for _ in wanting.ingest([tmp_path / "Roses.txt"]):
                        pass
        return last

    assert isinstance(asyncio.run(in_between()), GoneOver)

    assert meanings(asked[0]) == pytest.approx(meanings(before), abs=1e-6)
    roses = found(wanting, "When are the roses watered?")
    assert roses.evidence[0].chunk.text.startswith("The roses")
    assert len(meanings(roses)) == 4


def test_stopped_it_goes_on_where_it_was(wanting: Assistant, e5: str) -> None:
    async def stopped() -> None:
        async with aclosing(wanting.reencode()) as events:
            async for event in events:
                if isinstance(event, Reencoded) and event.done == 2:
                    return

    asyncio.run(stopped())
    assert wanting.library.changeover.present() == BUILT_IN
    assert wanting.embedding().progress() == Reencoded(e5, 2, 3)

    first, *_, last = events_of(wanting)

    assert first == Reencoded(e5, 2, 3)
    assert last == GoneOver(e5)
    assert wanting.embedding().progress() is None


def test_a_program_that_is_killed_in_it_loses_nothing(data: Path, model_cache: Path, e5: str, repository: Path) -> None:
    """The next one answers from the old vectors, and goes on."""
    program = (
        "import asyncio, sys\nfrom pathlib import Path\nfrom tests.assembled import assistant_on\n"
        f"assistant = assistant_on(Path({str(data)!r}), Path({str(model_cache)!r}), {NOBODY_THERE!r}, {e5!r})\n"
        "async def run():\n"
        "    async for event in assistant.reencode():\n"
        "        print(event, flush=True)\n"
        "        if getattr(event, 'done', 0) == 1: await asyncio.sleep(600)\n"
        "asyncio.run(run())"
    )
    command = [sys.executable, "-c", program]
    with subprocess.Popen(command, cwd=repository, stdout=subprocess.PIPE, text=True) as killed:
        assert killed.stdout is not None
        until = time.monotonic() + 120
        while "done=1" not in killed.stdout.readline():
            assert time.monotonic() < until
        killed.send_signal(signal.SIGKILL)

    again = assistant_on(data, model_cache, NOBODY_THERE, e5)
    assert found(again).evidence[0].chunk.text == GATE
    assert again.library.changeover.present() == BUILT_IN
    first, *_, last = events_of(again)
    assert first == Reencoded(e5, 1, 3)
    assert last == GoneOver(e5)
    assert len(meanings(found(again))) == 3
    again.close()


def test_new_documents_come_in_with_its_vectors(wanting: Assistant, tmp_path: Path) -> None:
    events_of(wanting)
    (tmp_path / "Roses.txt").write_text("The roses are watered on Mondays.", encoding="utf-8")

    ingested(wanting, [tmp_path / "Roses.txt"])

    chunks = wanting.library.fetch(
        chunk.id for document in wanting.documents() for chunk in wanting.library.document_chunks(document.id)
    )
    assert {each.named.vector.shape for each in chunks.values() if each.named} == {(48,)}
    assert len(chunks) == 4


def test_a_document_that_was_encoded_before_it_went_over_comes_in_all_the_same(
    wanting: Assistant, tmp_path: Path
) -> None:
    """The library goes over between encoding and writing."""
    (tmp_path / "Roses.txt").write_text("The roses are watered on Mondays.", encoding="utf-8")
    add, gone = wanting.library.add, []

    def after_going_over(batch: object) -> object:
        if not gone:
            gone.append(_encoded_and_gone_over(wanting))
        return add(batch)  # type: ignore[arg-type]

    wanting.library.add = after_going_over  # type: ignore[method-assign, assignment]
    ingested(wanting, [tmp_path / "Roses.txt"])

    assert gone == [True]
    assert len(meanings(found(wanting, "When are the roses watered?"))) == 4


def _encoded_and_gone_over(assistant: Assistant) -> bool:
    meaning, changeover = assistant.embedding().meaning, assistant.library.changeover
    encoder = meaning.next_encoder()
    assert encoder is not None
    for document in changeover.remaining(encoder.model):
        chunks = assistant.library.document_chunks(document.id)
        vectors = encoder.of_passages([chunk.indexed_text for chunk in chunks])
        changeover.keep(encoder.model, chunks, vectors, behind=0)
    return changeover.complete(encoder.model)


def test_there_is_a_way_to_another_and_back_to_the_built_in_one(
    wanting: Assistant, data: Path, model_cache: Path, models: Path
) -> None:
    before = meanings(found(wanting))
    events_of(wanting)
    third = assistant_on(data, model_cache, NOBODY_THERE, str(models / "Qwen3-Embedding-0.6B"))
    assert isinstance(events_of(third)[-1], GoneOver)
    assert third.library.changeover.present().dimension == 40
    third.close()

    back = assistant_on(data, model_cache, NOBODY_THERE)
    assert events_of(back)[-1] == GoneOver("")

    assert meanings(found(back)) == pytest.approx(before, abs=1e-6)
    back.close()


def test_a_wish_that_was_taken_back_leaves_nothing(wanting: Assistant, data: Path, model_cache: Path) -> None:
    async def begun() -> None:
        async with aclosing(wanting.reencode()) as events:
            async for event in events:
                if isinstance(event, Reencoded) and event.done == 1:
                    return

    asyncio.run(begun())
    assert list((data / "coming").iterdir())
    as_before = assistant_on(data, model_cache, NOBODY_THERE, "sentence-transformers/all-MiniLM-L6-v2")

    assert events_of(as_before) == [GoneOver("")]

    assert not list((data / "coming").iterdir())
    as_before.close()


def test_the_built_in_model_s_own_folder_finds_as_it_does(data: Path, model_cache: Path) -> None:
    """Loaded by sentence-transformers, in single precision: vectors of questions and passages belong together."""
    assistant = assistant_on(data, model_cache, NOBODY_THERE, str(model_folder()))
    before = meanings(found(assistant))

    assert isinstance(events_of(assistant)[-1], GoneOver)

    assert meanings(found(assistant)) == pytest.approx(before, abs=0.05)
    assert meanings(found(assistant)) != before
    assistant.close()


def test_where_the_wanted_model_is_not_here_it_stays_with_what_it_has(data: Path, model_cache: Path) -> None:
    assistant = assistant_on(data, model_cache, NOBODY_THERE, "intfloat/multilingual-e5-base")

    (last,) = events_of(assistant)

    assert isinstance(last, ReencodingFailed)
    assert "models pull intfloat/multilingual-e5-base" in last.reason
    assert found(assistant).evidence[0].chunk.text == GATE
    assistant.close()


@pytest.fixture
def lost(data: Path, model_cache: Path, models: Path, tmp_path: Path) -> Iterator[Assistant]:
    """A library whose vectors are of a model that is not on this computer any more."""
    folder = tmp_path / "disk" / "multilingual-e5-small"
    shutil.copytree(models / "multilingual-e5-small", folder)
    assistant = assistant_on(data, model_cache, NOBODY_THERE, str(folder))
    events_of(assistant)
    assistant.close()
    shutil.rmtree(folder)
    assistant = assistant_on(data, model_cache, NOBODY_THERE, str(folder))
    yield assistant
    assistant.close()


def test_without_its_weights_the_built_in_vectors_find(lost: Assistant) -> None:
    """Whose cosine is then what *Meaning* says."""
    answer = found(lost)

    assert answer.evidence[0].chunk.text == GATE
    assert lost.embedding().meaning.trouble() is not None
    vector = lost._engine.get().ingester._encoder.get().encode_question(QUESTION).vector
    best = lost.library.fetch([answer.evidence[0].chunk.id])[answer.evidence[0].chunk.id]
    assert meanings(answer)[GATE] == pytest.approx(float(best.vector @ vector), abs=1e-6)


def test_without_its_weights_documents_still_come_in(lost: Assistant, tmp_path: Path) -> None:
    """The vectors that cannot be added to are given up."""
    (tmp_path / "Roses.txt").write_text("The roses are watered on Mondays.", encoding="utf-8")

    ingested(lost, [tmp_path / "Roses.txt"])

    assert lost.library.changeover.present() == BUILT_IN
    assert len(meanings(found(lost, "When are the roses watered?"))) == 4


def test_the_program_itself_is_wired_like_this(data: Path, model_cache: Path, e5: str) -> None:
    """By its environment."""
    environment = {"FOOTNOTE_EMBEDDING": e5, "FOOTNOTE_CACHE": str(model_cache), "FOOTNOTE_SERVER": NOBODY_THERE}
    assistant = app.build_assistant(data, environment)

    assert events_of(assistant)[-1] == GoneOver(e5)
    assistant.close()
