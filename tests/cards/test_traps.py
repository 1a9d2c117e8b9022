"""The traps of meaning, each by name: Relay's and those between releases of Relax, on both executors and converted."""

import pytest
import release_traps
from release_traps import ReleaseTrap
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


STATED = [(trap, release) for trap in release_traps.TRAPS for release in trap.results]


@pytest.mark.parametrize(("trap", "release"), STATED, ids=[f"{trap.name}-{release}" for trap, release in STATED])
@pytest.mark.parametrize("executor", ["interpreter", "backend"])
def test_a_script_means_what_its_release_means(trap: ReleaseTrap, release: str, executor: Executor) -> None:
    found = migrate.run(migrate.load(trap.script(), release=release), trap.operands, executor=executor)
    trap.check(found, release)


@pytest.mark.parametrize(("trap", "release"), STATED, ids=[f"{trap.name}-{release}" for trap, release in STATED])
@pytest.mark.parametrize("target", ["0.19", "0.21", "0.27"])
def test_a_script_keeps_its_meaning_in_another_release(trap: ReleaseTrap, release: str, target: str) -> None:
    result = migrate.convert(migrate.load(trap.script(), release=release), target=target)
    if not result.report.complete:
        assert trap.name in ("unique has as many elements as it finds", "grid_sample aligns corners")
        return
    trap.check(migrate.run(migrate.load(result.script(), params=result.module.params), trap.operands), release)
