"""Text that tells nothing is told from text, in any script."""

from __future__ import annotations

import pytest

from rag.usable_text import is_unusable


@pytest.mark.parametrize(
    "text",
    [
        "",
        " \r\n\t ",
        "\x04\x05\x06\x04 \x05\x06\x07",
        "\ue000\ue001\ue002\ue003 \uf0b7",
        "(cid:12)(cid:7)(cid:44) (cid:3)",
        "/g18/g152/g3 /g77",
        "\ufffd\ufffd\ufffd a",
        "0SVIQ\x04MTWYQ\r\nHSPSV\x04WMX\x04EQIX",
    ],
)
def test_rubbish_is_of_no_use(text: str) -> None:
    """Nothing at all, control characters, private signs, names of glyphs."""
    assert is_unusable(text)


@pytest.mark.parametrize(
    "text",
    [
        "7",
        "The rent is 950 euros.\r\n\uf0b7 due on the third\r\n\uf0b7 paid by transfer",
        "com\ufffepile the pro\ufffegram",
        "家賃は月額九万五千円です。",
        "الإيجار الشهري ٩٥٠ يورو",
        "∑ ∫ √ ≤ ≥ ∂",
        "See (cid:3) and/or c1 of the annex for what else there is to say.",
        "👍🏽 fine",
    ],
)
def test_text_is_of_use(text: str) -> None:
    """However short, with odd bullets, in scripts and signs of all sorts."""
    assert not is_unusable(text)
