"""Footnote: ask your own documents, on your own computer.

The composition root: the only module that reads flags and the environment, and the one that builds the objects and
hands them to each other. ``main`` reads top to bottom: switch off everything that calls home, read the flags, build,
run the command. What the commands do stands in ``ui/commands.py`` and ``ui/upkeep.py``, the page in ``ui/server.py``.
"""

from __future__ import annotations

import asyncio
import logging
import os
import sys
from argparse import ArgumentTypeError
from contextlib import closing, suppress
from dataclasses import dataclass, replace
from functools import lru_cache, partial
from io import TextIOWrapper
from logging.handlers import RotatingFileHandler
from pathlib import Path
from typing import TYPE_CHECKING

from ui.flags import NOT_DONE, WRONG_USAGE, parser, place, with_command

if TYPE_CHECKING:
    import argparse
    from collections.abc import Awaitable, Callable, Mapping, MutableMapping, Sequence

    from rag.assistant import Assistant, Engine
    from rag.chain import Stages
    from rag.encoder import Encoder
    from rag.lazy import Lazy
    from rag.meaning import Meaning
    from rag.models import Models
    from rag.reading_process import ReadingProcesses
    from rag.settings import IngestSettings, PlanningSettings, RetrievalSettings
    from storage.foundation import Team
    from storage.library import Library
    from storage.upgrade import Tell
    from ui.commands import Question, Search
    from ui.instance import SoleInstance
    from ui.leaving import Leaving
    from ui.terminal import Terminal

__all__ = ["go_offline", "main", "use_one_thread"]

OFFLINE = {
    "DO_NOT_TRACK": "1",
    # Gradio counts its events in a table that it makes anew, and longer, after each of them; it is sent nowhere.
    "GRADIO_ANALYTICS_CACHE_FREQUENCY": "1000000000",
    "GRADIO_ANALYTICS_ENABLED": "False",
    "GRADIO_RUN_HISTORY": "False",
    "HF_HUB_DISABLE_TELEMETRY": "1",
    "HF_HUB_OFFLINE": "1",
    "LANCE_LOG": "error",
    "LANGCHAIN_TRACING_V2": "false",
    "LANGSMITH_TRACING": "false",
    "LANGSMITH_TRACING_V2": "false",
    "ORT_DISABLE_TELEMETRY": "1",
    "TOKENIZERS_PARALLELISM": "false",
    "TRANSFORMERS_OFFLINE": "1",
}
"""What the libraries must find in the environment before any of them is imported, so that none calls home."""

ONE_THREAD = {"OPENBLAS_NUM_THREADS": "1", "VECLIB_MAXIMUM_THREADS": "1"}
"""NumPy's products for a question take one thread a millisecond; further ones would wait in a busy loop for the next
product, which cost each question 30 ms of the processor and, beside a language model, more than that of time."""

ABSENT = ("GRADIO_SHARE", "LANGCHAIN_", "LANGSMITH_")
"""How the names begin of what they must not find there: keys, addresses and switches of services elsewhere."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command and return its exit code."""
    go_offline(os.environ)
    use_one_thread(os.environ)
    _speak_utf8()
    flags = parser().parse_args(with_command(sys.argv[1:] if arguments is None else arguments))
    return _guarded(flags)


def go_offline(environment: MutableMapping[str, str]) -> None:
    """Switch off analytics, hub access and tracing in every library that has a switch for it."""
    for name in [each for each in environment if each.upper().startswith(ABSENT)]:
        del environment[name]
    environment.update(OFFLINE)


def use_one_thread(environment: MutableMapping[str, str]) -> None:
    """Let NumPy compute alone, unless it was told otherwise."""
    environment.update(ONE_THREAD | {name: environment[name] for name in ONE_THREAD.keys() & environment.keys()})


