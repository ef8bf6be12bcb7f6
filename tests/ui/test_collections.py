"""Collections on the page, without a browser: what each click comes to, and what the panes then show."""

from __future__ import annotations

import asyncio
from html import unescape
from typing import TYPE_CHECKING, Any

from tests.ui.fake_assistant import FakeAssistant
from tests.ui.tenancy import CHECK_IN, LEASE, UTILITIES
from ui.actions import act
from ui.desk import Desk
from ui.painting import paint
from ui.session import Arranging, Session

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable
    from pathlib import Path

HOSTILE = "\"><img src=x onerror=alert(1)>'&"


class _Visit:
    """One tab over a scripted assistant."""

    def __init__(self) -> None:
        self.assistant = FakeAssistant()
        self.desk = Desk(self.assistant)
        self.session = Session()

    async def act(self, action: str, **fields: str) -> None:
        await act(self.desk, self.session, {"action": action, **fields})

    async def pane(self, name: str = "library") -> str:
        return str((await paint(self.desk, self.session))[name])

    async def make(self, name: str = "House move", *documents: str) -> str:
        """Make a collection of documents, and go on looking at the whole library; return its id."""
        await self.act("collection-create", name=name)
        made = self.session.collection
        assert made is not None
        for document in documents:
            await self.act("move", document=document, to=made)
        await self.act("collection", value="")
        return made


def _visit(test: Callable[[_Visit], Awaitable[None]]) -> None:
    async def run() -> None:
        visit = _Visit()
        await visit.act("load")
        await test(visit)

    asyncio.run(asyncio.wait_for(run(), 60))


def test_a_new_collection_is_looked_at_and_says_how_to_fill_it() -> None:
    async def test(visit: _Visit) -> None:
        await visit.act("arrange", what="create")
        assert 'data-action="collection-create"' in await visit.pane()
        await visit.act("collection-create", name="House move")
        pane = await visit.pane()
        assert "selected>House move</option>" in pane
        assert "No document is in this collection yet" in pane
        assert "0 docs" in pane
        assert "<form" not in pane

    _visit(test)


def test_only_the_documents_of_the_collection_are_listed_counted_and_searched() -> None:
    async def test(visit: _Visit) -> None:
        house = await visit.make("House move", LEASE.id, CHECK_IN.id)
        assert "64 passages · House move" in await visit.pane()
        await visit.act("collection", value=house)
        pane = await visit.pane()
        assert (LEASE.name in pane, CHECK_IN.name in pane, UTILITIES.name in pane) == (True, True, False)
        assert "64 passages</div>" in pane
        assert "2 docs" in pane
        assert "searching 2 documents in House move" in await visit.pane("head")
        assert "Documents · 2" in await visit.pane("panes")
        await visit.act("scope", document=LEASE.id)
        assert "searching 1 of 2 documents in House move" in await visit.pane("head")
        await visit.act("ask", question="How much notice?")
        assert [scope for _, scope, _ in visit.assistant.asked] == [frozenset({CHECK_IN.id})]

    _visit(test)


def test_nothing_is_asked_of_an_empty_collection() -> None:
    """It is said why; the whole library is not searched in its place."""

    async def test(visit: _Visit) -> None:
        await visit.act("collection-create", name="House move")
        await visit.act("ask", question="How much notice?")
        assert visit.assistant.asked == []
        assert "No document is in this collection yet." in await visit.pane("head")
        await visit.act("collection", value="")
        assert "No document is in this collection yet." not in await visit.pane("head")

    _visit(test)


def test_all_are_ticked_and_unticked_at_once_where_one_looks() -> None:
    """What is not listed keeps its tick."""

    async def test(visit: _Visit) -> None:
        house = await visit.make("House move", LEASE.id, CHECK_IN.id)
        await visit.act("collection", value=house)
        await visit.act("scope-all", value="none")
        assert visit.session.excluded == {LEASE.id, CHECK_IN.id}
        await visit.act("collection", value="")
        await visit.act("scope-all", value="none")
        assert visit.session.excluded == {LEASE.id, CHECK_IN.id, UTILITIES.id}
        await visit.act("scope-all", value="all")
        assert visit.session.excluded == set()

    _visit(test)


def test_ticked_documents_move_together_and_the_others_stay() -> None:
    async def test(visit: _Visit) -> None:
        house = await visit.make()
        await visit.act("scope", document=UTILITIES.id)
        await visit.act("arrange", what="move")
        assert "Move 2 ticked documents to" in await visit.pane()
        await visit.act("move", document="", to=house)
        placed = {each.name: each.collection for each in visit.assistant.documents()}
        assert placed == {LEASE.name: house, CHECK_IN.name: house, UTILITIES.name: None}
        await visit.act("move", document=LEASE.id, to="")
        assert {each.name for each in visit.assistant.documents() if each.collection} == {CHECK_IN.name}

    _visit(test)


def test_one_document_is_offered_every_other_place() -> None:
    async def test(visit: _Visit) -> None:
        house = await visit.make("House move", LEASE.id)
        taxes = await visit.make("Taxes")
        await visit.act("move-ask", document=LEASE.id)
        form = (await visit.pane()).partition('data-action="move"')[2].partition("</form>")[0]
        assert [value in form for value in (f'"{taxes}"', f'"{house}"', "No collection")] == [True, False, True]
        await visit.act("move-ask", document=LEASE.id)
        assert 'data-action="move"' not in await visit.pane()

    _visit(test)


