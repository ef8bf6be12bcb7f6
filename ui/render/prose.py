"""The written answer: a model's Markdown as HTML, its markers as buttons that open what they cite.

The words come from a model that has read strangers' documents, so nothing in them is trusted: no HTML, no links, no
images, nothing that a browser would fetch. What is left is paragraphs, emphasis, lists, tables and code.
"""

from __future__ import annotations

import re
from functools import cache
from typing import TYPE_CHECKING, Any

from markupsafe import Markup, escape

from ui.render.words import source

if TYPE_CHECKING:
    from collections.abc import Mapping

    from markdown_it import MarkdownIt

    from storage.records import Citation

__all__ = ["citation_button", "prose"]

_MARKER = re.compile(r"\[(\d{1,3})\]")
_UNTRUSTED = ("link", "image", "autolink", "html_inline", "html_block", "reference", "entity", "lheading")
_BUTTON = Markup(
    '<button type="button" class="fn{state}" data-action="cite" data-turn="{turn}" data-chunk="{chunk}"'
    ' data-marker="{marker}" aria-label="Source {marker}: {source}">{marker}</button>'
)


def citation_button(turn_id: str, citation: Citation, selected: str | None) -> Markup:
    """Return the small number that opens its passage."""
    return _BUTTON.format(
        state=" sel" if citation.chunk_id == selected else "",
        turn=turn_id,
        chunk=citation.chunk_id,
        marker=citation.marker,
        source=source(citation.document, citation.place),
    )


def prose(text: str, buttons: Mapping[int, Markup]) -> Markup:
    """Return an answer's text as HTML; a marker without a button stays as the model wrote it."""
    rendered = _markdown().render(text, {"buttons": buttons})
    return Markup(rendered)  # noqa: S704  (the renderer escapes all text and was left no rule that passes HTML through)


@cache
def _markdown() -> MarkdownIt:
    from markdown_it import MarkdownIt

    markdown = MarkdownIt("commonmark", {"html": False, "breaks": True}).enable("table").disable(_UNTRUSTED)
    markdown.add_render_rule("text", _render_text)
    markdown.add_render_rule("fence", _render_fence)
    for name in ("heading_open", "heading_close"):
        markdown.add_render_rule(name, _render_heading)
    return markdown


def _render_text(_renderer: Any, tokens: Any, index: int, _options: Any, env: Any) -> str:  # noqa: ANN401  (the renderer's own types)
    return _with_buttons(tokens[index].content, env["buttons"])


def _render_fence(_renderer: Any, tokens: Any, index: int, _options: Any, _env: Any) -> str:  # noqa: ANN401  (as above)
    return Markup("<pre><code>{}</code></pre>").format(tokens[index].content)


def _render_heading(_renderer: Any, tokens: Any, index: int, _options: Any, _env: Any) -> str:  # noqa: ANN401  (as above)
    """An answer's headings are strong paragraphs: the page's own outline stays the page's."""
    return '<p class="heading">' if tokens[index].nesting == 1 else "</p>\n"


def _with_buttons(text: str, buttons: Mapping[int, Markup]) -> Markup:
    pieces: list[Markup] = []
    end = 0
    for found in _MARKER.finditer(text):
        button = buttons.get(int(found[1]))
        if button is not None:
            pieces += [escape(text[end : found.start()].rstrip(" ")), button]
            end = found.end()
    return Markup("").join([*pieces, escape(text[end:])])
