"""Tables as text, JSON, XML and files of lines: what a person reads of them, and what they cannot do to a computer."""

from __future__ import annotations

import json
import tracemalloc
from typing import TYPE_CHECKING

import pytest

from rag.errors import DamagedFile, FileTooLarge, NothingToRead
from rag.reading import json_data, xml_data
from rag.reading.blocks import BlockKind
from tests.rag.reading.opened import DATA, needs_data, opened, text_of

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from rag.reading.blocks import ReadPage


@pytest.fixture
def written(tmp_path: Path) -> Callable[[str, str], Path]:
    """A file of this name with this text."""

    def write(name: str, text: str) -> Path:
        path = tmp_path / name
        path.write_text(text, encoding="utf-8", newline="")
        return path

    return write


def found(read: ReadPage, kind: BlockKind) -> list[tuple[str, tuple[str, ...], int | None]]:
    return [
        (read.page.text[block.start : block.end], block.headings, block.row)
        for block in read.blocks
        if block.kind is kind
    ]


# tables as text


def test_decimal_commas_part_no_cells(written: Callable[[str, str], Path]) -> None:
    """Another mark that parts all lines alike comes before the comma, with a header and without."""
    assert text_of(written("a.csv", "1,5;2,5;x\n3,5;4,5;y\n")) == "1,5; 2,5; x\n3,5; 4,5; y"
    assert text_of(written("b.csv", "Item;Net;Gross\nRent;1,5;2,5\nHeat;3,5;4,5\n")).startswith("Item: Rent; Net: 1,5")


def test_a_table_may_say_its_delimiter(written: Callable[[str, str], Path]) -> None:
    """As spreadsheets write it into the first line, which is no row."""
    path = written("a.csv", "sep=|\nItem|Net|Note\nRent|1|a\nHeat|2|b\n")
    assert text_of(path) == "Item: Rent; Net: 1; Note: a\nItem: Heat; Net: 2; Note: b"


def test_lines_inside_quotation_marks_stay_in_their_cell(written: Callable[[str, str], Path]) -> None:
    """Also where a cell quotes somebody."""
    path = written("a.csv", 'Item,Amount,Note\nRent,950,"due\nmonthly, ""at noon"""\nHeat,120,"a "b" c"\n')
    assert text_of(path) == (
        'Item: Rent; Amount: 950; Note: due monthly, "at noon"\nItem: Heat; Amount: 120; Note: a b" c"'
    )


def test_a_quotation_mark_that_never_closes_swallows_nothing(written: Callable[[str, str], Path]) -> None:
    """The rows below it are rows."""
    path = written("a.csv", 'Item,Amount,Note\nRent,950,"due\nHeat,120,monthly\nWater,30,yearly\n')
    assert text_of(path) == (
        "Item: Rent; Amount: 950; Note: due\nItem: Heat; Amount: 120; Note: monthly\n"
        "Item: Water; Amount: 30; Note: yearly"
    )


@needs_data
def test_odd_tables_are_read_as_a_person_reads_them() -> None:
    """Formulas are words; a field of three megabytes is one; a quotation mark left open costs no row."""
    edge = DATA / "odd" / "edge" / "csv"
    assert text_of(edge / "formula-injection.csv") == "name: cmd\nanna: =cmd|'/C calc'!A0\nbo: @SUM(1+1)"
    assert text_of(edge / "semicolon-latin1.csv") == "navn: Søren; beløb: 1.234,50\nnavn: Åse; beløb: 99,00"
    assert len(text_of(edge / "field-3MB.csv")) > 2_999_000
    assert len(opened(edge / "unclosed-quote.csv")[1].blocks) == 599


def test_a_table_of_many_rows_takes_memory_in_proportion(written: Callable[[str, str], Path]) -> None:
    """Less than twelve times its bytes, all that is made of it included."""
    rows = "".join(f"Thing {row},{row % 1000},2024-03-01,paid by card\n" for row in range(40_000))
    path = written("rows.csv", "Item,Amount,Due,Note\n" + rows)
    tracemalloc.start()
    try:
        _, read = opened(path)
        _, most = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert len(read.blocks) == 40_000
    assert most < 12 * path.stat().st_size


# JSON