def test_a_name_that_is_taken_is_refused_beside_the_form() -> None:
    """The form stays open; the notice above the chat, which a telephone does not show here, is left alone."""

    async def test(visit: _Visit) -> None:
        await visit.make()
        await visit.act("arrange", what="create")
        await visit.act("collection-create", name="house MOVE")
        pane = await visit.pane()
        assert visit.session.arranging is Arranging.CREATE
        assert "There is a collection “house MOVE” already. Choose another name." in pane
        assert visit.session.notice == ""
        await visit.act("arrange", what="")
        assert "already" not in await visit.pane()

    _visit(test)


def test_deleting_asks_once_says_what_stays_and_goes_back_to_the_whole_library() -> None:
    async def test(visit: _Visit) -> None:
        house = await visit.make("House move", LEASE.id)
        await visit.act("collection", value=house)
        await visit.act("arrange", what="delete")
        assert "Delete the collection “House move”? Its document stays in the library." in await visit.pane()
        assert visit.assistant.collections()
        await visit.act("collection-delete", collection=house)
        pane = await visit.pane()
        assert "House move" not in pane
        assert all(each.name in pane for each in (LEASE, CHECK_IN, UTILITIES))

    _visit(test)


def test_a_collection_that_another_window_deleted_is_no_longer_looked_at() -> None:
    async def test(visit: _Visit) -> None:
        house = await visit.make("House move", LEASE.id)
        await visit.act("collection", value=house)
        await visit.assistant.delete_collection(house)
        await visit.act("collection-rename", name="Home")
        pane = await visit.pane()
        assert "This collection is not among" not in pane  # nobody is shown an id
        assert "is not among the collections" in pane
        assert UTILITIES.name in pane

    _visit(test)


def test_each_conversation_goes_on_in_its_collection_after_a_reload() -> None:
    async def test(visit: _Visit) -> None:
        house = await visit.make("House move", LEASE.id)
        await visit.act("ask", question="One?")
        first = visit.session.conversation_id or ""
        await visit.act("new-conversation")
        await visit.act("collection", value=house)
        await visit.act("ask", question="Two?")
        second = visit.session.conversation_id or ""
        visit.session, memo = Session(), visit.session.memo()
        await visit.act("load", memo=memo)
        assert visit.session.collection == house
        await visit.act("open-conversation", conversation=first)
        assert visit.session.collection is None
        await visit.act("open-conversation", conversation=second)
        assert visit.session.collection == house

    _visit(test)


def test_files_dropped_while_a_collection_is_looked_at_come_into_it(tmp_path: Path) -> None:
    async def test(visit: _Visit) -> None:
        house = await visit.make()
        await visit.act("collection", value=house)
        file = tmp_path / "Rules.pdf"
        file.write_bytes(b"rules")
        await visit.desk.files.hand_over([(file, file.name, "")], collection=visit.session.collection)
        while visit.desk.files.rows:  # noqa: ASYNC110  (the desk has a task of its own)
            await asyncio.sleep(0.005)
        assert {each.name: each.collection for each in visit.assistant.documents()}["Rules.pdf"] == house

    _visit(test)


def test_what_is_worth_asking_is_of_the_collection_that_is_looked_at() -> None:
    async def test(visit: _Visit) -> None:
        house = await visit.make("House move", LEASE.id)
        while house not in visit.desk.suggestions:
            await visit.act("look")  # as a page that is open does, every few seconds
            await asyncio.sleep(0.005)
        await visit.act("collection", value=house)
        assert "What is in House move?" in await visit.pane("thread")
        await visit.act("collection", value="")
        assert "Who pays for repairs?" in await visit.pane("thread")

    _visit(test)


def test_a_collections_name_is_shown_as_words_wherever_it_stands() -> None:
    async def test(visit: _Visit) -> None:
        made = await visit.make(HOSTILE, LEASE.id)
        panes = [await visit.pane()]
        await visit.act("collection", value=made)
        for what in ("menu", "rename", "delete", "move"):
            await visit.act("arrange", what=what)
            panes += [await visit.pane(), await visit.pane("head")]
        await visit.act("move-ask", document=LEASE.id)
        await visit.act("collection-create", name=HOSTILE)
        panes.append(await visit.pane())
        assert not any("<img" in pane for pane in panes)
        assert sum(HOSTILE in unescape(pane) for pane in panes) >= len(panes) - 1

    _visit(test)


def test_whatever_the_browser_sends_the_worst_is_a_sentence() -> None:
    """Fields that are missing, of no known kind, or of somebody else's."""

    async def test(visit: _Visit) -> None:
        attempts: list[tuple[str, dict[str, Any]]] = [
            ("arrange", {"what": "burn"}),
            ("arrange", {}),
            ("collection", {"value": "nobody's"}),
            ("collection-create", {}),
            ("collection-rename", {"name": "x"}),
            ("collection-delete", {"collection": "nobody's"}),
            ("move", {"document": LEASE.id, "to": "nobody's"}),
            ("scope-all", {}),
        ]
        for action, fields in attempts:
            await visit.act(action, **fields)
            assert LEASE.name in await visit.pane()

    _visit(test)
