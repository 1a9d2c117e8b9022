"""What each construct of Relax becomes in Relay, and what is refused or told."""

import numpy as np
import pytest

import migrate
import relax_core.ir.expr as relax
import relay_compat.ir.expr as relay
from migrate.backward.revert import Reversion
from migrate.report.model import Fate, Outcome
from relay_compat.ir.types import FuncType, RefType
from relay_compat.structural.equal import structural_equal
from relay_compat.types.infer import infer_types
from relay_compat.visit import reachable
from tensor_core.node import Node

V = 'R.Tensor((3,), dtype="float32")'
X = np.array([1.0, -2.0, 3.0], "float32")


def module(*functions: str) -> str:
    body = "\n".join(functions)
    return f"@I.ir_module\nclass Module:\n{body}"


def function(signature: str, *lines: str, name: str = "main", options: str = "") -> str:
    body = "\n".join(f"        {line}" for line in lines)
    return f"    @R.function{options}\n    def {name}{signature}:\n{body}\n"


def reverted(*functions: str, complete: bool = True) -> Reversion:
    """The module in Relay; its text reads back as the same module."""
    result = migrate.revert(migrate.load(module(*functions)))
    assert result.report.complete == complete, result.report.diagnostics
    assert structural_equal(infer_types(migrate.load(result.text())), result.module)
    return result


def main(result: Reversion) -> relay.Function:
    found = result.module["main"]
    assert isinstance(found, relay.Function)
    return found


def kinds(result: Reversion) -> list[str]:
    """The kinds of nodes in @main that are no calls, parameters, constants or operators."""
    plain = (relay.Call, relay.Var, relay.Op, relay.Constant)
    nodes: list[Node] = [node for node in reachable(main(result).body) if not isinstance(node, plain)]
    return sorted(type(node).__name__ for node in nodes)


def test_bindings_without_effects_become_shared_nodes():
    lines = ["with R.dataflow():", "    a = R.exp(x)", "    b = R.add(a, a)", "    R.output(b)", "return b"]
    result = reverted(function(f"(x: {V})", *lines))
    body = main(result).body
    assert isinstance(body, relay.Call)
    assert body.args[0] is body.args[1]
    assert kinds(result) == []


def test_a_value_that_nothing_uses_is_gone():
    result = reverted(function(f"(x: {V})", "a = R.exp(x)", "b = R.add(x, x)", "return b"))
    assert "exp" not in result.text()


def test_branches():
    lines = ["if c:", "    a = R.exp(x)", "    r = R.add(a, a)", "else:", "    r = R.negative(x)", "return r"]
    result = reverted(function(f'(x: {V}, c: R.Tensor((), "bool"))', *lines))
    assert kinds(result) == ["If"]
    for c in (True, False):
        want = 2 * np.exp(X) if c else -X
        np.testing.assert_allclose(migrate.run(result.module, [X, np.array(c)])[0], want, rtol=1e-6)


def test_tuples_and_their_fields():
    lines = ["t = (x, R.exp(x))", "u = R.split(x, 3, axis=0)", "r = (t[1], u[2], t)", "return r"]
    result = reverted(function(f"(x: {V})", *lines))
    assert kinds(result) == ["Tuple", "Tuple", "TupleGetItem"]
    assert [value.tolist() for value in migrate.run(result.module, [X])][1:3] == [[3.0], X.tolist()]


def test_constants_keep_their_bits():
    script = function(f"(x: {V})", "r = R.add(x, R.const([1.5, -0.0, 1e-45], 'float32'))", "return r")
    (constant,) = [node for node in reachable(main(reverted(script))) if isinstance(node, relay.Constant)]
    assert constant.data.tobytes() == np.array([1.5, -0.0, 1e-45], "float32").tobytes()


def summing(options: str = "") -> str:
    """A function that adds the numbers up to its argument, by calling itself."""
    return function(
        '(n: R.Tensor((), "int32")) -> R.Tensor((), "int32")',
        'c = R.greater(n, R.const(0, "int32"))',
        "if c:",
        '    m = R.subtract(n, R.const(1, "int32"))',
        "    s = Module.loop(m)",
        "    r = R.add(n, s)",
        "else:",
        "    r = n",
        "return r",
        name="loop",
        options=options,
    )


def test_global_functions_and_recursion():
    callee = function(f"(x: {V}) -> {V}", "r = R.exp(x)", "return r", name="f")
    loop = summing()
    result = reverted(callee, loop, function(f"(x: {V}) -> {V}", "r = Module.f(x)", "return r"))
    assert sorted(var.name for var in result.module) == ["f", "loop", "main"]
    assert migrate.run(result.module, [np.array(4, "int32")], "loop")[0] == 10


def test_local_functions_are_closures():
    lines = [
        "@R.function",
        f"def inner(a: {V}) -> {V}:",
        "    b: " + V + " = R.add(a, x)",
        "    return b",
        "r = inner(x)",
        "return r",
    ]
    result = reverted(function(f"(x: {V})", *lines))
    assert kinds(result) == ["Function"]
    np.testing.assert_array_equal(migrate.run(result.module, [X])[0], 2 * X)


