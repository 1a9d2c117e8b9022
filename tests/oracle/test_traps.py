"""The answers of the tables of traps are real TVM's."""

from collections.abc import Callable

import pytest
import release_traps
from release_traps import ReleaseTrap
from traps import TRAPS, Trap

import migrate
from oracle import Oracle
from relay_compat.json.writer import save_json

pytestmark = pytest.mark.oracle


@pytest.mark.parametrize("trap", TRAPS, ids=str)
def test_tvm_gives_the_answer(tvm: Callable[[str], Oracle], trap: Trap) -> None:
    # TVM's own text cannot say the attributes of every operator.
    program = save_json(migrate.load(trap.program()))
    found = tvm("0.19").relay_run(program, list(trap.operands), executor="vm", opt_level=1)
    trap.check(found)


STATED = [(trap, release) for trap in release_traps.TRAPS for release in trap.results]


@pytest.mark.parametrize(("trap", "release"), STATED, ids=[f"{trap.name}-{release}" for trap, release in STATED])
def test_the_release_gives_the_answer(tvm: Callable[[str], Oracle], trap: ReleaseTrap, release: str) -> None:
    trap.check(tvm(release).relax_run(trap.script(), list(trap.operands)), release)
