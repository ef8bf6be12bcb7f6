"""Files made to break readers: each comes to exactly what it should, within a limit of time or of memory.

Each is read as the program reads it, in a process of its own kind. The table is checked against the folder, so that no
file there is forgotten.
"""

from __future__ import annotations

import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import psutil
import pytest

from rag.errors import DamagedFile, EmptyFile, FileTooLarge, NothingToRead, PasswordNeeded, ReadError, UnknownFormat
from rag.reading_process import ReadingProcesses
from tests.rag.reading.opened import DATA, needs_data

if TYPE_CHECKING:
    from rag.reading_process import Reader

EDGE = DATA / "odd" / "edge"


@dataclass(frozen=True, slots=True)
class Seconds:
    """What reading the file may take of a processor, whatever else the computer does meanwhile."""

    most: float


@dataclass(frozen=True, slots=True)
class Megabytes:
    """What the process may have had at its peak, some 45 of which it needs for itself."""

    most: float


SOON = Seconds(5)
LITTLE = Megabytes(120)
CODE = "The access code for the Reykjavik archive is 7413."
LONG_NAME = "very-long-name-" * 15 + ".txt"
TABLE: dict[str, tuple[str | type[ReadError], Seconds | Megabytes]] = {
    # archives are not unpacked
    "archive/50k-entries.zip": (UnknownFormat, LITTLE),
    "archive/gzip-bomb-512MiB.txt.gz": (UnknownFormat, LITTLE),
    "archive/zip-bomb-1GiB.zip": (UnknownFormat, LITTLE),
    "archive/zip-slip.zip": (UnknownFormat, SOON),
    # tables
    "csv/field-3MB.csv": ("a: 1; b: yyyyyyyy", SOON),
    "csv/formula-injection.csv": ("anna: =cmd|'/C calc'!A0", SOON),
    "csv/semicolon-latin1.csv": ("navn: Søren; beløb: 1.234,50\nnavn: Åse; beløb: 99,00", SOON),
    "csv/unclosed-quote.csv": ("name: anna; note: this quote never ends\nname: bo; note: 2", SOON),
    "xlsx/200k-rows.xlsx": ("199999: item 199999", Seconds(40)),
    "xlsx/one-cell-at-XFD1048576.xlsx": ("far corner", SOON),
    # Word
    "docx/billion-laughs.docx": (DamagedFile, LITTLE),
    "docx/control-chars-in-text.docx": (DamagedFile, SOON),
    "docx/empty-body.docx": (NothingToRead, SOON),
    "docx/good.docx": ("The mooring fee in Skagen is 42 kroner per metre.", SOON),
    "docx/not-a-zip.docx": ("This is plain text with a docx name.", SOON),
    "docx/pdf-named.docx": (CODE, SOON),
    "docx/truncated.docx": (DamagedFile, SOON),
    "docx/xxe-etc-passwd.docx": (NothingToRead, SOON),
    "docx/zip-bomb-1GiB.docx": (FileTooLarge, LITTLE),
    # mails, books and pages
    "eml/multipart-depth-300.eml": ("Subject: nested\n\ninnermost text", SOON),
    "eml/no-headers.eml": ("just a body", SOON),
    "eml/rfc2047-garbage.eml": ("!!!not base64!!!", SOON),
    "epub/no-container.epub": (DamagedFile, SOON),
    "epub/spine-points-nowhere.epub": (DamagedFile, SOON),
    "html/div-depth-100k.html": ("deep text", SOON),
    "html/inline-base64-3MB.html": ("before\n\nafter", SOON),
    # pictures are not read
    "image/png-100000x100000.png": (FileTooLarge, LITTLE),
    "image/truncated.jpg": (DamagedFile, SOON),
    "zero/zero-byte.png": (EmptyFile, SOON),
    # data
    "json/duplicate-keys-and-nan.json": ("a: 1\na: 2\nn: NaN\nbig: 1e999", SOON),
    "xml/billion-laughs.xml": (DamagedFile, LITTLE),
    "xml/quadratic-blowup.xml": (DamagedFile, LITTLE),
    # names that promise something else, or nothing
    "names/UPPER.TXT": ("upper case extension", SOON),
    "names/csv-named.xls": ("a: 1; b: 2", SOON),
    "names/double.ext.pdf.txt": ("text", SOON),
    "names/html-named.doc": ("HTML saved as .doc by an old exporter", SOON),
    "names/noextension": ("no extension", SOON),
    "names/rtf-named.doc": ("RTF saved as .doc", SOON),
    f"names/{LONG_NAME}": ("long name", SOON),
    # PDF
    "pdf/count-lies-1e9.pdf": ("only page", SOON),
    "pdf/encrypted-owner-only-rc4-128.pdf": (CODE, SOON),
    "pdf/encrypted-user-password-rc4-128.pdf": (PasswordNeeded, SOON),
    "pdf/flate-flate-bomb-512MiB.pdf": (NothingToRead, Megabytes(1_300)),
    "pdf/garbage-before-header.pdf": (CODE, SOON),
    "pdf/html-in-text.pdf": ("<script>alert(1)</script> <img src=x onerror=alert(2)> **bold**", SOON),
    "pdf/javascript-and-launch.pdf": ("Harmless page.", SOON),
    "pdf/one-word-per-line-500k-chars.pdf": ("word0 xxxxxxxx", Seconds(20)),
    "pdf/page-tree-loop.pdf": (NothingToRead, SOON),
    "pdf/random-bytes.pdf": (DamagedFile, SOON),
    "pdf/ten-thousand-pages.pdf": ("This is page number 10000 of the big book. Marker M10000.", LITTLE),
    "pdf/truncated-50pct.pdf": (DamagedFile, SOON),
    "pdf/wrong-xref.pdf": (CODE, SOON),
    "pdf/zero-pages.pdf": (NothingToRead, SOON),
    # RTF
    "rtf/bin-huge-length.rtf": ("before", LITTLE),
    "rtf/brace-depth-50k.rtf": ("deep", SOON),
    # letters
    "txt/bom-utf8.txt": ("name;value\na;1\nname;value", SOON),
    "txt/combining-1000.txt": ("e" + "\N{COMBINING ACUTE ACCENT}" * 1_000, SOON),
    "txt/cp1252-quotes.txt": ("“curly” – dash… €5", SOON),
    "txt/cr-only.txt": ("line one\nline two\nline three", SOON),
    "txt/emoji.txt": ("👩\u200d👩\u200d👧\u200d👦🇩🇰 family and flag", SOON),
    "txt/latin1.txt": ("Blåbærgrød på Ærø. Straße.", SOON),
    "txt/mixed-utf8-latin1.txt": ("Ærø utf8 Ærø latin", SOON),
    "txt/no-space-2MB.txt": ("x" * 2_000_000, SOON),
    "txt/nul-bytes.txt": (NothingToRead, SOON),
    "txt/only-newlines.txt": (NothingToRead, SOON),
    "txt/overlong-utf8.txt": ("\N{REPLACEMENT CHARACTER} text", SOON),
    "txt/rtl-override.txt": ("safegnp.exe text", SOON),
    "txt/surrogates-cesu8.txt": ("😀 cesu", SOON),
    "txt/text-with-nuls.txt": ("alpha beta gamma", SOON),
    "txt/thai-no-spaces.txt": ("กรุงเทพมหานครเป็นเมืองหลวง", SOON),
    "txt/utf16be-bom.txt": ("Grüße aus Köln.", SOON),
    "txt/utf16le-no-bom.txt": ("Grüße aus Köln.", SOON),
    "txt/utf32le-bom.txt": ("Grüße.", SOON),
    # nothing at all
    "txt/zero-byte.txt": (EmptyFile, SOON),
    "zero/zero-byte.eml": (EmptyFile, SOON),
    "zero/zero-byte.ipynb": (EmptyFile, SOON),
    "zero/zero-byte.json": (EmptyFile, SOON),
    "zero/zero-byte.pptx": (EmptyFile, SOON),
    "zero/zero-byte.rtf": (EmptyFile, SOON),
    "zero/zero-byte.xlsx": (EmptyFile, SOON),
}


