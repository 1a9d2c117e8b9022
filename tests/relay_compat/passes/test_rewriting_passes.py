"""Passes that replace single expressions: what they make of small programs."""

import pytest
from before_after import check, module
from relay_build import call, const, var
from relay_build import module as build

from relay_compat.ir.expr import Call, Function, Tuple
from relay_compat.passes.building import is_call_of
from relay_compat.passes.canonicalize_cast import CanonicalizeCast
from relay_compat.passes.canonicalize_ops import CanonicalizeOps
from relay_compat.passes.defuse_ops import DefuseOps
from relay_compat.passes.div_to_mul import DivToMul
from relay_compat.passes.dynamic_to_static import DynamicToStatic
from relay_compat.passes.eliminate_common_subexpr import EliminateCommonSubexpr
from relay_compat.passes.fuse_ops import FuseOps
from relay_compat.passes.simplify_inference import SimplifyInference
from tensor_core.module import IRModule

T = "Tensor[(2, 3, 4), float32]"
V = "Tensor[(3), float32]"


def main(program: IRModule) -> Function:
    found = program["main"]
    assert isinstance(found, Function)
    return found


def test_bias_becomes_addition() -> None:
    before = f"def @main(%x: {T}, %b: {V}) {{ nn.bias_add(%x, %b, axis=-2) }}"
    check(CanonicalizeOps(), before, f"def @main(%x: {T}, %b: {V}) {{ add(%x, expand_dims(%b, axis=1)) }}")
    last = "%b: Tensor[(4), float32]"
    before = f"def @main(%x: {T}, {last}) {{ nn.bias_add(%x, %b, axis=2) }}"
    check(CanonicalizeOps(), before, f"def @main(%x: {T}, {last}) {{ add(%x, %b) }}")


def test_groups_of_open_size_stay() -> None:
    # TVM 0.19 ends with a segmentation fault here; found by a campaign.
    params = "%x: Tensor[(?, 4, 3), float32], %g: Tensor[(4), float32], %b: Tensor[(4), float32]"
    before = f"def @main({params}) {{ nn.group_norm(%x, %g, %b, num_groups=2) }}"
    check(SimplifyInference(), before, before)


def test_every_user_gets_its_own_widening_cast() -> None:
    x, cast = "%x: Tensor[(2), int8]", 'cast(%x, dtype="float32")'
    before = f"def @main({x}) {{ %0 = {cast}; (exp(%0), negative(%0), %0) }}"
    fields = main(CanonicalizeCast()(module(before))).body
    assert isinstance(fields, Tuple)
    first, second, shared = fields.fields
    assert isinstance(first, Call)
    assert isinstance(second, Call)
    assert first.args[0] is shared
    assert second.args[0] is not shared
    assert is_call_of(second.args[0], "cast")
    narrow = 'def @main(%x: Tensor[(2), float32]) { %0 = cast(%x, dtype="int8"); (negative(%0), abs(%0)) }'
    check(CanonicalizeCast(), narrow)


def test_common_subexpressions() -> None:
    x = f"def @main(%x: {T}) "
    before = f"{x}{{ (add(exp(%x), 1f), add(exp(%x), 1f), add(exp(%x), 2f), sum(%x, axis=[0]), sum(%x, axis=[1])) }}"
    after = f"{x}{{ %0 = exp(%x); %1 = add(%0, 1f); (%1, %1, add(%0, 2f), sum(%x, axis=[0]), sum(%x, axis=[1])) }}"
    check(EliminateCommonSubexpr(), before, after)
    check(EliminateCommonSubexpr(lambda _: True), before)
    two = "%0 = nn.dropout(%x); %1 = nn.dropout(%x);"
    check(
        EliminateCommonSubexpr(),
        f"{x}{{ {two} (concatenate((%x, %x)), concatenate((%x, %x)), %0.0, %1.0) }}",
        f"{x}{{ {two} %2 = concatenate((%x, %x)); (%2, %2, %0.0, %1.0) }}",
    )


def test_common_subexpressions_of_many_calls_take_linear_time() -> None:
    body = ", ".join(f"add(%x, {n}f)" for n in range(3000))
    check(EliminateCommonSubexpr(), f"def @main(%x: float32) {{ ({body}) }}")


def test_defusing_undoes_fusing() -> None:
    before = f"def @main(%x: {T}) {{ %0 = exp(nn.softmax(add(%x, 1f))); add(%0, sum(%0)) }}"
    check([FuseOps(2), DefuseOps()], before, None)
    assert isinstance(main(FuseOps(2)(module(before))).body, Call)


@pytest.mark.parametrize(
    ("before", "after"), [("divide(%x, 4f)", "multiply(%x, 0.25f)"), ("divide(%x, 0f)", None), ("divide(4f, %x)", None)]
)
def test_division_by_constants(before: str, after: str | None) -> None:
    x = "def @main(%x: float32) "
    check(DivToMul(), f"{x}{{ {before} }}", f"{x}{{ {after or before} }}")


def test_integers_are_still_divided() -> None:
    check(DivToMul(), "def @main(%x: int32) { divide(%x, 4) }")


def test_inference_of_batch_norm() -> None:
    v = ", ".join(f"%{name}: {V}" for name in ("g", "b", "m", "v"))
    check(
        SimplifyInference(),
        f"def @main(%x: {T}, {v}) {{ %0 = nn.batch_norm(%x, %g, %b, %m, %v, epsilon=0.5f); %0.0 }}",
        f"""def @main(%x: {T}, {v}) {{
            %0 = multiply(divide(1f, sqrt(add(%v, 0.5f))), %g);
            %1 = add(multiply(negative(%m), %0), %b);
            add(multiply(%x, expand_dims(%0, axis=1)), expand_dims(%1, axis=1))
        }}""",
    )
    check(SimplifyInference(), f"def @main(%x: {T}, {v}) {{ %0 = nn.batch_norm(%x, %g, %b, %m, %v); %0.1 }}")


def test_inference_of_other_norms() -> None:
    last = "%g: Tensor[(4), float32], %b: Tensor[(4), float32]"
    check(
        SimplifyInference(),
        f"def @main(%x: {T}, {last}) {{ nn.layer_norm(%x, %g, %b, epsilon=0.5f, scale=False) }}",
        f"""def @main(%x: {T}, {last}) {{
            %0 = mean(%x, axis=[-1], keepdims=True);
            %1 = sqrt(add(variance(%x, %0, axis=[-1], keepdims=True), 0.5f));
            add(divide(subtract(%x, %0), %1), %b)
        }}""",
    )
    check(
        SimplifyInference(),
        f"def @main(%x: {T}) {{ %0 = nn.dropout(%x); add(%0.0, nn.l2_normalize(%x, eps=0.5f, axis=[1])) }}",
        f"""def @main(%x: {T}) {{
            %0 = sqrt(maximum(sum(multiply(%x, %x), axis=[1], keepdims=True), 0.5f));
            add(%x, divide(%x, %0))
        }}""",
    )


def test_known_shapes_become_attributes() -> None:
    y = var("y", 24)
    half = const([1, 1, 2], "int64")
    program = build(call("dyn.reshape", y, call("multiply", half, const([2, 3, 2], "int64")), newshape=()), y)
    found = main(DynamicToStatic()(program)).body
    assert isinstance(found, Call)
    assert is_call_of(found, "reshape")
    assert found.attrs is not None
    assert found.attrs.newshape == (2, 3, 4)
