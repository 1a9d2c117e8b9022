"""Every operator with a card is reached, by a call that its card draws, and its result fits where a type is wanted."""

import numpy as np
import pytest

from migrate.execution import interpret
from migrate.values import leaves
from migrate.verify.generate import Program, draw_program
from migrate.verify.generate.choices import of_seed
from migrate.verify.generate.coverage import OPS, PAIRS, coverage, reached
from migrate.verify.generate.domains import ANYWHERE
from migrate.verify.generate.element_types import EVERY
from migrate.verify.generate.features import Feature
from migrate.verify.generate.insertion import drawn, fitted, insertable
from migrate.verify.generate.maker import Maker
from migrate.verify.generate.operators import made
from migrate.verify.generate.productions import PRODUCTIONS
from relay_compat.interpret import evaluate
from relay_compat.ir.expr import Call, Function, Op
from relay_compat.ir.module import IRModule
from relay_compat.types.infer import infer_types
from tensor_core.module import GlobalVar
from tensor_core.observed import OpCall
from tensor_core.ops.registry import registry
from tensor_core.types import TensorType


def program_of(card: str, seed: int = 0) -> Program:
    """A program around one call of a card."""
    choices = of_seed(f"{card} {seed}")
    m = Maker(choices, 1, PRODUCTIONS, frozenset())
    plan = drawn(registry().by_name[card], choices.choose)
    assert plan is not None, "twenty draws in a row are none of Relay's"
    wanted = TensorType(choices.choose(((2,), (), (2, 0), (2, 3))), choices.choose(EVERY))
    value = fitted(m.build, choices.choose, made(m, card, plan, 0, constant=False), wanted)
    assert m.build.type_of(value) == wanted
    module = infer_types(IRModule({GlobalVar("main"): Function(tuple(m.frame.params), value)}))
    return Program(module, tuple(m.frame.args or ()))


@pytest.mark.parametrize("card", insertable())
def test_a_drawn_call_becomes_a_program(card: str) -> None:
    program = program_of(card)
    assert coverage(program.module)[OPS, card] > 0
    (result,) = leaves(interpret(program.module, program.args))
    main = program.module["main"]
    assert isinstance(main, Function)
    assert result.shape == main.body.checked_type.shape


def test_all_that_relay_says_and_a_card_draws_is_reached() -> None:
    assert len(insertable()) > 280
    rest = {card.name for card in registry() if card.relay and card.draw} - set(insertable())
    assert rest == {"nn.contrib_conv2d_winograd_nnpack_weight_transform"}, "its layout is that of a library"


def test_values_lie_where_operators_ask_for_them() -> None:
    # Rows narrow what these cards ask for no further.
    asking = {"log", "log2", "sqrt", "rsqrt", "divide", "floor_divide", "mod", "power", "left_shift", "nn.batch_norm"}
    seen = 0

    def check(call: Call, told: OpCall) -> None:
        nonlocal seen
        card = call.op.card if isinstance(call.op, Op) else None
        if card is None or card.name not in asking:
            return
        for value, asked in zip(told.args, card.inputs, strict=True):
            if asked.domain == ANYWHERE or not value.size:
                continue
            seen += 1
            numbers = value.astype(np.float64)[~np.isnan(value.astype(np.float64))]
            assert np.all((numbers >= asked.domain.low - 1e-3) & (numbers <= asked.domain.high + 1e-3)), card.name

    for seed in range(150):
        program = draw_program(of_seed(seed), features={Feature.SHARE, Feature.DTYPES})
        evaluate(program.module, program.args, observe_call=check)
    assert seen > 40


def test_what_is_reached_is_counted() -> None:
    counts = coverage(draw_program(of_seed(0)).module)
    for seed in range(1, 200):
        counts.update(coverage(draw_program(of_seed(seed)).module))
    found = reached(counts)
    assert found[OPS][0] > 100
    assert found[PAIRS][0] > 200
    assert found[PAIRS][1] == 3600
