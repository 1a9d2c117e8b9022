"""The generated reference pages are what docs/generate.py makes of the product's tables."""

import runpy
from pathlib import Path
from typing import Any

import pytest

from migrate.codemods.driver import all_rules
from migrate.passes.ledger import ledger
from tensor_core.codes import catalogue

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def made() -> dict[str, Any]:
    return runpy.run_path(str(ROOT / "docs" / "generate.py"))


@pytest.fixture(scope="module")
def pages(made: dict[str, Any]) -> dict[Path, str]:
    return made["pages"]()


@pytest.mark.parametrize(
    "name",
    [
        "operators",
        "builtins",
        "passes",
        "diagnostics",
        "rules",
        "older_releases",
        "alias",
        "trust",
        "passes_cost",
        "backend",
        "forks",
        "exit_codes",
    ],
)
def test_page_is_fresh(pages: dict[Path, str], name: str) -> None:
    path = ROOT / "docs" / "reference" / f"{name}.md"
    assert path.read_text("utf-8") == pages[path], "run python docs/generate.py"


def test_every_page_is_tested(pages: dict[Path, str]) -> None:
    assert {path.stem for path in pages} == {
        "operators",
        "builtins",
        "passes",
        "diagnostics",
        "rules",
        "older_releases",
        "alias",
        "trust",
        "passes_cost",
        "backend",
        "forks",
        "exit_codes",
    }


def test_nothing_is_left_out(made: dict[str, Any]) -> None:
    assert all(f"`{item.id}`" in made["diagnostics"]() for item in catalogue())
    assert all(f"| `{name}` |" in made["passes"]() for name in ledger())
    assert all(f"## {rule.id}" in made["rules"]() for rule in all_rules())


def test_tables_are_whole(made: dict[str, Any]) -> None:
    for text in made["pages"]().values():
        block: list[int] = []
        for line in [*text.splitlines(), ""]:
            if line.startswith("|"):
                block.append(line.count("|"))
            elif block:
                assert len(set(block)) == 1, line
                block = []


def test_check_finds_a_stale_page(made: dict[str, Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    stale = made["stale"]
    monkeypatch.setitem(stale.__globals__, "REFERENCE", tmp_path)
    assert len(stale()) == len(made["pages"]())
    for path, text in made["pages"]().items():
        (tmp_path / path.name).write_text(text)
    assert stale() == []
