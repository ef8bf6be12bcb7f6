"""A saved web page is read as a person reads it: its matter whole, its tables with their headers, no clutter."""

from __future__ import annotations

import re
import time
from collections import Counter
from pathlib import Path

import pytest
from selectolax.lexbor import LexborHTMLParser

from rag.errors import NothingToRead
from rag.reading.blocks import BlockKind, Reading
from rag.reading.web import read_web

ODD = Path(__file__).resolve().parents[3] / ".." / "shared" / "data" / "odd"
needs_odd = pytest.mark.skipif(not ODD.is_dir(), reason="the shared data is not beside this checkout")

MATTER = {
    "base-url": ("article", "", 1.0),
    "medicalnewstoday": (".article_body", ".related_inline", 0.98),
    "nytimes-3": ("article#story", "", 0.98),
    "ol": ("ol", "", 1.0),
    "theverge": ("article .duet--article--lede, #content", ".newsletter-wrapper, [class*=related]", 0.99),
    "topicseed-1": ("main.siteMain > article", "", 0.99),
    "wikipedia": (
        "#firstHeading, #mw-content-text",
        "#toc, .mw-editsection, .navbox, .noprint, .printfooter, #catlinks, [role=navigation]",
        0.99,
    ),
    "wikipedia-4": (
        "#firstHeading, #mw-content-text",
        ".mw-editsection, .navbox, .noprint, .printfooter, #catlinks, [role=navigation]",
        0.97,
    ),
    "wordpress": (
        ".entry-header, .entry-content, .epoch-single-comment",
        ".sharedaddy, .jp-relatedposts, form",
        0.99,
    ),
}
"""For each page, chosen by looking at it: where its matter is, what in there is none, and how well it must be met."""
CLUTTER = {
    "medicalnewstoday": ("Cannabis for pain", "GDPR", "Read now"),
    "theverge": ("Most Popular", "Your first month is free", "reCAPTCHA"),
    "wordpress": ("Click to share", "Your email address will not be published", "3rd Most Dreaded"),
    "wikipedia": ("[edit]", "Eich CEO promotion controversy\n• 2", "Privacy policy"),
    "topicseed-1": ("Copyright",),
}
WHOLE = ("article-author-tag", "base-url-base-element-relative", "youth")
"""Pages of which somebody else has cut the matter out already."""


def read(path: Path) -> Reading:
    return read_web(path, path.name)


def read_text(tmp_path: Path, page: str, name: str = "page.html") -> str:
    (tmp_path / name).write_text(page, encoding="utf-8")
    return text_of(read(tmp_path / name))


def text_of(reading: Reading) -> str:
    (page,) = reading.pages
    return page.page.text


def words(text: str) -> Counter[str]:
    return Counter(re.findall(r"\w+", text.lower()))


def f1(found: Counter[str], wanted: Counter[str]) -> float:
    return 2 * (found & wanted).total() / (found.total() + wanted.total())


def wanted_text(path: Path, matter: str, none: str) -> str:
    """What the page's matter says, by the parser alone."""
    tree = LexborHTMLParser(path.read_text(encoding="utf-8"))
    for node in tree.css("script, style, noscript, svg, [hidden]"):
        node.remove()
    for node in tree.css(none) if none else ():
        node.remove()
    return " ".join(node.text(separator=" ") for node in tree.css(matter))


@needs_odd
@pytest.mark.parametrize("page", MATTER)
def test_the_matter_of_a_real_page_is_read_and_little_else(page: str) -> None:
    """Word by word, against what stands in the parts of the page that hold its matter."""
    matter, none, floor = MATTER[page]
    path = ODD / "html" / "readability" / f"{page}__source.html"
    wanted = words(wanted_text(path, matter, none))
    assert wanted.total() > 10
    assert f1(words(text_of(read(path))), wanted) >= floor


@needs_odd
@pytest.mark.parametrize("page", CLUTTER)
def test_what_stands_around_the_matter_is_left_out(page: str) -> None:
    """Teasers, share buttons, banners, forms and tables of contents of real pages."""
    text = text_of(read(ODD / "html" / "readability" / f"{page}__source.html"))
    assert [phrase for phrase in CLUTTER[page] if phrase in text] == []


@needs_odd
@pytest.mark.parametrize("page", WHOLE)
def test_nothing_of_a_page_without_clutter_is_lost(page: str) -> None:
    """What others cut out as the matter is read to its last word."""
    path = ODD / "html" / "readability" / f"{page}__expected.html"
    wanted = words(wanted_text(path, "body", ""))
    assert wanted - words(text_of(read(path))) == Counter()


@needs_odd
@pytest.mark.parametrize(
    ("name", "text", "seconds"),
    [("div-depth-100k.html", "deep text", 20), ("inline-base64-3MB.html", "before after", 2)],
)
def test_pages_made_to_break_readers_are_read(name: str, text: str, seconds: float) -> None:
    """A hundred thousand elements in one another, and a picture of three megabytes in the middle of a line."""
    begun = time.monotonic()
    assert text_of(read(ODD / "edge" / "html" / name)).split() == text.split()
    assert time.monotonic() - begun < seconds


@pytest.mark.parametrize(
    ("name", "page"),
    [
        ("spans.html", "<table>" + "<tr><th rowspan=1000 colspan=64>a<td rowspan=1000>b" * 5_000),
        ("marks.xhtml", "<?xml version='1.0'?><p>a</p>" + "<![CDATA[" * 100_000),
        ("unclosed.xhtml", "<?xml version='1.0'?><p>a</p>" + "<a " * 100_000),
        ("clutter.html", "<p>a page</p>" * 900 + "<div class=related><h2>b</h2>" * 900),
    ],
)
def test_a_page_made_to_take_forever_takes_seconds(name: str, page: str, tmp_path: Path) -> None:
    """Each of these takes more than linear time where it is read without care."""
    begun = time.monotonic()
    assert "a" in read_text(tmp_path, page, name)
    assert time.monotonic() - begun < 10