def test_private_functions_stay_functions_and_private():
    loop = summing("(private=True)")
    result = reverted(loop, function('(n: R.Tensor((), "int32"))', "r = Module.loop(n)", "return r"))
    again = migrate.convert(result.module).module["loop"]
    assert isinstance(again, relax.Function)
    assert "global_symbol" not in (again.attrs or {})
    assert migrate.run(result.module, [np.array(4, "int32")])[0] == 10


def test_attributes_of_functions():
    lines = [
        'R.func_attr({"Codegen": "dnnl", "global_symbol": "ext", "Primitive": True, "tag": "t"})',
        "r = R.exp(x)",
        "return r",
    ]
    caller = function(f"(x: {V}) -> {V}", "r = Module.ext(x)", "return r")
    found = reverted(function(f"(x: {V}) -> {V}", *lines, name="ext"), caller).module["ext"]
    assert isinstance(found, relay.Function)
    assert dict(found.attrs) == {"Compiler": "dnnl", "global_symbol": "ext", "Primitive": 1, "tag": "t"}


def test_symbolic_sizes_are_open_and_what_they_said_is_told():
    lines = ["r = R.add(x, y)", "s = R.reshape(r, R.shape([n * 8]))", "return s"]
    result = reverted(
        function('(x: R.Tensor(("n", 8), "float32"), y: R.Tensor(("n", 8), "float32"))', "n = T.int64()", *lines)
    )
    assert [item.what for item in result.report.assumptions] == ["y.shape[0] == x.shape[0]"]
    assert "newshape=[-1]" in result.text()
    for param in main(result).params:
        assert str(param.checked_type) == "Tensor[(?, 8), float32]"


def test_sizes_that_are_computed_are_operands():
    lines = ["n = T.int64()", "m = T.int64()", "r = R.zeros(R.shape([m + 1, n * 2]), 'float32')", "return r"]
    result = reverted(function('(x: R.Tensor(("n", "m"), "float32"))', *lines))
    assert "dyn.zeros" in result.text()
    assert migrate.run(result.module, [np.ones((2, 5), "float32")], executor="interpreter")[0].shape == (6, 4)


def test_a_shape_that_the_program_computes_is_an_operand():
    lines = ["s = R.tensor_to_shape(x)", "r = R.reshape(y, s)", "return r"]
    result = reverted(function('(x: R.Tensor((2,), "int64"), y: R.Tensor((16,), "float32"))', *lines))
    args = [np.array([8, 2]), np.zeros(16, "float32")]
    assert migrate.run(result.module, args, executor="interpreter")[0].shape == (8, 2)


def test_shapes_are_vectors():
    lines = ["s = R.shape_of(x)", "t = R.shape_to_tensor(s)", "return t"]
    result = reverted(function('(x: R.Tensor(("n", 8), "float32"))', *lines))
    found = migrate.run(result.module, [np.ones((2, 8), "float32")], executor="interpreter")
    assert found[0].dtype == np.int64
    assert found[0].tolist() == [2, 8]


def test_match_cast_is_the_value_and_its_check_is_told():
    lines = ["n = T.int64()", 'y = R.match_cast(x, R.Tensor((n, n), "float32"))', "return y"]
    result = reverted(function('(x: R.Tensor(("a", "b"), "float32"))', *lines))
    assert ("match_cast", "") in [(item.why, item.guard) for item in result.report.assumptions]
    assert isinstance(main(result).body, relay.Var)


def test_scalars_are_tensors_of_rank_0():
    result = reverted(function(f"(x: {V})", "r = R.add(x, R.prim_value(T.float32(2)))", "return r"))
    np.testing.assert_array_equal(migrate.run(result.module, [X])[0], X + 2)


def test_products_take_transpositions_into_them():
    lines = ["t = R.permute_dims(w)", "r = R.matmul(x, t)", "return r"]
    assert (
        "nn.dense(%x, %w"
        in reverted(function('(x: R.Tensor((2, 4), "float32"), w: R.Tensor((5, 4), "float32"))', *lines)).text()
    )


def test_references_are_references_and_their_order_is_that_of_lets():
    lines = [
        'h: R.Any = R.call_packed("relay2relax.ref.new", x, ty_args=(R.Any(),))',
        'u: R.Tuple = R.call_packed("relay2relax.ref.write", h, y, ty_args=(R.Tuple(),))',
        f'r: {V} = R.call_packed("relay2relax.ref.read", h, ty_args=({V},))',
        "return r",
    ]
    result = reverted(function(f"(x: {V}, y: {V})", *lines, options="(pure=False)"))
    assert kinds(result) == ["Let", "Let", "Let", "RefCreate", "RefRead", "RefWrite"]
    body = main(result).body
    assert isinstance(body, relay.Let)
    assert isinstance(body.var.checked_type, RefType)
    np.testing.assert_array_equal(migrate.run(result.module, [X, 2 * X], executor="interpreter")[0], 2 * X)


