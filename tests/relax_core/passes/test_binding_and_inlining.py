"""Binding parameters and symbolic variables, inlining, global symbols: beyond the recorded cases."""

from functools import partial

import numpy as np
import pytest
from relax_build import bindings, main
from steps import steps

from relax_core.ir.expr import Constant, IRModule, PrimValue
from relax_core.text.reader import read
from relax_core.transform import (
    AttachGlobalSymbol,
    BindParams,
    BindSymbolicVars,
    InlinePrivateFunctions,
    RemoveUnusedParameters,
    TopologicalSort,
)
from relax_core.well_formed import check
from tensor_core.diagnostics import DiagnosticError

PROGRAM = """
@I.ir_module
class Module:
    @R.function
    def main(x: R.Tensor(("n", 4), "float32"), w: R.Tensor(("n", "m"), "float32")):
        n = T.int64()
        m = T.int64()
        a = R.reshape(x, R.shape([n * 4]))
        b = R.add(w, w)
        return (a, b)
"""


def test_bound_parameters_go_and_their_dimensions_become_known():
    module = read(PROGRAM)
    after = BindParams("main", {"w": np.zeros((2, 3), "float32")})(module)
    assert check(after) == []
    function = main(after)
    assert [param.name for param in function.params] == ["x"]
    first, second = bindings(function)
    assert str(first.var.ty) == "Tensor[(8), float32]"
    assert isinstance(second.value.args[0], Constant)
    assert BindParams("other", {"w": 1})(module) is module
    with pytest.raises(DiagnosticError, match="there is no parameter v"):
        BindParams("main", {"v": 1})(module)


def test_numbers_are_bound_as_scalars():
    function = main(
        read(
            PROGRAM.replace('x: R.Tensor(("n", 4), "float32")', 'x: R.Prim("int64")').replace(
                "R.reshape(x, R.shape([n * 4]))", "(x, x)"
            )
        )
    )
    bound = function.bind_params({function.params[0]: 3})
    assert all(isinstance(item, PrimValue) for item in bindings(bound)[0].value.fields)


def test_symbolic_variables_are_bound_by_name_or_by_themselves():
    module = read(PROGRAM)
    n = main(module).params[0].ty.dims[0]
    for key in ("n", n):
        after = BindSymbolicVars({key: 5})(module)
        assert check(after) == []
        assert str(main(after).params[1].ty) == "Tensor[(5, m), float32]"
        assert str(bindings(main(after))[0].var.ty) == "Tensor[(20), float32]"
    assert str(main(BindSymbolicVars({"m": n}, "main")(module)).params[1].ty) == "Tensor[(n, n), float32]"
    with pytest.raises(DiagnosticError, match="no function has the symbolic variables k"):
        BindSymbolicVars({"k": 5})(module)


NESTED = """
@I.ir_module
class Module:
    @R.function
    def main(x: R.Tensor((16, 2), "float32")):
        with R.dataflow():
            a = Module.outer(x)
            gv = R.exp(a)
            R.output(gv)
        return gv

    @R.function(private=True)
    def outer(x: R.Tensor(("n", 2), "float32")) -> R.Tensor(("n", 4), "float32"):
        n = T.int64()
        with R.dataflow():
            y = R.concat((x, x), axis=1)
            z = Module.inner(y)
            R.output(z)
        return z

    @R.function(private=True)
    def inner(x: R.Tensor(("k", 4), "float32")) -> R.Tensor(("k", 4), "float32"):
        y = R.sin(x)
        return y
"""


def test_functions_are_inlined_with_the_functions_they_call():
    after = InlinePrivateFunctions()(read(NESTED))
    assert check(after) == []
    assert [var.name for var in after] == ["main"]
    assert [item.value.op.name for item in bindings(main(after))] == ["relax.concat", "relax.sin", "relax.exp"]
    assert {str(item.var.ty) for item in bindings(main(after))} == {"Tensor[(16, 4), float32]"}


def test_recursive_functions_stay_or_are_refused():
    module = read(NESTED.replace("R.sin(x)", "Module.inner(x)"))
    assert sorted(var.name for var in InlinePrivateFunctions()(module)) == ["inner", "main"]
    with pytest.raises(DiagnosticError, match="inner calls itself"):
        main(module).inline_functions({"outer": module["outer"], "inner": module["inner"]})
    with pytest.raises(ValueError, match="given twice"):
        main(module).inline_functions({"outer": module["outer"], module.get_global_var("outer"): module["outer"]})


@pytest.mark.parametrize(("release", "kind"), [("0.19", "PrimType"), ("0.27", "ShapeType")])
def test_symbols_of_removed_parameters_are_passed_on(release, kind):
    text = NESTED.replace("R.sin(x)", 'R.zeros(R.shape([k, 4]), dtype="float32")').replace(
        "y = R.zeros", "k = T.int64()\n        y = R.zeros"
    )
    after = RemoveUnusedParameters()(read(text, release=release))
    assert check(after) == []
    [param] = main(after, "inner").params
    assert (param.name, type(param.ty).__name__) == ("param_k", kind)


def test_symbols_are_attached_once():
    module = read(NESTED)
    after = AttachGlobalSymbol()(module)
    assert [function.attrs["global_symbol"] for function in after.functions.values()] == ["main", "outer", "inner"]
    assert AttachGlobalSymbol()(after) is after


def test_orders_have_names():
    with pytest.raises(ValueError, match="traversal order"):
        TopologicalSort("random")
    with pytest.raises(ValueError, match="starting location"):
        TopologicalSort("depth-first", "from-nowhere")
    assert isinstance(TopologicalSort()(read(NESTED)), IRModule)


def nested(depth: int) -> IRModule:
    """A cast that defines a size, and branches in branches, the innermost of which uses it."""
    lines = ["n = T.int64()", 'held = R.match_cast(x, R.Tensor((n,), "float32"))']
    for level in range(depth):
        pad = " " * level
        lines += [f"{pad}if c:", f"{pad} y{level} = R.zeros(R.shape([n]), 'float32')"]
    lines.append(" " * depth + "z = R.add(held, held)")
    for level in reversed(range(depth)):
        lines += [" " * level + "else:", " " * level + " z = R.exp(held)"]
    body = "\n".join(f"        {line}" for line in (*lines, "return z"))
    params = 'x: R.Tensor(ndim=1, dtype="float32"), c: R.Tensor((), "bool")'
    return read(f"@I.ir_module\nclass Module:\n    @R.function\n    def main({params}):\n{body}\n")


def test_sorting_is_linear_in_the_depth_of_branches():
    short, long = (steps(partial(TopologicalSort(), nested(depth))) for depth in (10, 40))
    assert long < 5 * short


def test_what_a_branch_uses_is_defined_before_it():
    module = read("""
@I.ir_module
class Module:
    @R.function
    def main(x: R.Tensor(ndim=1, dtype="float32")):
        n = T.int64()
        with R.dataflow():
            held = R.match_cast(x, R.Tensor((n,), "float32"))
            @R.function
            def inner(y: R.Tensor(ndim=1, dtype="float32")):
                z = R.zeros(R.shape([n]), "float32")
                return z
            out = inner(x)
            R.output(out)
        return out
""")
    for order in ("depth-first", "breadth-first"):
        after = TopologicalSort(order, "from-inputs")(module)
        assert check(after) == []
        names = [binding.var.name for binding in bindings(main(after))]
        assert names.index("held") < names.index("inner")
