"""Deduced types against the annotations that real TVM 0.27 printed for its own test programs."""

from collections import Counter
from collections.abc import Iterator
from typing import Any

from relax_core.ir.expr import Call, Function, If, Op, SeqExpr, VarBinding
from relax_core.text.reader import read
from relax_core.types.deduce import deduce
from relax_core.types.operands import plan
from relax_core.types.relations import is_base_of, may_fit, same_type
from tensor_core.diagnostics import DiagnosticError

UNSIMPLIFIED = {"relax.strided_slice", "relax.nn.batch_norm"}
"""Ops whose symbolic bounds TVM simplifies further, knowing that dimensions are not negative, or whose annotation in a
script says more than TVM deduces (a parameter of c numbers where the axis is h long).
"""


def _calls(function) -> Iterator[Any]:
    stack = [function]
    while stack:
        item = stack.pop()
        if isinstance(item, Function):
            item = item.body
        if not isinstance(item, SeqExpr):
            continue
        for block in item.blocks:
            for binding in block.bindings:
                if not isinstance(binding, VarBinding):
                    continue
                value = binding.value
                if isinstance(value, If):
                    stack += [value.true_branch, value.false_branch]
                elif isinstance(value, Function):
                    stack.append(value)
                elif isinstance(value, Call) and isinstance(value.op, Op) and plan(value.op, "0.27"):
                    yield binding


def _programs(corpus):
    """Every distinct script before a pass that this reader takes (after some passes TVM's annotations are stale)."""
    recorded = corpus("relax_passes")
    texts = {recorded.json(row["name"], "case.json")["before"] for row in recorded.rows}
    for text in sorted(texts):
        try:
            yield text, read(text, release="0.27")
        except DiagnosticError:
            continue


def test_types_are_those_of_tvm(corpus):
    agree, differ = Counter(), []
    for text, module in _programs(corpus):
        for function in module.functions.values():
            if not isinstance(function, Function):
                continue
            for binding in _calls(function):
                found = deduce(binding.value)
                if same_type(found, binding.var.ty):
                    agree[binding.value.op.name] += 1
                elif binding.value.op.name in UNSIMPLIFIED:
                    assert may_fit(binding.var.ty, found)
                elif not is_base_of(binding.var.ty, found):
                    differ.append((binding.value.op.name, str(found), str(binding.var.ty), text))
    assert not differ, differ[0]
    assert sum(agree.values()) >= 600, sum(agree.values())
    assert len(agree) >= 70, len(agree)


def test_the_comparison_can_fail(corpus):
    text, module = next(item for item in _programs(corpus) if "R.nn.conv2d(" in item[0])
    binding = next(
        binding
        for function in module.functions.values()
        if isinstance(function, Function)
        for binding in _calls(function)
        if binding.value.op.name == "relax.nn.conv2d"
    )
    call = binding.value
    wrong = call.replace(attrs=type(call.attrs)(call.attrs.type_key, {**call.attrs, "strides": (3, 3)}))
    assert not same_type(deduce(wrong), binding.var.ty), text
