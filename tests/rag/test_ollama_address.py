"""Every form of an address that Ollama's own setting takes means here what it means there."""

from __future__ import annotations

import pytest
from langchain_ollama._utils import parse_url_with_auth

from rag.errors import ServerAbsent
from rag.ollama_address import normalise_address

FORMS = [
    ("", "http://127.0.0.1:11434"),
    ("1.2.3.4", "http://1.2.3.4:11434"),
    ("example.com", "http://example.com:11434"),
    ("gpubox", "http://gpubox:11434"),
    (":5678", "http://127.0.0.1:5678"),
    ("http://h", "http://h:80"),
    ("https://h", "https://h:443"),
    ("h:5678/path", "http://h:5678/path"),
    ("h:5678/path/", "http://h:5678/path"),
    ("[::1]", "http://[::1]:11434"),
    ("[::1]:5678", "http://[::1]:5678"),
    ('"h:1"', "http://h:1"),
    (" h ", "http://h:11434"),
    ("h:bad", "http://h:11434"),
    ("h:99999", "http://h:11434"),
    ("0.0.0.0", "http://127.0.0.1:11434"),  # noqa: S104  (read, not bound)
    ("0.0.0.0:8080", "http://127.0.0.1:8080"),
    ("::", "http://[::1]:11434"),
    ("[::]:80", "http://[::1]:80"),
    ("http://localhost:11434/", "http://127.0.0.1:11434"),
    ("HTTP://Box:8", "http://Box:8"),
]


@pytest.mark.parametrize(("text", "address"), FORMS)
def test_an_address_is_read_as_ollama_reads_it(text: str, address: str) -> None:
    assert normalise_address(text) == address
    assert normalise_address(address) == address


@pytest.mark.parametrize(("_", "address"), FORMS)
def test_langchain_does_not_replace_an_address_by_its_default(_: str, address: str) -> None:
    assert parse_url_with_auth(address) == (address, None)


@pytest.mark.parametrize("text", ["my box", "http://[bad", "user:secret@host:1", "x" * 300, "a..b"])
def test_what_cannot_be_an_address_is_refused_where_it_is_typed(text: str) -> None:
    with pytest.raises(ServerAbsent):
        normalise_address(text)
