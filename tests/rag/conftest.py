"""What is made once for all tests here: a reading process, a library that is only asked, the chain over it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from rag.ingest import Ingester
from rag.reading_process import ReadingProcesses
from rag.settings import IngestSettings
from storage.library import Library
from tests.assembled import assistant_on, encoder_of, ingested, opened, parts_of, write_inventory
from tests.conftest import NOBODY_THERE
from tests.rag.ingest_bench import Bench
from tests.storage.made import MODEL

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from rag.chain import Stages


@pytest.fixture(scope="session")
def processes() -> Iterator[ReadingProcesses]:
    """The processes that open files."""
    with ReadingProcesses() as opened_once:
        yield opened_once


@pytest.fixture(scope="session")
def library_folder(tmp_path_factory: pytest.TempPathFactory, model_cache: Path, samples: Path) -> Path:
    """A data folder with the samples and an inventory of many things; copy it before changing it."""
    folder = tmp_path_factory.mktemp("asked")
    things = write_inventory(folder / "Things.md")
    assistant = assistant_on(folder / "data", model_cache, NOBODY_THERE)
    ingested(assistant, [samples, things])
    assistant.close()
    return folder / "data"


@pytest.fixture(scope="session")
def stages(library_folder: Path, model_cache: Path) -> Iterator[Stages]:
    """The stages as the program has them; there is no language model."""
    there = opened(library_folder, model_cache, NOBODY_THERE)
    yield there.stages
    there.library.close()


@pytest.fixture
def bench(data_folder: Path, model_cache: Path, tmp_path: Path, processes: ReadingProcesses) -> Iterator[Bench]:
    """Real parts throughout."""
    library = parts_of(data_folder, model_cache, NOBODY_THERE).library
    folder = tmp_path / "files"
    folder.mkdir()
    yield Bench(library, Ingester(library, encoder_of(model_cache), processes, IngestSettings()), folder)
    library.close()


@pytest.fixture
def library(data_folder: Path) -> Iterator[Library]:
    """A library, empty at first, for documents whose vectors do not matter."""
    library = Library.open(data_folder, MODEL)
    yield library
    library.close()
