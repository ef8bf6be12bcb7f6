"""Office files that were made to harm: each is read or refused within a second or two and little memory.

Every file is opened in a process of its own that may not have more, so that a test cannot pass by luck.
"""

from __future__ import annotations

import subprocess
import sys
import zipfile
from typing import TYPE_CHECKING

import pytest

from tests.documents import make_docx, make_pptx, make_xlsx
from tests.odf_documents import make_odf
from tests.source import REPOSITORY

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

pytest.importorskip("resource", reason="limits on a process are known to POSIX systems alone")

MEGABYTES = 600
"""Of address space in all; the libraries themselves take a good half of it."""
SECONDS = 10
CHILD = f"""
import resource, sys, warnings
from pathlib import Path
warnings.simplefilter("ignore")
from rag.errors import ReadError
from rag.reading import open_document
from rag.reading import odf_sheets, odf_slides, odf_text, rtf, sheets, slides, value_sheets, word
resource.setrlimit(resource.RLIMIT_AS, ({MEGABYTES} << 20, {MEGABYTES} << 20))
resource.setrlimit(resource.RLIMIT_CPU, ({SECONDS}, {SECONDS}))
path = Path(sys.argv[1])
try:
    pages = list(open_document(path, name=path.name).pages)
except ReadError as error:
    sys.stdout.write(type(error).__name__)
else:
    sys.stdout.write("read: " + " ".join(page.page.text[:100] for page in pages)[:200])
"""

_LAUGHS = "".join(f'<!ENTITY {chr(98 + at)} "{f"&{chr(97 + at)};" * 10}">' for at in range(9))
LAUGHS = f'<!DOCTYPE x [<!ENTITY a "ha">{_LAUGHS}]>'
ANOTHER_FILE = '<!DOCTYPE x [<!ENTITY j SYSTEM "file:///etc/passwd">]>'


def outcome(path: Path) -> str:
    """What a limited process makes of the file; its death is a failure."""
    done = subprocess.run(
        [sys.executable, "-c", CHILD, str(path)], cwd=REPOSITORY, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr[-2_000:]
    return done.stdout


def declare(path: Path, part: str, dtd: str, word: str) -> Path:
    """Put declarations at the head of a part, and an entity before a word of it."""
    with zipfile.ZipFile(path) as archive:
        entries = [(entry.filename, archive.read(entry)) for entry in archive.infolist()]
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in entries:
            text = data.decode() if name == part else ""
            head, _, body = text.rpartition("?>")
            changed = f'<?xml version="1.0"?>{dtd}{body}'.replace(word, f"&j;{word}", 1).encode()
            archive.writestr(name, changed if name == part and (head or body) else data)
    return path


def _docx(path: Path, dtd: str) -> Path:
    return declare(make_docx(path), "word/document.xml", dtd, "Quiet")


def _pptx(path: Path, dtd: str) -> Path:
    return declare(make_pptx(path), "ppt/slides/slide1.xml", dtd, "Paint")


def _xlsx(path: Path, dtd: str) -> Path:
    return declare(make_xlsx(path, {"Costs": [["Rent", 950]]}), "xl/worksheets/sheet1.xml", dtd, "Rent")


def _odt(path: Path, dtd: str) -> Path:
    return make_odf(path, "text", "<text:p>Quiet &j;</text:p>", dtd=dtd)


def _ods(path: Path, dtd: str) -> Path:
    cell = "<table:table-cell><text:p>Quiet &j;</text:p></table:table-cell>"
    table = f'<table:table table:name="a"><table:table-row>{cell}</table:table-row></table:table>'
    return make_odf(path, "spreadsheet", table, dtd=dtd)


MAKERS: dict[str, Callable[[Path, str], Path]] = {"docx": _docx, "pptx": _pptx, "xlsx": _xlsx, "odt": _odt, "ods": _ods}


@pytest.mark.parametrize("suffix", MAKERS)
def test_entities_that_multiply_are_refused(suffix: str, tmp_path: Path) -> None:
    """A thousand million laughs in a kilobyte are not laughed."""
    assert outcome(MAKERS[suffix](tmp_path / f"a.{suffix}", LAUGHS)) == "DamagedFile"


@pytest.mark.parametrize("suffix", MAKERS)
def test_no_document_reads_another_file(suffix: str, tmp_path: Path) -> None:
    """An entity that names a file of this computer stands for nothing."""
    said = outcome(MAKERS[suffix](tmp_path / f"a.{suffix}", ANOTHER_FILE))
    assert said == "DamagedFile" or (said.startswith("read: ") and "root:" not in said)


def test_what_is_nested_or_repeated_a_million_times_costs_little(tmp_path: Path) -> None:
    """Depth is refused or walked; a sheet of seventeen thousand million cells is one row."""
    deep = "<text:section>" * 50_000 + "<text:p>x</text:p>" + "</text:section>" * 50_000
    assert outcome(make_odf(tmp_path / "deep.odt", "text", deep)) == "DamagedFile"
    wide = '<table:table-cell table:number-columns-repeated="16384"><text:p>x</text:p></table:table-cell>'
    rows = f'<table:table-row table:number-rows-repeated="1048576">{wide}</table:table-row>'
    table = f'<table:table table:name="a">{rows}</table:table>'
    assert outcome(make_odf(tmp_path / "wide.ods", "spreadsheet", table)).startswith("read: x; x;")
    spaces = '<text:p>a<text:s text:c="999999999"/>b</text:p>'
    assert outcome(make_odf(tmp_path / "spaces.odt", "text", spaces)).startswith("read: a ")


def test_the_edge_files_are_read_or_refused_as_expected(shared_data: Path) -> None:
    """Each has one outcome, whatever it was made to do."""
    expected = {
        "docx/billion-laughs.docx": "DamagedFile",
        "docx/control-chars-in-text.docx": "DamagedFile",
        "docx/empty-body.docx": "NothingToRead",
        "docx/good.docx": "read: The mooring fee in Skagen is 42 kroner per metre.",
        "docx/truncated.docx": "DamagedFile",
        "docx/xxe-etc-passwd.docx": "NothingToRead",
        "docx/zip-bomb-1GiB.docx": "FileTooLarge",
        "names/csv-named.xls": "read: a: 1; b: 2",
        "names/html-named.doc": "read: HTML saved as .doc by an old exporter",
        "names/rtf-named.doc": "read: RTF saved as .doc",
        "rtf/bin-huge-length.rtf": "read: before",
        "rtf/brace-depth-50k.rtf": "read: deep",
        "xlsx/one-cell-at-XFD1048576.xlsx": "read: far corner",
        "zero/zero-byte.pptx": "EmptyFile",
        "zero/zero-byte.rtf": "EmptyFile",
        "zero/zero-byte.xlsx": "EmptyFile",
    }
    assert {name: outcome(shared_data / "odd/edge" / name) for name in expected} == expected
