"""Analysis functions. What they give is what relax.analysis of real TVM (0.19 and 0.27) gives on the same programs."""

import pytest
from relax_build import main, relax, tensor, variable

from relax_core import analysis
from relax_core.ir.expr import (
    BindingBlock,
    Call,
    DataflowBlock,
    DataflowVar,
    ExternFunc,
    Function,
    GlobalVar,
    If,
    IRModule,
    MatchCast,
    SeqExpr,
    Tuple,
    Var,
    VarBinding,
    op,
)
from relax_core.normalize import normalize
from relax_core.text.reader import read
from tensor_core.prim import Var as SymbolicVar


def relu(value):
    return relax("nn.relu", value)


def _bind(*pairs):
    return tuple(VarBinding(var, value) for var, value in pairs)


def _names(items):
    return [item.name for item in items]


@pytest.fixture
def function():
    """Two parameters, a dataflow block, a branch and a local function that uses what is around it."""
    c, x = variable("c", dtype="bool"), variable("x", 2)
    d, o, b, f, p, q = DataflowVar("d"), Var("o"), Var("b"), Var("f"), variable("p", 2), Var("q")
    local = Function((p,), SeqExpr((BindingBlock(_bind((q, relax("add", p, o)))),), q), tensor(2))
    blocks = (
        DataflowBlock(_bind((d, relu(x)), (o, relax("add", d, x)))),
        BindingBlock(_bind((b, If(c, relu(o), x)), (f, local))),
    )
    module = normalize(IRModule({GlobalVar("main"): Function((c, x), SeqExpr(blocks, Call(f, (b,))))}))
    return main(module)


def test_variables(function):
    assert _names(analysis.bound_vars(function)) == ["c", "x", "d", "o", "b", "gv", "f", "p", "q", "gv1"]
    assert _names(analysis.free_vars(function)) == []
    assert _names(analysis.free_vars(function.body)) == ["x", "c"]
    assert _names(analysis.all_vars(function.body))[:3] == ["d", "x", "o"]
    local = function.body.blocks[1].bindings[1].value
    assert _names(analysis.free_vars(local)) == ["o"]
    assert _names(analysis.used_vars(local)) == ["p", "o", "q"]


def test_global_variables():
    f, g, h = GlobalVar("f"), GlobalVar("g"), GlobalVar("h")
    call = Call(f, (g, Call(h, ())))
    assert analysis.all_global_vars(call) == [f, g, h]
    assert analysis.called_global_vars(call) == [f, h]


def test_values_names_and_uses(function):
    values = analysis.get_var2val(function)
    assert {var.name: type(value).__name__ for var, value in values.items()} == {
        "d": "Call", "o": "Call", "b": "If", "gv": "Call", "f": "Function", "q": "Call", "gv1": "Call",
    }  # fmt: skip
    assert list(analysis.name_to_binding(function)) == ["b", "d", "f", "gv1", "o"]
    uses = {var.name: _names(users) for var, users in analysis.udchain(function.body.blocks[0]).items()}
    assert uses == {"x": ["d", "o"], "d": ["o"], "o": []}


def test_purity(function):
    assert not analysis.contains_impure_call(function)
    shout = Call(op("relax.print"), ())
    assert analysis.find_impure_call(SeqExpr((BindingBlock(_bind((Var("v"), shout))),), Tuple(()))) is shout
    assert analysis.contains_impure_call(Call(ExternFunc("f"), ()))
    inner = Function((), shout)
    assert not analysis.contains_impure_call(SeqExpr((BindingBlock(_bind((Var("f"), inner))),), Tuple(())))
    own = GlobalVar("own")
    assert not analysis.contains_impure_call(Call(own, ()), own)


def test_unused_bindings_go_unless_they_have_effects_or_check():
    x, n = variable("x", 2), SymbolicVar("n")
    unused, more, shout, cast = Var("unused"), Var("more"), Var("shout"), Var("cast")
    bindings = (
        *_bind((unused, relu(x)), (more, relu(unused)), (shout, Call(op("relax.print"), (x,)))),
        MatchCast(cast, x, tensor(n)),
    )
    function = Function((x,), SeqExpr((BindingBlock(bindings),), x), is_pure=False)
    kept = analysis.remove_all_unused(function).body.blocks[0].bindings
    assert _names(item.var for item in kept) == ["shout", "cast"]
    body = analysis.remove_all_unused(function.body)
    assert len(body.blocks[0].bindings) == 2


def test_recursion_in_groups():
    names = {name: GlobalVar(name) for name in "abcdef"}
    calls = {"a": "b", "b": "ac", "c": "d", "d": "", "e": "e", "f": "d"}
    module = IRModule(
        {
            names[name]: Function((), Tuple(tuple(Call(names[c], ()) for c in callees)))
            for name, callees in calls.items()
        }
    )
    assert [_names(group) for group in analysis.detect_recursion(module)] == [["a", "b"], ["e"]]


def test_what_weights_determine_is_known_at_compile_time():
    x, w = variable("x", 2), variable("w", 2)
    a, b = Var("a"), Var("b")
    body = SeqExpr((BindingBlock(_bind((a, relu(w)), (b, relax("add", a, x)))),), b)
    function = Function((x, w), body, attrs={"num_input": 1})
    assert analysis.computable_at_compile_time(function) == [w, a]
    assert analysis.computable_at_compile_time(function.replace(attrs=None)) == []


def test_post_order():
    seen = []
    x = variable("x", 2)
    analysis.post_order_visit(Tuple((relax("add", x, x), x)), lambda node: seen.append(type(node).__name__))
    assert [name for name in seen if name != "ShapeExpr"] == ["Op", "Var", "Var", "Call", "Var", "Tuple"]


def test_depth_is_no_limit():
    nest = x = variable("x", 2)
    for _ in range(20_000):
        nest = If(x, Call(op("relax.nn.relu"), (nest,)), x)
    assert analysis.free_vars(nest) == [x]
    assert not analysis.contains_impure_call(nest)


def _program(text):
    module = read(f"@I.ir_module\nclass Module:\n    @T.prim_func\n    def main{text}", "reshape.py", "0.19")
    return module["main"]


def _copy(source, target, grid, write, load):
    axes = [f"v{i}" for i in range(len(grid))]
    kinds = "S" * len(grid)
    loops = ", ".join(f"i{i}" for i in range(len(grid)))
    return _program(
        f"""(A: T.Buffer({source}, "float32"), B: T.Buffer({target}, "float32")):
        for {loops} in T.grid({", ".join(map(str, grid))}):
            with T.block("b"):
                {", ".join(axes)} = T.axis.remap("{kinds}", [{loops}])
                B[{write}] = A[{load}]
"""
    )


@pytest.mark.parametrize(
    ("program", "expected"),
    [
        (_copy((8, 3), (4, 6), (4, 6), "v0, v1", "(v0 * 6 + v1) // 3, (v0 * 6 + v1) % 3"), True),
        (_copy((8, 3), (24,), (8, 3), "v0 * 3 + v1", "v0, v1"), True),
        (_copy((2, 3), (3, 2), (3, 2), "v0, v1", "v1, v0"), False),
        (_copy((4, 4), (4, 4), (4, 4), "v0, v1", "v0, 3 - v1"), False),
    ],
)
def test_reshapes_are_recognised(program, expected):
    assert analysis.has_reshape_pattern(program) is expected
