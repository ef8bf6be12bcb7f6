"""The double is only worth something while it does what the real server does."""

from __future__ import annotations

import subprocess
import sys
import time
from pathlib import Path

import httpx
import pytest

from tests.doubles.models import FakeModel
from tests.doubles.ollama import OllamaDouble
from tests.doubles.script import Done, Say, Wait
from tests.doubles.window import Overflow, fit

MODEL = "granite4.1:3b"


def ask(double: OllamaDouble, **body: object) -> httpx.Response:
    messages = [{"role": "user", "content": "Hello"}]
    return httpx.post(f"{double.url}/api/chat", json={"model": MODEL, "messages": messages} | body, trust_env=False)


def long_prompt(words: int) -> list[dict[str, str]]:
    return [{"role": "system", "content": "rules"}, {"role": "user", "content": "word " * words}]


@pytest.mark.parametrize(("num_ctx", "kept"), [(4096, 2050), (8192, 4098), (16384, 8194)])
def test_a_rendered_prompt_is_cut_to_the_sizes_the_server_cuts_to(num_ctx: int, kept: int) -> None:
    seen = fit(long_prompt(20_000), num_ctx, rendered=True, truncate=True, shift=True)
    assert seen.tokens == kept


@pytest.mark.parametrize(
    ("rendered", "truncate", "shift"),
    [(True, True, False), (True, False, True), (False, True, True), (False, False, False)],
)
def test_everything_else_refuses_a_prompt_that_is_too_long(*, rendered: bool, truncate: bool, shift: bool) -> None:
    with pytest.raises(Overflow, match="context"):
        fit(long_prompt(20_000), 4096, rendered=rendered, truncate=truncate, shift=shift)


def test_whole_messages_go_first_and_the_rules_and_the_question_stay() -> None:
    turns = [{"role": "user", "content": "old " * 50}, {"role": "assistant", "content": "older " * 50}]
    messages = [{"role": "system", "content": "rules"}, *turns, {"role": "user", "content": "question"}]
    seen = fit(messages, 50, rendered=False, truncate=True, shift=True)
    assert seen.text == "rules\nquestion"


def test_nothing_is_sent_before_the_first_word() -> None:
    with OllamaDouble() as double:
        double.script(Wait(0.3), Say("Hello"), Done())
        began = time.monotonic()
        with httpx.stream("POST", f"{double.url}/api/chat", json={"model": MODEL, "messages": []}, trust_env=False):
            assert time.monotonic() - began >= 0.3


def test_other_load_time_settings_load_the_model_again_and_others_do_not() -> None:
    with OllamaDouble() as double:
        ask(double, options={"num_ctx": 4096})
        ask(double, options={"num_ctx": 4096, "num_predict": 5, "temperature": 0.5})
        assert double.loads == 1
        ask(double, options={"num_ctx": 8192})
        ask(double, options={"num_ctx": 8192}, shift=False)
        assert double.loads == 3


def test_a_thinking_model_thinks_unless_told_not_to() -> None:
    with OllamaDouble(models=[FakeModel(MODEL, capabilities=("completion", "thinking"))]) as double:
        assert "thinking" in ask(double).text
        assert "thinking" not in ask(double, think=False).text


@pytest.mark.parametrize(
    ("body", "status", "error"),
    [
        ({"options": {"num_ctx": "big"}}, 500, "must be of type integer"),
        ({"keep_alive": "soon"}, 400, "invalid duration"),
        ({"think": True}, 400, "does not support thinking"),
        ({"model": "none"}, 404, "not found"),
    ],
)
def test_a_bad_request_is_refused_as_the_server_refuses_it(body: dict[str, object], status: int, error: str) -> None:
    with OllamaDouble() as double:
        response = ask(double, **body)
    assert response.status_code == status
    assert error in response.json()["error"]


def test_unknown_options_and_paths() -> None:
    with OllamaDouble() as double:
        assert ask(double, options={"num_ctxx": 1}).status_code == httpx.codes.OK
        elsewhere = httpx.get(f"{double.url}/api/nothing", trust_env=False)
    assert (elsewhere.status_code, elsewhere.text) == (404, "404 page not found")


def test_it_answers_from_the_passages_with_their_markers() -> None:
    prompt = "Passages:\n\n[1] Lease.pdf\nSixty days. More.\n\n[2] Rules.pdf\nNo pets.\n\nQuestion: How long?"
    with OllamaDouble() as double:
        text = ask(double, messages=[{"role": "user", "content": prompt}]).text
    assert [marker in text for marker in ("[1]", "[2]")] == [True, True]


def test_it_runs_as_a_program() -> None:
    repository = Path(__file__).resolve().parents[2]
    program = [sys.executable, "-m", "tests.doubles.ollama", "--port", "0", "--model", MODEL]
    with subprocess.Popen(program, cwd=repository, stdout=subprocess.PIPE, text=True) as running:
        assert running.stdout is not None
        url = running.stdout.readline().strip()
        models = httpx.get(f"{url}/api/tags", trust_env=False).json()["models"]
        running.terminate()
    assert [model["name"] for model in models] == [MODEL]
