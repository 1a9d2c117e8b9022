"""What the printer writes, release by release; the expected lines are what TVM prints of the same program."""

import numpy as np
import pytest

from relax_core.ir.expr import (
    BindingBlock,
    Call,
    Constant,
    DataflowBlock,
    DataflowVar,
    ExternFunc,
    Function,
    GlobalVar,
    If,
    IRModule,
    MatchCast,
    PrimValue,
    SeqExpr,
    ShapeExpr,
    StringImm,
    Tuple,
    TupleGetItem,
    Var,
    VarBinding,
    op,
)
from relax_core.ir.types import FuncType, ObjectType, PrimType, ShapeType, TensorType, TupleType
from relax_core.structural import structural_equal
from relax_core.text.config import ScriptConfig
from relax_core.text.printer import print_module
from relax_core.text.profiles import targets
from relax_core.text.reader import read
from tensor_core import prim
from tensor_core.attrs import Attrs
from tensor_core.diagnostics import DiagnosticError
from tensor_core.prim import IntImm

F32 = TensorType((2, 3))


def module(params, blocks, result, *, ret=None, **more):
    attrs = {"global_symbol": "main", **more.pop("attrs", {})}
    function = Function(tuple(params), SeqExpr(tuple(blocks), result), ret, attrs=attrs, **more)
    return IRModule({GlobalVar("main"): function})


def body(text: str) -> list[str]:
    """The lines of the function's body."""
    lines = text.splitlines()
    first = next(n for n, line in enumerate(lines) if line.lstrip().startswith("def "))
    return [line.removeprefix("        ") for line in lines[first + 1 :]]


def signature(text: str) -> str:
    return next(line.strip() for line in text.splitlines() if line.lstrip().startswith("def "))


X = Var("x", F32)


def one_binding(value: Call, target: str = "0.27") -> str:
    """The line that binds a value over ``X``."""
    y = Var("y", F32)
    made = module([X], [BindingBlock((VarBinding(y, value),))], y, ret=F32)
    return body(print_module(made, target))[0]


def refusal(made, target="0.27") -> str:
    with pytest.raises(DiagnosticError) as caught:
        print_module(made, target)
    return caught.value.diagnostics[0].code.id


def test_a_function_with_a_dataflow_block():
    x, lv, gv = Var("x", F32), DataflowVar("lv", F32), Var("gv", F32)
    block = DataflowBlock(
        (
            VarBinding(lv, Call(op("relax.add"), (x, x))),
            VarBinding(gv, Call(op("relax.nn.relu"), (lv,))),
        )
    )
    assert print_module(module([x], [block], gv, ret=F32)) == (
        "# from tvm.script import ir as I\n"
        "# from tvm.script import relax as R\n"
        "\n"
        "@I.ir_module\n"
        "class Module:\n"
        "    @R.function\n"
        '    def main(x: R.Tensor((2, 3), dtype="float32")) -> R.Tensor((2, 3), dtype="float32"):\n'
        "        with R.dataflow():\n"
        '            lv: R.Tensor((2, 3), dtype="float32") = R.add(x, x)\n'
        '            gv: R.Tensor((2, 3), dtype="float32") = R.nn.relu(lv)\n'
        "            R.output(gv)\n"
        "        return gv"
    )


def test_symbolic_dimensions_before_and_with_type_variables():
    n, m = prim.Var("n"), prim.Var("m")
    x = Var("x", TensorType((n, m)))
    y = Var("y", TensorType((n * m,)))
    shape = ShapeExpr((n * m,))
    made = module([x], [BindingBlock((VarBinding(y, Call(op("relax.reshape"), (x, shape))),))], y, ret=y.ty)
    old, new = print_module(made, "0.19"), print_module(made, "0.27")
    assert (
        signature(old) == 'def main(x: R.Tensor(("n", "m"), dtype="float32")) -> R.Tensor(("n * m",), dtype="float32"):'
    )
    assert body(old)[:2] == ["n = T.int64()", "m = T.int64()"]
    assert "# from tvm.script import tir as T" in old.splitlines()
    assert signature(new) == 'def main(x: R.Tensor((n, m), dtype="float32")) -> R.Tensor(("n * m",), dtype="float32"):'
    assert new.splitlines()[4:7] == ['m = TypeVar("m")', 'n = TypeVar("n")', "@I.ir_module"]
    assert "tirx" not in new
    assert body(new)[0] == body(old)[2] == 'y: R.Tensor((n * m,), dtype="float32") = R.reshape(x, R.shape([n * m]))'


