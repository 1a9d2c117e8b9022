"""Options of a project: where they are looked for, what they stand for, and what is refused."""

import json
import re
from pathlib import Path

import click
import pytest
from click.testing import CliRunner, Result

from migrate.cli.config import OPTIONS, TOLERANCES, find_config
from migrate.cli.main import main
from migrate.verify import condition
from tensor_core.ops import registry as cards

OPEN = '#[version = "0.0.5"]\ndef @main(%x: Tensor[(?, 4), float32]) { nn.relu(%x) }\n'
PROJECT = "[tool.other]\nx = 1\n[tool.relay2relax]\n"


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    Path("m.relay").write_text(OPEN)
    return tmp_path


def invoke(*words: str) -> Result:
    return CliRunner().invoke(main, words, catch_exceptions=False)


def refused(text: str, name: str = "relay2relax.toml") -> str:
    Path(name).write_text(text)
    told = invoke("convert", "m.relay")
    assert told.exit_code == 2
    assert "R2R0705" in told.stderr
    return told.stderr


@pytest.mark.parametrize(("name", "head"), [("relay2relax.toml", ""), ("pyproject.toml", PROJECT)])
def test_options_are_those_of_the_file(name: str, head: str) -> None:
    dims = "[tool.relay2relax.dims]" if head else "[dims]"
    Path(name).write_text(f'{head}target = "0.19"\n{dims}\n"x.0" = "batch"\n')
    script = invoke("convert", "m.relay").stdout
    assert "0.19" in script.splitlines()[0]
    assert '("batch", 4)' in script
    assert "0.26" in invoke("convert", "m.relay", "--target", "0.26").stdout.splitlines()[0]


def test_keys_of_dims_need_no_quotes() -> None:
    Path("relay2relax.toml").write_text("[dims]\nx.0 = 16\n")
    assert "(16, 4)" in invoke("convert", "m.relay").stdout


def test_the_nearest_file_holds(folder: Path) -> None:
    inner = folder / "a" / "b"
    inner.mkdir(parents=True)
    (folder / "pyproject.toml").write_text(PROJECT)
    assert find_config(inner) == folder / "pyproject.toml"
    (inner / "pyproject.toml").write_text("[tool.other]\n")
    assert find_config(inner) == folder / "pyproject.toml"
    (folder / "a" / "relay2relax.toml").touch()
    assert find_config(inner) == folder / "a" / "relay2relax.toml"


def test_another_file_is_named_on_the_command_line() -> None:
    Path("relay2relax.toml").write_text("nonsense = 1")
    Path("mine.toml").write_text('target = "0.19"')
    assert "0.19" in invoke("--config", "mine.toml", "convert", "m.relay").stdout.splitlines()[0]
    assert invoke("--config", "/dev/null", "convert", "m.relay").exit_code == 0


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("traget = '0.19'", "did you mean target"),
        ("[tolerances]\nlargest = 1", "there is no key tolerances.largest"),
        ("strict = 'yes'", "neither true nor false"),
        ("expand = 'nn.dense'", "no list of strings"),
        ("qnn = 'exakt'", "'exakt' is not one of"),
        ("target = ['0.19']", "not what --target takes"),
        ("dims = 3", "no table"),
        ("ops = ['acme_not_there']", "there is no module acme_not_there"),
        ("target = ", "no TOML"),
        ("[tolerances]\nlargest-bound = 0.1", "0.1 is not in the range"),
    ],
)
def test_what_is_not_understood_is_refused(text: str, said: str) -> None:
    assert said in refused(text)


def test_the_refusal_is_json_where_that_is_asked_for() -> None:
    Path("relay2relax.toml").write_text("nonsense = 1")
    told = invoke("convert", "m.relay", "--json")
    assert [item["code"] for item in json.loads(told.stdout)["diagnostics"]] == ["R2R0705"]


def test_help_needs_no_good_file() -> None:
    Path("relay2relax.toml").write_text("nonsense = 1")
    assert invoke("--help").exit_code == 0


def test_cards_of_a_module_beside_the_file(monkeypatch: pytest.MonkeyPatch, root: Path) -> None:
    page = (root / "docs" / "howto" / "add_an_op.md").read_text()
    found = re.search(r"^`acme_ops/hard_swish.py`:\n\n```python\n(.*?)^```", page, re.MULTILINE | re.DOTALL)
    assert found is not None
    Path("acme_beside.py").write_text(found[1])
    Path("relay2relax.toml").write_text('ops = ["acme_beside"]')
    monkeypatch.setenv("PYTHONPATH", "")
    monkeypatch.setenv("RELAY2RELAX_OPS", "")
    monkeypatch.syspath_prepend(".")
    cards.registry.cache_clear()
    try:
        told = invoke("ops", "acme.hard_swish", "--json")
    finally:
        cards.registry.cache_clear()
    assert json.loads(told.stdout)["relay"]["attributes"][0]["default"] == 3.0


def test_a_bound_can_be_asked_for_that_is_smaller() -> None:
    Path("m.relay").write_text(OPEN.replace("nn.relu", "exp").replace("?", "3"))
    Path("other.relay").write_text(OPEN.replace("nn.relu(%x)", "multiply(exp(%x), 1.0000001f)").replace("?", "3"))
    assert invoke("verify", "m.relay", "other.relay", "--run").stdout.startswith("within bound")
    Path("relay2relax.toml").write_text("[tolerances]\nlargest-bound = 1e-12")
    assert invoke("verify", "m.relay", "other.relay", "--run").stdout.startswith("inconclusive")
    assert invoke("verify", "m.relay", "other.relay", "--run", "--largest-bound", "1e-3").exit_code == 0
    assert condition.ceiling() == condition.CEILING


def test_every_key_is_documented_and_stands_for_an_option(root: Path) -> None:
    page = (root / "docs" / "reference" / "configuration.md").read_text()
    names = {*OPTIONS, "dims", "ops", *(f"tolerances.{name}" for name in TOLERANCES)}
    assert set(re.findall(r"^\| `([\w.-]+)` \|", page, re.MULTILINE)) == names
    said = {name for command in main.commands.values() for param in command.params for name in param.opts
            if isinstance(param, click.Option)}  # fmt: skip
    assert {f"--{name}" for name in (*OPTIONS, *TOLERANCES)} <= said
