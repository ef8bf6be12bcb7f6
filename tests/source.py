"""The program's own source as the tests of its structure see it: modules, imports, functions, names.

Reads files and syntax trees; it imports nothing of the program and judges nothing.
"""

from __future__ import annotations

import ast
import subprocess
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["LAYERS", "REPOSITORY", "Import", "Module", "length", "modules", "program", "tracked"]

REPOSITORY = Path(__file__).resolve().parents[1]
LAYERS = ("app", "ui", "rag", "storage")
"""Outermost first: each may import itself and what stands to its right."""


@dataclass(frozen=True, slots=True)
class Import:
    """One imported module, ``name`` as written in full."""

    name: str
    line: int
    top_level: bool
    """Whether importing the module runs it."""
    for_types: bool
    """Whether it stands under ``if TYPE_CHECKING``."""

    @property
    def package(self) -> str:
        """The first part of its name."""
        return self.name.partition(".")[0]


@dataclass(frozen=True, slots=True)
class Module:
    """One parsed Python file."""

    path: str
    """Relative to the checkout, with forward slashes."""
    text: str
    tree: ast.Module

    @property
    def layer(self) -> str:
        """The first part of its path."""
        return self.path.removesuffix(".py").partition("/")[0]

    def imports(self) -> list[Import]:
        """Every import of it, wherever it stands."""
        return list(_imports(self.tree, top_level=True, for_types=False))

    def functions(self) -> list[ast.FunctionDef | ast.AsyncFunctionDef]:
        """Every function and method of it, nested ones too."""
        return [node for node in ast.walk(self.tree) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)]

    def at(self, node: ast.AST) -> str:
        """Name a place in it, in the form that editors open."""
        return f"{self.path}:{getattr(node, 'lineno', 1)}"


@cache
def modules() -> tuple[Module, ...]:
    """Every Python file of the checkout, the tests' own too."""
    return tuple(_parse(path) for path in tracked() if path.endswith(".py"))


@cache
def program() -> tuple[Module, ...]:
    """The Python files of the program, without its tests."""
    return tuple(module for module in modules() if module.layer in LAYERS)


@cache
def tracked() -> tuple[str, ...]:
    """Every file that is or would be committed, relative to the checkout; all files where git is not there."""
    command = ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z"]
    try:
        listed = subprocess.run(command, cwd=REPOSITORY, check=True, capture_output=True, text=True).stdout.split("\0")
    except (OSError, subprocess.CalledProcessError):
        listed = list(_walk())
    return tuple(sorted(path for path in listed if (REPOSITORY / path).is_file()))


def length(function: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    """Lines of a function from its ``def`` to its end, without its docstring."""
    lines = (function.end_lineno or function.lineno) - function.lineno + 1
    first = function.body[0]
    if ast.get_docstring(function, clean=False) is not None:
        lines -= (first.end_lineno or first.lineno) - first.lineno + 1
    return lines


def _walk() -> Iterator[str]:
    for path in REPOSITORY.rglob("*"):
        parts = path.relative_to(REPOSITORY).parts
        hidden = any(part.startswith(".") and part not in {".ci", ".gitignore"} for part in parts)
        if path.is_file() and not hidden and "__pycache__" not in parts:
            yield "/".join(parts)


def _parse(path: str) -> Module:
    text = (REPOSITORY / path).read_text(encoding="utf-8")
    return Module(path, text, ast.parse(text, path))


def _imports(node: ast.AST, *, top_level: bool, for_types: bool) -> Iterator[Import]:
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.Import):
            for alias in child.names:
                yield Import(alias.name, child.lineno, top_level, for_types)
        elif isinstance(child, ast.ImportFrom):
            for alias in child.names:
                yield Import(f"{child.module}.{alias.name}", child.lineno, top_level, for_types)
        else:
            inside = isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda)
            typing = for_types or (isinstance(child, ast.If) and ast.unparse(child.test).endswith("TYPE_CHECKING"))
            yield from _imports(child, top_level=top_level and not inside, for_types=typing)
