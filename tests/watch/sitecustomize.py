"""Put on a child's path, this writes down every address that the child and its own children reach for.

Python imports it before anything else. It only watches: what is refused is the business of whoever started the child.
It knows nothing of the program, and of its starter only the file named in ``WATCH_LOG``.
"""

from __future__ import annotations

import os
import sys

__all__: list[str] = []

_EVENTS = {
    "socket.connect": 1,
    "socket.sendto": 1,
    "socket.getaddrinfo": 0,
    "socket.gethostbyname": 0,
}
"""Which argument of each event says whereto."""


def _watch(event: str, arguments: tuple[object, ...]) -> None:
    position = _EVENTS.get(event)
    if position is None:
        return
    whereto = arguments[position]
    host = whereto[0] if isinstance(whereto, tuple) else whereto
    if isinstance(whereto, tuple) or event.startswith("socket.get"):
        line = f"{host.decode() if isinstance(host, bytes) else host}\n"
        log = os.open(os.environ["WATCH_LOG"], os.O_WRONLY | os.O_APPEND | os.O_CREAT)
        os.write(log, line.encode())
        os.close(log)


sys.addaudithook(_watch)
