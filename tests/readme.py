"""The README's parts that must agree with the program: where they stand, what they should say, and how to refresh them.

Each part stands between two comments, ``<!-- settings -->`` and ``<!-- /settings -->``, likewise ``tree`` and ``keys``.

- ``settings`` and ``formats`` are written by this module, from what those say of themselves.
  Refresh them from the checkout with

      .venv/bin/python -m tests.readme

- ``tree`` is a fenced block written by hand, two spaces deeper per folder, at least two spaces before the phrase:

      app.py            the command line, and what is built from what
      rag/              between a question and its answer
        chain.py        the way of a question, top to bottom

  Refreshing also names the modules that the tree lacks.
- ``keys`` is a table written by hand, one row per object that ``--json`` prints: a title in the first column, its keys
  as code in the second, those of an object inside it behind a colon at the end
  (``| `search`, a hit | `rank`, `document`, `scores`: `dense`, `keyword` |``).
"""

from __future__ import annotations

import re
import sys
from typing import TYPE_CHECKING

from tests.source import REPOSITORY, program

if TYPE_CHECKING:
    from rag.reading import Format
    from rag.settings import SettingRow

__all__ = ["block", "formats_table", "missing_modules", "objects", "readme", "settings_table", "tree"]

_TREE_LINE = re.compile(r"(?P<indent> *)(?P<name>\S+)(?:\s{2,}(?P<phrase>\S.*))?")


def readme() -> str:
    """The whole README."""
    return (REPOSITORY / "README.md").read_text(encoding="utf-8")


def block(name: str) -> str:
    """What stands between the two comments of a part."""
    found = re.search(rf"<!-- {name} -->\n(.*?)<!-- /{name} -->", readme(), re.DOTALL)
    if found is None:
        message = f"the README has no part between <!-- {name} --> and <!-- /{name} -->"
        raise AssertionError(message)
    return found[1].strip()


def settings_table(rows: tuple[SettingRow, ...]) -> str:
    """The settings as a table; an empty default is shown as a dash."""
    lines = [
        f"| `{row.name}` | {f'`{row.default}`' if row.default else '–'} | {row.allowed} | {row.help} |" for row in rows
    ]
    return "\n".join(["| setting | default | allowed | what it does |", "|---|---|---|---|", *lines])


def formats_table(formats: tuple[Format, ...]) -> str:
    """The formats as a table, one line for each family."""
    endings: dict[str, list[str]] = {}
    for each in formats:
        endings.setdefault(each.family, []).extend(each.suffixes)
    lines = [f"| {family} | {' '.join(f'`{ending}`' for ending in found)} |" for family, found in endings.items()]
    return "\n".join(["| kind | endings |", "|---|---|", *lines])


def tree() -> dict[str, str]:
    """Every path of the file tree with its phrase; a folder's path ends in a slash."""
    entries: dict[str, str] = {}
    parents: list[str] = []
    for line in block("tree").strip("`\n").splitlines():
        found = _TREE_LINE.fullmatch(line.rstrip())
        if found is None or line == "text":
            continue
        depth = len(found["indent"]) // 2
        parents[depth:] = [found["name"]]
        entries["".join(parents)] = (found["phrase"] or "").strip()
    return entries


def missing_modules() -> list[str]:
    """The program's modules that the tree does not name; a package's ``__init__`` is its folder's line."""
    return [
        module.path for module in program() if not module.path.endswith("__init__.py") and module.path not in tree()
    ]


def objects() -> dict[str, set[str]]:
    """Every object that ``--json`` prints, by its title in the table, with its keys; one inside another as ``a.b``."""
    found: dict[str, set[str]] = {}
    for row in block("keys").splitlines()[2:]:
        _, titles, described, _ = row.replace("`", "").split("|")
        likewise = found["search"] if "those of search" in described else set()
        outer, _, inner = described.replace("those of search, and ", "").partition(": ")
        inside = {f"{_listed(outer)[-1]}.{key}" for key in _listed(inner)}
        for title in _titles(titles):
            found[title] = {*_listed(outer), *inside, *likewise}
    return found


def _titles(text: str) -> list[str]:
    """The titles of a row: ``add, a file`` is one, ``models pull, models remove`` are two."""
    several = text.strip().split(", ")
    return several if all(title.startswith(("models ", "collections ")) for title in several) else [text.strip()]


def _listed(text: str) -> list[str]:
    return re.findall(r"\w+", text)


def _refresh() -> None:
    from rag.reading import FORMATS
    from rag.settings import setting_rows  # the tests of the tree need nothing of the program

    updated = readme()
    for name, table in (("settings", settings_table(setting_rows())), ("formats", formats_table(FORMATS))):
        updated = _with_block(updated, name, table)
    (REPOSITORY / "README.md").write_text(updated, encoding="utf-8")
    sys.stdout.writelines(f"the tree lacks {path}\n" for path in missing_modules())


def _with_block(text: str, name: str, table: str) -> str:
    around = re.compile(rf"(<!-- {name} -->\n).*?(<!-- /{name} -->)", re.DOTALL)
    return around.sub(lambda found: f"{found[1]}{table}\n{found[2]}", text)


if __name__ == "__main__":
    _refresh()
