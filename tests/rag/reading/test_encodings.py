"""Text is read as it was written, whatever encoding it is in."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from rag.errors import DamagedFile, EmptyFile, NothingToRead, ReadError, UnknownEncoding
from rag.reading.encodings import decode
from tests.rag.reading.opened import DATA, needs_data, text_of

if TYPE_CHECKING:
    from pathlib import Path

EDGE: dict[str, str | type[ReadError]] = {
    "bom-utf8.txt": "name;value\na;1\nname;value\n",
    "combining-1000.txt": "e" + "\u0301" * 1000,
    "cp1252-quotes.txt": "“curly” – dash… €5 “curly” – dash… €5",
    "cr-only.txt": "line one\nline two\nline three\nline one\n",
    "emoji.txt": "👩\u200d👩\u200d👧\u200d👦🇩🇰 family and flag 👩",
    "latin1.txt": "Blåbærgrød på Ærø. Straße. Blåbærgrød",
    "mixed-utf8-latin1.txt": "Ærø utf8 Ærø latin Ærø utf8",
    "no-space-2MB.txt": "x" * 2_000_000,
    "nul-bytes.txt": NothingToRead,
    "only-newlines.txt": NothingToRead,
    "overlong-utf8.txt": "\ufffd\ufffd text \ufffd\ufffd text",
    "rtl-override.txt": "safegnp.exe text safegnp.exe text",
    "surrogates-cesu8.txt": "😀 cesu 😀 cesu",
    "text-with-nuls.txt": "alpha beta gamma alpha beta gamma",
    "thai-no-spaces.txt": "กรุงเทพมหานครเป็นเมืองหลวงกรุงเทพ",
    "utf16be-bom.txt": "Grüße aus Köln. Grüße aus Köln.",
    "utf16le-no-bom.txt": "Grüße aus Köln. Grüße aus Köln.",
    "utf32le-bom.txt": "Grüße. Grüße. Grüße.",
    "zero-byte.txt": EmptyFile,
}
OLD_FILES: dict[str, str] = {
    "CP932__www2.chuo-u.ac.jp-suishin.xml": "相手がまともに読めない字",
    "EUC-JP__tls.org.xml": "はかた号攻略日記",
    "EUC-KR__acnnewswire.net.xml": "이용 계약을 체결",
    "IBM866__forum.template-toolkit.ru.9.xml": "Язык программирования Perl",
    "KOI8-R__forum.template-toolkit.ru.1.xml": "Работа с Template Toolkit",
    "MacCyrillic__greek.ru.xml": "Почти все о греческом на русском",
    "SHIFT_JIS__amefoot.net.xml": "アメリカンフットボール商品紹介",
    "iso-2022-kr___ude_iso1.txt": "역사적 예수 연구자들은",
    "iso-8859-1___ude_6.txt": "Vielä ehdit perehtyä Sibeliuksen elämään",
    "iso-8859-5-bulgarian__ide.li.xml": "за българите по света",
    "iso-8859-7-greek___ude_1.txt": "Ένας διαδικτυακός μας φίλος",
    "utf-8___ude_5.txt": "仙人洞文化係話到萬年大源盆地",
    "windows-1250-hungarian__bbc.co.uk.hu.pressreview.xml": "Sajtószemle",
    "windows-1251-russian__forum.template-toolkit.ru.8.xml": "Библиотеки для работы с шаблонами",
}
LANGUAGES = {
    "German": ("Die Größe der Räume ist für die Höhe der Miete maßgeblich. ", ("cp1252", "cp850", "mac_roman")),
    "French": ("Le loyer est à payer à la date prévue; l'état a été dressé, ça va. ", ("cp1252", "mac_roman")),
    "Hungarian": ("A bérlő köteles a díjat az első napon fizetni, erről külső jegyző dönt. ", ("cp1250", "iso8859_2")),
    "Polish": ("Najemca jest zobowiązany do zapłaty czynszu do piątego, także w książce. ", ("cp1250", "iso8859_2")),
    "Czech": ("Nájemce platí nájemné vždy do pátého dne, výpověď běží; žluťoučký kůň šel. ", ("cp1250", "iso8859_2")),
    "Turkish": ("Kiracı her ayın ilk günü kirayı öder; sözleşme yazılı olmalı, güneşli şarkı. ", ("cp1254",)),
    "Icelandic": ("Leigjandi skal greiða leigu; uppsögn með þriggja mánaða fyrirvara, á við öll hús. ", ("cp1252",)),
    "Portuguese": ("O inquilino não faz alterações; as prestações e condições estão no anexo. ", ("cp1252",)),
    "Lithuanian": ("Nuomininkas moka nuomą kiekvieno mėnesio pradžioje; šis namas gražus ir žalias. ", ("cp1257",)),
    "Greek": ("Ο ενοικιαστής υποχρεούται να καταβάλλει το ενοίκιο κάθε μήνα. ", ("cp1253", "iso8859_7")),
    "Russian": (
        "Арендатор обязан вносить арендную плату ежемесячно. ",
        ("cp1251", "koi8_r", "cp866", "iso8859_5", "mac_cyrillic", "utf-16-le", "utf-16-be"),
    ),
    "Hebrew": ("השוכר מתחייב לשלם את דמי השכירות בכל חודש. ", ("cp1255",)),
    "Arabic": ("يلتزم المستأجر بدفع الإيجار في بداية كل شهر. ", ("cp1256", "iso8859_6")),
    "Thai": ("ผู้เช่าต้องชำระค่าเช่าทุกเดือนภายในวันที่ห้า ", ("cp874",)),
    "Japanese": ("借主は毎月末日までに賃料を支払わなければならない。", ("cp932", "euc_jp", "iso2022_jp", "utf-16-le")),
    "Chinese": ("承租人应当按月支付租金。解除合同须提前三个月通知。", ("gb18030", "hz", "utf-32-le", "utf-32-be")),
    "Taiwanese": ("承租人應當按月支付租金。解除合約須提前三個月通知。", ("big5",)),
    "Korean": ("임차인은 매월 말일까지 임대료를 지급하여야 한다. ", ("euc_kr", "iso2022_kr")),
}


@needs_data
@pytest.mark.parametrize("name", EDGE)
def test_every_odd_text_has_one_outcome(name: str) -> None:
    """Its first words exactly as they should be read, or the error that says what it is; nothing is mojibake."""
    path = DATA / "odd" / "edge" / "txt" / name
    expected = EDGE[name]
    if isinstance(expected, str):
        assert text_of(path).startswith(expected)
    else:
        with pytest.raises(ReadError) as caught:
            text_of(path)
        assert type(caught.value) is expected


@needs_data
def test_no_odd_text_is_without_an_expected_outcome() -> None:
    """Whoever adds one says what should come of it."""
    assert {path.name for path in (DATA / "odd" / "edge" / "txt").iterdir()} == set(EDGE)


@needs_data
@pytest.mark.parametrize("name", OLD_FILES)
def test_files_of_the_old_web_are_read_in_their_encoding(name: str) -> None:
    """Most say what it is; those that do not are recognised."""
    data = (DATA / "odd" / "txt" / "chardet" / name).read_bytes()
    assert OLD_FILES[name] in decode(data, name)


@needs_data
def test_an_encoding_that_nobody_knows_is_said_to_be_one() -> None:
    """Wrong letters would be found by no question and trusted by nobody."""
    data = (DATA / "odd" / "txt" / "chardet" / "EUC-TW___ude_euc-tw1.txt").read_bytes()
    with pytest.raises(UnknownEncoding):
        decode(data, "old.txt")


@pytest.mark.parametrize(("language", "encoding"), [(name, each) for name, (_, of) in LANGUAGES.items() for each in of])
@pytest.mark.parametrize("times", [2, 20])
def test_every_language_is_read_in_its_encodings(language: str, encoding: str, times: int) -> None:
    """A few sentences are enough to tell, and no byte is taken for another letter."""
    text = LANGUAGES[language][0] * times
    assert decode(text.encode(encoding), "old.txt").strip() == text.strip()


@pytest.mark.parametrize(
    ("data", "text"),
    [
        ("Grüße, ".encode() * 9 + "Größe".encode("cp1252"), "Grüße, " * 9 + "Größe"),
        (b"a" * 70_000 + " Köln".encode("cp1252"), "a" * 70_000 + " Köln"),
        ("Grüße aus Köln".encode()[:-1] + "ö".encode()[:1], "Grüße aus Köl\ufffd"),
        (b"# coding: iso-8859-2\n# P\xf8\xedli\xb9", "# coding: iso-8859-2\n# Příliš"),
        (b"charset=nonsense \xe9t\xe9", "charset=nonsense été"),
        (b"\x1b[31mERROR\x1b[0m done", "ERROR done"),
        (b"one\0two\0\0three", "one two three"),
        ("Größe\0Höhe\0länge der räume".encode("cp1252"), "Größe Höhe länge der räume"),
        (b"price ~{tilde} 5", "price ~{tilde} 5"),
        ("abc \u202edef\u202c \u2066ghi\u2069".encode(), "abc def ghi"),
    ],
)
def test_what_is_nearly_an_encoding_is_mended(data: bytes, text: str) -> None:
    """Two encodings in one file, a last character cut off, a wrong word about itself, colours of a terminal."""
    assert decode(data, "odd.txt") == text


def test_a_program_is_no_text(tmp_path: Path) -> None:
    """Whatever it is called."""
    path = tmp_path / "program.txt"
    path.write_bytes(bytes(range(1, 256)) * 40)
    with pytest.raises(DamagedFile):
        text_of(path)