def test_function_values_get_the_types_of_their_calls():
    lines = [f"r = R.invoke_pure_closure(f, (x,), ty_args=({V},))", "return r"]
    result = reverted(function(f"(f: R.Any, x: {V})", *lines))
    type_ = main(result).params[0].checked_type
    assert isinstance(type_, FuncType)
    assert str(type_.ret_type) == "Tensor[(3), float32]"


def test_what_relay_cannot_say_leaves_its_function_out_and_says_all_of_it():
    lines = [
        f'a = R.call_pure_packed("my.function", x, ty_args=({V},))',
        "b = R.exp(a)",
        f'c = R.call_pure_packed("my.other", b, ty_args=({V},))',
        "return c",
    ]
    bad = function(f"(x: {V}) -> {V}", *lines, name="bad")
    user = function(f"(x: {V}) -> {V}", "r = Module.bad(x)", "return r", name="user")
    result = reverted(bad, user, function(f"(x: {V})", "r = R.exp(x)", "return r"), complete=False)
    assert [var.name for var in result.module] == ["main"]
    fates = {item.function: item.fate for item in result.report.functions}
    assert fates == {"bad": Fate.REFUSED, "user": Fate.REFUSED, "main": Fate.CONVERTED}
    told = [item.message for item in result.report.diagnostics]
    assert any("my.function" in text for text in told)
    assert any("my.other" in text for text in told)
    assert all(item.code.id == "R2R0404" and item.hint for item in result.report.diagnostics)
    assert [item.outcome for item in result.report.conversions if item.function == "bad"] == [Outcome.REFUSED] * 2


def test_marks_that_relay_does_not_have_are_dropped_and_told():
    lines = ["a = R.grad.no_grad(x)", "b = R.memory.view(a, R.tuple(), R.dtype('int32'), R.tuple())", "return b"]
    result = reverted(function(f"(x: {V})", *lines))
    assert "reinterpret(%x" in result.text()
    assert any("only differentiation sees" in item for item in result.report.compromises)


def test_a_tensor_of_unknown_rank_is_refused():
    result = reverted(function('(x: R.Tensor(dtype="float32"))', "return x"), complete=False)
    assert [item.code.id for item in result.report.diagnostics] == ["R2R0404"]


def test_a_relay_module_is_refused():
    with pytest.raises(migrate.DiagnosticError, match="R2R0405"):
        migrate.revert(migrate.load('#[version = "0.0.5"]\ndef @main(%x: int32) { %x }\n'))


@pytest.mark.parametrize(
    ("view", "said"),
    [
        ('R.memory.view(x, R.tuple(), R.dtype("int32"), R.tuple())', True),
        ('R.memory.view(x, R.shape([1, 3]), R.dtype("int32"), R.tuple())', False),
    ],
)
def test_only_a_view_of_the_whole_in_the_same_width_is_said(view: str, said: bool) -> None:
    text = module(function(f"(x: {V})", f"r = {view}", "return r"))
    result = migrate.revert(migrate.load(text))
    assert result.report.complete == said
    assert not said or "reinterpret" in result.text()
    told = [item.message for item in result.report.diagnostics]
    assert said or told == ["a view of another shape, place or width is not said in Relay"]


def test_products_of_batches_take_transpositions_into_them() -> None:
    batches = '(x: R.Tensor((2, 3, 4), "float32"), w: R.Tensor((2, 5, 4), "float32"))'
    lines = ["t = R.permute_dims(w, axes=[0, 2, 1])", "r = R.matmul(x, t)", "return r"]
    text = reverted(function(batches, *lines)).text()
    assert "transpose_b=True" in text or "nn.batch_matmul(%x, %w)" in text
    assert "transpose(" not in text


def test_a_value_that_its_sizes_tell_is_a_constant() -> None:
    lines = ['r = R.eye(2, 3, 0, dtype="float32")', "return r"]
    result = reverted(function("()", *lines))
    np.testing.assert_array_equal(migrate.run(result.module, [])[0], np.eye(2, 3, dtype="float32"))


@pytest.mark.parametrize("dtype", ["int64", "int32"])
def test_counting_to_a_size_is_counting_in_its_element_type(dtype: str) -> None:
    lines = ["n = T.int64()", f'r = R.arange(n, dtype="{dtype}")', "return r"]
    result = migrate.revert(migrate.load(module(function('(x: R.Tensor(("n",), "float32"))', *lines))))
    assert result.report.complete
    (got,) = migrate.run(result.module, [X], executor="interpreter")
    np.testing.assert_array_equal(got, np.arange(3, dtype=dtype))
    (call,) = [
        node for node in reachable(main(result)) if isinstance(node, relay.Call) and node.op is relay.op("arange")
    ]
    # What counts in int64 is taken as it is.
    casts = [isinstance(arg, relay.Call) and arg.op is relay.op("cast") for arg in call.args]
    assert casts == [dtype != "int64"] * 3
