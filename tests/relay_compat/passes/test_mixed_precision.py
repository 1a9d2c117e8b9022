"""ToMixedPrecision: categories, casts and options. What it makes of whole programs is checked on recorded cases."""

import logging

import pytest
from before_after import check, module

from relay_compat.ir.expr import Call
from relay_compat.op.op import register_mixed_precision_conversion
from relay_compat.passes.building import is_call_of
from relay_compat.passes.to_mixed_precision import ToMixedPrecision
from relay_compat.visit import reachable
from tensor_core.diagnostics import DiagnosticError
from tensor_core.passes import PassContext

X = "%x: Tensor[(2, 3), float32]"
CAST = 'cast({}, dtype="{}")'


def half(value: str) -> str:
    return CAST.format(value, "float16")


def single(value: str) -> str:
    return CAST.format(value, "float32")


DENSE = "nn.dense({}, {}, units=2, out_dtype={})"
DENSE_OF_X = DENSE.format("%x", "%x", '"float32"')


def test_always_follow_and_never() -> None:
    mixed = "%h = " + half("%x") + "; " + "%d = " + DENSE.format("%h", "%h", '"float16"') + "; "
    mixed = mixed.replace("%h", "%0").replace("%d", "%1")
    before = f"def @main({X}) {{ nn.relu({DENSE_OF_X}) }}"
    check(ToMixedPrecision(), before, f"def @main({X}) {{ {mixed} nn.relu(%1) }}")
    before = f"def @main({X}) {{ exp({DENSE_OF_X}) }}"
    check(ToMixedPrecision(), before, f"def @main({X}) {{ {mixed} exp({single('%1')}) }}")
    # Operands that are in float32 for a reason keep what follows them there.
    check(ToMixedPrecision(), f"def @main({X}) {{ tanh(exp(%x)) }}")


def test_a_value_cast_back_is_the_value() -> None:
    before = f'def @main({X}) {{ %0 = exp(%x); nn.dense(%0, %0, units=2, out_dtype="float32") }}'
    after = ToMixedPrecision()(module(before))
    assert sum(is_call_of(node, "cast") for node in reachable(after["main"])) == 1
    before = f"def @main({X}) {{ exp(exp({DENSE_OF_X})) }}"
    after = ToMixedPrecision()(module(before))
    assert sum(is_call_of(node, "cast") for node in reachable(after["main"])) == 2


def test_numbers_that_few_bits_do_not_hold() -> None:
    text = f"def @main({X}) {{{{ clip(%x, a_min=-{{}}f, a_max=1f) }}}}"
    within = module(text.format("65504"))
    assert any(is_call_of(node, "cast") for node in reachable(ToMixedPrecision()(within)["main"]))
    check(ToMixedPrecision(), text.format("65505"))
    beyond = module(text.format("65505"))
    assert any(is_call_of(node, "cast") for node in reachable(ToMixedPrecision("bfloat16")(beyond)["main"]))


def test_results_keep_their_types_on_request() -> None:
    program = module(f"def @main({X}) {{ ({DENSE_OF_X}, %x) }}")
    with PassContext(config={"relay.ToMixedPrecision.keep_orig_output_dtype": True}):
        kept = ToMixedPrecision()(program)
    assert "(Tensor[(2, 2), float32], Tensor[(2, 3), float32])" in str(kept["main"].checked_type)
    assert "(Tensor[(2, 2), float16], Tensor[(2, 3), float32])" in str(ToMixedPrecision()(program)["main"].checked_type)


def test_a_recursive_function_follows_its_new_result() -> None:
    text = f"""def @main({X}, %n: int32) {{
      let %loop = fn (%i: int32, %y: Tensor[(2, 2), float32]) {{
        if (less(%i, 1)) {{ %y }} else {{ %loop(subtract(%i, 1), %y) }}
      }};
      %loop(%n, {DENSE_OF_X})
    }}"""
    with pytest.raises(DiagnosticError, match="R2R0202"):
        # The function's own parameter stays in float32, and calls of variables are left alone: as in TVM.
        ToMixedPrecision()(module(text))
    text = text.replace(DENSE_OF_X, "exp(" + DENSE_OF_X + ")")
    after = ToMixedPrecision()(module(text))
    assert sum(is_call_of(node, "cast") for node in reachable(after["main"])) == 2


def test_operators_without_a_category(caplog: pytest.LogCaptureFixture) -> None:
    program = module(f"def @main({X}) {{ cosh(cosh(%x)) }}")
    with caplog.at_level(logging.WARNING):
        after = ToMixedPrecision()(program)
    assert [record.getMessage() for record in caplog.records] == [
        'Op "cosh" not registered FTVMMixedPrecisionConversionType appears 2 times in graph.'
    ]
    # They follow what they get, and parameters can be cast.
    assert "float16" in str(after["main"].checked_type)
    caplog.clear()
    ToMixedPrecision(missing_op_mode=2)(program)
    assert not caplog.records
    with pytest.raises(DiagnosticError, match=r"R2R0602.*cosh"):
        ToMixedPrecision(missing_op_mode=0)(program)


def test_a_vendors_category() -> None:
    def wide(call: Call, dtype: str) -> list[object]:
        assert is_call_of(call, "sinh")
        return [0, "float32", dtype]

    register_mixed_precision_conversion("sinh", wide)
    text = f"def @main({X}) {{ sinh(%x) }}"
    check(ToMixedPrecision(), text, f"def @main({X}) {{ sinh({half('%x')}) }}")


@pytest.mark.parametrize(("dtype", "mode"), [("int8", 1), ("float16", 3)])
def test_options_that_make_no_sense(dtype: str, mode: int) -> None:
    with pytest.raises(ValueError, match=r"mixed precision types|missing_op_mode"):
        ToMixedPrecision(dtype, mode)
