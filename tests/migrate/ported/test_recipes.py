"""Programs around patterns hold what the patterns match; patterns travel between processes unchanged."""

import pytest

from migrate.verify.generate.choices import of_seed
from migrate.verify.generate.draw import draw_program
from migrate.verify.generate.features import PLAIN
from migrate.verify.generate.skeletons.matching import can_be_made, matching
from migrate.verify.oracles.worker.pattern_wire import encode
from migrate.verify.ported.recipes import around_operators, around_patterns, decoded
from relay_compat.dataflow_pattern.helpers import is_constant, is_op, is_tuple, is_tuple_get_item, wildcard
from relay_compat.dataflow_pattern.patterns import DFPattern
from relay_compat.ir.expr import Call, Function, TupleGetItem
from relay_compat.visit import reachable
from tensor_core.module import IRModule


def _gelu() -> DFPattern:
    shared = wildcard()
    return is_op("multiply")(shared, is_op("sigmoid")(shared))


def _qnn() -> DFPattern:
    numbers = [is_constant() for _ in range(8)]
    return is_op("qnn.requantize")(is_op("qnn.conv2d")(wildcard(), is_constant(), *numbers[:4]), *numbers[4:])


PATTERNS = {
    "bias and relu": is_op("nn.relu")(
        is_op("nn.bias_add")(is_op("nn.conv2d")(wildcard(), is_constant()), is_constant())
    ),
    "either": is_op("clip")(is_op("add")(wildcard(), wildcard()) | is_op("multiply")(wildcard(), is_constant())),
    "field": is_tuple_get_item(is_op("nn.batch_norm")(*[wildcard() for _ in range(5)]), 0),
    "tuple": is_op("concatenate")(is_tuple([wildcard(), is_op("exp")(wildcard())])),
    "attributes": is_op("nn.conv2d")(wildcard(), wildcard()).has_attr({"strides": [1, 1], "groups": 1}),
    "element type": is_op("cast")(wildcard().has_dtype("int8")).has_dtype("float32"),
    "no inverse": is_op("nn.relu")(is_op("nn.upsampling")(wildcard())),
    "shared": _gelu(),
    "quantized": _qnn(),
}


@pytest.mark.parametrize("name", PATTERNS)
def test_programs_hold_what_the_pattern_matches(name: str) -> None:
    pattern = decoded(encode(PATTERNS[name]))
    assert pattern is not None
    skeleton = matching(name, pattern)
    for seed in range(8):
        module = draw_program(of_seed(seed), features=PLAIN, skeletons=(skeleton,)).module
        assert _matched(PATTERNS[name], module)


def _matched(pattern: DFPattern, module: IRModule) -> bool:
    main = module["main"]
    assert isinstance(main, Function)
    return any(pattern.match(node) for node in reachable(main) if isinstance(node, (Call, TupleGetItem)))


def test_a_pattern_that_no_types_fit_is_left_out() -> None:
    impossible = is_op("logical_and")(is_op("exp")(wildcard()), wildcard())
    assert not can_be_made(impossible, of_seed(0).choose)
    skeletons, left_out = around_patterns(
        [("impossible", encode(impossible)), ("fine", encode(is_op("exp")(wildcard())))], closed=False
    )
    assert [item.name for item in skeletons] == ["fine"]
    assert left_out == ["impossible"]


def test_operators_named_in_a_definition_are_put_on_each_other() -> None:
    source = (
        'class A:\n    OPS = ["nn.relu"]\n\nclass B:\n    def f(self):\n        return relay.nn.dense, "exp", "no op"\n'
    )
    assert {item.name for item in around_operators(source, "A")} == {"nn.relu", "nn.relu of nn.relu"}
    names = {item.name for item in around_operators(source, "B")}
    assert {"nn.dense", "exp", "exp of nn.dense", "nn.dense of exp"} <= names