def test_menus_are_left_out_where_a_page_marks_no_main_part(tmp_path: Path) -> None:
    """Lists of links, page heads and page feet go; a heading and a list that is not all links stay."""
    prose = "<p>The house is old, and it has always been warm in winter.</p>" * 12
    page = f"""<header><a href=/>Start</a> Welcome</header><div><ul><li><a href=a>One</a><li><a href=b>Two</a>
        <li><a href=c>Three</a></ul></div><h1>The house</h1>{prose}<ul><li>Roof: <a href=d>slate</a><li>Walls</ul>
        <div class="cookie-banner">We value your privacy</div><footer>Imprint</footer>"""
    text = read_text(tmp_path, page)
    assert text.startswith("The house\n\nThe house is old")
    assert text.endswith("• Roof: slate\n• Walls")


def test_a_section_is_no_clutter_because_of_its_heading(tmp_path: Path) -> None:
    """Manuals name a section's mark after its heading, and "Related work" is a fair one."""
    prose = "<p>The house is old, and it has always been warm in winter.</p>" * 12
    section = "<div id=related-work><h2>Related work</h2><p>Others have houses, too.</p></div>"
    teaser = "<div id=related-posts><h2>Read on</h2><p>Ten cold houses</p></div>"
    text = read_text(tmp_path, f"<h1>House</h1>{prose}{section}{teaser}")
    assert text.endswith("Related work\n\nOthers have houses, too.")


def test_a_page_of_nothing_but_links_is_read_all_the_same(tmp_path: Path) -> None:
    """Where all looks like clutter, there was nothing else to come for."""
    links = "".join(f"<li><a href={number}>Minutes of meeting {number}</a>" for number in range(9))
    assert read_text(tmp_path, f"<ul class=menu>{links}</ul>").count("• Minutes of meeting") == 9


def test_rows_say_their_columns_whatever_spans_them(tmp_path: Path) -> None:
    """Captions stand before, several header rows make one name, and a cell over several rows is said in each."""
    page = """<table><caption>Costs of the house</caption>
        <tr><th rowspan=2>Floor<th colspan=2>Rent<th rowspan=2>Paid by<tr><th>old<th>new
        <tr><td>Ground<td>900<td>950<td rowspan=2>card<tr><td>First<td>800<td>820</table>"""
    (tmp_path / "page.html").write_text(page, encoding="utf-8")
    (read_page,) = read(tmp_path / "page.html").pages
    assert read_page.page.text == (
        "Costs of the house\n\nFloor: Ground; Rent old: 900; Rent new: 950; Paid by: card\n"
        "Floor: First; Rent old: 800; Rent new: 820; Paid by: card"
    )
    assert [block.row for block in read_page.blocks if block.kind is BlockKind.ROW] == [3, 4]


def test_a_line_over_the_whole_width_of_a_table_names_no_column(tmp_path: Path) -> None:
    """It is the table's caption, as in the boxes of an encyclopaedia."""
    page = "<table><tr><th colspan=2>Mozilla<tr><th>Founded<td>1998<tr><th>Purpose<td>Software</table>"
    assert read_text(tmp_path, page) == "Mozilla\n\nFounded: 1998\nPurpose: Software"


def test_long_cells_stay_in_their_row_where_columns_are_named(tmp_path: Path) -> None:
    """Without names, such a table only lays out the page."""
    page = "<table><tr><{0}>Film<{0}>Story<tr><td>Loop<td>{1}</table>"
    long = "Again and again. " * 40
    assert read_text(tmp_path, page.format("th", long)).startswith("Film: Loop; Story: Again")
    assert read_text(tmp_path, page.format("td", long)).startswith("Film\n\nStory\n\nLoop\n\nAgain")


def test_words_are_neither_parted_nor_joined_by_marks_within_them(tmp_path: Path) -> None:
    """Headings, cells and paragraphs alike: formulas stay whole, and a line break parts."""
    page = "<h2>H<sub>2</sub>O<br>and ice</h2><p>H<sub>2</sub>O<link rel=x>, <b>wet</b></p>"
    assert read_text(tmp_path, page) == "H2O and ice\n\nH2O, wet"


def test_elements_of_xhtml_may_close_themselves(tmp_path: Path) -> None:
    """An HTML parser would take the rest of the page for the title or the script."""
    page = """<?xml version="1.0"?><html><head><title/><script src="a.js"/></head>
        <body><a id="x"/><p>Fish &amp; chips</p><div/><pre><![CDATA[a < b]]></pre><br/></body></html>"""
    assert read_text(tmp_path, page) == "Fish & chips\n\na < b"


@pytest.mark.parametrize(
    ("declared", "written"),
    [("iso-8859-1", "cp1252"), ("gb2312", "gb18030"), ("shift_jis", "cp932"), ("x-none", "utf-8"), ("hex", "utf-8")],
)
def test_encodings_are_taken_as_browsers_take_them(declared: str, written: str, tmp_path: Path) -> None:
    """Who declares an old standard mostly writes the larger set that grew from it."""
    text = {"gb18030": "“镕”字", "cp932": "①番"}.get(written, "“It’s” 5 €")
    (tmp_path / "page.html").write_bytes(f'<meta charset="{declared}"><p>{text}</p>'.encode(written))
    assert text_of(read(tmp_path / "page.html")) == text


def test_a_page_without_a_word_says_so(tmp_path: Path) -> None:
    """Pictures and scripts are not text."""
    with pytest.raises(NothingToRead):
        read_text(tmp_path, "<script>alert(1)</script><img src=a.png>")
