"""Fetching the weights of a cross-encoder or an embedding model, when a person asks for it and never otherwise.

It happens in a child process of its own: this one is cut off from model hubs before anything is imported, and stays so.
Run as a module it is that child. It knows nothing of how the weights are used.
"""

from __future__ import annotations

import asyncio
import os
import sys
from pathlib import Path

from rag.errors import CrossEncoderFetchFailed

__all__ = ["fetch"]

_CHECKOUT = Path(__file__).resolve().parents[1]
_NEEDED = ("*.json", "*.txt", "*.model", "*.safetensors")
"""The weights in one form and the tokenizer; not the other forms that hubs keep beside them."""
_OLDER_WEIGHTS = ("*pytorch_model*.bin",)
"""The only form in which some keep them."""


async def fetch(name: str) -> None:
    """Fetch the weights of ``name`` into the hub's own cache. Raises CrossEncoderFetchFailed."""
    child = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "rag.cross_encoder_fetch",
        name,
        cwd=_CHECKOUT,
        stdout=asyncio.subprocess.DEVNULL,
        stderr=asyncio.subprocess.PIPE,
    )
    try:
        _, said = await child.communicate()
    except asyncio.CancelledError:
        child.kill()
        await child.wait()
        raise
    if child.returncode:
        last = said.decode(errors="replace").strip().splitlines()[-1:]
        raise CrossEncoderFetchFailed(name, "".join(last))


def _fetch_here(name: str) -> None:
    # This process, and only this one, may reach the hub: a person asked for it.
    os.environ.update(HF_HUB_OFFLINE="0", TRANSFORMERS_OFFLINE="0")
    from huggingface_hub import snapshot_download

    folder = Path(snapshot_download(name, allow_patterns=list(_NEEDED)))
    if not any(folder.rglob("*.safetensors")):
        snapshot_download(name, allow_patterns=list(_OLDER_WEIGHTS))


if __name__ == "__main__":
    _fetch_here(sys.argv[1])
