"""Files spoilt at random, and small sound ones of every format to begin with.

What is random comes from a seed, so that every spoilt file can be made again. Archives are spoilt inside, as few
readers would otherwise see more of them than that they are broken.
"""

from __future__ import annotations

import io
import zipfile
from typing import TYPE_CHECKING

from tests.documents import (
    make_commented_pdf,
    make_contract_pdf,
    make_csv,
    make_docx,
    make_form_pdf,
    make_pptx,
    make_xlsx,
)
from tests.odf_documents import make_odf

if TYPE_CHECKING:
    from pathlib import Path
    from random import Random

__all__ = ["make_seeds", "spoilt"]

_ODF_TABLE = (
    '<table:table table:name="Costs"><table:table-row><table:table-cell><text:p>Item</text:p></table:table-cell>'
    "<table:table-cell><text:p>Amount</text:p></table:table-cell></table:table-row><table:table-row>"
    '<table:table-cell table:number-columns-repeated="2" office:value-type="float" office:value="950">'
    "<text:p>950</text:p></table:table-cell></table:table-row></table:table>"
)
_MAIL = (
    "From: Ada <ada@example.org>\nTo: =?utf-8?q?B=C3=B8?= <bo@example.org>\nDate: Tue, 1 Apr 2025 10:00:00 +0200\n"
    "Subject: Rent\nMIME-Version: 1.0\nContent-Type: multipart/mixed; boundary=b\n\n--b\n"
    "Content-Type: text/html; charset=utf-8\nContent-Transfer-Encoding: quoted-printable\n\n"
    "<p>The rent is =E2=82=AC 950.\n"
    "--b\nContent-Type: text/csv; name=a.csv\nContent-Transfer-Encoding: base64\n"
    "Content-Disposition: attachment; filename=a.csv\n\nYSxiCjEsMgo=\n--b--\n"
)
_PAGE = (
    "<!doctype html><title>Rules</title><h1>Rules</h1><p>Quiet after ten.<ul><li>No <b>drums</b></ul>"
    "<table><tr><th colspan=2>Item<th>Amount<tr><td rowspan=2>Rent<td>950<td>x<tr><td>1</table><pre>a\n b</pre>"
)
_TEXTS = {
    "a.html": _PAGE,
    "a.mht": "From: x\nMIME-Version: 1.0\nContent-Type: multipart/related; boundary=b; type=text/html\n\n--b\n"
    f"Content-Type: text/html; charset=utf-8\nContent-Location: http://a/\n\n{_PAGE}\n--b--\n",
    "a.eml": _MAIL,
    "a.mbox": f"From ada@a Tue Apr  1 10:00:00 2025\n{_MAIL}\nFrom bo@example.org Tue Apr  1\n{_MAIL}",
    "a.md": "# Rules\n\nQuiet after *ten*.\n\n- No [drums](x)\n  1. None\n\n| Item | Cost |\n|---|---|\n| Rent | 950 |"
    "\n\n> said\n\n```py\nx = 1\n```\n\nSetext\n===\n",
    "a.txt": "RULES\n\nQuiet after ten – “please”.\n\n1. Drums\n\nNone of them.\n",
    "a.rtf": "{\\rtf1\\ansi\\ansicpg1252{\\fonttbl{\\f0\\fcharset0 Arial;}}{\\stylesheet{\\s1 heading 1;}}"
    "{\\info{\\title Rules}}\\pard\\s1 Rules\\par\\pard Quiet \\'e4fter \\u8364?\\par\\trowd\\cellx1\\cellx2\\intbl "
    "Rent\\cell 950\\cell\\row{\\*\\bkmkstart a}{\\footnote Note}\\bin3 abc"
    "{\\field{\\*\\fldinst HYPERLINK x}{\\fldrslt here}}\\par}",
    "a.json": '{"house": {"rooms": [{"name": "Hall", "size": 12.5}, {"name": "Bath", "size": null}], "sold": false}}',
    "a.jsonl": '{"name": "Hall", "size": 12.5}\n{"name": "Bath"}\n[1, 2]\n',
    "a.xml": '<?xml version="1.0" encoding="utf-8"?><house xmlns:a="b"><room a:id="1">Hall<size>12</size></room>'
    "<!-- c --><room>Bath &amp; <![CDATA[more]]></room></house>",
    "a.svg": '<svg xmlns="http://www.w3.org/2000/svg"><title>Plan</title><text x="1">Hall<tspan>way</tspan></text>'
    "</svg>",
    "a.ipynb": '{"cells": [{"cell_type": "markdown", "metadata": {}, "source": ["# Rules\\n", "Quiet"]}, {"cell_type": '
    '"code", "execution_count": 1, "metadata": {}, "outputs": [{"output_type": "execute_result", "data": '
    '{"text/plain": ["1"], "text/html": "<b>1</b>"}}, {"output_type": "stream", "text": "out"}], "source": "x"}], '
    '"metadata": {}, "nbformat": 4}',
    "a.tex": "\\title{Rules}\n\\section{Noise}\nQuiet after ten.\n\\subsection{Drums}\\label{a}\nNone.\n",
    "a.ini": "[rules]\nquiet = ten\n[drums]\nnone = 1\n",
}
_BOOK = {
    "mimetype": "application/epub+zip",
    "META-INF/container.xml": '<container><rootfiles><rootfile full-path="o/p.opf"/></rootfiles></container>',
    "o/p.opf": '<package xmlns:dc="d"><metadata><dc:title>Rules</dc:title></metadata><manifest><item id="a" '
    'href="a.xhtml" media-type="application/xhtml+xml"/><item id="n" href="n.xhtml" properties="nav"/></manifest>'
    '<spine><itemref idref="a"/></spine></package>',
    "o/a.xhtml": f"<html><body>{_PAGE}</body></html>",
    "o/n.xhtml": '<nav><ol><li><a href="a.xhtml#x">Rules</a></li></ol></nav>',
}
_TOKENS = (b"", b"\0", b"\xff", b"<", b">", b"&", b'"', b"{", b"}", b"[", b"]", b"\\", b"(", b")", b"-1", b"0", b"1e9")
_TOKENS += (
    b"4294967295",
    b"99999999999999999999",
    b"\xed\xa0\x80",
    b"\r",
    b"\n\n",
    b"\xe2\x80\xa8",
    b"%",
    b"&#0;",
    b"=",
)
_LONGEST = 400_000


