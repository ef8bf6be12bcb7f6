"""Vectors of the model that a library is going over to, in one file per document, until all of them are there.

Each file is rows of little-endian single precision, chunk by chunk in the document's order, and grows at its end: what
a program that died has done so far is not lost. Rows are unit vectors, so that one which came to the disk in part is
told from the rest. Where they go from here, and which documents exist, is not known here.
"""

from __future__ import annotations

import hashlib
import os
from typing import TYPE_CHECKING

import numpy as np

from storage.files import delete, delete_folder

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

    from storage.records import NamedModel

__all__ = ["ComingVectors"]

SUFFIX = ".vectors"
_ROW = np.dtype("<f4")
_NOT_UNIT = 1e-3
"""How far from 1 the length of a row may be."""


class ComingVectors:
    """One folder of such files, in a folder for each model."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def count(self, model: NamedModel, document_id: str) -> int:
        """How many chunks of a document have been encoded, its file being whole."""
        try:
            return self._path(model, document_id).stat().st_size // (_ROW.itemsize * model.dimension)
        except FileNotFoundError:
            return 0

    def read(self, model: NamedModel, document_id: str) -> NDArray[np.float32]:
        """Return what is there, up to the first row that is not whole: shape (chunks, dimension)."""
        if not (count := self.count(model, document_id)):
            return np.zeros((0, model.dimension), np.float32)
        numbers = np.fromfile(self._path(model, document_id), _ROW, count * model.dimension)
        rows = numbers.reshape(count, model.dimension).astype(np.float32)
        whole = np.abs(np.linalg.norm(rows, axis=1) - 1) <= _NOT_UNIT  # which what is no number is not either
        damaged = np.flatnonzero(~whole)
        return rows[: damaged[0]] if len(damaged) else rows

    def append(self, model: NamedModel, document_id: str, vectors: NDArray[np.float32], *, behind: int) -> None:
        """Put vectors behind the first ``behind`` of a document, on disk on return; what stood there goes."""
        path = self._path(model, document_id)
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("r+b" if path.exists() else "wb") as file:
            file.truncate(behind * _ROW.itemsize * model.dimension)
            file.seek(0, os.SEEK_END)
            file.write(np.ascontiguousarray(vectors, _ROW).data)
            file.flush()
            os.fsync(file.fileno())

    def cut(self, model: NamedModel, document_id: str, count: int) -> None:
        """Leave the first ``count`` of a document's vectors."""
        self.append(model, document_id, np.zeros((0, model.dimension), np.float32), behind=count)

    def delete(self, document_id: str) -> bool:
        """Delete a document's files; False where one of them cannot be deleted now."""
        found = self._folder.glob(f"*/{document_id[:2]}/{document_id}{SUFFIX}")
        return all(list(map(delete, found)))

    def holds_others(self, model: NamedModel | None) -> bool:
        """Whether there is anything that was made by other models; None for anything at all."""
        return any(model is None or folder != self._of(model) for folder in self._folder.glob("*"))

    def keep_only(self, model: NamedModel | None) -> None:
        """Delete what was made by other models; None for everything."""
        for folder in self._folder.glob("*"):
            if model is None or folder != self._of(model):
                delete_folder(folder)

    def _of(self, model: NamedModel) -> Path:
        return self._folder / hashlib.sha256(model.name.encode()).hexdigest()[:16]

    def _path(self, model: NamedModel, document_id: str) -> Path:
        return self._of(model) / document_id[:2] / f"{document_id}{SUFFIX}"
