"""The table of operators: every row gives operands that the operator takes, for every type that it says it reaches."""

import random
from typing import Any

import numpy as np
import pytest

from migrate.verify.generate.call import applied
from migrate.verify.generate.choices import of_seed
from migrate.verify.generate.commonest import COMMONEST
from migrate.verify.generate.differentiable import differentiable
from migrate.verify.generate.element_types import EVERY
from migrate.verify.generate.insertion import insertable
from migrate.verify.generate.productions import PRODUCTIONS, Production
from relay_compat.fragment import RelayFragment
from relay_compat.ir.expr import Call, Expr, Function, Op, TupleGetItem
from relay_compat.ir.module import IRModule
from relay_compat.types.infer import infer_types
from tensor_core.module import GlobalVar
from tensor_core.ops.registry import registry
from tensor_core.types import TensorType


def wanted_types(production: Production, count: int) -> list[TensorType]:
    """Types that calls of a row can have."""
    source = random.Random(production.card)
    found: list[TensorType] = []
    while len(found) < count:
        shape = tuple(source.choice((2, 1, 3, 4, 2, 1, 0)) for _ in range(source.randint(0, 5)))
        type_ = TensorType(shape, source.choice(EVERY))
        found += [type_] * production.reaches(type_)
    return found


def call_of(production: Production, wanted: TensorType, choose: Any) -> Expr:
    build = RelayFragment()

    def operand(type_: Any, value: Any = None) -> Any:
        if isinstance(type_, tuple):
            return tuple(map(operand, type_))
        return build.constant(np.ones(type_.shape) if value is None else value, type_.dtype)

    plan = production.inverse(wanted, choose)
    operands = [operand(type_, plan.values.get(n)) for n, type_ in enumerate(plan.operands)]
    return applied(build, production.card, operands, plan)


@pytest.mark.parametrize("production", PRODUCTIONS, ids=lambda row: row.card)
def test_inverse_gives_what_the_type_rule_takes(production: Production) -> None:
    choices, build = of_seed(production.card), RelayFragment()
    for wanted in wanted_types(production, 25):
        made = call_of(production, wanted, choices.choose)
        call = made.tuple_value if isinstance(made, TupleGetItem) else made
        assert isinstance(call, Call), "the operator is said in one call"
        assert isinstance(call.op, Op)
        assert call.op.card is not None
        assert call.op.card.name == production.card
        # The attributes as they are written say the same.
        typed = infer_types(IRModule({GlobalVar("main"): Function((), made)}))["main"]
        assert isinstance(typed, Function)
        assert (build.type_of(made), typed.body.checked_type) == (wanted, wanted)


def test_rows_name_cards_once() -> None:
    names = [row.card for row in PRODUCTIONS]
    assert len(set(names)) == len(names)
    assert set(names) <= set(registry().by_name)


def test_every_differentiable_row_is_one_of_the_table() -> None:
    rows = {row.card: row for row in PRODUCTIONS}
    for row in differentiable():
        assert (row.dtypes, row.ranks) == (rows[row.card].dtypes, rows[row.card].ranks)
    assert len(differentiable()) > 60


def test_the_commonest_operators_are_reached() -> None:
    assert len(set(COMMONEST)) == 60
    assert set(COMMONEST) <= set(insertable())
    # No type is wanted whose dimensions are open.
    assert set(COMMONEST) - {row.card for row in PRODUCTIONS} == {"dyn.reshape"}
