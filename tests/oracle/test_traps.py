"""The answers of the table of traps are real TVM's."""

from collections.abc import Callable

import pytest
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
