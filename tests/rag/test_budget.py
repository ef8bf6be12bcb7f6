"""A prompt fits its window by the program's own count, and a cut one is noticed."""

from __future__ import annotations

import pytest

from rag.budget import Window, estimate_tokens, pack, saw_everything
from rag.prompt import _RULES
from rag.tokens import MiniLMTokenizer
from tests.doubles.window import fit

WINDOW = Window(num_ctx=2048, num_predict=256)
PASSAGE = "The notice period is sixty days and must be given in writing. " * 10
"""620 characters: 207 tokens by the estimate."""
CONTRACT = (
    "Notwithstanding anything to the contrary contained in this agreement, the tenant shall immediately notify the "
    "landlord in writing of any material damage to the premises, and shall reasonably cooperate with any investigation "
    "undertaken by the insurance company. Responsibility for consequential damage remains with the responsible party."
)

TEXTS = [
    "The tenant shall give sixty days' written notice before leaving the premises.",
    "Der Mieter hat eine Kündigungsfrist von sechzig Tagen einzuhalten, Donaudampfschifffahrtsgesellschaft.",
    "Die Kaution beträgt 1.850,00 €; fällig am 01.03.2024 (Konto DE89 3704 0044 0532 0130 00).",
    "2019 4,200 5,125 6,017 | 2020 4,411 5,530 6,318 | 2021 4,890 5,987 6,754",
]


@pytest.mark.parametrize("text", TEXTS)
def test_the_estimate_is_on_the_safe_side(text: str) -> None:
    """A tokenizer with a small vocabulary, which splits more than those of today's models, counts fewer."""
    assert estimate_tokens(text) >= 0.9 * len(MiniLMTokenizer.load().spans(text))


def test_dense_writing_counts_for_more() -> None:
    assert estimate_tokens("a" * 300) == 100
    assert estimate_tokens("租" * 130) == 100
    assert estimate_tokens("7" * 130) == 100
    assert estimate_tokens("") == 0


def test_everything_goes_in_where_there_is_room() -> None:
    packed = pack(["rules", "question"], [PASSAGE] * 3, ["turn"] * 2, WINDOW)
    assert (packed.passages, packed.turns) == (3, 2)
    assert packed.tokens + WINDOW.num_predict <= WINDOW.num_ctx


def test_the_worst_passages_are_left_out_first() -> None:
    packed = pack(["rules"], [PASSAGE] * 20, [], WINDOW)
    assert 6 <= packed.passages < 20
    assert packed.tokens + WINDOW.num_predict <= WINDOW.num_ctx
    assert packed.tokens + WINDOW.num_predict + estimate_tokens(PASSAGE) > WINDOW.num_ctx


def test_the_oldest_turns_are_left_out_first_and_never_crowd_out_the_passages() -> None:
    packed = pack(["rules"], [PASSAGE] * 20, [PASSAGE] * 20, WINDOW)
    assert packed.turns == 2
    assert packed.passages >= 4
    latest_is_short = pack(["rules"], [], [PASSAGE] * 20 + ["short"], WINDOW)
    assert latest_is_short.turns == 3


def test_a_question_as_long_as_the_window_leaves_no_room() -> None:
    assert pack(["x" * 9000], [PASSAGE], ["turn"], WINDOW).passages == 0


def test_a_prompt_that_was_read_whole_raises_no_alarm() -> None:
    packed = pack(["rules"], [PASSAGE] * 5, [], WINDOW)
    assert saw_everything(int(packed.tokens * 0.7), WINDOW.num_ctx, packed.at_least)
    assert saw_everything(None, WINDOW.num_ctx, packed.at_least)


@pytest.mark.parametrize("num_ctx", [4096, 8192, 16384])
@pytest.mark.parametrize("bos", [0, 1])
def test_every_size_that_a_server_cuts_to_raises_one(num_ctx: int, bos: int) -> None:
    kept = num_ctx - (num_ctx - 4 - bos) // 2
    for count in (kept, num_ctx - 1, num_ctx):
        assert not saw_everything(count, num_ctx, at_least=0)


def test_a_count_far_below_the_estimate_raises_one() -> None:
    """F10: whole messages dropped without a word."""
    packed = pack(["rules"], [PASSAGE] * 5, [], WINDOW)
    assert not saw_everything(packed.at_least - 1, WINDOW.num_ctx, packed.at_least)


def test_long_words_raise_no_alarm() -> None:
    """They are one token each: read whole, a contract comes to less than 60 % of the estimate."""
    packed = pack([_RULES], [CONTRACT] * 6, [], WINDOW)
    assert packed.passages == 6
    tokens = sum(len(MiniLMTokenizer.load().spans(text)) for text in [_RULES, *[CONTRACT] * 6])
    letters = len(_RULES) + 6 * len(CONTRACT)
    assert tokens < 0.6 * letters / 3
    assert saw_everything(tokens, WINDOW.num_ctx, packed.at_least)


def test_what_the_double_cuts_is_noticed() -> None:
    """F09 against the server's arithmetic: the instructions are gone, the status is 200, the count tells."""
    messages = [{"role": "system", "content": "rules"}, {"role": "user", "content": "word " * 6000}]
    seen = fit(messages, 4096, rendered=True, truncate=True, shift=True)
    assert seen.tokens == 2050
    assert not saw_everything(seen.tokens, 4096, at_least=0)
