"""Electronic books, web archives and notebooks: each in its own parts, and named as a reader would name them."""

from __future__ import annotations

import json
import time
from email.mime.multipart import MIMEMultipart
from email.mime.text import MIMEText
from pathlib import Path
from typing import TYPE_CHECKING, Any
from zipfile import ZipFile

import pytest

from rag.errors import DamagedFile, EncryptedForOthers, NothingToRead
from rag.reading.blocks import BlockKind
from rag.reading.books import read_book
from rag.reading.markdown import read_markdown
from rag.reading.notebooks import read_notebook
from rag.reading.web_archive import read_web_archive
from storage.records import PageUnit

if TYPE_CHECKING:
    from rag.reading.blocks import Reading, ReadPage

ODD = Path(__file__).resolve().parents[3] / ".." / "shared" / "data" / "odd"
needs_odd = pytest.mark.skipif(not ODD.is_dir(), reason="the shared data is not beside this checkout")

CONTAINER = '<container><rootfiles><rootfile full-path="OPS/book.opf"/></rootfiles></container>'
PACKAGE = """<package xmlns="http://www.idpf.org/2007/opf" xmlns:dc="http://purl.org/dc/elements/1.1/"><metadata>
<dc:title>The house</dc:title></metadata><manifest>
<item id="n" href="nav.xhtml" media-type="application/xhtml+xml" properties="nav"/>
<item id="a" href="text/one%20a.xhtml" media-type="application/xhtml+xml"/>
<item id="b" href="text/one%20b.xhtml" media-type="application/xhtml+xml"/>
<item id="c" href="text/two.xhtml" media-type="application/xhtml+xml"/></manifest>
<spine><itemref idref="n"/><itemref idref="a"/><itemref idref="gone"/><itemref idref="b"/><itemref idref="c"/></spine>
</package>"""
NAV = '<html><body><nav><a href="text/one%20a.xhtml#top">1 Roof</a></nav></body></html>'
CHAPTERS = {
    "OPS/text/one a.xhtml": "<title/><p>It is <b>old</b>.</p>",
    "OPS/text/one b.xhtml": "<p>It leaks.</p>",
    "OPS/text/two.xhtml": "<h1>Walls</h1><p>They are thick.</p>",
}
LOCK = """<encryption><EncryptedData><EncryptionMethod Algorithm="{}"/>
<CipherData><CipherReference URI="{}"/></CipherData></EncryptedData></encryption>"""


def book(path: Path, **changed: str) -> Path:
    """A book in an archive; ``changed`` adds files, with "__" for the dot and "_" for the slash of their names."""
    files = {"META-INF/container.xml": CONTAINER, "OPS/book.opf": PACKAGE, "OPS/nav.xhtml": NAV, **CHAPTERS}
    files |= {name.replace("__", ".").replace("_", "/"): text for name, text in changed.items()}
    with ZipFile(path, "w") as archive:
        for name, text in files.items():
            archive.writestr(name, text)
    return path


def only_page(reading: Reading) -> ReadPage:
    (read,) = reading.pages
    return read


def test_a_book_is_read_chapter_by_chapter(tmp_path: Path) -> None:
    """In the order of its spine, named by its table of contents, by its heading, or by the chapter it goes on from."""
    reading = read_book(book(tmp_path / "house.epub"), "house.epub")
    pages = list(reading.pages)
    assert (reading.title, reading.unit, reading.page_count) == ("The house", PageUnit.CHAPTER, 3)
    assert [(read.page.number, read.page.label, read.page.text) for read in pages] == [
        (1, "1 Roof", "It is old."),
        (2, "1 Roof", "It leaks."),
        (3, "Walls", "Walls\n\nThey are thick."),
    ]
    assert [read.blocks[-1].headings for read in pages] == [("1 Roof",), ("1 Roof",), ("Walls",)]


def test_a_book_with_copy_protection_says_so(tmp_path: Path) -> None:
    """Hidden fonts are no copy protection."""
    shop = LOCK.format("http://www.w3.org/2001/04/xmlenc#aes128-cbc", "OPS/text/two.xhtml")
    with pytest.raises(EncryptedForOthers):
        read_book(book(tmp_path / "locked.epub", **{"META-INF_encryption__xml": shop}), "locked.epub")
    fonts = LOCK.format("http://www.idpf.org/2008/embedding", "OPS/font.otf")
    path = book(tmp_path / "fonts.epub", **{"META-INF_encryption__xml": fonts})
    assert len(list(read_book(path, path.name).pages)) == 3