def _speak_utf8() -> None:
    """Write the same bytes on every system: other programs read what ``--json`` and ``show --page`` print."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper):
            stream.reconfigure(encoding="utf-8", errors="backslashreplace", newline="\n")


def _log_to(data: Path) -> None:
    """Keep the log in the data folder: what a person sees is a sentence, and nothing is written where it is read."""
    form = "%(asctime)s %(levelname)s %(name)s: %(message)s"
    try:
        data.mkdir(parents=True, exist_ok=True)
        handler: logging.Handler = RotatingFileHandler(
            data / "footnote.log", maxBytes=1_000_000, backupCount=1, encoding="utf-8", delay=True
        )
    except OSError:
        # The library will say what is wrong with the folder, in a sentence.
        handler = logging.NullHandler()
    logging.basicConfig(level=logging.WARNING, handlers=[handler], format=form)


def _guarded(flags: argparse.Namespace) -> int:
    """Run the command; whatever goes wrong becomes a sentence, never a traceback."""
    from rag.errors import BadQuestions, BadSetting
    from rag.sentences import ANSWER_STOPPED, STOPPED, UNEXPECTED, sentence_for
    from storage.errors import FootnoteError
    from ui.terminal import Terminal

    terminal = Terminal(sys.stdout, sys.stderr, as_json=getattr(flags, "json", False))
    try:
        _log_to(_data_folder(flags))
        return _run(flags, terminal)
    except ImportError as error:
        if logging.getLogger().hasHandlers():  # without one, Python would show it to the person
            logging.getLogger("footnote").exception("a part is missing")
        terminal.note(sentence_for(error))
        return NOT_DONE
    except FootnoteError as error:
        terminal.note(sentence_for(error))
        return WRONG_USAGE if isinstance(error, BadSetting | BadQuestions) else NOT_DONE
    except KeyboardInterrupt:
        terminal.note(ANSWER_STOPPED if flags.command == "ask" else STOPPED)
        return NOT_DONE
    except BrokenPipeError:
        # Whoever read our output has seen enough; Python would complain once more when it closes the stream.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return NOT_DONE
    except Exception:  # the outermost edge: the log keeps what happened, the person gets a sentence
        logging.getLogger("footnote").exception("unexpected")
        terminal.note(f"{UNEXPECTED} The details are in {_data_folder(flags) / 'footnote.log'}.")
        return NOT_DONE


# building


def _run(flags: argparse.Namespace, terminal: Terminal) -> int:
    """Build the assistant, run the command, and let go of everything."""
    from storage.errors import StorageError
    from ui.upkeep import check_without_library

    if flags.command == "serve":
        return _serve(flags, terminal, _data_folder(flags))
    where = _library_place(flags)
    try:
        assistant = build_assistant(where, os.environ, terminal.upgrading, rebuild=flags.command == "rebuild")
    except (StorageError, ImportError) as error:
        if flags.command != "check":
            raise
        return check_without_library(terminal, str(where), _data_folder(flags), error)
    with closing(assistant):
        return asyncio.run(_command_of(flags, terminal, assistant))


async def _command_of(flags: argparse.Namespace, terminal: Terminal, assistant: Assistant) -> int:
    from ui import commands, upkeep
    from ui.collections_command import collections

    run: dict[str, Callable[[], Awaitable[int]]] = {
        "add": lambda: commands.add(assistant, terminal, flags.paths, flags.collection),
        "search": lambda: commands.search(assistant, terminal, *_asked(flags)),
        "ask": lambda: commands.ask(assistant, terminal, *_asked(flags)),
        "list": lambda: commands.list_documents(assistant, terminal, flags.collection),
        "collections": lambda: collections(assistant, terminal, flags.action, flags.names),
        "show": lambda: commands.show(assistant, terminal, flags.document, flags.page),
        "remove": lambda: commands.remove(assistant, terminal, flags.documents, keep_quotes=flags.keep_quotes),
        "models": lambda: upkeep.models(assistant, terminal, flags.action, flags.name),
        "check": lambda: upkeep.check(assistant, terminal, _cache_folder(os.environ)),
        "rebuild": lambda: commands.rebuild(assistant, terminal),
    }
    return await run[flags.command]()


def _asked(flags: argparse.Namespace) -> tuple[list[Question], Search]:
    """Return what ``search`` and ``ask`` are to do; a flag that was not given leaves its setting."""
    from rag.evidence import Mode
    from rag.settings import RetrievalSettings, from_texts
    from ui.commands import Question, Search, read_questions

    settings = from_texts(RetrievalSettings, os.environ)
    questions = list(read_questions(flags.questions)) if flags.questions else [Question(None, flags.question)]
    mode = Mode(flags.mode) if flags.mode else settings.mode
    how = Search(mode, flags.top_k or settings.top_k, tuple(flags.document), getattr(flags, "model", ""))
    return questions, replace(how, collection=flags.collection, search_for=tuple(flags.search_for))


def _serve(flags: argparse.Namespace, terminal: Terminal, data: Path) -> int:
    """Open the page, or the one that is already open on the same data."""
    from rag.sentences import STOPPED
    from ui.instance import SoleInstance
    from ui.leaving import Leaving
    from ui.security import password_for

    password = password_for(flags.host, flags.password or os.environ.get("FOOTNOTE_PASSWORD"))
    with SoleInstance(data, terminal.upgrading) as instance:
        if instance.address:
            return instance.join(terminal, open_browser=not flags.no_browser)
        leaving = Leaving.listening(terminal.note)
        with suppress(KeyboardInterrupt):  # how people are told to end it
            _open_page(flags, password, terminal, instance, leaving)
        terminal.note(STOPPED)
    return 0


def _open_page(
    flags: argparse.Namespace, password: str | None, terminal: Terminal, instance: SoleInstance, leaving: Leaving
) -> None:
    """Serve the page until the program is told to stop."""
    from rag.errors import BadSetting
    from rag.settings import IngestSettings, from_texts

    uploads = _data_folder(flags) / "uploads"
    # Gradio reads it when it is first imported.
    os.environ["GRADIO_TEMP_DIR"] = str(uploads)
    from ui.server import NoFreePort, Uploads, serve

    largest = from_texts(IngestSettings, os.environ).largest_file * 1_000_000
    with closing(build_assistant(_library_place(flags), os.environ, terminal.upgrading)) as assistant:
        assistant.recover()
        try:
            serve(
                assistant,
                flags.host,
                flags.port,
                open_browser=not flags.no_browser,
                password=password,
                ready=partial(instance.announce, terminal),
                warm=assistant.warm,
                leaving=leaving.asked,
                uploads=Uploads(uploads, largest),
            )
        except NoFreePort as error:
            raise BadSetting("--port", str(flags.port), f"a free one on {flags.host}") from error


def _library_place(flags: argparse.Namespace) -> Path | Team:
    """Return where the library is: a folder, or a bucket that a team shares."""
    given = flags.data
    if given is None and (named := os.environ.get("FOOTNOTE_DATA")):
        try:
            given = place(named)
        except ArgumentTypeError as error:
            from rag.errors import BadSetting

            raise BadSetting("FOOTNOTE_DATA", named, str(error)) from error
    if isinstance(given, Path):
        return given
    from platformdirs import user_data_path

    own = user_data_path("footnote", appauthor=False)
    if given is None:
        return own
    from storage.foundation import Team

    return Team.at(given, own / "teams", os.environ)


def _data_folder(flags: argparse.Namespace) -> Path:
    """Return the folder of this computer: the library, or what of one in a bucket is the person's own."""
    where = _library_place(flags)
    return where if isinstance(where, Path) else where.folder


