"""The few pictures of the page, as inline drawings that take the colour of the words beside them."""

from __future__ import annotations

from markupsafe import Markup

__all__ = ["CHECK", "CLOSE", "FOLDER", "LARGER", "LOCK", "PLUS", "STOP"]

_FRAME = Markup(
    '<svg class="icon" width="{size}" height="{size}" viewBox="0 0 24 24" fill="none" stroke="currentColor"'
    ' stroke-width="2" stroke-linecap="round" stroke-linejoin="round" aria-hidden="true" focusable="false">{body}</svg>'
)


def _icon(body: Markup, size: int = 14) -> Markup:
    return _FRAME.format(size=size, body=body)


CHECK = _icon(Markup('<path d="M5 12.5l4.5 4.5L19 7.5" stroke-width="3.5"/>'), 11)
CLOSE = _icon(Markup('<path d="M6 6l12 12M18 6L6 18"/>'))
FOLDER = _icon(Markup('<path d="M3 18V6h6l2.5 3H21v9z"/>'))
LARGER = _icon(Markup('<circle cx="11" cy="11" r="6.5"/><path d="M16 16l4.5 4.5M11 8.5v5M8.5 11h5"/>'))
LOCK = _icon(Markup('<rect x="4" y="10" width="16" height="11" rx="2"/><path d="M8 10V7a4 4 0 0 1 8 0v3"/>'), 12)
PLUS = _icon(Markup('<path d="M12 5v14M5 12h14"/>'), 11)
STOP = _icon(Markup('<rect x="6" y="6" width="12" height="12" rx="1.5" fill="currentColor"/>'), 12)
