"""The few pictures of the page, as inline drawings that take the colour of the words beside them."""

from __future__ import annotations

from markupsafe import Markup

__all__ = ["CHECK", "CLOSE", "COPY", "LOCK", "MENU", "PLUS", "RETRY", "STOP"]

_FRAME = Markup(
    '<svg class="icon" width="{size}" height="{size}" viewBox="0 0 24 24" fill="none" stroke="currentColor"'
    ' stroke-width="2" stroke-linecap="round" stroke-linejoin="round" aria-hidden="true" focusable="false">{body}</svg>'
)


def _icon(body: Markup, size: int = 14) -> Markup:
    return _FRAME.format(size=size, body=body)


CHECK = _icon(Markup('<path d="M5 12.5l4.5 4.5L19 7.5" stroke-width="3.5"/>'), 11)
CLOSE = _icon(Markup('<path d="M6 6l12 12M18 6L6 18"/>'))
COPY = _icon(
    Markup(
        '<rect x="8" y="8" width="12" height="12" rx="2"/><path d="M16 8V6a2 2 0 0 0-2-2H6a2 2 0 0 0-2 2v8a2 2 0'
        ' 0 0 2 2h2"/>'
    )
)
LOCK = _icon(Markup('<rect x="4" y="10" width="16" height="11" rx="2"/><path d="M8 10V7a4 4 0 0 1 8 0v3"/>'), 12)
MENU = _icon(Markup('<path d="M4 7h16M4 12h16M4 17h16"/>'), 18)
PLUS = _icon(Markup('<path d="M12 5v14M5 12h14"/>'), 11)
RETRY = _icon(Markup('<path d="M20 11a8 8 0 1 0-2.3 6.3M20 5v6h-6"/>'))
STOP = _icon(Markup('<rect x="6" y="6" width="12" height="12" rx="1.5" fill="currentColor"/>'), 12)
