"""The commands that look after the installation: which language models are there, and whether all is well.

``check`` says what is installed, found and missing, where the data lies, how large it is, and what to do about each
thing that is not as it should be. It repairs nothing itself, and it needs nothing of what it may find missing: whatever
imports a package of others is imported where it is used.
"""

from __future__ import annotations

import platform
import re
import tomllib
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import TYPE_CHECKING

from rag.cross_encoder_fetch import fetch
from rag.embedding_models import Role, role_of
from rag.errors import CrossEncoderUnavailable
from rag.ocr import find_engine
from rag.sentences import (
    GET_OCR,
    INSTALL_AGAIN,
    MODELS_USAGE,
    megabytes,
    sentence_for,
    sentence_for_fetched,
    sentence_for_reencoded,
    sentence_for_waiting,
)
from rag.settings import RetrievalSettings
from storage.errors import FootnoteError
from storage.files import size_of
from ui import json_lines
from ui.flags import DONE, NOT_DONE, WRONG_USAGE

if TYPE_CHECKING:
    from rag.assistant import Assistant
    from rag.ollama import PullProgress, ServerState
    from storage.records import Document
    from ui.terminal import Terminal

__all__ = ["Finding", "check", "check_without_library", "models"]

_PROJECT = Path(__file__).resolve().parents[1] / "pyproject.toml"
_CANNOT_BE_USED = (FootnoteError, ImportError)
"""What comes up where a part is missing: a weight, a folder, or a package that something else imports."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was looked at."""

    name: str
    state: str
    """What was found, in a few words."""
    well: bool
    advice: str = ""
    """What to do where all is not well."""


async def models(assistant: Assistant, terminal: Terminal, action: str, name: str) -> int:
    """List, install or remove language models."""
    if (action == "list") == bool(name):
        terminal.note(MODELS_USAGE)
        return WRONG_USAGE
    if action == "list":
        return await _list_models(assistant, terminal)
    role = _role(name, assistant.settings)
    if action == "pull" and role is not None:
        terminal.progress(f"{name}: fetching")
        await fetch(name)
    elif action == "pull":
        async for progress in assistant.pull(name):
            terminal.progress(_pulling(name, progress))
    else:
        await assistant.remove_model(name)
    done = "installed" if action == "pull" else "removed"
    if terminal.as_json:
        terminal.row({"model": name, "status": done})
    else:
        terminal.note(f"{name} is {done}.")
    if action == "pull" and role is not None and name != getattr(assistant.settings, role):
        terminal.note(sentence_for_fetched(name, role))
    return DONE


def _role(name: str, settings: RetrievalSettings) -> Role | None:
    """What a model is for that is no language model; None where it is one."""
    if name in {settings.cross_encoder, RetrievalSettings().cross_encoder}:
        return Role.CROSS_ENCODER
    return Role.EMBEDDING if name and name == settings.embedding else role_of(name)


def _pulling(name: str, progress: PullProgress) -> str:
    if not progress.total:
        return f"{name}: {progress.status}"
    return f"{name}: {megabytes(progress.completed)} of {megabytes(progress.total)}"


async def _list_models(assistant: Assistant, terminal: Terminal) -> int:
    state = await assistant.server_state()
    for model in state.models:
        row = json_lines.model_row(model, chosen=model.name == state.chosen)
        if terminal.as_json:
            terminal.row(row)
        else:
            terminal.say(f"{'*' if row['chosen'] else ' '} {model.name} ({megabytes(model.size)})")
    if state.problem is not None:
        terminal.note(sentence_for(state.problem))
    return DONE if state.version else NOT_DONE


async def check(assistant: Assistant, terminal: Terminal, cache: Path) -> int:
    """Say what is installed, found and missing, and what to do; ``cache`` is where the exported encoder is kept."""
    state = await assistant.server_state()
    findings = [
        *_installed(),
        _documents(assistant),
        _encoder(assistant),
        *_embedding(assistant),
        _exported(cache),
        _reads_pictures(),
        *_language_model(state),
        _cross_encoder(assistant.settings.cross_encoder),
    ]
    _report(
        terminal,
        _check_row(assistant.library.place, assistant.library.size_on_disk(), assistant.documents(), findings),
        findings,
    )
    return DONE


def check_without_library(terminal: Terminal, place: str, folder: Path, error: FootnoteError | ImportError) -> int:
    """Say the same of a library that cannot be opened: this is when it is needed most."""
    library = Finding("Library", f"cannot be opened, in {place}", well=False, advice=sentence_for(error))
    findings = [*_installed(), _reads_pictures(), library]
    _report(terminal, _check_row(place, size_of(folder), (), findings), findings)
    return NOT_DONE


