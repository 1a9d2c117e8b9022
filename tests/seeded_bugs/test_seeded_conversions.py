"""Wrong conversions, one small fault each, seeded into the converted models: verify must name the right first wrong
op.
"""

import dataclasses
from collections.abc import Callable
from typing import Any

import models
import numpy as np
import pytest

import migrate
import relax_core.ir.expr as relax
from migrate.verify.verdict import Outcome
from relax_core.ops import call_params, make_call
from relax_core.text.printer import print_module
from tensor_core.module import IRModule
from tensor_core.ops.card import NoParams
from tensor_core.ops.registry import registry

Change = Callable[[Any], Any]
"""A call to a wrong expression in its place; None when the fault cannot be seeded there."""


def mutate(module: IRModule, card: str, change: Change) -> str | None:
    """Replace the first call of a card for which ``change`` gives something else; the name of its variable, None
    without one.
    """
    function: Any = module["main"]
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


def with_params(**changes) -> Change:
    def change(call: relax.Call) -> Any:
        found = call_params(call)
        assert found is not None
        card, params, args = found
        values = {key: value(getattr(params, key)) if callable(value) else value for key, value in changes.items()}
        if all(getattr(params, key) == value for key, value in values.items()):
            return None
        return make_call(card, dataclasses.replace(params, **values), args)

    return change


def shifted(padding: tuple[int, ...]) -> tuple[int, ...]:
    """The same amount of padding, one pixel moved from the far to the near side: shapes stay."""
    if len(padding) != 4 or padding[2] < 1:
        return padding
    return (padding[0] + 1, padding[1], padding[2] - 1, padding[3])


def drop_bias(call: Any) -> Any:
    first, second = call.args
    shapes = [arg.ty.shape for arg in call.args]
    sizes = [np.prod(shape) for shape in shapes]
    is_bias = sizes[1] > 1 and (sizes[1] < sizes[0] or len(shapes[1]) < len(shapes[0]))
    return first if is_bias and isinstance(second, relax.Var) else None


def swap_concat(call: Any) -> Any:
    (operands,) = call.args
    return call.replace(args=(operands.replace(fields=operands.fields[::-1]),))


def scale_bias(call: Any) -> Any:
    """A bias that is off by a few roundings."""
    if drop_bias(call) is None:
        return None
    first, second = call.args
    factor = relax.Constant(np.array(1 + 2**-20, "float32"))
    scaled: Any = make_call(registry().by_name["multiply"], NoParams(), (second, factor))
    scaled.memo("ty", second.ty)
    return call.replace(args=(first, scaled))


FAULTS = {
    "epsilon": [("nn.batch_norm", with_params(epsilon=1e-3)), ("nn.layer_norm", with_params(epsilon=1e-3))],
    "padding": [
        ("nn.conv2d", with_params(padding=shifted)),
        ("nn.conv2d_transpose", with_params(padding=shifted)),
        ("nn.max_pool2d", with_params(padding=shifted)),
    ],
    "bias": [("add", drop_bias)],
    "concat": [("concatenate", swap_concat)],
    "epsilon by a tenth": [
        ("nn.batch_norm", with_params(epsilon=lambda e: 1.1 * e)),
        ("nn.layer_norm", with_params(epsilon=lambda e: 1.1 * e)),
    ],
    "bias by a millionth": [("add", scale_bias)],
}
"""Per fault the cards it can be seeded into, tried in order."""


CASES = {
    "mlp": ["bias", "bias by a millionth"],
    "dcgan": ["epsilon", "padding", "epsilon by a tenth"],
    "resnet18": ["epsilon", "padding", "bias", "epsilon by a tenth", "bias by a millionth"],
    "mobilenet": ["epsilon", "padding", "bias", "epsilon by a tenth", "bias by a millionth"],
    "bert_tiny": ["epsilon", "bias", "epsilon by a tenth", "bias by a millionth"],
    "gpt_tiny": ["epsilon", "bias", "epsilon by a tenth", "bias by a millionth"],
    "squeezenet": ["padding", "bias", "concat"],
}
"""The faults that each model has an op for; only squeezenet concatenates."""


def seed(module: IRModule, fault: str) -> str:
    """Seed a fault; the name of the variable that is now wrong."""
    for card, change in FAULTS[fault]:
        variable = mutate(module, card, change)
        if variable is not None:
            return variable
    raise AssertionError(f"no op into which {fault} can be seeded")


@pytest.mark.parametrize(("name", "fault"), [(name, fault) for name in CASES for fault in CASES[name]])
def test_seeded_fault_is_found_at_the_right_op(corpus, tmp_path, name, fault):
    model = models.load(corpus("models"), name, tmp_path)
    converted = migrate.convert(model.module).module
    variable = seed(converted, fault)
    main: Any = converted["main"]
    (wrong,) = [b.origin for block in main.body.blocks for b in block.bindings if b.var.name == variable]
    # Once as converted, where bindings know their origin, and once read back from text, where nothing is known.
    from_text = migrate.load(print_module(converted, "0.27"), converted.params, release="0.27")
    for right in (converted, from_text):
        verdict = migrate.verify(model.module, right, model.args, prove=False)
        assert verdict.outcome is Outcome.DIFFERENT
        assert verdict.witness is not None
        assert verdict.witness.node is wrong


@pytest.mark.parametrize("name", CASES)
def test_nothing_is_found_without_a_fault(corpus, tmp_path, name):
    model = models.load(corpus("models"), name, tmp_path)
    right = migrate.load(migrate.convert(model.module).script())
    verdict = migrate.verify(model.module, right, model.args, prove=False)
    assert verdict, verdict.reason
    assert verdict.compared == verdict.total