@dataclass(frozen=True, slots=True, eq=False)
class Parts:
    """What the assistant is made of before any model is loaded."""

    library: Library
    encoder: Lazy[Encoder]
    meaning: Meaning
    processes: ReadingProcesses
    models: Models
    retrieval: RetrievalSettings
    planning: PlanningSettings
    ingest: IngestSettings


def build_assistant(
    where: Path | Team, environment: Mapping[str, str], tell: Tell = lambda _: None, *, rebuild: bool = False
) -> Assistant:
    """Build everything over the library; models are loaded when they are first used.

    ``rebuild`` gives up all vectors, so that the documents can be read again with the present model; where only another
    embedding model is named, none is given up.
    """
    from rag.assistant import Assistant
    from rag.encoder import Encoder, model_fingerprint
    from rag.lazy import Lazy
    from rag.meaning import Meaning, rebuilt
    from rag.models import Models
    from rag.ollama import OllamaServer
    from rag.reading_process import ReadingProcesses
    from rag.settings import GenerationSettings, IngestSettings, PlanningSettings, RetrievalSettings, from_texts
    from storage.library import Library

    generation = from_texts(GenerationSettings, _with_server(environment))
    ingest, retrieval = from_texts(IngestSettings, environment), from_texts(RetrievalSettings, environment)
    model = model_fingerprint()
    library = rebuilt(where, model, retrieval.embedding, tell) if rebuild else Library.open(where, model, tell)
    parts = Parts(
        library=library,
        encoder=Lazy(lambda: Encoder.load(_cache_folder(environment), ingest.encoder)),
        processes=ReadingProcesses(seconds=ingest.seconds_per_page, megabytes=ingest.memory_per_file),
        models=Models(OllamaServer(generation.server), library.preferences, generation),
        meaning=Meaning(library, retrieval.embedding),
        retrieval=retrieval,
        planning=from_texts(PlanningSettings, environment),
        ingest=ingest,
    )
    return Assistant(library, Lazy(lambda: _build_engine(parts)), parts.processes, parts.models, parts.retrieval)