def test_match_cast_declares_its_variables():
    n = prim.Var("n")
    x, y = Var("x", TensorType(None, "float32", ndim=2)), Var("y", TensorType((n, n)))
    made = module(
        [x], [BindingBlock((MatchCast(y, x, TensorType((n, n))),))], y, ret=TensorType(None, "float32", ndim=2)
    )
    for target in targets():
        assert body(print_module(made, target))[:2] == [
            "n = T.int64()",
            'y: R.Tensor((n, n), dtype="float32") = R.match_cast(x, R.Tensor((n, n), dtype="float32"))',
        ]


def test_declared_in_a_body_is_no_type_variable_of_another_function():
    """TVM 0.27 reads no such declaration ("Cannot redefine a non-PrimType object to a PrimType value")."""
    n, own = prim.Var("n"), prim.Var("n")
    x, y, z = Var("x", TensorType(None, "float32", ndim=1)), Var("y", TensorType((n,))), Var("z", TensorType((own,)))
    cast = BindingBlock((MatchCast(y, x, TensorType((n,))),))
    made = module([x], [cast], y, ret=TensorType(None, "float32", ndim=1))
    made[GlobalVar("other")] = Function((z,), SeqExpr((), z), z.ty, attrs={"global_symbol": "other"})
    text = print_module(made, "0.27")
    assert 'n = TypeVar("n")' in text.splitlines()
    assert "        n_1 = T.int64()" in text.splitlines()
    assert 'R.match_cast(x, R.Tensor((n_1,), dtype="float32"))' in text
    for other in (print_module(made, "0.19"), print_module(made, "0.27", config=ScriptConfig(exact=True))):
        assert "n_1" not in other


def test_numbers_of_bfloat16_are_written_as_every_release_reads_them():
    """TVM 0.19 has no ``T.bfloat16``."""
    x = Var("x", TensorType((2,), "bfloat16"))
    bounds = (PrimValue(prim.FloatImm(value, "bfloat16")) for value in (-0.5, 2.0))
    y = Var("y", TensorType((2,), "bfloat16"))
    made = module([x], [BindingBlock((VarBinding(y, Call(op("relax.clip"), (x, *bounds))),))], y, ret=y.ty)
    old, new = print_module(made, "0.19"), print_module(made, "0.27")
    assert 'R.prim_value(T.Cast("bfloat16", T.float32(-0.5)))' in old
    assert "T.bfloat16(-0.5)" in new
    assert structural_equal(read(old), made)
    assert structural_equal(read(new), made)


def test_scalars():
    cases = [
        (IntImm(3), "3"),
        (IntImm(-3), "-3"),
        (IntImm(3, "int32"), "T.int32(3)"),
        (prim.FloatImm(0.1, "float64"), "T.float64(0.10000000000000001)"),
        (prim.FloatImm(float("-inf"), "float32"), 'T.float32("-inf")'),
    ]
    for value, text in cases:
        call = Call(op("relax.call_pure_packed"), (ExternFunc("f"), PrimValue(value)), None, (F32,))
        assert f'R.call_pure_packed("f", {text}, ty_args=' in one_binding(call)
        assert f'R.call_pure_packed("f", R.prim_value({text}), sinfo_args=' in one_binding(call, "0.19")
    # The old releases read a plain truth value as an int64.
    call = Call(op("relax.call_pure_packed"), (ExternFunc("f"), PrimValue(IntImm(1, "bool"))), None, (F32,))
    assert 'R.call_pure_packed("f", True, ty_args=' in one_binding(call)
    assert 'R.call_pure_packed("f", R.prim_value(T.bool(True)), sinfo_args=' in one_binding(call, "0.19")


