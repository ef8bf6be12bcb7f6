"""Which version of the chunk table is held in memory, and how the next one comes to be: by what has changed.

Within one table a row id means the same row for ever, so that of a later version only rows are read that were not
there before, and those that have gone are dropped; only a table that was written or tidied anew is read whole. Each
table says by a word of its own when it was made, as one that takes the place of another may have its name and its
versions. What is done with vectors is ``storage/held.py``'s.
"""

from __future__ import annotations

import threading
import uuid
from typing import TYPE_CHECKING

import numpy as np

from storage.held import HELD_COLUMNS, Held, can_be_held
from storage.schema import searched_column

if TYPE_CHECKING:
    import lancedb
    import pyarrow as pa
    from numpy.typing import NDArray

__all__ = ["Holding", "stamped"]

_MADE_KEY = b"footnote.made"
_MOST_NEW = 0.5
"""A part of all rows; where more are new, reading all of them is quicker than picking them out."""


def stamped(schema: pa.Schema) -> pa.Schema:
    """The schema of a table that is made now, told from every other table."""
    return schema.with_metadata({**(schema.metadata or {}), _MADE_KEY: uuid.uuid4().hex.encode()})


class Holding:
    """What of the chunk table stands in memory."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._version: tuple[object, ...] = ()
        self._asked: tuple[object, ...] = ()
        """The moment, name and number that ``present`` was last asked for: as long as they stay, so does the table."""
        self.present: Held | None = None
        """As it was when it was last asked for."""

    def of(self, table: lancedb.table.Table, named: str, moment: int) -> Held | None:
        """The version that ``table`` shows; None where it is too large. ``named`` made the vectors it is searched by.

        ``moment`` rises whenever a table may have been dropped and made anew, which tables of old do not tell.
        """
        number = table.version
        with self._lock:
            if self._asked == (moment, table.name, number):
                return self.present
            made = (table.schema.metadata or {}).get(_MADE_KEY, moment)
            version = (made, table.name, number)
            if self._version != version:
                before = self.present if self._version[:2] == version[:2] and made != moment else None
                if before is None:
                    # Two of them need not stand in memory at once.
                    self._asked, self._version, self.present = (), (), None
                self._version, self.present = version, _read(table, named, before)
            self._asked = (moment, table.name, number)
            return self.present


def _read(table: lancedb.table.Table, named: str, before: Held | None) -> Held | None:
    column = searched_column(table.schema)
    if not can_be_held(table.count_rows(), table.schema.field(column).type.list_size):
        return None
    if before is not None:
        rows = np.sort(table.search().select(["_rowid"]).with_row_id(True).limit(None).to_arrow()["_rowid"].to_numpy())
        come = np.setdiff1d(rows, before.rows, assume_unique=True)
        if len(come) <= _MOST_NEW * len(rows):
            return before.followed_by(rows, _taken(table, column, named, come))
    found = table.search().select([*HELD_COLUMNS, column]).with_row_id(True).limit(None).to_arrow()
    return Held.of(found, column, named)


def _taken(table: lancedb.table.Table, column: str, named: str, rows: NDArray[np.uint64]) -> Held | None:
    """Some rows, by their ids; None where there are none."""
    if not len(rows):
        return None
    return Held.of(
        table.take_row_ids(rows.tolist()).select([*HELD_COLUMNS, column]).with_row_id().to_arrow(), column, named
    )
