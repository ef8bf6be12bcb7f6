"""Who may speak to the page: the page itself, and nobody in its name."""

from __future__ import annotations

import base64
from typing import TYPE_CHECKING

import httpx
import pytest
from starlette.applications import Starlette
from starlette.responses import PlainTextResponse
from starlette.routing import Route

from tests.ui.fake_assistant import FakeAssistant
from tests.ui.tenancy import CHECK_IN, LEASE
from ui.security import Guard, is_loopback
from ui.server import served

if TYPE_CHECKING:
    from collections.abc import Iterator

    from starlette.requests import Request


async def _hello(_request: Request) -> PlainTextResponse:
    return PlainTextResponse("hello")


APP = Starlette(routes=[Route("/", _hello, methods=["GET", "POST"])])


async def _ask(guard: Guard, method: str = "GET", **headers: str) -> httpx.Response:
    transport = httpx.ASGITransport(app=guard)
    async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1:7860") as client:
        return await client.request(
            method, "/", headers={name.replace("_", "-"): value for name, value in headers.items()}
        )


def ask(guard: Guard, method: str = "GET", **headers: str) -> httpx.Response:
    import asyncio

    return asyncio.run(_ask(guard, method, **headers))


@pytest.mark.parametrize("host", ["127.0.0.1:7860", "localhost:7860", "[::1]:7860", "localhost"])
def test_the_page_answers_under_the_names_of_this_computer(host: str) -> None:
    assert ask(Guard(APP, host="127.0.0.1"), host=host).text == "hello"


@pytest.mark.parametrize(
    "host", ["evil.example", "evil.example:7860", "192.168.1.7:7860", "127.0.0.1.evil.example", "", "["]
)
def test_a_name_that_somebody_pointed_here_is_refused(host: str) -> None:
    assert ask(Guard(APP, host="127.0.0.1"), host=host).status_code == 421


def test_in_a_network_addresses_are_answered_and_foreign_names_are_not() -> None:
    guard = Guard(APP, host="0.0.0.0")  # noqa: S104  (nothing is bound here)
    assert ask(guard, host="192.168.1.7:7860").status_code == 200
    assert ask(guard, host="evil.example").status_code == 421


@pytest.mark.parametrize(
    ("origin", "status"),
    [
        ("http://127.0.0.1:7860", 200),
        ("http://127.0.0.1:9999", 403),
        ("https://evil.example", 403),
        ("null", 403),
    ],
)
def test_only_the_page_itself_may_change_anything(origin: str, status: int) -> None:
    assert ask(Guard(APP, host="127.0.0.1"), "POST", origin=origin).status_code == status


def test_a_browser_that_says_cross_site_is_believed() -> None:
    assert ask(Guard(APP, host="127.0.0.1"), "POST", sec_fetch_site="cross-site").status_code == 403


def test_a_program_without_an_origin_may_post() -> None:
    assert ask(Guard(APP, host="127.0.0.1"), "POST").status_code == 200


@pytest.mark.parametrize(
    ("given", "status"),
    [("anyone:correct horse", 200), ("anyone:wrong", 401), ("anyone:", 401), ("", 401)],
)
def test_with_a_password_nothing_is_given_without_it(given: str, status: int) -> None:
    guard = Guard(APP, host="127.0.0.1", password="correct horse")  # noqa: S106  (a test's own)
    headers = {"authorization": "Basic " + base64.b64encode(given.encode()).decode()} if given else {}
    assert ask(guard, **headers).status_code == status


def test_a_credential_that_is_no_text_is_refused() -> None:
    guard = Guard(APP, host="127.0.0.1", password="x")  # noqa: S106  (a test's own)
    for header in ("Basic !!!", "Basic /w==", "Bearer x", "Basic"):
        assert ask(guard, authorization=header).status_code == 401


def test_every_answer_tells_the_browser_what_the_page_may_do() -> None:
    headers = ask(Guard(APP, host="127.0.0.1")).headers
    assert "default-src 'self'" in headers["content-security-policy"]
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["referrer-policy"] == "no-referrer"


@pytest.mark.parametrize(
    ("host", "expected"),
    [("127.0.0.1", True), ("127.9.9.9", True), ("::1", True), ("localhost", True), ("0.0.0.0", False), ("a.b", False)],  # noqa: S104
)
def test_loopback_is_recognised(host: str, *, expected: bool) -> None:
    assert is_loopback(host) is expected


@pytest.fixture(scope="module")
def address() -> Iterator[str]:
    with served(FakeAssistant()) as address:
        yield address


def test_an_upload_from_another_page_is_refused(address: str) -> None:
    files = {"files": ("a.txt", b"x")}
    refused = httpx.post(f"{address}gradio_api/upload", files=files, headers={"Origin": "https://evil.example"})
    assert refused.status_code == 403


@pytest.mark.parametrize("path", ["docs", "openapi.json", "redoc", "gradio_api/docs"])
def test_there_is_no_programming_interface_to_read_about(address: str, path: str) -> None:
    assert httpx.get(f"{address}{path}").status_code == 404


def test_no_event_is_part_of_an_interface(address: str) -> None:
    info = httpx.get(f"{address}gradio_api/info").json()
    assert info == {"named_endpoints": {}, "unnamed_endpoints": {}}


def test_an_original_is_shown_only_where_that_is_harmless(address: str) -> None:
    shown = httpx.get(f"{address}originals/{LEASE.id}")
    assert shown.headers["content-type"] == "application/pdf"
    assert shown.headers["content-disposition"].startswith("inline")
    saved = httpx.get(f"{address}originals/{CHECK_IN.id}")
    assert saved.headers["content-disposition"].startswith("attachment")
    assert "default-src 'self'" in saved.headers["content-security-policy"]


@pytest.mark.parametrize("name", ["nothing", "..%2f..%2fetc%2fpasswd", "%00"])
def test_only_documents_of_the_library_are_given(address: str, name: str) -> None:
    assert httpx.get(f"{address}originals/{name}").status_code == 404
