"""``.ci/run`` checks a clone with the README's own line, on a bare machine too, and its exit code is the tests'."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="needs bash and symbolic links")

LINE = "python3 -m venv .venv && .venv/bin/pip install -e '.[test]' && .venv/bin/python -m pytest"
TOOLS = ("bash", "chmod", "cp", "dirname", "env", "grep", "id", "ln", "mkdir", "mktemp", "rm", "timeout")
SAYS = '#!/bin/sh\necho "$(basename "$0") $*"\nexit {code}\n'
PYTHON = f"""#!/bin/sh
if [ "$2" = venv ]; then mkdir -p .venv/bin && cp fake/pip fake/python .venv/bin/; else exec "{sys.executable}" "$@"; fi
"""


@pytest.fixture
def clone(tmp_path: Path, repository: Path) -> Path:
    """Lay out a clone on a machine that has no browser, and whose installers only say that they were called."""
    (tmp_path / ".ci").mkdir()
    (tmp_path / "fake").mkdir()
    shutil.copy(repository / ".ci" / "run", tmp_path / ".ci")
    (tmp_path / "README.md").write_text(f"# Tests\n\n    {LINE}\n", encoding="utf-8")
    for name, text in {"python3": PYTHON, "pip": SAYS.format(code=0), "python": SAYS.format(code=3)}.items():
        _place(tmp_path, name, text)
    for tool in (*TOOLS, "basename"):
        (tmp_path / "fake" / tool).symlink_to(str(shutil.which(tool)))
    return tmp_path


def _place(clone: Path, name: str, text: str) -> None:
    path = clone / "fake" / name
    path.write_text(text, encoding="utf-8")
    path.chmod(0o755)


def _run(clone: Path) -> subprocess.CompletedProcess[str]:
    environment = os.environ | {"PATH": str(clone / "fake")}
    return subprocess.run(
        [str(clone / ".ci" / "run")], env=environment, capture_output=True, text=True, check=False, timeout=60
    )


def test_it_runs_the_readmes_line_and_passes_its_exit_code_on(clone: Path) -> None:
    """What pip and pytest print is printed."""
    done = _run(clone)
    assert done.stdout.splitlines()[-2:] == ["pip install -e .[test]", "python -m pytest"]
    assert done.returncode == 3


def test_it_goes_on_where_no_browser_can_be_installed(clone: Path) -> None:
    """The browser tests then say why they are skipped."""
    _place(clone, "apt-get", SAYS.format(code=100))
    done = _run(clone)
    assert "chromium" in done.stderr
    assert "python -m pytest" in done.stdout


def test_it_makes_a_broken_environment_anew(clone: Path) -> None:
    """One of another Python, or half of one."""
    (clone / ".venv" / "bin").mkdir(parents=True)
    (clone / ".venv" / "left-over").touch()
    assert _run(clone).returncode == 3
    assert not (clone / ".venv" / "left-over").exists()


def test_it_says_so_where_the_readme_has_no_such_line(clone: Path) -> None:
    """Rather than run something else."""
    (clone / "README.md").write_text("# Tests\n", encoding="utf-8")
    done = _run(clone)
    assert done.returncode == 1
    assert "README" in done.stderr
