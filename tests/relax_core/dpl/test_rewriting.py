"""Rewriting by patterns: the programs and results below are what real TVM 0.27 makes of them."""

from typing import Any

import numpy as np
import pytest
from relax_build import bindings, main, relax

from relax_core.dpl import (
    PatternContext,
    PatternMatchingRewriter,
    TupleRewriter,
    is_const,
    is_op,
    rewrite_bindings,
    rewrite_call,
    wildcard,
)
from relax_core.ir.expr import Call, Constant, GlobalVar, IRModule, Tuple, TupleGetItem
from relax_core.structural import structural_equal
from relax_core.text.printer import print_module
from relax_core.text.reader import read
from relax_core.well_formed import check
from tensor_core.diagnostics import DiagnosticError
from tensor_core.passes import Sequential


def function(params: str, *lines: str, result: str = "gv", dataflow: bool = True, ret: str = "") -> Any:
    pad = " " * (12 if dataflow else 8)
    text = ["@I.ir_module", "class Module:", "    @R.function(private=True)", f"    def main({params}){ret}:"]
    text += ["        with R.dataflow():"] * dataflow + [pad + line for line in lines]
    text += [f"{pad}R.output({result})"] * dataflow + [f"        return {result}"]
    return main(read("\n".join(text)))


def same(a, b):
    shown = [print_module(IRModule({GlobalVar("main"): item})) for item in (a, b)]
    assert structural_equal(a, b), "\n".join(shown)
    assert check(IRModule({GlobalVar("main"): a})) == []


X = "x: R.Tensor((16, 16), 'float32')"
TWO = Constant(np.array(2, "float32"))


def test_calls_are_rewritten_until_nothing_matches():
    arg = wildcard()
    pattern = is_op("relax.add")(arg, arg)
    before = function(X, "a = R.add(x, x)", "gv = R.add(a, a)")

    def double(_, matched):
        return relax("multiply", matched[arg], TWO)

    two = 'R.const(2, "float32")'
    same(rewrite_call(pattern, double, before), function(X, f"a = R.multiply(x, {two})", f"gv = R.multiply(a, {two})"))
    assert rewrite_call(pattern, lambda expr, _: expr, before) is before
    outer = is_op("relax.add")(pattern, pattern)
    same(rewrite_call(outer, double, before), function(X, f"gv = R.multiply(x, {two})"))


def test_names_of_names_do_not_stay_behind():
    arg = wildcard()
    pattern = is_op("relax.reshape")(arg, wildcard())
    for dataflow in (True, False):
        before = function(X, "a = R.add(x, x)", "gv = R.reshape(a, R.shape([16, 16]))", dataflow=dataflow)
        after = rewrite_call(pattern, lambda _, matched: matched[arg], before)
        same(after, function(X, "gv = R.add(x, x)", dataflow=dataflow))


def test_what_a_replacement_repeats_is_computed_once():
    arg, start = wildcard(), wildcard()
    pattern = is_op("relax.strided_slice")(arg, wildcard(), start, wildcard(), wildcard())

    def halves(_, matched):
        split = bindings(function(X, "gv = R.split(x, 2)"))[0].value
        return TupleGetItem(split.replace(args=(matched[arg],)), int(matched[start].fields[0].value.value > 0))

    before = function(
        X,
        "a = R.strided_slice(x, [0], [0], [8], [1])",
        "b = R.strided_slice(x, [0], [8], [16], [1])",
        "gv = R.add(a, b)",
    )
    same(
        rewrite_call(pattern, halves, before),
        function(X, "s = R.split(x, 2)", "a = s[0]", "b = s[1]", "gv = R.add(a, b)"),
    )


def test_an_alternative_goes_on_when_the_first_side_changes_nothing():
    arg = wildcard()
    any_sum, zero_sum = (
        is_op("relax.add")(wildcard(), wildcard()),
        is_op("relax.add")(arg, is_op("relax.zeros")(wildcard())),
    )
    seen = []

    def rewriter(expr, matched):
        assert isinstance(expr, Call)
        seen.append(any_sum in matched)
        return expr if any_sum in matched else matched[arg]

    before = function("", "a = R.ones([4], 'int32')", "b = R.zeros([4], 'int32')", "gv = R.add(a, b)")
    same(rewrite_call(any_sum | zero_sum, rewriter, before), function("", "gv = R.ones([4], 'int32')"))
    assert True in seen
    assert False in seen