def test_json_reads_like_a_document(written: Callable[[str, str], Path]) -> None:
    """Members are lines, what is nested stands under its key, like objects are rows, and figures stay as typed."""
    path = written(
        "house.json",
        '{"name": "Mill Lane", "area": 120.50, "owner": {"first": "Ada"}, "gone": null, "tags": ["old", "dry"],'
        '"costs": [{"item": "Rent", "amount": 950, "per": {"unit": "month"}}, {"item": "Heat", "amount": 1e2}],'
        '"table": [["Item", "Amount"], ["Rent", 950]], "sold": false}',
    )
    _, read = opened(path)
    assert read.page.text == (
        "name: Mill Lane\narea: 120.50\ntags: old, dry\nsold: false\n\nowner\n\nfirst: Ada\n\ncosts\n\n"
        "item: Rent; amount: 950; per unit: month\nitem: Heat; amount: 1e2\n\ntable\n\nItem: Rent; Amount: 950"
    )
    assert found(read, BlockKind.ROW)[:2] == [
        ("item: Rent; amount: 950; per unit: month", ("costs",), 1),
        ("item: Heat; amount: 1e2", ("costs",), 2),
    ]


def test_long_records_have_paragraphs_under_their_names(written: Callable[[str, str], Path]) -> None:
    """A list of articles is no table."""
    body = "Quiet after ten. " * 40
    path = written(
        "rules.json", json.dumps([{"title": "Noise", "by": "Ada", "body": f"{body}\n\n{body}"}, {"by": "Bo"}])
    )
    _, read = opened(path)
    paragraphs = found(read, BlockKind.PARAGRAPH)
    assert [headings for _, headings, _ in paragraphs] == [("Noise",)] * 3
    assert paragraphs[0][0] == "title: Noise\nby: Ada"
    assert found(read, BlockKind.ROW) == [("by: Bo", (), 2)]


def test_json_lines_are_rows_with_the_numbers_of_their_lines(written: Callable[[str, str], Path]) -> None:
    """One that is no JSON stays as typed; several values without lines are a list too."""
    good = '{"sku": "A", "price": 12.50}\n'
    _, read = opened(written("a.ndjson", good + "\n" + good * 20 + "oops\n"))
    rows = found(read, BlockKind.ROW)
    assert rows[0] == ("sku: A; price: 12.50", (), 1)
    assert rows[1] == ("sku: A; price: 12.50", (), 3)
    assert rows[-1] == ("oops", (), 23)
    assert text_of(written("b.json", '{"a": 1}{"a":\n2}')) == "a: 1\na: 2"


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ('{"a": 1, "a": 2, "n": NaN, "big": 1e999}', "a: 1\na: 2\nn: NaN\nbig: 1e999"),
        ('{"n": ' + "9" * 10_000 + "}", "n\n\n" + "9" * 10_000),
        (r'{"s": "\ud800x\u0000y"}', "s: xy"),
        ('{"a": 1, // a comment\n}', '{"a": 1, // a comment\n}'),
        ("[" * 100_000 + "]" * 100_000, "[" * 100_000 + "]" * 100_000),
        ('{"a":' * 900 + "5" + "}" * 900, "\n\n".join(["a"] * 899) + "\n\na: 5"),
        ('[[{"a": 1}], [[{"b": [1, [{"c": [true]}]]}]]]', "1\n\na: 1\n\n2\n\n1\n\nb: 1, c, true"),
    ],
)
def test_odd_json_is_read_all_the_same(text: str, shown: str, written: Callable[[str, str], Path]) -> None:
    """Keys twice, figures beyond any computer, nesting beyond reason, and what is no JSON: text at the worst."""
    assert text_of(written("odd.json", text)) == shown


@pytest.mark.parametrize("text", ["null", "[]", "{}", '{"a": [{}, null, ""]}'])
def test_json_without_a_value_has_nothing_to_read(text: str, written: Callable[[str, str], Path]) -> None:
    """Brackets are no text."""
    with pytest.raises(NothingToRead):
        text_of(written("empty.json", text))


