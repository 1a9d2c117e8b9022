"""FoldScaleAxis on Relax with one of its rules taken out, or made wrong: each must fail its proof."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

import pytest
from wrong_rules import twice

import relax_core.passes.backward_fold_scale_axis as backward
import relax_core.passes.forward_fold_scale_axis as forward
from migrate.passes.ports import ports
from migrate.verify.proof import PortedPass, prove
from tensor_core.passes import Pass

SIDES: Mapping[str, Any] = {"BackwardFoldScaleAxis": backward, "ForwardFoldScaleAxis": forward}
CASES = [(name, rule) for name, side in SIDES.items() for rule in side.RULES]
_SKELETONS = {"matmul": "dense", "nn.leakyrelu": "leaky_relu"}


def around(name: str, rule: str) -> PortedPass:
    """The port, on programs for the rule."""
    wanted = _SKELETONS.get(rule, rule.removeprefix("nn."))
    port = ports()[name]
    fitting = tuple(item for item in port.skeletons if item.name.endswith(wanted))
    assert fitting
    return replace(port, skeletons=fitting)


def wrong(name: str, rule: str, change: Callable[[Any], Any]) -> Pass:
    """The pass whose rule gives another call for what is scaled."""
    rules = dict(SIDES[name].RULES)
    right = rules[rule]
    rules[rule] = replace(right, scaled=change(right.scaled))
    return SIDES[name].folding(rules)


@pytest.mark.parametrize(("name", "rule"), CASES)
def test_without_a_rule(name: str, rule: str) -> None:
    rules = {key: value for key, value in SIDES[name].RULES.items() if key != rule}
    assert not prove(replace(around(name, rule), relax=SIDES[name].folding(rules)), 30, reduced=False)


@pytest.mark.parametrize(("name", "rule"), CASES)
def test_with_a_wrong_rule(name: str, rule: str) -> None:
    assert not prove(replace(around(name, rule), relax=wrong(name, rule, twice)), 30, reduced=False)