def make_seeds(folder: Path) -> dict[str, bytes]:
    """One small sound file or more of each format, by name."""
    for name, text in _TEXTS.items():
        (folder / name).write_text(text, encoding="utf-8")
    with zipfile.ZipFile(folder / "a.epub", "w") as archive:
        for name, text in _BOOK.items():
            archive.writestr(name, text)
    make_contract_pdf(folder / "contract.pdf")
    make_commented_pdf(folder / "comment.pdf")
    make_form_pdf(folder / "form.pdf")
    make_docx(folder / "a.docx")
    make_pptx(folder / "a.pptx")
    make_xlsx(folder / "a.xlsx", {"Costs": [["Item", "Amount"], ["Rent", 950], ["Heat", 0.5]], "Empty": []})
    make_csv(folder / "a.csv", [["Item", "Amount"], ["Rent", "950"], ["a;b", 'c"d']])
    make_odf(
        folder / "a.odt", "text", f'<text:h text:outline-level="1">Rules</text:h><text:p>Quiet</text:p>{_ODF_TABLE}'
    )
    make_odf(folder / "a.ods", "spreadsheet", _ODF_TABLE)
    make_odf(
        folder / "a.odp",
        "presentation",
        '<draw:page draw:name="One"><draw:frame><text:p>Quiet</text:p></draw:frame></draw:page>',
    )
    return {path.name: path.read_bytes() for path in sorted(folder.iterdir())}


def spoilt(data: bytes, random: Random) -> bytes:
    """The file with something wrong somewhere; of an archive, mostly in one of its parts."""
    if data.startswith(b"PK") and random.random() < 0.9:
        return _spoilt_archive(data, random)
    return _spoilt_bytes(data, random)


def _spoilt_archive(data: bytes, random: Random) -> bytes:
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    chosen = random.choice(list(parts))
    if random.random() < 0.1:
        del parts[chosen]
    elif random.random() < 0.1:
        parts[chosen] = parts[random.choice(list(parts))]
    else:
        parts[chosen] = _spoilt_bytes(parts[chosen], random)
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
        for name, part in parts.items():
            archive.writestr(name, part)
    return packed.getvalue()


def _spoilt_bytes(data: bytes, random: Random) -> bytes:
    """A few changes: bits turned, bytes put in, taken out, moved or said again and again."""
    spoiling = bytearray(data)
    for _ in range(random.choice((1, 1, 2, 3, 8))):
        start = random.randrange(len(spoiling) + 1)
        end = min(len(spoiling), start + random.choice((1, 2, 8, 40, 400)))
        match random.randrange(6):
            case 0 if start < len(spoiling):
                spoiling[start] ^= 1 << random.randrange(8)
            case 1:
                spoiling[start:end] = random.choice(_TOKENS)
            case 2:
                spoiling[start:start] = random.choice(_TOKENS)
            case 3:
                other = random.randrange(len(spoiling) + 1)
                spoiling[other:other] = spoiling[start:end]
            case 4:
                spoiling[start:end] = spoiling[start:end] * random.choice((2, 3, 50, 500))
            case _:
                del spoiling[start : random.choice((end, end, end, len(spoiling)))]
        del spoiling[_LONGEST:]
    return bytes(spoiling)
