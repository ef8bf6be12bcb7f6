"""Where Ollama listens, in the forms that people and its own setting use, as one address that every client reads alike.

LangChain quietly falls back to the default host where it cannot read an address; after this none is misread.
"""

from __future__ import annotations

import ipaddress
import re

from rag.errors import ServerAbsent

__all__ = ["normalise_address"]

_HOST = "127.0.0.1"
_PORT = 11434
_WEB_PORTS = {"http": 80, "https": 443}
_HIGHEST_PORT = 65_535
_NAME = re.compile(r"[A-Za-z0-9._-]+")
_CONNECT_TO = {"0.0.0.0": _HOST, "::": "::1", "localhost": _HOST, "": _HOST}  # noqa: S104  (to read, not to bind)
"""Addresses to listen at that cannot be called, and the name whose look-up can hang."""


def normalise_address(text: str) -> str:
    """``scheme://host:port[/path]`` for any form that ``OLLAMA_HOST`` takes; empty is Ollama's default.

    Raises ``ServerAbsent`` where there can be no such address.
    """
    scheme, separator, rest = text.strip().strip("\"'").strip().rpartition("://")
    place, _, path = rest.partition("/")
    host, port = _host_and_port(place, _WEB_PORTS.get(scheme.lower(), _PORT) if separator else _PORT)
    host = _CONNECT_TO.get(host.lower(), host)
    shown = f"[{host}]" if ":" in host else host
    _check(host, text)
    return f"{'https' if scheme.lower() == 'https' else 'http'}://{shown}:{port}/{path.strip('/')}".rstrip("/")


def _check(host: str, text: str) -> None:
    """Refuse what cannot be a host here, where it is typed, rather than in the middle of a question."""
    try:
        ipaddress.ip_address(host)
    except ValueError:
        try:
            named = bool(_NAME.fullmatch(host.encode("idna").decode()))
        except UnicodeError:
            named = False
        if not named:
            raise ServerAbsent(text, detail="not an address") from None


def _host_and_port(place: str, default: int) -> tuple[str, int]:
    bare = place.strip("[]")
    try:
        return str(ipaddress.ip_address(bare)), default
    except ValueError:
        host, separator, port = place.rpartition(":")
    if not separator:
        return place, default
    usable = port.isdecimal() and 0 < int(port) <= _HIGHEST_PORT
    return host.strip("[]"), int(port) if usable else default
