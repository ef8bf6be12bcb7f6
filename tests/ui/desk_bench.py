"""What tests of the desk share: an assistant that notes what it is asked for, and a desk in a loop of its own."""

from __future__ import annotations

import asyncio
import threading
from typing import TYPE_CHECKING

from rag.evidence import Mode
from tests.ui.fake_assistant import FakeAssistant
from ui.actions import act
from ui.desk import Desk
from ui.session import Session

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine, Iterable
    from pathlib import Path
    from typing import Any

    from storage.records import Turn

__all__ = ["Watchful", "copies", "opened", "run", "until"]


class Watchful(FakeAssistant):
    """A scripted assistant that notes what it is asked for."""

    def __init__(self, *, filled: bool = True, pace: float = 0.002, mode: Mode = Mode.BALANCED) -> None:
        super().__init__(filled=filled, pace=pace, mode=mode)
        self.turns_asked = 0
        self.suggested_in: list[int] = []

    def turns(self, conversation_id: str) -> tuple[Turn, ...]:
        """Count, and answer."""
        self.turns_asked += 1
        return super().turns(conversation_id)

    def suggestions(self, collection: str | None = None) -> tuple[str, ...]:
        """Note the thread, and answer."""
        self.suggested_in.append(threading.get_ident())
        return super().suggestions(collection)


def run(work: Coroutine[Any, Any, None]) -> None:
    asyncio.run(asyncio.wait_for(work, 60))


async def until(true: Callable[[], bool]) -> None:
    while not true():  # noqa: ASYNC110  (what is waited for belongs to the code under test)
        await asyncio.sleep(0.005)


async def opened(assistant: FakeAssistant, *, look_every: float = 3.0, local: bool = True) -> tuple[Desk, Session]:
    desk, session = Desk(assistant, local=local, look_every=look_every), Session()
    await act(desk, session, {"action": "load"})
    return desk, session


def copies(folder: Path, names: Iterable[str]) -> list[tuple[Path, str, str]]:
    made = [(folder / f"{number}", name, "") for number, name in enumerate(names)]
    for path, name, _ in made:
        path.write_text(name)
    return made