def test_a_book_without_a_word_says_so(tmp_path: Path) -> None:
    """Only after all of its chapters were looked at."""
    path = book(tmp_path / "blank.epub", **{name.replace("/", "_").replace(".", "__"): "<p/>" for name in CHAPTERS})
    with pytest.raises(NothingToRead):
        list(read_book(path, path.name).pages)


def test_a_book_can_name_no_file_of_the_machine(tmp_path: Path) -> None:
    """Entities of its tables are not followed."""
    (tmp_path / "secret.txt").write_text("secret", encoding="utf-8")
    entity = f'<!DOCTYPE package [<!ENTITY e SYSTEM "{(tmp_path / "secret.txt").as_uri()}">]>'
    package = entity + PACKAGE.replace("The house", "&e;")
    reading = read_book(book(tmp_path / "house.epub", OPS_book__opf=package), "house.epub")
    assert reading.title == "house"


@needs_odd
@pytest.mark.parametrize("name", ["no-container.epub", "spine-points-nowhere.epub"])
def test_a_book_without_its_tables_is_damaged(name: str) -> None:
    """Nothing leads to its chapters."""
    with pytest.raises(DamagedFile):
        read_book(ODD / "edge" / "epub" / name, name)


@needs_odd
def test_real_books_are_read() -> None:
    """All of them, each in reading order; in one the words are drawn."""
    paths = [path for path in sorted((ODD / "epub").glob("*/*.epub")) if path.suffix == ".epub"]
    readings = {path.stem: list(read_book(path, path.name).pages) for path in paths}
    assert len(readings) == 11
    guide = readings["quick_start__deu"]
    assert [read.page.label for read in guide][3:6] == [
        "Einleitung",
        "Calibre installieren",
        "Die Benutzeroberfläche (GUI)",
    ]
    assert "Der Zweck von Calibre ist die einfache Verwaltung Ihrer eBook Bibliothek." in guide[3].page.text
    assert [read.page.text[-6:] for read in readings["pkg-spine-order-svg"]] == ["Page 1", "Page 2", "Page 3", "Page 4"]


# Web archives


def test_the_page_of_a_web_archive_is_read(tmp_path: Path) -> None:
    """The one it says it begins with, in its encoding; frames and pictures are not."""
    archive = MIMEMultipart("related", start="<page>")
    archive.attach(MIMEText("<p>An advertisement</p>", "html", "utf-8"))
    page = MIMEText("<title>Größe</title><h1>Größe</h1><p>Sie ist 90 m².</p>", "html", "iso-8859-1")
    page["Content-ID"] = "<page>"
    archive.attach(page)
    (tmp_path / "saved.mhtml").write_bytes(archive.as_bytes())
    reading = read_web_archive(tmp_path / "saved.mhtml", "saved.mhtml")
    assert (reading.title, only_page(reading).page.text) == ("Größe", "Größe\n\nSie ist 90 m².")


def test_a_web_archive_without_a_page_is_damaged(tmp_path: Path) -> None:
    """Whatever else it holds."""
    (tmp_path / "saved.mht").write_bytes(b"Content-Type: text/plain\n\nhello")
    with pytest.raises(DamagedFile):
        read_web_archive(tmp_path / "saved.mht", "saved.mht")


# Notebooks and Markdown


def notebook(path: Path, *cells: dict[str, Any], **more: Any) -> Path:
    path.write_text(json.dumps({"cells": cells, "nbformat": 4, **more}), encoding="utf-8")
    return path


def test_a_notebook_is_its_text_its_code_and_what_that_printed(tmp_path: Path) -> None:
    """Headings hold for the cells below them; offsets point into the one text."""
    path = notebook(
        tmp_path / "work.ipynb",
        {"cell_type": "markdown", "source": ["# Costs\n", "\n", "Of the *house*.\n", "\n", "## Rent"]},
        {
            "cell_type": "code",
            "source": "rent = 950\nprint(rent)",
            "outputs": [
                {"output_type": "stream", "name": "stdout", "text": ["\x1b[31m950\x1b[0m\n"]},
                {"output_type": "stream", "name": "stderr", "text": ["Warning"]},
                {"output_type": "display_data", "data": {"text/plain": "<Figure size 1x1>", "image/png": "iVBO" * 99}},
                {"output_type": "execute_result", "data": {"text/plain": ["95", "1"]}},
            ],
        },
    )
    reading = read_notebook(path, path.name)
    read = only_page(reading)
    assert reading.title == "Costs"
    assert read.page.text == "# Costs\n\nOf the *house*.\n\n## Rent\n\nrent = 950\nprint(rent)\n\n950\n\n951"
    assert [(read.page.text[block.start : block.end], block.headings) for block in read.blocks] == [
        ("# Costs", ("Costs",)),
        ("Of the *house*.", ("Costs",)),
        ("## Rent", ("Costs", "Rent")),
        ("rent = 950\nprint(rent)", ("Costs", "Rent")),
        ("950", ("Costs", "Rent")),
        ("951", ("Costs", "Rent")),
    ]


