"""How a command runs what it compiles: threads, and a limit of memory."""

import os
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from cpu_backend import threads
from migrate.cli.main import main
from tensor_core.execution import MEMORY_LIMIT, THREADS

WIDE = '#[version = "0.0.5"]\ndef @main(%x: Tensor[(1024, 1024), float32]) { nn.relu(exp(%x)) }\n'


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv(THREADS, raising=False)
    monkeypatch.delenv(MEMORY_LIMIT, raising=False)
    Path("m.relay").write_text(WIDE)


def verify(*words: str) -> Result:
    return CliRunner().invoke(main, ["verify", "m.relay", "--run", *words], catch_exceptions=False)


def test_a_model_that_needs_more_memory_is_refused() -> None:
    told = verify("--memory-limit", "3")
    assert told.exit_code == 2
    assert "R2R0611" in told.stderr
    assert MEMORY_LIMIT not in os.environ
    assert verify("--memory-limit", "64").exit_code == 0


def test_a_project_may_say_it() -> None:
    Path("relay2relax.toml").write_text("memory-limit = 3\n")
    assert "R2R0611" in verify().stderr
    assert verify("--memory-limit", "64").exit_code == 0


@pytest.mark.parametrize("by_file", [False, True])
def test_threads_are_those_asked_for(by_file: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[int] = []
    monkeypatch.setattr(threads, "available", lambda count: asked.append(count) or count)
    if by_file:
        Path("relay2relax.toml").write_text("threads = 2\n")
    assert verify(*([] if by_file else ["--threads", "2"])).exit_code == 0
    assert set(asked) == {2}
    assert THREADS not in os.environ


@pytest.mark.parametrize("option", ["--threads", "--memory-limit"])
def test_only_positive_numbers_are_taken(option: str) -> None:
    assert verify(option, "0").exit_code == 2
    assert verify(option, "many").exit_code == 2


def test_what_stood_in_the_environment_stands_there_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(THREADS, "3")
    assert verify("--threads", "2").exit_code == 0
    assert os.environ[THREADS] == "3"
