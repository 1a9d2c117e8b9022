"""``relay2relax fuzz``: exit codes and both forms of its summary."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from migrate.cli.main import main
from migrate.verify.campaign.plan import Plan
from migrate.verify.campaign.programs import drawn
from migrate.verify.generate import Feature
from migrate.verify.properties.registry import installed

WRONG = ("--property", "campaign_subjects:WRONG", "--programs", "20", "--jobs", "1", "--size", "10", "--seed", "1")


def fuzz(*args: str) -> Result:
    return CliRunner().invoke(main, ["fuzz", *args])


def test_nothing_found_is_good() -> None:
    result = fuzz("--property", "conversion", "--programs", "10", "--jobs", "2", "--json")
    told = json.loads(result.stdout)
    assert (result.exit_code, told["exit_code"], told["programs"], told["findings"]) == (0, 0, 10, [])
    assert sum(told["outcomes"]["conversion"].values()) == 10
    assert told["covered"]["operators"].startswith(f"{len(told['coverage']['operators'])} of ")
    assert told["coverage"]["rules"]


def test_features_and_all_properties_are_what_a_plan_names() -> None:
    args = ("--property", "all", "--property", "conversion", "--features", "let, if", "--programs", "1", "--jobs", "1")
    plan = json.loads(fuzz(*args, "--json").stdout)["plan"]
    assert plan["properties"] == list(installed())
    assert plan["features"] == ["let", "if"]


def test_only_what_the_features_name_is_drawn() -> None:
    plan = Plan((), features=("let",))
    assert all(drawn(plan, number).features <= {Feature.LET} for number in range(20))


def test_findings_end_with_1(tmp_path: Path) -> None:
    result = fuzz(*WRONG, "--database", str(tmp_path))
    assert result.exit_code == 1, result.output
    assert "wrong, interpreter: different" in result.stdout
    assert "from seed 1:" in result.stdout
    # What was found before is still found.
    told = json.loads(fuzz(*WRONG, "--database", str(tmp_path), "--json").stdout)
    assert (told["exit_code"], told["this_run"]["programs"]) == (1, 0)
    assert [item["key"] for item in told["findings"]] == ["wrong, interpreter: different"]


@pytest.mark.parametrize(
    "args",
    [
        ("--property", "conversions"),
        ("--property", "no.such.module:NAME"),
        ("--property", "json:loads"),
        ("--features", "lets"),
        ("--programs", "0"),
        ("--minutes", "0"),
        ("--scheduler", "nothing"),
    ],
)
def test_bad_options_end_with_2(args: tuple[str, ...]) -> None:
    result = fuzz(*args, "--json")
    assert result.exit_code == 2
    assert json.loads(result.stdout)["exit_code"] == 2
