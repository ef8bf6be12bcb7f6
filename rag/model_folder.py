"""Where the weights of a named model lie on this computer, and what tells them from others of the same name.

A name is that of a folder, or of a model in the hub's own cache. Nothing is ever downloaded and no torch imported here.
"""

from __future__ import annotations

import hashlib
from pathlib import Path

__all__ = ["ModelMissing", "digest_of", "folder_of"]

_SAMPLED = 1_000_000
"""Bytes at the beginning and at the end of a large file that are looked at: its table of contents, and weights."""
_WEIGHTS = frozenset({".bin", ".json", ".model", ".py", ".safetensors", ".txt"})


class ModelMissing(LookupError):
    """No model of this name is on this computer; ``str()`` of it is for logs."""


def folder_of(name: str) -> Path:
    """The folder of a model by its name. Raises ModelMissing."""
    if (Path(name) / "config.json").is_file() or (Path(name) / "modules.json").is_file():
        return Path(name)
    from huggingface_hub import snapshot_download
    from huggingface_hub.errors import HFValidationError, LocalEntryNotFoundError

    try:
        return Path(snapshot_download(name, local_files_only=True))
    except (HFValidationError, LocalEntryNotFoundError) as error:
        raise ModelMissing(str(error)) from error


def digest_of(folder: Path) -> str:
    """Tell a model's files from others: by their names, their sizes, and what small ones hold; ends of large ones."""
    digest = hashlib.sha256()
    for path in sorted(path for path in folder.rglob("*") if path.suffix in _WEIGHTS and path.is_file()):
        size = path.stat().st_size
        digest.update(f"{path.relative_to(folder).as_posix()} {size}\n".encode())
        with path.open("rb") as file:
            digest.update(file.read(_SAMPLED))
            if size > _SAMPLED:
                file.seek(max(_SAMPLED, size - _SAMPLED))
                digest.update(file.read(_SAMPLED))
    return digest.hexdigest()