def test_the_alternative_itself_counts_as_matched():
    first, second = is_op("relax.add")(wildcard(), wildcard()), is_op("relax.multiply")(wildcard(), wildcard())
    either = first | second
    found = []
    before = function(X, "a = R.multiply(x, x)", "gv = R.exp(a)")
    rewrite_call(either, lambda expr, matched: found.append(matched[either]) or expr, before)
    assert [type(item) for item in found] == [Call]


def projections(names="wvu"):
    params = ", ".join(
        ["x: R.Tensor((2, 8, 4), 'float32')", *(f"{name}: R.Tensor((4, 4), 'float32')" for name in names)]
    )
    with PatternContext() as context:
        source, first, second = wildcard(), wildcard(), wildcard()
        left, right = is_op("relax.matmul")(source, first), is_op("relax.matmul")(source, second)

    def combine(matched, _):
        joined = function(params, "c = R.concat((w, v), axis=1)", "m = R.matmul(x, c)", "gv = R.split(m, 2, axis=2)")
        concat, matmul, split = (item.value for item in bindings(joined))
        c = Call(concat.op, (Tuple((matched[first], matched[second])),), concat.attrs)
        m = Call(matmul.op, (matched[source], c), matmul.attrs)
        s = Call(split.op, (m,), split.attrs)
        return {matched[left]: TupleGetItem(s, 0), matched[right]: TupleGetItem(s, 1)}

    return params, context, combine


def test_bindings_are_rewritten_together_and_moved_behind_what_they_need():
    params, context, combine = projections()
    before = function(
        params, "a = R.matmul(x, w)", "t = R.permute_dims(v, axes=None)", "b = R.matmul(x, t)", "gv = R.add(a, b)"
    )
    same(
        rewrite_bindings(context, combine, before),
        function(
            params,
            "t = R.permute_dims(v, axes=None)",
            "c = R.concat((w, t), axis=1)",
            "m = R.matmul(x, c)",
            "s = R.split(m, 2, axis=2)",
            "a = s[0]",
            "b = s[1]",
            "gv = R.add(a, b)",
        ),
    )
    untouched = function(params, "gv = R.matmul(x, w)")
    assert rewrite_bindings(context, combine, untouched) is untouched


def test_effects_and_branches_are_not_moved_over():
    arg = wildcard()
    pattern = is_op("relax.add")(arg, is_const())
    text = """
@I.ir_module
class Module:
    @R.function(pure=False)
    def main(x: R.Tensor((4,), "float32"), c: R.Tensor((), "bool")):
        a = R.add(x, R.const(1, "float32"))
        p = R.print(a, format="{}")
        if c:
            t = R.add(a, R.const(1, "float32"))
            y = R.exp(t)
        else:
            y = a
        b = R.add(y, R.const(1, "float32"))
        return b
"""
    after = rewrite_call(pattern, lambda _, matched: relax("nn.relu", matched[arg]), main(read(text)))
    shown = text.replace('R.add(x, R.const(1, "float32"))', "R.nn.relu(x)")
    shown = shown.replace('R.add(a, R.const(1, "float32"))', "R.nn.relu(a)")
    shown = shown.replace('R.add(y, R.const(1, "float32"))', "R.nn.relu(y)")
    same(after, main(read(shown)))


RULE = """
@I.ir_module
class Module:
    @R.function
    def pattern(a: R.Tensor, b: R.Tensor):
        c = R.add(a, b)
        d = R.nn.relu(c)
        return d

    @R.function
    def replacement(a: R.Tensor, b: R.Tensor):
        with R.dataflow():
            c = R.add(b, a)
            R.output(c)
        return c
"""


