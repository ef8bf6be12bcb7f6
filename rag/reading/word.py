"""Word documents (DOCX and its kin): the body in its order, then the notes, comments, headers and footers.

The body's XML is walked here rather than through python-docx's paragraphs, which leave out content controls,
hyperlinks and what was inserted while changes were tracked.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from zipfile import BadZipFile

from docx.opc.exceptions import OpcError
from docx.opc.part import PartFactory
from docx.oxml import parse_xml
from docx.oxml.exceptions import InvalidXmlError
from docx.oxml.ns import qn
from docx.package import Package
from docx.parts.document import DocumentPart

from rag.errors import DamagedFile, NothingToRead
from rag.reading.archives import check_archive
from rag.reading.asides import Asides
from rag.reading.blocks import Reading
from rag.reading.tables import described_rows
from rag.reading.titles import choose_title
from rag.reading.writer import PageWriter

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

__all__ = ["read_word"]

_BROKEN = (OpcError, InvalidXmlError, SyntaxError, BadZipFile, KeyError, ValueError, AttributeError, OSError)
"""What python-docx lets out when a file is not what it should be; a SyntaxError is its XML parser's."""
_MATHS = "{http://schemas.openxmlformats.org/officeDocument/2006/math}t"
_TEXTS = {qn("w:t"), _MATHS}
_PARAGRAPH, _RUN, _TABLE, _BOX = qn("w:p"), qn("w:r"), qn("w:tbl"), qn("w:txbxContent")
_SPACES = {qn("w:tab"): " ", qn("w:ptab"): " ", qn("w:br"): "\n", qn("w:cr"): "\n", qn("w:noBreakHyphen"): "-"}
_FALLBACK = "{http://schemas.openxmlformats.org/markup-compatibility/2006}Fallback"
_LEFT_OUT = frozenset({qn("w:del"), qn("w:moveFrom"), qn("w:pPr"), qn("w:rPr"), _FALLBACK})
"""What was deleted, what is formatting, and second versions of what is there already."""
_BESIDE = _LEFT_OUT | {_BOX}
"""What is no part of a paragraph's own text."""
_BOLD_RANK = 10
_LONGEST_BOLD = 100
_WIDEST_SPAN = 64
_OFF = {"0", "false", "none"}

# The library opens documents alone, but those with macros and templates are made of the same parts.
for _kind in ("document.macroEnabled.main", "template.macroEnabledTemplate.main"):
    PartFactory.part_type_for[f"application/vnd.ms-word.{_kind}+xml"] = DocumentPart
PartFactory.part_type_for["application/vnd.openxmlformats-officedocument.wordprocessingml.template.main+xml"] = (
    DocumentPart
)


def read_word(path: Path, name: str) -> Reading:
    """Open a DOCX file; it has no pages, so all of it is one."""
    check_archive(path, name)
    try:
        document = Package.open(str(path)).main_document_part.document
        title = str(document.core_properties.title or "")
        writer = PageWriter()
        _write_body(document, writer)
        _asides(document.part).write(writer)
    except _BROKEN as error:
        raise DamagedFile(name, f"{type(error).__name__}: {error}") from error
    if writer.blank:
        raise NothingToRead(name, "no text in the body")
    return Reading(choose_title(title, name), None, None, iter([writer.finish(1)]))


def _write_body(document: Any, writer: PageWriter) -> None:  # noqa: ANN401  (python-docx ships no types)
    ranks = _style_ranks(document)
    for element in _blocks(document.element.body):
        if element.tag == _TABLE:
            for number, row in described_rows(_table_rows(element), header_marked=_marks_header(element)):
                writer.row(row, number)
        else:
            _write_paragraph(element, ranks, writer)


def _asides(main: Any) -> Asides:  # noqa: ANN401
    """What other parts of the file hold: notes, comments, and the headers and footers of all sections."""
    asides = Asides()
    for relation in main.rels.values():
        kind = relation.reltype.rpartition("/")[2]
        if relation.is_external or kind not in {"footnotes", "endnotes", "comments", "header", "footer"}:
            continue
        part = parse_xml(relation.target_part.blob)
        if kind in {"footnotes", "endnotes"}:
            asides.notes.extend(_text(note) for note in part)
        elif kind == "comments":
            asides.comments.extend((comment.get(qn("w:author"), ""), _text(comment)) for comment in part)
        else:
            (asides.headers if kind == "header" else asides.footers).append(_text(part))
    return asides


def _blocks(parent: Any) -> Iterator[Any]:  # noqa: ANN401
    """Paragraphs and tables in their order, those in content controls, text boxes and tables of layout as well."""
    waiting = list(reversed(parent))
    while waiting:
        element = waiting.pop()
        if element.tag == _PARAGRAPH or (element.tag == _TABLE and not _lays_out(element)):
            yield element
            if element.tag == _PARAGRAPH:
                waiting.extend(reversed(_boxes(element)))
        elif element.tag not in _LEFT_OUT:
            waiting.extend(reversed(element))


