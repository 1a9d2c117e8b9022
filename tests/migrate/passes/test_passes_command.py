"""``relay2relax passes``."""

import json
from dataclasses import replace
from pathlib import Path

import pytest
from click.testing import CliRunner

from migrate.cli.passes import passes
from migrate.passes.ledger import ledger
from migrate.passes.ports import ports


def run(*arguments: str) -> tuple[int, str, str]:
    told = CliRunner().invoke(passes, arguments)
    return told.exit_code, told.stdout, told.stderr


def test_lists_every_pass() -> None:
    code, out, err = run()
    assert code == 0
    assert [line.split()[0] for line in out.splitlines()] == list(ledger())
    assert f"{len(ledger())} passes" in err


def test_list_as_json() -> None:
    code, out, _ = run("--json")
    assert code == 0
    assert [row["name"] for row in json.loads(out)["passes"]] == list(ledger())


def test_shows_one() -> None:
    code, out, _ = run("FoldConstant")
    assert code == 0
    assert "ported" in out
    assert "exact" in out


def test_shows_one_as_json_wherever_the_option_stands() -> None:
    assert run("--json", "SplitArgs") == run("SplitArgs", "--json")
    assert json.loads(run("SplitArgs", "--json")[1])["status"] == "bridged"


def test_unknown_pass() -> None:
    code, out, err = run("Nonsense")
    assert (code, out) == (2, "")
    assert "R2R0703" in err


def test_verifies_a_ported_pass() -> None:
    code, out, _ = run("verify", "FoldConstant", "--programs", "20", "--seed", "3", "--json")
    assert code == 0
    told = json.loads(out)
    assert told["holds"]
    assert told["programs"] == 20
    assert told["seed"] == 3


def test_verifies_a_bridged_pass() -> None:
    code, out, _ = run("verify", "SplitArgs", "--programs", "20", "--json")
    assert code == 0
    told = json.loads(out)
    assert told["holds"]
    assert told["changed"] > 10


def test_verifies_no_pass_that_is_not_ported() -> None:
    code, _, err = run("verify", "InferType")
    assert code == 2
    assert "superseded" in err


def test_verify_leaves_no_files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert run("verify", "FoldConstant", "--programs", "5")[0] == 0
    assert list(tmp_path.iterdir()) == []


def test_a_wrong_pass_is_a_finding_with_its_program(monkeypatch: pytest.MonkeyPatch) -> None:
    right = ports()["FoldConstant"]
    wrong = {"FoldConstant": replace(right, relax=lambda module: module)}
    monkeypatch.setattr("migrate.passes.ports.ports", lambda: wrong)
    code, out, _ = run("verify", "FoldConstant")
    assert code == 1
    assert "FoldConstant on Relax: a call of" in out
    assert "def @main" in out
    assert "# meta[relay.Constant][0]" in out
