"""What keeps a page on this computer to this computer: which hosts and origins may speak to it, what it may load.

Plain ASGI middleware around the whole application, uploads, events and files alike. It knows nothing of what is served.
"""

from __future__ import annotations

import base64
import hmac
import ipaddress
import socket
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import PlainTextResponse

from rag.errors import BadSetting

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

__all__ = ["CONTENT_SECURITY_POLICY", "HEADERS", "Guard", "is_loopback", "password_for"]

# Gradio compiles its templates and event scripts in the browser, hence the two words with "unsafe" for scripts.
CONTENT_SECURITY_POLICY = (
    "default-src 'self'; "
    "script-src 'self' 'unsafe-inline' 'unsafe-eval' blob:; "
    "style-src 'self' 'unsafe-inline'; "
    "img-src 'self' data: blob:; "
    "font-src 'self' data:; "
    "connect-src 'self'; "
    "worker-src 'self' blob:; "
    "object-src 'self'; "
    "base-uri 'self'; "
    "form-action 'self'; "
    "frame-ancestors 'none'"
)
HEADERS = {
    "Content-Security-Policy": CONTENT_SECURITY_POLICY,
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), microphone=(), geolocation=()",
}
_SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})


def is_loopback(host: str) -> bool:
    """Return whether ``host``, a name or an address, can be reached from this computer only."""
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return host == "localhost"


def password_for(host: str, given: str | None) -> str | None:
    """Return the password, which may only be missing where nobody but this computer gets to the page.

    Raises BadSetting.
    """
    if not given and not is_loopback(host):
        raise BadSetting("--host", host, "127.0.0.1, ::1 and localhost; any other only with --password")
    return given or None


class Guard:
    """Refuses what does not come from the page itself, and tells the browser what the page may do."""

    def __init__(self, app: ASGIApp, *, host: str, password: str | None = None) -> None:
        self._app = app
        self._local_only = is_loopback(host)
        self._names = {"localhost", host.lower(), socket.gethostname().lower()}
        self._password = password

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let a request through, or answer it here."""
        if scope["type"] == "lifespan":
            await self._app(scope, receive, send)
            return
        refusal = self._refusal(scope)
        app = self._app if refusal is None else refusal
        await app(scope, receive, _with_headers(send))

    def _refusal(self, scope: Scope) -> PlainTextResponse | None:
        headers = Headers(scope=scope)
        if not self._host_is_ours(headers.get("host", "")):
            return PlainTextResponse("This address is not Footnote's.", 421)
        if scope.get("method", "GET") not in _SAFE_METHODS and not _same_origin(headers):
            return PlainTextResponse("Another page may not do this.", 403)
        if self._password is not None and not _carries(headers, self._password):
            return PlainTextResponse("A password is needed.", 401, {"WWW-Authenticate": 'Basic realm="Footnote"'})
        return None

    def _host_is_ours(self, host: str) -> bool:
        """A name that somebody else's name server may point here is refused; an address cannot be pointed anywhere."""
        name = _host_name(host)
        if self._local_only:
            return is_loopback(name)
        return name in self._names or _is_address(name)


def _host_name(host: str) -> str:
    try:
        return (urlsplit(f"//{host}").hostname or "").lower()
    except ValueError:
        return ""


def _is_address(name: str) -> bool:
    try:
        ipaddress.ip_address(name)
    except ValueError:
        return False
    return True


def _same_origin(headers: Headers) -> bool:
    """A browser names the page that a request comes from; a program that is no browser names none."""
    if headers.get("sec-fetch-site", "same-origin") not in {"same-origin", "none"}:
        return False
    origin = headers.get("origin")
    return origin is None or urlsplit(origin).netloc.lower() == headers.get("host", "").lower()


def _carries(headers: Headers, password: str) -> bool:
    scheme, _, token = headers.get("authorization", "").partition(" ")
    if scheme.lower() != "basic":
        return False
    try:
        _, _, given = base64.b64decode(token, validate=True).decode("utf-8").partition(":")
    except ValueError:
        return False
    return hmac.compare_digest(given.encode(), password.encode())


def _with_headers(send: Send) -> Send:
    async def sending(message: Message) -> None:
        if message["type"] == "http.response.start":
            headers = MutableHeaders(scope=message)
            for name, value in HEADERS.items():
                headers.setdefault(name, value)
        await send(message)

    return sending