def test_long_outputs_are_cut_at_the_end_of_a_line(tmp_path: Path) -> None:
    """What a program printed is there to be recognised, not to be read."""
    lines = "".join(f"step {number:04}\n" for number in range(1_000))
    outputs = [{"output_type": "stream", "name": "stdout", "text": lines}]
    path = notebook(tmp_path / "work.ipynb", {"cell_type": "code", "source": "run()", "outputs": outputs})
    text = only_page(read_notebook(path, path.name)).page.text
    assert text.endswith("step 0099\n…")


def test_old_notebooks_are_read(tmp_path: Path) -> None:
    """Their cells lie on worksheets, and their headings are cells of their own."""
    cells = [
        {"cell_type": "heading", "level": 2, "source": ["Costs"]},
        {"cell_type": "code", "input": "1 + 1", "outputs": [{"output_type": "pyout", "text": ["2"]}]},
    ]
    (tmp_path / "old.ipynb").write_text(json.dumps({"worksheets": [{"cells": cells}]}), encoding="utf-8")
    assert only_page(read_notebook(tmp_path / "old.ipynb", "old.ipynb")).page.text == "## Costs\n\n1 + 1\n\n2"


@pytest.mark.parametrize(
    ("text", "error"),
    [
        ("{", DamagedFile),
        ("[1]", DamagedFile),
        ('{"a": 1}', DamagedFile),
        ("[" * 100_000, DamagedFile),
        ('{"cells": [1, {"source": 5, "outputs": 3}]}', NothingToRead),
    ],
)
def test_what_is_no_notebook_says_so(text: str, error: type[Exception], tmp_path: Path) -> None:
    """Broken, something else, nested too deep, or blank."""
    (tmp_path / "broken.ipynb").write_text(text, encoding="utf-8")
    with pytest.raises(error):
        read_notebook(tmp_path / "broken.ipynb", "broken.ipynb")


@needs_odd
def test_real_notebooks_are_read_without_their_pictures() -> None:
    """Soon, and with no picture in them that would be letters by the thousand."""
    begun = time.monotonic()
    for path in sorted((ODD / "ipynb").glob("*/*.ipynb")):
        read = only_page(read_notebook(path, path.name))
        assert read.blocks
        assert max(map(len, read.page.text.split())) < 200
    assert time.monotonic() - begun < 5


@pytest.mark.parametrize(
    ("front", "title", "found"),
    [
        ("---\ntitle: 'My house'\nauthor: Ada\n---\n", "My house", ["title: 'My house'\nauthor: Ada", "It is old."]),
        ('+++\ntitle = "My house"\n+++\n', "My house", ["It is old."]),
        ("---\ntags: [a]\n...\n", "note", ["tags: [a]", "It is old."]),
        ("", "note", ["It is old."]),
    ],
)
def test_what_a_note_says_of_itself_can_be_found(front: str, title: str, found: list[str], tmp_path: Path) -> None:
    """Its title is the title; author, date and tags are a paragraph."""
    (tmp_path / "note.md").write_text(f"{front}It is old.", encoding="utf-8")
    reading = read_markdown(tmp_path / "note.md", "note.md")
    read = only_page(reading)
    assert reading.title == title
    assert [read.page.text[block.start : block.end] for block in read.blocks] == found
    assert {block.kind for block in read.blocks} == {BlockKind.PARAGRAPH}


def test_pictures_written_into_a_note_are_left_out(tmp_path: Path) -> None:
    """They would be thousands of letters that nobody can read."""
    picture = f"![roof](data:image/png;base64,{'iVBORw0KGgo' * 40}=)"
    (tmp_path / "note.md").write_text(f"Before {picture} after", encoding="utf-8")
    assert only_page(read_markdown(tmp_path / "note.md", "note.md")).page.text == "Before ![roof](data:) after"