def _report(terminal: Terminal, row: dict[str, object], findings: list[Finding]) -> None:
    if terminal.as_json:
        terminal.row(row)
        return
    for finding in findings:
        terminal.say(f"{'ok' if finding.well else '--':>4}  {finding.name}: {finding.state}")
        if finding.advice:
            terminal.say(f"      {finding.advice}")


def _check_row(place: str, size: int, documents: tuple[Document, ...], findings: list[Finding]) -> dict[str, object]:
    return {
        "data": place,
        "bytes": size,
        "documents": len(documents),
        "chunks": sum(document.chunks for document in documents),
        "findings": [
            {"name": each.name, "state": each.state, "ok": each.well, "advice": each.advice} for each in findings
        ],
    }


def _installed() -> tuple[Finding, ...]:
    """Python, and every package that Footnote needs: as its project file says now, not when it was installed."""
    needed = tomllib.loads(_PROJECT.read_text(encoding="utf-8"))["project"]["dependencies"]
    names = [re.split(r"[^\w.-]", requirement, maxsplit=1)[0] for requirement in needed]
    return Finding("Python", platform.python_version(), well=True), *map(_package, names)


def _package(name: str) -> Finding:
    try:
        return Finding(name, version(name), well=True)
    except PackageNotFoundError:
        return Finding(name, "missing", well=False, advice=INSTALL_AGAIN)


def _documents(assistant: Assistant) -> Finding:
    documents, waiting = assistant.documents(), len(assistant.library.unencoded())
    size = megabytes(assistant.library.size_on_disk())
    state = f"{len(documents)} documents, {size}, in {assistant.library.place}"
    return Finding("Library", state, well=not waiting, advice=sentence_for_waiting(waiting) if waiting else "")


def _encoder(assistant: Assistant) -> Finding:
    """Load the encoder: the only way to know that it can be."""
    try:
        assistant.warm()
    except _CANNOT_BE_USED as error:
        return Finding("Reading and finding", "not possible", well=False, advice=sentence_for(error))
    return Finding("Reading and finding", "ready, no download needed", well=True)


def _embedding(assistant: Assistant) -> tuple[Finding, ...]:
    """By which model passages are found, and what stands between that and the settings.

    Nothing where none can be found at all: why that is stands with “Reading and finding”.
    """
    try:
        embedding = assistant.embedding()
        remark, coming = embedding.remark(), embedding.progress()
    except _CANNOT_BE_USED:
        return ()
    state = embedding.meaning.found_by or "built in"
    if coming is not None:
        state = f"{state}; {sentence_for_reencoded(coming.model, coming.done, coming.total)}"
    return (Finding("Embedding model", state, well=not remark, advice=remark),)


def _exported(cache: Path) -> Finding:
    size = sum(each.stat().st_size for each in cache.glob("*.onnx"))
    advice = "" if size else INSTALL_AGAIN
    return Finding("Exported encoder", f"{megabytes(size)}, in {cache}", well=not advice, advice=advice)


def _reads_pictures() -> Finding:
    """What reads scans and photographs, which is optional."""
    engine = find_engine()
    if engine is None:
        return Finding("Scans and pictures (optional)", "nothing here reads them", well=True, advice=f"{GET_OCR}.")
    return Finding("Scans and pictures (optional)", f"read by {engine.name}", well=True)


def _language_model(state: ServerState) -> tuple[Finding, ...]:
    advice = "" if state.problem is None else sentence_for(state.problem)
    if not state.version:
        return (Finding("Ollama", "not found", well=False, advice=advice),)
    return (
        Finding("Ollama", state.version, well=True),
        Finding("Language model", state.chosen or "none", well=bool(state.chosen), advice=advice),
    )


def _cross_encoder(name: str) -> Finding:
    try:
        from rag.cross_encoder import weights_folder

        folder = weights_folder(name)
    except ImportError as error:
        return Finding("Cross-encoder (optional)", "not possible", well=True, advice=sentence_for(error))
    except CrossEncoderUnavailable:
        advice = f"Thorough mode does without it. To fetch it, once and online: python app.py models pull {name}"
        return Finding("Cross-encoder (optional)", "not here", well=True, advice=advice)
    return Finding("Cross-encoder (optional)", f"in {folder}", well=True)