@needs_data
def test_every_edge_file_has_a_promise() -> None:
    """And every promise has its file."""
    assert sorted(TABLE) == sorted(path.relative_to(EDGE).as_posix() for path in EDGE.rglob("*") if path.is_file())


@needs_data
@pytest.mark.parametrize("path", [path for path, (_, limit) in TABLE.items() if isinstance(limit, Seconds)])
def test_an_edge_file_comes_to_what_it_should_in_time(path: str, processes: ReadingProcesses) -> None:
    """Its text, or one of our own errors, and soon."""
    outcome, limit = TABLE[path]
    with processes.reader() as reader:
        process = psutil.Process(reader.process.pid)
        before = process.cpu_times()
        _assert_comes_to(reader, EDGE / path, outcome)
        after = process.cpu_times()
    assert after.user + after.system - before.user - before.system < limit.most


@needs_data
@pytest.mark.skipif(sys.platform != "linux", reason="only Linux says what a process had at its peak")
@pytest.mark.parametrize("path", [path for path, (_, limit) in TABLE.items() if isinstance(limit, Megabytes)])
def test_an_edge_file_comes_to_what_it_should_in_little_memory(path: str) -> None:
    """Its text, or one of our own errors, and the process never grew beyond the limit."""
    outcome, limit = TABLE[path]
    with ReadingProcesses() as processes, processes.reader() as reader:
        _assert_comes_to(reader, EDGE / path, outcome)
        assert _peak_megabytes(reader) < limit.most


def _assert_comes_to(reader: Reader, path: Path, outcome: str | type[ReadError]) -> None:
    """Reading it gives a text that has this in it, or raises exactly this error under the name of the file."""
    if isinstance(outcome, str):
        assert outcome in "\f".join(read.page.text for read in reader.read(path).pages)
        return
    with pytest.raises(outcome) as caught:
        list(reader.read(path).pages)
    assert (caught.type, caught.value.file) == (outcome, path.name)


def _peak_megabytes(reader: Reader) -> float:
    status = Path(f"/proc/{reader.process.pid}/status").read_text(encoding="ascii")
    (peak,) = (line.split()[1] for line in status.splitlines() if line.startswith("VmHWM:"))
    return int(peak) / 1_000
