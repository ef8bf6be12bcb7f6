"""A person at the page without a browser: hands over a file and asks, by the requests that the page itself makes.

It knows Gradio's way of queueing events and the page's one bridge (``ui/page.py``), and takes what is painted for text.
"""

from __future__ import annotations

import json
import time
import uuid
from contextlib import contextmanager
from typing import TYPE_CHECKING, Self

import httpx

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

__all__ = ["Visitor", "until"]

_PATIENCE = 60.0
"""Seconds that anything may take on a slow and busy computer."""


class Visitor:
    """One tab of the page."""

    def __init__(self, client: httpx.Client, bridge: int, element: int) -> None:
        self._client = client
        self._bridge = bridge
        self._element = element
        self._tab = uuid.uuid4().hex

    @classmethod
    @contextmanager
    def at(cls, address: str) -> Iterator[Self]:
        """Open the page."""
        with httpx.Client(base_url=address, timeout=_PATIENCE, trust_env=False) as client:
            events = client.get("config").raise_for_status().json()["dependencies"]
            ((element, bridge),) = [(each["targets"][0][0], each["id"]) for each in events if _is_bridge(each)]
            visitor = cls(client, bridge, element)
            visitor.act(action="load")
            yield visitor

    def act(self, **fields: str) -> None:
        """Do what a click with these fields does."""
        event = {"fn_index": self._bridge, "trigger_id": self._element, "event_data": fields, "data": [None]}
        sent = self._client.post("gradio_api/queue/join", json={**event, "session_hash": self._tab})
        sent.raise_for_status()

    def hand_over(self, file: Path) -> None:
        """Drop a file on the page."""
        sent = self._client.post("gradio_api/upload", files={"files": (file.name, file.read_bytes())})
        (path,) = sent.raise_for_status().json()
        self.act(action="add", files=json.dumps([{"path": path, "name": file.name}]))

    @contextmanager
    def watching(self) -> Iterator[Iterator[str]]:
        """Give what is painted, change by change; ``until`` waits for some of it."""
        with self._client.stream("GET", "gradio_api/queue/data", params={"session_hash": self._tab}) as stream:
            lines = stream.iter_lines()
            yield (json.dumps(json.loads(line[5:]), ensure_ascii=False) for line in lines if line.startswith("data:"))


def until(painted: Iterator[str], *words: str) -> str:
    """Return the first change that holds all these words; empty where none did in time."""
    deadline = time.monotonic() + _PATIENCE
    for change in painted:
        if all(word in change for word in words):
            return change
        if time.monotonic() > deadline:
            break
    return ""


def _is_bridge(event: dict[str, list[list[object]]]) -> bool:
    return event["targets"][0][1] == "act"
