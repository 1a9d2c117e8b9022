"""Whatever happens in an oracle's process, the caller hears of it and the next question is answered."""

import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from migrate.verify.oracles.answer import Failure, answered
from migrate.verify.oracles.errors import OracleCrashed, OracleError, OracleMissing, OracleTimeout
from migrate.verify.oracles.process import SCRIPTS, Interpreter, Worker

SCRIPT = str(Path(__file__).resolve().parents[2] / "support" / "odd_worker.py")
HERE = Path(sys.executable)


@pytest.fixture
def worker() -> Iterator[Worker]:
    with Worker(Interpreter(HERE, (SCRIPTS,), memory=2000), SCRIPT, "odd", 30) as made:
        yield made


def doubles(worker: Worker) -> bool:
    result, (value,) = worker.ask("double", {}, (np.arange(3),))
    return result == "doubled" and value.tolist() == [0, 2, 4]


def test_errors_come_with_their_class_and_what_was_printed(worker: Worker) -> None:
    with pytest.raises(OracleError, match="ValueError: so it is") as caught:
        worker.ask("fail", {"text": "so it is"})
    assert (caught.value.kind, caught.value.log) == ("ValueError", "told on the way")
    assert doubles(worker)


def test_a_process_that_ends_is_replaced(worker: Worker) -> None:
    with pytest.raises(OracleCrashed, match="a check failed") as caught:
        worker.ask("end", {})
    assert caught.value.returncode < 0
    assert doubles(worker)


def test_a_process_that_hangs_is_replaced(worker: Worker) -> None:
    assert doubles(worker)
    worker.timeout = 0.2
    with pytest.raises(OracleTimeout, match=r"odd did not answer within 0\.2 s"):
        worker.ask("hang", {})
    worker.timeout = 30
    assert doubles(worker)


def test_memory_is_bounded(worker: Worker) -> None:
    with pytest.raises(OracleError, match="MemoryError"):
        worker.ask("eat", {"megabytes": 4000})
    assert doubles(worker)


def test_failures_are_data(worker: Worker) -> None:
    def asking(operation: str, **options: str):
        return answered(lambda: list(worker.ask(operation, options, ())[1]))

    assert asking("double")
    raised, crashed = asking("fail", text="bad"), asking("end")
    assert (raised.failure, raised.kind, raised.message) == (Failure.RAISED, "ValueError", "bad | told on the way")
    assert (crashed.failure, crashed.message) == (Failure.CRASHED, "a check failed")


def test_a_missing_interpreter_is_told() -> None:
    with (
        Worker(Interpreter(Path("/nowhere/python")), SCRIPT, "odd") as absent,
        pytest.raises(OracleMissing, match="/nowhere"),
    ):
        absent.ask("double", {})


def test_modules_are_imported_first(tmp_path: Path) -> None:
    (tmp_path / "vendor_ops.py").write_text("print('registered')\nraise ImportError('but not really')\n")
    named = Interpreter(HERE, (SCRIPTS, tmp_path), ("vendor_ops",))
    with Worker(named, SCRIPT, "odd") as worker, pytest.raises(OracleCrashed, match="but not really"):
        worker.ask("double", {})
