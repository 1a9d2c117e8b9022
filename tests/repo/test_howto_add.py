"""The how-to pages on adding things work when followed to the letter."""

import os
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from migrate.codemods.driver import port_source

ROOT = Path(__file__).resolve().parents[2]
FILE = re.compile(r"^`([^`\n]+)`:\n\n```\w*\n(.*?)^```", re.MULTILINE | re.DOTALL)
COMMANDS = re.compile(r"^```sh\n(.*?)^```", re.MULTILINE | re.DOTALL)


def page(name: str) -> str:
    return (ROOT / "docs" / "howto" / name).read_text("utf-8")


def write_files(text: str, folder: Path) -> list[str]:
    """The files that a page shows, each named in a line of its own above the block."""
    found = FILE.findall(text)
    for name, content in found:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(content)
    return [name for name, _ in found]


def install(folder: Path) -> None:
    """What ``pip install .`` leaves behind for importlib.metadata: no index is asked, no environment changed."""
    project = tomllib.loads((folder / "pyproject.toml").read_text())["project"]
    info = folder / f"{project['name'].replace('-', '_')}-{project['version']}.dist-info"
    info.mkdir()
    (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {project['name']}\nVersion: {project['version']}\n")
    lines = [
        f"[{group}]\n" + "".join(f"{k} = {v}\n" for k, v in points.items())
        for group, points in project["entry-points"].items()
    ]
    (info / "entry_points.txt").write_text("\n".join(lines))


def test_add_an_op(tmp_path: Path) -> None:
    text = page("add_an_op.md")
    names = write_files(text, tmp_path)
    assert names == [
        "pyproject.toml",
        "acme_ops/__init__.py",
        "acme_ops/hard_swish.py",
        "model.relay",
        "test_hard_swish.py",
    ]
    commands = [line for block in COMMANDS.findall(text) for line in block.splitlines()]
    environment = {
        **os.environ,
        "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
        "PYTHONPATH": str(tmp_path),
    }
    assert commands.pop(0) == "pip install ."
    install(tmp_path)
    for command in commands:
        told = subprocess.run(
            command.split(), cwd=tmp_path, env=environment, capture_output=True, text=True, check=False
        )
        assert told.returncode == 0, f"{command}\n{told.stdout}{told.stderr}"
    assert "R.acme.hard_swish(" in (tmp_path / "model.py").read_text()
    assert "R.clip(" in (tmp_path / "model19.py").read_text()
    assert "acme" not in (tmp_path / "model19.py").read_text()


def test_without_the_package_the_op_is_unknown(tmp_path: Path) -> None:
    write_files(page("add_an_op.md"), tmp_path)
    command = [sys.executable, "-c", "from migrate.cli.main import main; main()", "convert", "model.relay"]
    told = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert told.returncode == 2
    assert "R2R0104" in told.stderr
    assert "acme.hard_swish" in told.stderr


def test_add_a_codemod_rule(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert write_files(page("add_a_codemod_rule.md"), tmp_path) == ["leaky_relu.py"]
    monkeypatch.syspath_prepend(tmp_path)
    rule = __import__("leaky_relu").RULE
    for example in rule.examples:
        assert port_source(example.before, "x.py", [rule]).text == example.after
        assert port_source(example.after, "x.py", [rule]).text == example.after
    for source in rule.valid:
        result = port_source(source, "x.py", [rule])
        assert (result.text, result.refusals) == (source, ())
    for refused in rule.refused:
        result = port_source(refused.source, "x.py", [rule])
        assert result.text == refused.source
        assert refused.because in result.refusals[0].message
