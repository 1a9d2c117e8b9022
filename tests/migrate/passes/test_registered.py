"""What operators have registered for fusion and mixed precision is what real TVMs have: registered.json."""

from typing import Any

from migrate.passes.registered import registered
from relax_core.ir.expr import Op
from relax_core.passes.to_mixed_precision import ALWAYS, FOLLOW, policy_of
from relay_compat.op_attributes import get_op_attr
from tensor_core.ops.registry import registry

POLICIES = ("always", "follow", "never")


def on_relay(key: str) -> dict[str, Any]:
    values = {name: get_op_attr(name, key) for name in registry().by_relay}
    return {name: value for name, value in values.items() if value is not None}


def test_patterns_are_those_of_tvm() -> None:
    assert on_relay("TOpPattern") == registered("TOpPattern")


def test_categories_are_those_of_tvm() -> None:
    found = {name: rule(None, "float16")[0] for name, rule in on_relay("FTVMMixedPrecisionConversionType").items()}
    # TVM has one for an operator that it does not have.
    assert found | {"scatter": POLICIES.index("follow")} == registered("FTVMMixedPrecisionConversionType")


def test_policies_are_those_of_tvm() -> None:
    recorded = registered("TMixedPrecisionPolicy")
    assert {f"relax.{name}" for name in ALWAYS | FOLLOW} == set(recorded)
    assert all(policy_of(Op(name)) == POLICIES[value] for name, value in recorded.items())