def test_scalar_expressions():
    n = prim.Var("n")
    cases = [
        ((n + 1) * 2, "(n + 1) * 2"),
        (n - (n - 1), "n - (n - 1)"),
        (n * 2 // 3 % 2, "n * 2 // 3 % 2"),
        (prim.Max(n, IntImm(2)), "T.max(n, 2)"),
        (prim.Div(n, IntImm(2)), "T.truncdiv(n, 2)"),
        (prim.Cast(n, "float32"), 'T.Cast("float32", n)'),
        (prim.if_then_else(n > 3, n, 1), "T.if_then_else(n > 3, n, 1)"),
        (prim.select(n > 3, n, 1), "T.Select(n > 3, n, T.int64(1))"),
        (prim.And(n > 3, prim.Not(n < 5)), "n > 3 and not n < 5"),
    ]
    x = Var("x", TensorType((n,)))
    for value, text in cases:
        y = Var("y", ObjectType())
        call = Call(op("relax.call_pure_packed"), (ExternFunc("f"), PrimValue(value)), None, (ObjectType(),))
        made = module([x], [BindingBlock((VarBinding(y, call),))], y, ret=ObjectType())
        assert f'"f", {text}, ty_args' in print_module(made)


def test_attributes_follow_the_call_and_unset_types_the_release():
    attrs = Attrs("relax.attrs.MatmulAttrs", {"out_dtype": None})
    product = Call(op("relax.matmul"), (X, X), attrs)
    assert one_binding(product).endswith("R.matmul(x, x, out_dtype=None)")
    assert one_binding(product, "0.19").endswith('R.matmul(x, x, out_dtype="void")')
    norm = Attrs("relax.attrs.LayerNormAttrs", {"axes": (-1,), "epsilon": 1e-5, "center": True, "scale": True})
    text = one_binding(Call(op("relax.nn.layer_norm"), (X, X, X), norm))
    assert text.endswith("axes=[-1], epsilon=1.0000000000000001e-05, center=True, scale=True)")


def test_calls_of_the_module_and_of_kernels():
    helper = Function((Var("a", F32),), SeqExpr((), Var("a", F32)), F32)
    x, y, z, w = (Var(name, F32) for name in "xyzw")
    a = helper.params[0]
    helper = Function((a,), SeqExpr((), a), F32)
    name = GlobalVar("helper")
    pair = TupleType((F32, F32))
    both = Var("both", pair)
    bindings = (
        VarBinding(y, Call(name, (x,))),
        VarBinding(z, Call(op("relax.call_dps_packed"), (ExternFunc("f"), Tuple((y,))), None, (F32,))),
        VarBinding(both, Call(op("relax.call_dps_packed"), (ExternFunc("g"), Tuple((y, z))), None, (F32, F32))),
        VarBinding(w, TupleGetItem(both, 1)),
    )
    made = module([x], [BindingBlock(bindings)], w, ret=F32)
    made[name] = helper
    tensor = 'R.Tensor((2, 3), dtype="float32")'
    for target, keyword in (("0.19", "out_sinfo"), ("0.27", "out_ty")):
        lines = print_module(made, target).splitlines()
        assert "    @R.function(private=True)" in lines
        assert lines[-6:] == [
            "        cls = Module",
            f"        y: {tensor} = cls.helper(x)",
            f'        z = R.call_dps_packed("f", (y,), {keyword}={tensor})',
            f'        both = R.call_dps_packed("g", (y, z), {keyword}=[{tensor}, {tensor}])',
            f"        w: {tensor} = both[1]",
            "        return w",
        ]


def test_branches_and_names_of_their_scopes():
    c, x, y = Var("c", TensorType((), "bool")), Var("x", F32), Var("y", F32)

    def arm(operator: str) -> SeqExpr:
        w = Var("w", F32)
        return SeqExpr((BindingBlock((VarBinding(w, Call(op(operator), (x, x))),)),), w)

    block = BindingBlock((VarBinding(y, If(c, arm("relax.add"), arm("relax.multiply"))),))
    text = print_module(module([c, x], [block], y, ret=F32))
    tensor = 'R.Tensor((2, 3), dtype="float32")'
    assert body(text) == [
        "if c:",
        f"    w: {tensor} = R.add(x, x)",
        f"    y: {tensor} = w",
        "else:",
        f"    w: {tensor} = R.multiply(x, x)",
        f"    y: {tensor} = w",
        "return y",
    ]


def test_effects_stand_alone():
    x = Var("x", F32)
    nothing = Var("_", TupleType(()))
    call = Call(op("relax.print"), (StringImm('a "b" {}\n'), x))
    made = module([x], [BindingBlock((VarBinding(nothing, call),))], nothing, ret=TupleType(()), is_pure=False)
    lines = body(print_module(made))
    assert lines == ['R.print(x, format=R.str("a \\"b\\" {}\\n"))', "return R.tuple()"]
    assert "    @R.function(pure=False)" in print_module(made).splitlines()


def test_types_in_signatures():
    n = prim.Var("n")
    types = {
        "a": ObjectType(),
        "b": TupleType((TensorType((), "bool"), TupleType(()))),
        "c": TensorType(dtype=""),
        "d": TensorType(None, "int8", ndim=3),
        "e": ShapeType((n, 4)),
        "f": ShapeType(None, 2),
        "g": PrimType("int64"),
        "h": FuncType((F32,), PrimType("bool"), False),
        "i": TensorType((1,), ""),
        "j": FuncType(None, ObjectType(), False),
        "k": TensorType((1,), "e4m3_float8"),
    }
    params = [Var(name, type_) for name, type_ in types.items()]
    made = module(params, [], params[0], ret=ObjectType())
    tensor = 'R.Tensor((2, 3), dtype="float32")'
    shared = 'c: R.Tensor, d: R.Tensor(dtype="int8", ndim=3), '
    assert signature(print_module(made, "0.27")) == (
        'def main(a: R.Any, b: R.Tuple(R.Tensor((), dtype="bool"), R.Tuple), ' + shared + "e: R.Shape([n, 4]), "
        f'f: R.Shape(ndim=2), g: T.int64, h: R.Callable(({tensor},), R.Prim("bool"), False), i: R.Tensor((1,)), '
        'j: R.Callable, k: R.Tensor((1,), dtype="float8_e4m3fn")) -> R.Any:'
    )
    assert signature(print_module(made, "0.19")) == (
        'def main(a: R.Object, b: R.Tuple(R.Tensor((), dtype="bool"), R.Tuple), ' + shared + 'e: R.Shape(["n", 4]), '
        f'f: R.Shape(ndim=2), g: R.Prim("int64"), h: R.Callable(({tensor},), R.Prim("bool"), False), '
        'i: R.Tensor((1,)), j: R.Callable, k: R.Tensor((1,), dtype="e4m3_float8")) -> R.Object:'
    )


def test_names_become_identifiers_and_stay_apart():
    names = ["x.1", "p0.w", "in", "R", "cls", "x", "x", "1abc", "a-b", "float", "é"]
    params = [Var(name, F32) for name in names]
    text = signature(print_module(module(params, [], params[0], ret=F32)))
    found = [part.split(":")[0] for part in text.removeprefix("def main(").split(', dtype="float32"), ')]
    assert found == ["x_1", "p0_w", "in_", "R_1", "cls_1", "x", "x_2", "_1abc", "a_b", "float_1", "__"]


def test_functions_are_sorted_with_main_last():
    made = module([], [], Tuple(()), ret=TupleType(()))
    for name in ("zeta", "Alpha", "beta"):
        made[name] = Function((), SeqExpr((), Tuple(())), TupleType(()), attrs={"global_symbol": name})
    defined = [line.split()[1] for line in print_module(made).splitlines() if "def " in line]
    assert [name.split("(")[0] for name in defined] == ["Alpha", "beta", "zeta", "main"]


def test_function_attributes_are_sorted_and_hide_the_symbol():
    x = Var("x", F32)
    attrs = {"num_input": 1, "Composite": "a.b", "flag": True, "list": (1, (2, 3)), "ratio": 0.1, "none": None}
    assert body(print_module(module([x], [], x, ret=F32, attrs=attrs)))[0] == (
        'R.func_attr({"Composite": "a.b", "flag": True, "list": [1, [2, 3]], "none": None, "num_input": 1, '
        '"ratio": 0.10000000000000001})'
    )


def test_an_operand_that_the_parser_takes_elsewhere_is_named():
    x = Var("x", F32)
    fill = Constant(np.array(0, "float32"))
    attrs = Attrs("relay.attrs.PadAttrs", {"pad_width": (0, 0, 1, 1), "pad_mode": "constant"})
    y = Var("y", TensorType((2, 5)))
    block = BindingBlock((VarBinding(y, Call(op("relax.nn.pad"), (x, fill), attrs)),))
    assert (
        'R.nn.pad(x, pad_value=R.const(0.0, "float32"), pad_width=[0, 0, 1, 1], pad_mode="constant")'
        in print_module(module([x], [block], y, ret=y.ty), "0.19")
    )


def test_what_cannot_be_said_is_refused():
    x = Var("x", F32)
    made = module([x], [], x, ret=F32)
    assert refusal(made, "0.18") == "R2R0405"
    assert refusal(module([x], [], Var("y", F32), ret=F32)) == "R2R0205"
    deep = x
    for _ in range(200):
        deep = Tuple((deep,))
    assert refusal(module([x], [], deep)) == "R2R0407"
    stranger = Attrs("", {"colour": 1})
    y = Var("y", F32)
    block = BindingBlock((VarBinding(y, Call(op("relax.nn.relu"), (x,), stranger)),))
    assert refusal(module([x], [block], y)) == "R2R0407"


def test_a_call_made_for_another_release_is_said_anew_or_refused():
    x, i = Var("x", TensorType((4,))), Var("i", TensorType((2,), "int64"))
    y = Var("y", TensorType((2,)))
    attrs = Attrs("relax.attrs.TakeAttrs", {"axis": 0, "mode": "clip"})
    block = BindingBlock((VarBinding(y, Call(op("relax.take"), (x, i), attrs)),))
    made = module([x, i], [block], y, ret=y.ty)
    assert 'R.take(x, i, axis=0, mode="clip")' in print_module(made, "0.27")
    assert refusal(made, "0.19") == "R2R0407"
    product = Call(op("relax.matmul"), (x, x), Attrs("relax.attrs.MatmulAttrs", {"out_dtype": "void"}))
    z = Var("z", TensorType(()))
    made = module([x], [BindingBlock((VarBinding(z, product),))], z, ret=z.ty)
    assert "out_dtype=None" in print_module(made, "0.27")


def test_fifty_thousand_bindings():
    x = Var("x", F32)
    value, bindings = x, []
    for n in range(50_000):
        var = DataflowVar(f"lv{n}", F32) if n < 49_999 else Var("gv", F32)
        bindings.append(VarBinding(var, Call(op("relax.add"), (value, x))))
        value = var
    text = print_module(module([x], [DataflowBlock(tuple(bindings))], value, ret=F32))
    assert text.count("\n") == 50_000 + 9
    assert text.endswith("            R.output(gv)\n        return gv")