def _boxes(paragraph: Any) -> list[Any]:  # noqa: ANN401
    """The text boxes that are anchored in a paragraph."""
    return [element for element in _inside(paragraph) if element.tag == _BOX]


def _inside(element: Any, without: frozenset[str] = _BESIDE) -> Iterator[Any]:  # noqa: ANN401
    """Everything from an element on down that a person sees, in its order; what is in ``without`` stays closed."""
    waiting = [element]
    while waiting:
        current = waiting.pop()
        yield current
        if current.tag not in without and not (current.tag == _RUN and _is_on(current.xpath("./w:rPr/w:vanish"))):
            waiting.extend(reversed(current))


def _lays_out(table: Any) -> bool:  # noqa: ANN401
    """Whether a table only places its cells: one column, or other tables inside."""
    return bool(table.xpath(".//w:tbl")) or not table.xpath("./w:tr[count(./w:tc | ./w:sdt) > 1]")


def _write_paragraph(paragraph: Any, ranks: dict[str, int], writer: PageWriter) -> None:  # noqa: ANN401
    text = _text(paragraph, _BESIDE)
    style = next(iter(paragraph.xpath("./w:pPr/w:pStyle/@w:val")), "")
    level = next(iter(paragraph.xpath("./w:pPr/w:outlineLvl/@w:val")), "")
    rank = int(level) + 1 if level.isdigit() and int(level) < _BOLD_RANK - 1 else ranks.get(style)
    if rank is not None:
        writer.heading(rank, text)
    elif _is_bold_line(paragraph, text):
        writer.heading(_BOLD_RANK, text)
    elif paragraph.xpath("./w:pPr/w:numPr") or style.lower().startswith("list"):
        writer.item(text)
    else:
        writer.paragraph(text)


def _is_bold_line(paragraph: Any, text: str) -> bool:  # noqa: ANN401
    """Whether it is a short line all in bold: a heading of somebody who does not use styles."""
    if not 0 < len(text.strip()) <= _LONGEST_BOLD or text.rstrip().endswith((".", ",", ";")):
        return False
    runs = [run for run in _inside(paragraph) if run.tag == _RUN and _text(run, _BESIDE).strip()]
    return bool(runs) and all(_is_on(run.xpath("./w:rPr/w:b")) for run in runs)


def _is_on(marks: list[Any]) -> bool:
    return bool(marks) and marks[0].get(qn("w:val"), "1") not in _OFF


def _style_ranks(document: Any) -> dict[str, int]:  # noqa: ANN401
    """Which paragraph styles are headings, and how deep: by built-in name, outline level or parent."""
    styles = {style.get(qn("w:styleId"), ""): style for style in document.styles.element.iter(qn("w:style"))}
    ranks: dict[str, int] = {}
    for style_id in styles:
        rank = _rank_of(style_id, styles)
        if rank is not None:
            ranks[style_id] = rank
    return ranks


def _rank_of(style_id: str, styles: dict[str, Any]) -> int | None:
    """The rank of a style or of the first of its parents that has one."""
    seen: set[str] = set()
    while style_id in styles and style_id not in seen:
        seen.add(style_id)
        style = styles[style_id]
        named = next(iter(style.xpath("./w:name/@w:val")), "").lower()
        level = next(iter(style.xpath("./w:pPr/w:outlineLvl/@w:val")), "")
        if named == "title":
            return 0
        if named.startswith("heading ") and named[8:].isdigit():
            return int(named[8:])
        if level.isdigit() and int(level) < _BOLD_RANK - 1:
            return int(level) + 1
        style_id = next(iter(style.xpath("./w:basedOn/@w:val")), "")
    return None


def _text(element: Any, without: frozenset[str] = _LEFT_OUT) -> str:  # noqa: ANN401
    """What a person reads of an element, without what was deleted."""
    parts: list[str] = []
    for current in _inside(element, without):
        if current.tag in _TEXTS:
            parts.append(current.text or "")
        elif current.tag in _SPACES:
            parts.append(_SPACES[current.tag])
        elif current.tag == _PARAGRAPH and current is not element:
            parts.append("\n")
    return "".join(parts)


def _table_rows(table: Any) -> Iterator[tuple[int, list[str]]]:  # noqa: ANN401
    """Rows as the text of their cells, a cell that spans several columns followed by empty ones."""
    for number, row in enumerate(table.xpath("./w:tr | ./w:sdt/w:sdtContent/w:tr"), start=1):
        cells: list[str] = []
        for cell in row.xpath("./w:tc | ./w:sdt/w:sdtContent/w:tc"):
            span = next(iter(cell.xpath("./w:tcPr/w:gridSpan/@w:val")), "1")
            spanned = min(int(span), _WIDEST_SPAN) if span.isdecimal() else 1
            cells += [" ".join(_text(cell).split()), *[""] * (spanned - 1)]
        yield number, cells


def _marks_header(table: Any) -> bool:  # noqa: ANN401
    """Whether the table says that its first row is repeated on every page."""
    return bool(table.xpath("./w:tr[1]/w:trPr/w:tblHeader"))