def _build_engine(parts: Parts) -> Engine:
    """Build the chain and the pipeline: everything that imports heavy libraries."""
    from rag.assistant import Engine
    from rag.chain import build_chain, find_only
    from rag.ingest import Ingester
    from rag.lazy import Lazy
    from rag.meaning import EveryEncoder
    from rag.reencoding import Reencoder

    stages = _stages(parts)
    encoder: Lazy[Encoder] = Lazy(lambda: EveryEncoder(parts.encoder.get(), parts.meaning))
    ingester = Ingester(parts.library, encoder, parts.processes, parts.ingest)
    return Engine(build_chain(stages), find_only(stages), ingester, Reencoder(parts.library, parts.meaning))


def _stages(parts: Parts) -> Stages:
    from rag.answerability import answerable
    from rag.chain import Stages
    from rag.cross_encoder import CrossEncoderReranker
    from rag.fusion import fuse
    from rag.grounding import lay_out_evidence, supporting_words
    from rag.lazy import Lazy
    from rag.planning.planner import Planner
    from rag.quick_answer import quick_answer
    from rag.reranker import LateInteractionReranker
    from rag.spelling import Spelling
    from rag.writing import Writer

    encoder, settings = parts.encoder.get(), parts.retrieval
    # The stages ask for the vectors of the same question again and again.
    encode = lru_cache(maxsize=64)(encoder.encode_question)
    writer = Writer(
        parts.models,
        lambda sentence, *found: supporting_words(parts.library, encoder.with_token_vectors, encode(sentence), *found),
    )
    return Stages(
        library=parts.library,
        encode=encode,
        meant=parts.meaning.of_question,
        plan=Planner(
            parts.library,
            writer.rewrite,
            writer.consult,
            parts.planning,
            Spelling(parts.library, encoder.tokenizer.words()).corrected,
        ).plan,
        fuse=partial(fuse, k=settings.fusion_k),
        reranker=LateInteractionReranker(encode=encode, complete=encoder.with_token_vectors),
        thorough_reranker=Lazy(lambda: CrossEncoderReranker.load(settings.cross_encoder)).get,
        answerable=answerable,
        answerable_threshold=settings.answerable_threshold,
        select=partial(lay_out_evidence, parts.library, settings=settings),
        quick_answer=quick_answer,
        write=writer.write,
    )


def _with_server(environment: Mapping[str, str]) -> dict[str, str]:
    """Let Ollama's own variable say where Ollama is, where ours does not."""
    host = environment.get("OLLAMA_HOST")
    return ({"FOOTNOTE_SERVER": host} if host else {}) | dict(environment)


def _cache_folder(environment: Mapping[str, str]) -> Path:
    """Return where the exported encoder is kept: once for the machine, whatever data folder is used."""
    if given := environment.get("FOOTNOTE_CACHE"):
        return Path(given)
    from platformdirs import user_cache_path

    return user_cache_path("footnote", appauthor=False)


if __name__ == "__main__":
    sys.exit(main())
