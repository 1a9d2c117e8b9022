"""FuseOps: which operators end up in one function."""

from typing import Any

import pytest
from before_after import check, module
from relay_build import call, const, var
from relay_build import module as build

from relay_compat.analysis.forward_graph import ForwardGraph
from relay_compat.analysis.partition import partition
from relay_compat.ir.expr import Call, Expr, Function, Op
from relay_compat.passes.fuse_ops import FuseOps
from relay_compat.transform import InferType
from relay_compat.types.infer import infer_types
from tensor_core.passes import PassContext

T = "Tensor[(4, 8), float32]"


def fused(body: str, *params: str, config: dict[str, Any] | None = None) -> list[list[str]]:
    """The operators of every primitive function, in order of evaluation."""
    declared = ", ".join(f"%{name}: {T}" for name in params or ("x",))
    program = module(f"def @main({declared}) {{ {body} }}")
    with PassContext(config=config or {}):
        main = FuseOps(2)(program)["main"]
    assert isinstance(main, Function)
    groups: list[list[str]] = []
    _collect(main.body, groups, set())
    return groups


def _collect(node: Any, groups: list[list[str]], seen: set[Any]) -> None:
    if node in seen:
        return
    seen.add(node)
    if isinstance(node, Function) and node.attrs.get("Primitive"):
        inner: list[list[str]] = []
        _collect(node.body, inner, seen)
        groups.append([name for names in inner for name in names])
        return
    for child in (*node.args, node.op) if isinstance(node, Call) else node.iter_children():
        _collect(child, groups, seen)
    if isinstance(node, Call) and isinstance(node.op, Op):
        groups.append([node.op.name])


def test_elementwise_chain_is_one_function() -> None:
    before = f"def @main(%x: {T}) {{ exp(add(%x, 1f)) }}"
    after = f"""def @main(%x: {T}) {{
        %0 = fn (%p0: {T}, Primitive=1) -> {T} {{ exp(add(%p0, 1f)) }};
        %0(%x)
    }}"""
    check(FuseOps(), before, after)


@pytest.mark.parametrize(
    ("body", "groups"),
    [
        ("nn.softmax(exp(%x))", [["exp"], ["nn.softmax"]]),
        ("exp(nn.softmax(%x))", [["nn.softmax", "exp"]]),
        ("sum(exp(%x))", [["exp", "sum"]]),
        ("exp(sum(%x))", [["sum"], ["exp"]]),
        ("exp(transpose(%x, axes=[1, 0]))", [["transpose", "exp"]]),
        ("%0 = exp(%x); add(negative(%0), tanh(%0))", [["exp", "negative", "tanh", "add"]]),
        ("%0 = exp(%x); (negative(%0), tanh(%0))", [["exp"], ["negative"], ["tanh"]]),
        ("let %a = exp(%x); exp(%a)", [["exp"], ["exp"]]),
        ("concatenate((exp(%x), negative(%x)))", [["exp", "negative", "concatenate"]]),
        ("%0 = split(%x, indices_or_sections=2); add(%0.0, %0.1)", [["split", "add"]]),
    ],
)
def test_groups(body: str, groups: list[list[str]]) -> None:
    assert fused(body) == groups


def test_convolutions_take_what_follows_elementwise() -> None:
    conv = "nn.conv2d(%x, %w, padding=[0, 0, 0, 0])"
    text = f"def @main(%x: Tensor[(1, 4, 8, 8), float32], %w: Tensor[(4, 4, 1, 1), float32]) {{ nn.relu({conv}) }}"
    main = FuseOps(2)(module(text))["main"]
    assert isinstance(main, Function)
    assert isinstance(main.body, Call)
    assert isinstance(main.body.op, Function)
    assert [param.name for param in main.body.op.params] == ["p0", "p1"]


def test_depth_of_functions_is_bounded_by_the_option() -> None:
    body = "exp(" * 6 + "%x" + ")" * 6
    assert len(fused(body)) == 1
    assert [len(group) for group in fused(body, config={"relay.FuseOps.max_depth": 2})] == [2, 2, 2]


def test_large_constants_are_linked_when_asked() -> None:
    x = var("x", 2)
    program = infer_types(build(call("add", x, const([1, 2])), x))
    for link, params in ((False, 2), (True, 1)):
        with PassContext(config={"relay.FuseOps.link_params": link}):
            main = FuseOps()(program)["main"]
        assert isinstance(main, Function)
        assert isinstance(main.body, Call)
        assert len(main.body.args) == params


def test_reshapes_are_marked() -> None:
    main = FuseOps()(module(f"def @main(%x: {T}) {{ expand_dims(reshape(%x, newshape=[32]), axis=0) }}"))["main"]
    assert isinstance(main, Function)
    assert isinstance(main.body, Call)
    assert isinstance(main.body.op, Function)
    assert dict(main.body.op.attrs) == {"Primitive": 1, "relay.reshape_only": 1}


def test_level_0_makes_one_function_of_each_operator() -> None:
    before = f"def @main(%x: {T}) {{ exp(exp(%x)) }}"
    with PassContext(opt_level=0):
        main = FuseOps()(InferType()(module(before)))["main"]
    assert isinstance(main, Function)
    assert isinstance(main.body, Call)
    assert isinstance(main.body.args[0], Call)


def test_targets_that_limit_arguments() -> None:
    params = [f"x{n}" for n in range(8)]
    declared = ", ".join(f"%{name}: {T}" for name in params)
    total: str = "%x0"
    for name in params[1:]:
        total = f"add({total}, %{name})"
    main = module(f"def @main({declared}) {{ {total} }}")["main"]
    assert isinstance(main, Function)

    def sizes(limit: int) -> int:
        groups: dict[Expr, Any] = partition(ForwardGraph(main), 2, 256, limit)
        return len({group.find() for expr, group in groups.items() if isinstance(expr, Call)})

    assert sizes(0) == 1
    assert sizes(100) == 1
    assert sizes(4) > 1


def test_depth_is_no_limit() -> None:
    assert sum(len(group) for group in fused("exp(" * 3000 + "%x" + ")" * 3000)) == 3000
