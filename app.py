"""Footnote: ask your own documents, on your own computer.

The composition root: the only module that reads flags and the environment, and the one that builds the objects and
hands them to each other. ``main`` reads top to bottom: switch off everything that calls home, read the flags, build,
run the command. What the commands do stands in ``ui/commands.py`` and ``ui/upkeep.py``, the page in ``ui/server.py``.
"""

from __future__ import annotations

import argparse
import asyncio
import logging
import os
import sys
from contextlib import closing
from dataclasses import dataclass
from functools import lru_cache, partial
from logging.handlers import RotatingFileHandler
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping, MutableMapping, Sequence

    from rag.assistant import Assistant, Engine
    from rag.chain import Stages
    from rag.encoder import Encoder
    from rag.lazy import Lazy
    from rag.models import Models
    from rag.pdfium_process import PdfiumProcess
    from rag.settings import IngestSettings, RetrievalSettings
    from storage.library import Library
    from ui.commands import Question, Search
    from ui.terminal import Terminal

__all__ = ["go_offline", "main"]

VERSION = "0.1.0"

OFFLINE = {
    "DO_NOT_TRACK": "1",
    "GRADIO_ANALYTICS_ENABLED": "False",
    "GRADIO_RUN_HISTORY": "False",
    "HF_HUB_DISABLE_TELEMETRY": "1",
    "HF_HUB_OFFLINE": "1",
    "LANCE_LOG": "error",
    "LANGSMITH_TRACING": "false",
    "TOKENIZERS_PARALLELISM": "false",
    "TRANSFORMERS_OFFLINE": "1",
}
"""What the libraries must find in the environment before any of them is imported, so that none calls home."""

TRACING = ("GRADIO_SHARE", "LANGCHAIN_API_KEY", "LANGCHAIN_TRACING", "LANGCHAIN_TRACING_V2", "LANGSMITH_API_KEY")
"""What they must not find there."""

