"""``relay2relax shim``: one module for old and new TVM."""

import ast
import os
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner

from migrate.cli.main import main
from migrate.shim import shim
from tensor_core.diagnostics import DiagnosticError

USES = Path(__file__).with_name("uses_compat.py")


@pytest.mark.parametrize("release", ["0.19", "0.27"])
def test_code_runs_as_both_releases(release: str, tmp_path: Path) -> None:
    (tmp_path / "compat.py").write_text(shim(["0.19", "0.27"]))
    (tmp_path / "uses_compat.py").write_bytes(USES.read_bytes())
    line = [sys.executable, "-m", "migrate.cli", "as-tvm", "--release", release, "--", "uses_compat.py"]
    done = subprocess.run(line, cwd=tmp_path, env=os.environ, capture_output=True, text=True, check=False, timeout=120)
    assert (done.returncode, done.stdout) == (0, f"{release}.0 True\n"), done.stderr


def defined(text: str) -> set[str]:
    """The public names that a module defines, whatever the branch."""
    named = [node for node in ast.walk(ast.parse(text)) if isinstance(node, (ast.FunctionDef, ast.Name, ast.alias))]
    found = {node.id for node in named if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store)}
    found |= {node.name for node in named if isinstance(node, ast.FunctionDef)}
    found |= {node.asname or node.name for node in named if isinstance(node, ast.alias)}
    return {name for name in found if not name.startswith("_")}


def test_every_branch_defines_the_same_names() -> None:
    names = {release: defined(shim([release])) for release in ("0.7", "0.19", "0.21", "0.25", "0.26", "0.27")}
    assert all(found - {"tir", "tirx"} == names["0.27"] - {"tir", "tirx"} for found in names.values())
    assert {"tensor", "register_func", "T", "TensorType", "type_of", "constant_data", "mutator"} <= names["0.27"]


def test_only_what_the_releases_need_is_there() -> None:
    assert "nd.array" not in shim(["0.25", "0.27"])
    assert "runtime.tensor" not in shim(["0.19", "0.21"])
    assert "GenericConst" not in shim(["0.26"])
    assert shim(["0.27", "0.19", "0.27"]) == shim(["0.19", "0.27"])


@pytest.mark.parametrize("releases", [["0.28"], ["0.6"], ["new"], ["0.19", ""], ["0..1"], []])
def test_unknown_releases(releases: list[str]) -> None:
    with pytest.raises(DiagnosticError, match="R2R0703"):
        shim(releases)


def test_command_writes_and_does_not_overwrite(tmp_path: Path) -> None:
    target = tmp_path / "compat.py"
    first = CliRunner().invoke(main, ["shim", "-o", str(target)])
    assert first.exit_code == 0, first.output
    assert target.read_text() == shim(["0.19", "0.27"])
    target.write_text("mine\n")
    again = CliRunner().invoke(main, ["shim", "-o", str(target), "--releases", "0.21, 0.26", "--json"])
    assert again.exit_code == 2
    assert '"R2R0702"' in again.stdout
    assert target.read_text() == "mine\n"
    assert CliRunner().invoke(main, ["shim", "-o", str(target), "--force"]).exit_code == 0
