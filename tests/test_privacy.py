"""Nothing leaves this computer: the whole way of a newcomer works with loopback alone, and tries nothing else.

In a network of its own (Linux, where user namespaces are allowed) the kernel counts every attempt to leave, from native
code too. Elsewhere only Python's own sockets are watched, in the program and in every process it starts.
"""

from __future__ import annotations

import ipaddress
from typing import Any

import pytest


@pytest.fixture
def alone(journey: dict[str, Any]) -> dict[str, Any]:
    """Take the journey's report, where it was made in a network of its own."""
    if not journey["own_network"]:
        pytest.skip("needs a network namespace: unshare -rn is missing or not allowed here")
    return journey


def _of(journey: dict[str, Any], command: str) -> list[dict[str, Any]]:
    return [done for done in journey["done"] if done["command"].startswith(command)]


def test_documents_are_read_and_found_without_a_network(journey: dict[str, Any]) -> None:
    """All three samples are added, and the first hit is the clause that answers."""
    (added,) = _of(journey, "add")
    searched, _planned = _of(journey, "search")
    best = searched["rows"][0]["hits"][0]
    assert [row["status"] for row in added["rows"][:-1]] == ["added"] * 3
    assert (best["document"], best["page"]) == ("Lease agreement.pdf", 3)
    assert "two calendar months" in " ".join(best["text"].split())


def test_answers_are_written_without_a_network(journey: dict[str, Any]) -> None:
    """The model on this computer writes them; for what is not in the documents it is not even asked."""
    (asked,) = _of(journey, "ask")
    assert [row["outcome"] for row in asked["rows"]] == ["answered"] * 4 + ["abstained"]
    assert all(row["citations"] for row in asked["rows"][:4])
    assert journey["chats"] == 4


def test_the_page_is_served_without_a_network(journey: dict[str, Any]) -> None:
    """And tells the browser to load nothing from anywhere else."""
    directives = {line.split()[0]: line.split()[1:] for line in journey["page"]["policy"].split(";") if line.strip()}
    assert journey["page"]["status"] == 200
    assert directives["default-src"] == ["'self'"]
    assert not [word for words in directives.values() for word in words if "//" in word or word == "*"]


def test_the_page_reads_and_answers_without_a_network(journey: dict[str, Any]) -> None:
    """A file that is handed over is listed, and the answer is shown with the words it rests on and its sources."""
    visit = journey["visit"]
    assert visit["listed"]
    assert "two calendar months’ written notice" in visit["shown"]
    assert "Source 1: Lease agreement.pdf, p. 3" in visit["shown"]
    assert journey["chats_of_visit"] == 1


def test_the_kernel_saw_nothing_try_to_leave(alone: dict[str, Any]) -> None:
    """Its counter stands still over the whole way, the page's own too, and moves for a single call that does leave."""
    assert alone["attempts"] == 0
    assert alone["control"] == 1


def test_no_process_reached_for_anything_but_loopback(journey: dict[str, Any]) -> None:
    """Neither by address nor by name; the local server and the page are what they did reach."""
    assert "127.0.0.1" in journey["reached"]
    assert [host for host in journey["reached"] if not _stays_here(host)] == []


def test_no_library_leaves_an_identifier_behind(journey: dict[str, Any]) -> None:
    """ONNX Runtime, for one, keeps a device's id and its unsent events in the user's cache unless it is told not to."""
    assert journey["left_in_cache"] == []


def _stays_here(host: str) -> bool:
    if host in {"None", "", "localhost"}:
        return True
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        return False
    return address.is_loopback or address.is_unspecified