_ABOUT = "Answers questions about your own documents, on this computer, and shows where each answer comes from."


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command and return its exit code."""
    go_offline(os.environ)
    given = sys.argv[1:] if arguments is None else arguments
    flags = _parser().parse_args(_with_command(given))
    _log_to(_data_folder(flags))
    return _guarded(flags)


def go_offline(environment: MutableMapping[str, str]) -> None:
    """Switch off analytics, hub access and tracing in every library that has a switch for it."""
    environment.update(OFFLINE)
    for name in TRACING:
        environment.pop(name, None)


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
    from rag.sentences import UNEXPECTED, sentence_for
    from storage.errors import FootnoteError
    from ui.commands import NOT_DONE, WRONG_USAGE
    from ui.terminal import Terminal

    terminal = Terminal(sys.stdout, sys.stderr, as_json=getattr(flags, "json", False))
    try:
        return _run(flags, terminal)
    except FootnoteError as error:
        terminal.note(sentence_for(error))
        return WRONG_USAGE if isinstance(error, BadSetting | BadQuestions) else NOT_DONE
    except KeyboardInterrupt:
        terminal.note("Stopped. Everything that was finished is kept.")
        return NOT_DONE
    except BrokenPipeError:
        # Whoever read our output has seen enough; Python would complain once more when it closes the stream.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return NOT_DONE
    except Exception:  # the outermost edge: the log keeps what happened, the person gets a sentence
        logging.getLogger("footnote").exception("unexpected")
        terminal.note(f"{UNEXPECTED} The details are in {_data_folder(flags) / 'footnote.log'}.")
        return NOT_DONE


# flags


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python app.py",
        description=_ABOUT,
        epilog="Without a command the page is opened. “python app.py COMMAND --help” says more about each command.",
    )
    parser.add_argument("--version", action="version", version=f"Footnote {VERSION}")
    commands = parser.add_subparsers(title="commands", metavar="COMMAND", required=True)
    _serve_flags(_command(commands, "serve", "open the page in a browser (what happens without a command)"))
    add = _command(commands, "add", "add files, and folders with all that is in them")
    add.add_argument("paths", nargs="+", type=Path, metavar="PATH", help="a file or a folder")
    _question_flags(_command(commands, "search", "find passages, without writing an answer"))
    ask = _command(commands, "ask", "answer a question, with its sources")
    _question_flags(ask)
    ask.add_argument("--model", default="", metavar="NAME", help="the language model, as Ollama calls it")
    _command(commands, "list", "list the documents of the library")
    _show_flags(_command(commands, "show", "print the text of a document as Footnote read it"))
    remove = _command(commands, "remove", "remove documents from the library")
    remove.add_argument("documents", nargs="+", metavar="NAME_OR_ID", help="a document's name, its id or its start")
    _models_flags(_command(commands, "models", "list, install or remove language models in Ollama"))
    _command(commands, "check", "say what is installed, found and missing, and what to do")
    _command(commands, "rebuild", "read all documents again from Footnote's own copies")
    return parser


def _command(
    commands: argparse._SubParsersAction[argparse.ArgumentParser], name: str, help_: str
) -> argparse.ArgumentParser:
    command = commands.add_parser(name, help=help_, description=help_[0].upper() + help_[1:] + ".")
    command.add_argument(
        "--data", type=Path, metavar="DIR", help="where everything is kept (else FOOTNOTE_DATA, else your own folder)"
    )
    command.add_argument("--json", action="store_true", help="print one JSON object per line, for other programs")
    command.set_defaults(command=name)
    return command


def _serve_flags(command: argparse.ArgumentParser) -> None:
    command.add_argument("--host", default="127.0.0.1", metavar="H", help="the address to listen on (%(default)s)")
    command.add_argument(
        "--port", type=int, default=7860, metavar="P", help="the port (%(default)s, or the next free one)"
    )
    command.add_argument("--no-browser", action="store_true", help="do not open a browser window")
    command.add_argument(
        "--password", metavar="WORD", help="ask for this password (else FOOTNOTE_PASSWORD); needed for any other host"
    )


def _question_flags(command: argparse.ArgumentParser) -> None:
    what = command.add_mutually_exclusive_group(required=True)
    what.add_argument("question", nargs="?", metavar="QUESTION", help="the question, in quotation marks")
    what.add_argument(
        "--questions", type=Path, metavar="FILE.jsonl", help='a file of lines like {"id": 1, "question": "…"}'
    )
    command.add_argument("--top-k", type=int, metavar="N", help="how many passages to show (10)")
    command.add_argument(
        "--mode", choices=("fast", "balanced", "thorough"), help="how many candidates are weighed (balanced)"
    )
    command.add_argument(
        "--document", nargs="+", default=(), metavar="NAME_OR_ID", help="use only these documents of the library"
    )


def _show_flags(command: argparse.ArgumentParser) -> None:
    command.add_argument("document", metavar="NAME_OR_ID", help="a document's name, its id or the id's start")
    command.add_argument("--page", type=int, metavar="N", help="only this page, slide or sheet, counted from 1")


def _models_flags(command: argparse.ArgumentParser) -> None:
    command.add_argument("action", nargs="?", default="list", choices=("list", "pull", "remove"), help="(%(default)s)")
    command.add_argument("name", nargs="?", default="", metavar="NAME", help="the model to pull or remove")


def _with_command(arguments: Sequence[str]) -> list[str]:
    """Put ``serve`` where no command is given, and what every command takes behind the command."""
    rest = list(arguments)
    leading: list[str] = []
    while rest and rest[0].startswith(("--data", "--json")):
        taken = 2 if rest[0] == "--data" else 1
        leading, rest = leading + rest[:taken], rest[taken:]
    if rest and rest[0] in {"-h", "--help", "--version"}:
        return rest
    if not rest or rest[0].startswith("-"):
        return ["serve", *leading, *rest]
    return [rest[0], *leading, *rest[1:]]


# building


def _run(flags: argparse.Namespace, terminal: Terminal) -> int:
    """Build the assistant, run the command, and let go of everything."""
    data = _data_folder(flags)
    if flags.command == "serve":
        return _serve(flags, terminal, data)
    with closing(build_assistant(data, os.environ, rebuild=flags.command == "rebuild")) as assistant:
        return asyncio.run(_command_of(flags, terminal, assistant))


async def _command_of(flags: argparse.Namespace, terminal: Terminal, assistant: Assistant) -> int:
    from ui import commands, upkeep

    run: dict[str, Callable[[], Awaitable[int]]] = {
        "add": lambda: commands.add(assistant, terminal, flags.paths),
        "search": lambda: commands.search(assistant, terminal, *_asked(flags)),
        "ask": lambda: commands.ask(assistant, terminal, *_asked(flags)),
        "list": lambda: commands.list_documents(assistant, terminal),
        "show": lambda: commands.show(assistant, terminal, flags.document, flags.page),
        "remove": lambda: commands.remove(assistant, terminal, flags.documents),
        "models": lambda: upkeep.models(assistant, terminal, flags.action, flags.name),
        "check": lambda: upkeep.check(assistant, terminal),
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
    return questions, Search(mode, flags.top_k or settings.top_k, tuple(flags.document), getattr(flags, "model", ""))


def _serve(flags: argparse.Namespace, terminal: Terminal, data: Path) -> int:
    """Open the page, or the one that is already open on the same data."""
    from ui.instance import SoleInstance
    from ui.server import serve

    password = flags.password or os.environ.get("FOOTNOTE_PASSWORD") or None
    with SoleInstance(data) as instance:
        if instance.address:
            return instance.join(terminal, open_browser=not flags.no_browser)
        with closing(build_assistant(data, os.environ)) as assistant:
            assistant.recover()
            serve(
                assistant,
                flags.host,
                flags.port,
                open_browser=not flags.no_browser,
                password=password,
                ready=lambda address: instance.announce(terminal, address),
                warm=assistant.warm,
            )
    return 0


def _data_folder(flags: argparse.Namespace) -> Path:
    if flags.data is not None:
        return Path(flags.data)
    if given := os.environ.get("FOOTNOTE_DATA"):
        return Path(given)
    from platformdirs import user_data_path

    return user_data_path("footnote", appauthor=False)


@dataclass(frozen=True, slots=True, eq=False)
class Parts:
    """What the assistant is made of before any model is loaded."""

    library: Library
    encoder: Lazy[Encoder]
    pdfium: PdfiumProcess
    models: Models
    retrieval: RetrievalSettings
    ingest: IngestSettings


def build_assistant(data: Path, environment: Mapping[str, str], *, rebuild: bool = False) -> Assistant:
    """Build everything over the data folder; models are loaded when they are first used.

    ``rebuild`` gives up all vectors, so that the documents can be read again with the present model.
    """
    from rag.assistant import Assistant
    from rag.encoder import Encoder, model_fingerprint
    from rag.lazy import Lazy
    from rag.models import Models
    from rag.ollama import OllamaServer
    from rag.pdfium_process import PdfiumProcess
    from rag.settings import GenerationSettings, IngestSettings, RetrievalSettings, from_texts
    from storage.library import Library

    generation = from_texts(GenerationSettings, _with_server(environment))
    library = (Library.rebuild if rebuild else Library.open)(data, model_fingerprint())
    parts = Parts(
        library=library,
        encoder=Lazy(lambda: Encoder.load(_cache_folder(environment))),
        pdfium=PdfiumProcess(),
        models=Models(OllamaServer(generation.server), library.preferences, generation),
        retrieval=from_texts(RetrievalSettings, environment),
        ingest=from_texts(IngestSettings, environment),
    )
    return Assistant(library, Lazy(lambda: _build_engine(parts)), parts.pdfium, parts.models, parts.retrieval)


def _build_engine(parts: Parts) -> Engine:
    """Build the chain and the pipeline: everything that imports heavy libraries."""
    from rag.assistant import Engine
    from rag.chain import build_chain, find_only
    from rag.ingest import Ingester

    stages = _stages(parts)
    ingester = Ingester(parts.library, parts.encoder, parts.pdfium, parts.ingest)
    return Engine(build_chain(stages), find_only(stages), ingester)


def _stages(parts: Parts) -> Stages:
    from rag.calibration import answerable
    from rag.chain import Stages
    from rag.cross_encoder import CrossEncoderReranker
    from rag.fusion import fuse
    from rag.grounding import lay_out_evidence
    from rag.lazy import Lazy
    from rag.quick_answer import best_sentence, quick_answer
    from rag.reranker import LateInteractionReranker
    from rag.writing import Writer

    encoder, settings = parts.encoder.get(), parts.retrieval
    # The stages ask for the vectors of the same question again and again.
    encode = lru_cache(maxsize=64)(encoder.encode_question)
    writer = Writer(parts.models, lambda sentence, candidate: best_sentence(encode(sentence), candidate))
    return Stages(
        library=parts.library,
        encode=encode,
        rewrite=writer.rewrite,
        fuse=partial(fuse, k=settings.fusion_k),
        reranker=LateInteractionReranker(encode=encode, tokenizer=encoder.tokenizer),
        thorough_reranker=Lazy(lambda: CrossEncoderReranker.load(settings.cross_encoder)).get,
        answerable=answerable,
        answerable_threshold=settings.answerable_threshold,
        select=partial(lay_out_evidence, parts.library, passages=settings.passages),
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