def test_a_module_states_a_rule():
    rewriter = PatternMatchingRewriter.from_module(read(RULE))
    params = "x: R.Tensor((4,), 'float32'), y: R.Tensor((4,), 'float32')"
    module = IRModule({GlobalVar("main"): function(params, "a = R.add(x, y)", "gv = R.nn.relu(a)")})
    after = rewriter(module)
    same(
        main(after),
        function(
            params,
            "a = R.match_cast(x, R.Tensor)",
            "b = R.match_cast(y, R.Tensor)",
            "gv = R.add(b, a)",
            ret=" -> R.Tensor((4,), 'float32')",
        ),
    )
    assert rewriter(after) is after


def test_a_module_that_states_no_rule_is_refused():
    with pytest.raises(KeyError, match="Expected module to contain 'replacement'"):
        PatternMatchingRewriter.from_module(read(RULE.replace("def replacement", "def other")))
    other = RULE.replace(
        "def replacement(a: R.Tensor, b: R.Tensor)", "def replacement(a: R.Tensor, b: R.Tensor(ndim=1))"
    )
    with pytest.raises(ValueError, match="must have the same signature"):
        PatternMatchingRewriter.from_module(read(other))
    more = RULE + RULE[RULE.index("    @R.function") :].split("    @R.function")[1].join(
        ["    @R.function", ""]
    ).replace("pattern", "more")
    with pytest.raises(ValueError, match="no publicly-exposed functions"):
        PatternMatchingRewriter.from_module(read(more))


def test_values_are_rewritten_as_a_tuple_that_nobody_made():
    left, right, arg = wildcard(), wildcard(), wildcard()
    first, second = is_op("relax.exp")(arg), is_op("relax.sin")(arg)
    rewriter = TupleRewriter([first, second], lambda _, matched: Tuple((relax("cos", matched[arg]), matched[arg])))
    assert left is not right
    before = function(X, "a = R.exp(x)", "b = R.sin(x)", "gv = R.add(a, b)")
    same(rewriter(before), function(X, "a = R.cos(x)", "gv = R.add(a, x)"))
    with pytest.raises(DiagnosticError, match="more than 3 fields"):
        TupleRewriter([arg] * 4, lambda *_: None)(before)


def test_circular_replacements_are_refused():
    with PatternContext() as context:
        first = is_op("relax.exp")(wildcard())
        second = is_op("relax.sin")(first)

    def circle(matched, _):
        return {matched[first]: relax("cos", matched[second])}

    with pytest.raises(DiagnosticError, match="in a circle"):
        rewrite_bindings(context, circle, function(X, "a = R.exp(x)", "gv = R.sin(a)"))


def test_long_programs_are_rewritten_in_few_rounds():
    count = 3_000
    lines = [f"v{i + 1} = R.exp(v{i})" for i in range(count)]
    before = function(X.replace("x:", "v0:"), *lines, result=f"v{count}")
    arg = wildcard()
    after = rewrite_call(is_op("relax.exp")(arg), lambda _, matched: relax("sin", matched[arg]), before)
    assert {item.value.op.name for item in bindings(after)} == {"relax.sin"}


SUBROUTINES = """
@I.ir_module
class Module:
    @R.function
    def pattern(a: R.Tensor((16,), "float32")):
        b = R.OP(a)
        return b

    @R.function
    def replacement(a: R.Tensor((16,), "float32")):
        b = Module.helper(a)
        return b

    @R.function(private=True)
    def helper(a: R.Tensor((16,), "float32")) -> R.Tensor((16,), "float32"):
        b = R.NEW(a)
        return b
"""


def test_functions_that_replacements_call_come_along_under_names_of_their_own():
    rules = [
        PatternMatchingRewriter.from_module(read(SUBROUTINES.replace("R.OP", f"R.{op}").replace("R.NEW", f"R.{new}")))
        for op, new in (("exp", "sin"), ("tanh", "cos"))
    ]
    params = "x: R.Tensor((16,), 'float32')"
    module = IRModule({GlobalVar("main"): function(params, "a = R.exp(x)", "gv = R.tanh(a)")})
    after = (rules[0] | rules[1])(module)
    assert check(after) == []
    assert sorted(var.name for var in after) == ["helper", "helper_1", "main"]
    only = rules[0](module)
    assert sorted(var.name for var in only) == ["helper", "main"]
    assert Sequential([rules[0]])(module).functions.keys() != module.functions.keys()
    with pytest.raises(DiagnosticError, match="replacements call helper"):
        rules[0](main(module))
