"""Whatever a careless environment asks for, no library is left with leave to call home."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

from app import OFFLINE, go_offline, use_one_thread

SPELLINGS = ("LANGCHAIN_TRACING", "LANGCHAIN_TRACING_V2", "LANGSMITH_TRACING", "LANGSMITH_TRACING_V2")
ASKED = "import os, app; app.go_offline(os.environ); from langsmith import utils; print(utils.tracing_is_enabled())"


@pytest.mark.parametrize("name", SPELLINGS)
def test_langsmith_traces_nothing_however_it_is_asked_to(name: str) -> None:
    """Its own word for it, in a process of its own: every question and passage would be sent."""
    environment = os.environ | {name: "true", "LANGSMITH_API_KEY": "none"}
    asked = subprocess.run([sys.executable, "-c", ASKED], env=environment, capture_output=True, text=True, check=True)
    assert asked.stdout.strip() == "False"


def test_keys_and_addresses_of_services_elsewhere_are_taken_away() -> None:
    """In small letters too, which Windows does not tell from capitals; what is none of ours stays."""
    environment = {"LANGSMITH_ENDPOINT": "https://a.example", "langchain_api_key": "k", "GRADIO_SHARE": "1"}
    environment["HOME"] = "/"
    go_offline(environment)
    assert environment == {**OFFLINE, "HOME": "/"}


def test_numpy_computes_alone_unless_it_was_told_otherwise() -> None:
    told, asked = {"OPENBLAS_NUM_THREADS": "3"}, dict[str, str]()
    use_one_thread(told)
    use_one_thread(asked)
    assert told["OPENBLAS_NUM_THREADS"] == "3"
    assert asked["OPENBLAS_NUM_THREADS"] == asked["VECLIB_MAXIMUM_THREADS"] == "1"
