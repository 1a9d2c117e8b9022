"""The traps of Relay's meaning, each by name: on both executors, and after the conversion to each release."""

import pytest
from traps import TRAPS, Trap

import migrate
from migrate.execution import Executor


@pytest.mark.parametrize("trap", TRAPS, ids=str)
@pytest.mark.parametrize("executor", ["interpreter", "backend"])
def test_relay_means_what_tvm_means(trap: Trap, executor: Executor) -> None:
    found = migrate.run(migrate.load(trap.program()), trap.operands, executor=executor)
    trap.check(found)


@pytest.mark.parametrize("trap", TRAPS, ids=str)
@pytest.mark.parametrize("release", ["0.19", "0.21", "0.27"])
def test_the_conversion_keeps_the_meaning(trap: Trap, release: str) -> None:
    result = migrate.convert(migrate.load(trap.program()), target=release)
    assert result.report.complete
    found = migrate.run(migrate.load(result.script(), params=result.module.params), trap.operands)
    trap.check(found)
