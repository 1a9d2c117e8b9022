"""``relay2relax passes``."""

import json

from click.testing import CliRunner

from migrate.cli.passes import passes
from migrate.passes.ledger import ledger


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
    assert run("--json", "FuseOps") == run("FuseOps", "--json")
    assert json.loads(run("FuseOps", "--json")[1])["status"] == "pending"


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


def test_verifies_no_pass_that_is_not_ported() -> None:
    code, _, err = run("verify", "FuseOps")
    assert code == 2
    assert "pending" in err
