"""Wrong conversions, one small fault each, seeded into the converted models: verify must name the right first wrong
op.
"""

from collections.abc import Callable

import models
import pytest
from recorded import rows

import migrate
import relax_core.ir.expr as relax
from migrate.verify.verdict import Outcome
from relax_core.ops import call_params, make_call
from tensor_core.module import IRModule

NAMES = [name for name in models.NAMES if any(row["name"] == name for row in rows("models"))]


def mutate(module: IRModule, card: str, change: Callable[[relax.Call], relax.Expr | None]) -> str | None:
    """Replace the first call of a card for which ``change`` gives something else; the name of its variable, None
    without one.
    """
    function = module["main"]
    assert isinstance(function, relax.Function)
    for number, block in enumerate(function.body.blocks):
        for position, binding in enumerate(block.bindings):
            call = binding.value
            if (
                isinstance(call, relax.Call)
                and isinstance(call.op, relax.Op)
                and call.op.card
                and call.op.card.name == card
            ):
                changed = change(call)
                if changed is None:
                    continue
                if isinstance(changed, relax.Call):
                    changed.memo("ty", call.ty)
                bindings = (*block.bindings[:position], binding.replace(value=changed), *block.bindings[position + 1 :])
                blocks = (
                    *function.body.blocks[:number],
                    block.replace(bindings=bindings),
                    *function.body.blocks[number + 1 :],
                )
                body = function.body.replace(blocks=blocks)
                body.memo("ty", function.body.ty)
                changed_function = function.replace(body=body)
                changed_function.memo("ty", function.ty)
                module["main"] = changed_function
                return binding.var.name
    return None


def with_params(**changes) -> Callable[[relax.Call], relax.Expr | None]:
    def change(call: relax.Call) -> relax.Expr | None:
        card, params, args = call_params(call)
        values = {key: value(getattr(params, key)) if callable(value) else value for key, value in changes.items()}
        if all(getattr(params, key) == value for key, value in values.items()):
            return None
        import dataclasses

        return make_call(card, dataclasses.replace(params, **values), args)

    return change


def shifted(padding: tuple[int, ...]) -> tuple[int, ...]:
    """The same amount of padding, one pixel moved from the far to the near side: shapes stay."""
    if len(padding) != 4 or padding[2] < 1:
        return padding
    return (padding[0] + 1, padding[1], padding[2] - 1, padding[3])


def drop_bias(call: relax.Call) -> relax.Expr | None:
    first, second = call.args
    ranks = [len(arg.ty.shape) for arg in call.args]
    return first if ranks[1] < ranks[0] and isinstance(second, relax.Var) else None


def swap_concat(call: relax.Call) -> relax.Expr | None:
    (operands,) = call.args
    return call.replace(args=(operands.replace(fields=operands.fields[::-1]),))


FAULTS = {
    "epsilon": [("nn.batch_norm", with_params(epsilon=1e-3)), ("nn.layer_norm", with_params(epsilon=1e-3))],
    "padding": [
        ("nn.conv2d", with_params(padding=shifted)),
        ("nn.conv2d_transpose", with_params(padding=shifted)),
        ("nn.max_pool2d", with_params(padding=shifted)),
    ],
    "bias": [("add", drop_bias)],
    "concat": [("concatenate", swap_concat)],
}
"""Per fault the cards it can be seeded into, tried in order."""


@pytest.mark.parametrize("fault", FAULTS)
@pytest.mark.parametrize("name", NAMES)
def test_seeded_fault_is_found_at_the_right_op(corpus, tmp_path, name, fault):
    model = models.load(corpus("models"), name, tmp_path)
    converted = migrate.convert(model.module).module
    for card, change in FAULTS[fault]:
        variable = mutate(converted, card, change)
        if variable is not None:
            break
    else:
        pytest.skip(f"{name} has no op into which {fault} can be seeded")
    verdict = migrate.verify(model.module, converted, model.args)
    assert verdict.outcome is Outcome.DIFFERENT
    assert verdict.witness is not None
    origin = next(b.origin for block in converted["main"].body.blocks for b in block.bindings if b.var.name == variable)
    assert verdict.witness.node is origin
