"""The tutorial of a moved pipeline shows what its script prints, and the stages that it has."""

import importlib.util
from pathlib import Path
from typing import Any

import pytest

STATE = 8


@pytest.fixture(scope="module")
def script(root: Path) -> Any:
    spec = importlib.util.spec_from_file_location("move_a_pipeline", root / "examples" / "move_a_pipeline.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="module")
def page(root: Path) -> str:
    return (root / "docs" / "tutorial" / "move_a_pipeline.md").read_text()


def test_one_state_is_as_the_page_says(script: Any, page: str, capsys: pytest.CaptureFixture[str]) -> None:
    script.main([STATE])
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) == len(script.MODELS)
    assert set(lines) <= set(page.splitlines())


def test_the_page_shows_every_state_and_none_is_wrong(script: Any, page: str) -> None:
    states = len(script.PIPELINE.stages) + 1
    shown = [line for line in page.splitlines() if " on Relax, " in line and line.partition(":")[0] in script.MODELS]
    assert len(shown) == states * len(script.MODELS)
    assert not any("wrong at" in line or "different" in line for line in shown)


def test_the_page_names_every_stage(script: Any, page: str) -> None:
    rows = [line for line in page.splitlines() if line.startswith("| ")]
    assert [row.split(" | ")[0].removeprefix("| ") for row in rows[1:]] == [s.name for s in script.PIPELINE.stages]
