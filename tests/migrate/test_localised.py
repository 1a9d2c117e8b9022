"""What a verdict says of single ops: which is wrong, beside what, how far each may be off, and where it stands."""

import numpy as np

import migrate
import relax_core.ir.expr as relax
from migrate.verify.agree import is_same
from migrate.verify.verdict import Outcome
from relay_compat.types.infer import infer_types
from tensor_core.module import IRModule

HEADER = '#[version = "0.0.5"]\n'
PAIR = "%x: Tensor[(2), float32], %y: Tensor[(2), float32]"
X, Y = np.array([3, 5], "float32"), np.array([1, 2], "float32")


def relay(params: str, body: str) -> IRModule:
    return infer_types(migrate.load(f"{HEADER}def @main({params}) {{ {body} }}"))


def test_an_op_that_became_another_one_is_named_beside_it() -> None:
    left = relay(PAIR, "negative(multiply(exp(%x), %y))")
    right = migrate.convert(left).module
    (wrong,) = (
        binding
        for block in right["main"].body.blocks
        for binding in block.bindings
        if binding.value.op.name == "relax.multiply"
    )
    # In place, so that it is still known what it was made of.
    wrong.value.memo("op", relax.op("relax.add"))
    found = migrate.verify(left, right, [X, Y], prove=False)
    assert found.outcome is Outcome.DIFFERENT
    assert found.witness is not None
    assert (found.witness.op, found.witness.right.split(" = ")[1]) == ("multiply", "add")
    assert [layer.agrees for layer in found.layers] == [True, False, None]
    layer = found.layers[1].to_json()
    assert "from_string:2" in layer["span"]
    assert found.layers[0].ratio <= 1 < layer["ratio"]


def test_an_op_is_wrong_when_one_of_its_ways_to_the_result_meets_no_match() -> None:
    body = "let %z = {}; (multiply(%z, 0f), negative(%z))"
    left, other = (relay(PAIR, body.format(made)) for made in ("add(%x, %y)", "subtract(%x, %y)"))
    found = migrate.verify(left, migrate.convert(other).module, [X, Y], prove=False)
    assert found.witness is not None
    assert found.witness.op == "add"


def test_of_a_tuple_only_what_is_read_needs_a_counterpart() -> None:
    left = relay("%x: Tensor[(4), float32]", "let %s = split(%x, indices_or_sections=2); %s.0")
    right = relay("%x: Tensor[(4), float32]", "strided_slice(%x, begin=[0], end=[2], strides=[1], axes=[0])")
    found = migrate.verify(left, migrate.convert(right).module, [np.arange(4, dtype="float32")], prove=False)
    assert found.outcome is Outcome.EXACT
    assert found.compared == found.total == 1


def test_the_bound_of_a_tuple_is_that_of_its_widest_field() -> None:
    vector = "Tensor[(1), float32]"
    both = relay(
        f"%x: Tensor[(2, 1), float32], %g: {vector}, %b: {vector}, %m: {vector}, %v: {vector}",
        "let %n = nn.batch_norm(%x, %g, %b, %m, %v); (%n.0, %n.1, %n.2)",
    )
    one = np.ones(1, "float32")
    args = [np.array([[1e6], [2e6]], "float32"), one, one, 0 * one, one]
    (layer,) = migrate.verify(both, None, args, prove=False).layers
    assert layer.bound > 0.1


def test_arrays_are_the_same_by_bits_and_type() -> None:
    assert is_same(np.zeros(2, "float32"), np.zeros(2, "float32"))
    assert not is_same(np.zeros(2, "float32"), np.zeros(2, "int32"))
    assert not is_same(np.zeros(2, "float32"), np.zeros((2, 1), "float32"))
    assert not is_same(np.zeros(2, "float32"), np.array([0, -0.0], "float32"))
