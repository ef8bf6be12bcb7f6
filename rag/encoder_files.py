"""The encoder's ONNX files, one for each precision, in a cache folder: made once per machine, however many ask at once.

``rag/encoder_export.py`` makes them all in one go, in a child process; here they are opened, found damaged and put in
place. What they compute, and of what, is not known here.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from filelock import FileLock

from rag.encoder_export import WEIGHTS_SHA256, file_name
from rag.errors import EncoderError
from rag.precision import Precision

if TYPE_CHECKING:
    import onnxruntime

__all__ = ["open_or_export", "open_session"]

_ROOT = Path(__file__).resolve().parents[1]
_EXPORT_SECONDS = 300
_ERROR_TAIL = 2000
_FILE_VERSION = 1
"""Raised whenever an exported graph changes."""


def open_session(path: Path) -> onnxruntime.InferenceSession:
    """Load an exported encoder.

    Whoever runs it does so in their own thread: two that share the work of every single step wait for each other so
    often that a passage costs them half as much again (44 to 26 processor milliseconds on a busy machine).
    """
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    return onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])


def open_or_export(cache: Path, precision: Precision) -> onnxruntime.InferenceSession:
    """The session on the cached file, made under a lock so that of two starters one exports and the other waits."""
    path = cache / _cached_name(precision)
    try:
        cache.mkdir(parents=True, exist_ok=True)
        with FileLock(cache / "encoder.lock"):
            if path.is_file() and (session := _open_undamaged(path)):
                return session
            _export(cache)
    except OSError as error:
        raise EncoderError(f"{cache}: {error}") from error
    return open_session(path)


def _cached_name(precision: Precision) -> str:
    """Names a file by everything that decides what is in it."""
    return f"all-MiniLM-L6-v2-{WEIGHTS_SHA256[:12]}-v{_FILE_VERSION}-{file_name(precision)}"


def _open_undamaged(path: Path) -> onnxruntime.InferenceSession | None:
    """The session, or None where the file is damaged and has to be made anew."""
    from onnxruntime.capi import onnxruntime_pybind11_state as ort

    try:
        return open_session(path)
    except (ort.Fail, ort.InvalidGraph, ort.InvalidProtobuf):
        return None


def _export(cache: Path) -> None:
    """Have the child make the files in a folder of their own; they are put in place only when it has accepted them."""
    unfinished = cache / "unfinished"
    shutil.rmtree(unfinished, ignore_errors=True)
    unfinished.mkdir()
    try:
        _run_child(unfinished.resolve())
        for precision in Precision:
            (unfinished / file_name(precision)).replace(cache / _cached_name(precision))
    finally:
        shutil.rmtree(unfinished, ignore_errors=True)


def _run_child(folder: Path) -> None:
    """Run the child process; raises EncoderError with what it complained of."""
    try:
        # Captured, never inherited: our stdout belongs to whoever reads our JSON.
        child = subprocess.run(  # noqa: S603  (our own interpreter and module)
            [sys.executable, "-m", "rag.encoder_export", str(folder)],
            cwd=_ROOT,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            errors="replace",
            timeout=_EXPORT_SECONDS,
            check=False,
        )
    except subprocess.TimeoutExpired as error:
        raise EncoderError(f"export took longer than {_EXPORT_SECONDS} s") from error
    if child.returncode != 0:
        raise EncoderError(child.stderr.strip()[-_ERROR_TAIL:] or f"export ended with {child.returncode}")