def test_more_json_or_xml_than_memory_can_hold_is_refused(
    written: Callable[[str, str], Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A tree takes ten times the bytes of its file, so that its size is looked at first."""
    monkeypatch.setattr(json_data, "_LARGEST", 10)
    monkeypatch.setattr(xml_data, "_LARGEST", 10)
    for name, text in (("a.json", '{"a": "long enough"}'), ("a.xml", "<a>long enough</a>")):
        with pytest.raises(FileTooLarge):
            text_of(written(name, text))


# XML


def test_xml_data_are_lines_and_rows(written: Callable[[str, str], Path]) -> None:
    """Names are said where they tell something, and what repeats is a table with its row numbers."""
    _, read = opened(
        written(
            "orders.xml",
            '<?xml version="1.0"?><shop xmlns="urn:x"><shopOwner>Ada</shopOwner><orders>'
            '<order id="7"><item>Rent</item><price currency="EUR">950</price><to><city>Ulm</city></to></order>'
            '<order id="8"><item>Heat</item><price currency="EUR">120</price></order></orders>'
            '<note>It is <b>all</b> paid by the end of the month.</note><size w="2" class="x"/></shop>',
        )
    )
    assert read.page.text == (
        "shop\n\nshop Owner: Ada\n\norders\n\nid: 7; item: Rent; price: 950 (currency: EUR); to city: Ulm\n"
        "id: 8; item: Heat; price: 120 (currency: EUR)\n\nIt is all paid by the end of the month.\n\nsize: w: 2"
    )
    assert [(headings, row) for _, headings, row in found(read, BlockKind.ROW)] == [
        (("shop", "orders"), 1),
        (("shop", "orders"), 2),
    ]
    assert [headings for _, headings, _ in found(read, BlockKind.PARAGRAPH)] == [("shop",)] * 3


def test_titles_in_xml_are_headings(written: Callable[[str, str], Path]) -> None:
    """A feed's entries and a book's chapters stand under their own names."""
    story = "The tenants of the mill were asked to be quiet after ten. " * 8
    reading, read = opened(
        written(
            "feed.xml",
            "<rss><channel><title>House news</title>"
            f"<item><title>Noise</title><description>{story}</description></item>"
            f"<item><title>Roof</title><description>{story}</description></item></channel></rss>",
        )
    )
    assert reading.title == "House news"
    assert [headings for _, headings, _ in found(read, BlockKind.PARAGRAPH)] == [
        ("House news", "Noise"),
        ("House news", "Roof"),
    ]


DTD = '<?xml version="1.0"?><!DOCTYPE r [{}]>{}'
LAUGHS = '<!ENTITY a "ha">' + "".join(f'<!ENTITY {chr(98 + i)} "{f"&{chr(97 + i)};" * 10}">' for i in range(9))


@pytest.mark.parametrize(
    ("entities", "body"),
    [
        (LAUGHS, "<r>&j;</r>"),
        (LAUGHS, '<r x="&j;">text</r>'),
        (f'<!ENTITY a "{"x" * 50_000}">', f"<r>{'&a;' * 20_000}</r>"),
        (f'<!ENTITY a "{"x" * 900}">', f"<r>{'&a;' * 20_000}</r>"),
        ('<!ENTITY a "&#60;b>bold&#60;/b>">', "<r>&a;</r>"),
    ],
)
def test_entities_that_grow_are_refused_in_little_memory(
    entities: str, body: str, written: Callable[[str, str], Path]
) -> None:
    """A kilobyte that would be a gigabyte, in words, in an attribute, or by repetition."""
    path = written("bomb.xml", DTD.format(entities, body))
    tracemalloc.start()
    try:
        with pytest.raises(DamagedFile):
            text_of(path)
        _, most = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert most < 20_000_000


@needs_data
@pytest.mark.parametrize("name", ["billion-laughs.xml", "quadratic-blowup.xml"])
def test_known_xml_bombs_are_refused(name: str) -> None:
    """As damaged: nobody wrote them to be read."""
    with pytest.raises(DamagedFile):
        text_of(DATA / "odd" / "edge" / "xml" / name)


def test_entities_of_plain_words_are_put_in_and_those_of_other_files_left_out(
    written: Callable[[str, str], Path], tmp_path: Path
) -> None:
    """No file but the one that was added is read, and no address is asked."""
    secret = written("secret.txt", "SECRET")
    entities = f'<!ENTITY co "ACME Ltd"><!ENTITY x SYSTEM "{secret.as_uri()}">'
    path = written("a.xml", DTD.format(entities, "<r><by>Hello &x; from &co;</by><to>&co;, <b>Ulm</b> &co;</to></r>"))
    assert text_of(path) == "r\n\nby: Hello from ACME Ltd\nto: ACME Ltd, Ulm ACME Ltd"
    path = written("b.xml", f'<!DOCTYPE r SYSTEM "http://127.0.0.1:9/r.dtd"><r><a>{tmp_path.name}</a></r>')
    assert text_of(path) == f"r\n\na: {tmp_path.name}"


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("<a><b>open", "<a><b>open"),
        ("<a>" * 100_000 + "bottom" + "</a>" * 100_000, "<a>" * 100_000 + "bottom" + "</a>" * 100_000),
        ("<a><b>one&#7;two</b></a>", "a\n\nb: onetwo"),
        ('<?xml version="1.0" encoding="utf-8"?><a><b>Gr\udcfc\udcdfe</b></a>', "a\n\nb: Grüße"),
        ("<html><body><h1>Rules</h1><p>Quiet.<br></body></html>", "Rules\n\nQuiet."),
    ],
)
def test_xml_that_is_not_quite_xml_is_read(text: str, shown: str, tmp_path: Path) -> None:
    """Broken or nested without end, it is text; with a wrong word about its encoding or as a web page, what it is."""
    path = tmp_path / "odd.xml"
    path.write_bytes(text.encode("utf-8", "surrogateescape"))
    assert text_of(path) == shown


def test_a_drawing_is_read_by_its_words(written: Callable[[str, str], Path]) -> None:
    """Its title, its description and its labels; a drawing without words says so."""
    words = "<title>Plan of the mill</title><desc>Ground floor</desc><g><text>Kit<tspan>chen</tspan></text></g>"
    begin = '<?xml version="1.0"?><!DOCTYPE svg PUBLIC "-//W3C//DTD SVG 1.1//EN" "http://127.0.0.1:9/svg11.dtd">'
    path = written("plan.svg", f'{begin}<svg xmlns="http://www.w3.org/2000/svg">{words}<path d="M0 0"/></svg>')
    reading, read = opened(path)
    assert (reading.title, read.page.text) == ("Plan of the mill", "Plan of the mill\n\nGround floor\n\nKitchen")
    with pytest.raises(NothingToRead):
        text_of(written("empty.svg", '<svg xmlns="http://www.w3.org/2000/svg"><path d="M0 0"/></svg>'))


# files of lines


def test_code_stays_as_typed_and_has_no_headings(written: Callable[[str, str], Path]) -> None:
    """Indentation and all; stretches end at blank lines, or after a few lines where there are none."""
    code = "# CONSTANTS\nA = 1\n\n\ndef f():\n    return A\n" + "".join(f"x{i} = {i}\n" for i in range(20))
    _, read = opened(written("a.py", code))
    assert read.page.text == code
    assert {block.kind for block in read.blocks} == {BlockKind.PARAGRAPH}
    stretches = [read.page.text[block.start : block.end] for block in read.blocks]
    assert stretches[:2] == [
        "# CONSTANTS\nA = 1",
        "def f():\n    return A\n" + "\n".join(f"x{i} = {i}" for i in range(6)),
    ]
    assert max(stretch.count("\n") for stretch in stretches) < 8


@pytest.mark.parametrize(
    ("name", "text", "paths"),
    [
        ("a.tex", "\\section{Rent}\\label{r}\nIt is 950.\n\\subsection*{Due}\nMonthly.", [("Rent",), ("Rent", "Due")]),
        ("a.rst", "Rent\n====\n\nIt is 950.\n\nDue\n---\n\nMonthly.", [("Rent",), ("Rent", "Due")]),
        ("a.org", "* Rent\nIt is 950.\n** Due\nMonthly.", [("Rent",), ("Rent", "Due")]),
        ("a.adoc", "= Rent\n\nIt is 950.\n\n== Due\n\nMonthly.", [("Rent",), ("Rent", "Due")]),
        ("a.toml", "[rent]\namount = 950\n\n[[rent.due]]\nday = 1", [("rent",), ("rent.due",)]),
        ("a.yaml", "rent:\n  amount: 950\n\ndue: 1", [(), ()]),
    ],
)
def test_markup_has_its_headings(
    name: str, text: str, paths: list[tuple[str, ...]], written: Callable[[str, str], Path]
) -> None:
    """Where lines are nothing but headings, what follows stands under them; the text stays as typed."""
    _, read = opened(written(name, text))
    assert read.page.text == text
    under = [headings for words, headings, _ in found(read, BlockKind.PARAGRAPH) if not words.startswith(("==", "--"))]
    assert under == paths


def test_a_paper_is_called_by_its_title(written: Callable[[str, str], Path]) -> None:
    """Without the commands in it."""
    reading, _ = opened(written("13.tex", "\\title{Noise vs.\\ Quiet}\n\\begin{document}"))
    assert reading.title == "Noise vs. Quiet"
