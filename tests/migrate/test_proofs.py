"""Proofs by normal form: what is the same in other words is proved, and a fault is never."""

import numpy as np
import pytest

import migrate
from migrate.verify.agree import Judge
from migrate.verify.align import Miss, Trace
from migrate.verify.layers import layers
from migrate.verify.origins import origins
from migrate.verify.prove import prove_equal
from migrate.verify.recorded import Recorded
from migrate.verify.verdict import Outcome
from tensor_core.module import IRModule

HEAD = '#[version = "0.0.5"]\n'
X = "%x: Tensor[(4, 8), float32]"
V = "Tensor[(4, 8), float32]"


def relay(text: str) -> IRModule:
    return migrate.load(HEAD + text)


CONVERTED = {
    "one to one": f"def @main({X}) {{ exp(negative(%x)) }}",
    "expanded": f"def @main({X}, %w: Tensor[(3, 8), float32]) {{ nn.relu(nn.dense(%x, %w, units=3)) }}",
    "tuple": f"def @main({X}) {{ let %p = (%x, exp(%x)); (%p.1, (%p.0, 2f)) }}",
    "branch": f"def @main({X}, %c: bool) {{ if (%c) {{ exp(%x) }} else {{ tanh(%x) }} }}",
    "literal": f"def @main({X}) {{ let %f = fn (%y: {V}) {{ tanh(%y) }}; %f(%f(%x)) }}",
    "global": f"def @f(%y: {V}) -> {V} {{ tanh(%y) }}\ndef @main({X}) {{ add(@f(%x), @f(exp(%x))) }}",
}


@pytest.mark.parametrize("name", CONVERTED)
def test_conversions_are_proved_without_arguments(name: str) -> None:
    module = relay(CONVERTED[name])
    verdict = migrate.verify(module, migrate.load(migrate.convert(module).script()))
    assert verdict.outcome is Outcome.PROVED
    assert verdict.total == 0


SAME = {
    "order of pure bindings": (
        f"def @main({X}) {{ let %a = exp(%x); let %b = tanh(%x); subtract(%a, %b) }}",
        f"def @main({X}) {{ let %b = tanh(%x); let %a = exp(%x); subtract(%a, %b) }}",
    ),
    "sharing": (
        f"def @main({X}) {{ let %a = exp(%x); add(%a, %a) }}",
        f"def @main({X}) {{ add(exp(%x), exp(%x)) }}",
    ),
    "dead code": (f"def @main({X}) {{ let %d = tanh(%x); exp(%x) }}", f"def @main({X}) {{ exp(%x) }}"),
    "tuples": (f"def @main({X}) {{ let %p = (exp(%x), %x); %p.0 }}", f"def @main({X}) {{ exp(%x) }}"),
}


@pytest.mark.parametrize("name", SAME)
def test_what_is_the_same_in_other_words_is_proved(name: str) -> None:
    left, right = map(relay, SAME[name])
    assert prove_equal(left, right)


R = "let %r = ref(%x);"
FAULTS = {
    "operand swapped": (f"def @main({X}) {{ subtract(exp(%x), %x) }}", f"def @main({X}) {{ subtract(%x, exp(%x)) }}"),
    "operand of another place": (
        f"def @main({X}, %y: {V}) {{ subtract(%x, %y) }}",
        f"def @main({X}, %y: {V}) {{ subtract(%x, %x) }}",
    ),
    "attribute": (f"def @main({X}) {{ sum(%x, axis=[0]) }}", f"def @main({X}) {{ sum(%x, axis=[-2], keepdims=True) }}"),
    "axis": (f"def @main({X}) {{ nn.softmax(%x, axis=0) }}", f"def @main({X}) {{ nn.softmax(%x, axis=1) }}"),
    "constant": (f"def @main({X}) {{ add(%x, 1f) }}", f"def @main({X}) {{ add(%x, 1.0000001f) }}"),
    "sign of zero": (f"def @main({X}) {{ multiply(%x, 0f) }}", f"def @main({X}) {{ multiply(%x, -0f) }}"),
    "element type": (
        f'def @main({X}) {{ cast(%x, dtype="int32") }}',
        f'def @main({X}) {{ cast(%x, dtype="int64") }}',
    ),
    "branch arms": (
        f"def @main({X}, %c: bool) {{ if (%c) {{ exp(%x) }} else {{ tanh(%x) }} }}",
        f"def @main({X}, %c: bool) {{ if (%c) {{ tanh(%x) }} else {{ exp(%x) }} }}",
    ),
    "condition": (
        f"def @main({X}, %c: bool, %d: bool) {{ if (%c) {{ exp(%x) }} else {{ tanh(%x) }} }}",
        f"def @main({X}, %c: bool, %d: bool) {{ if (%d) {{ exp(%x) }} else {{ tanh(%x) }} }}",
    ),
    "order of effects": (
        f"def @main({X}) {{ {R} let %u = ref_write(%r, exp(%x)); let %v = ref_read(%r); (%v, %x) }}",
        f"def @main({X}) {{ {R} let %v = ref_read(%r); let %u = ref_write(%r, exp(%x)); (%v, %x) }}",
    ),
    "effect dropped": (
        f"def @main({X}) {{ {R} let %u = ref_write(%r, exp(%x)); ref_read(%r) }}",
        f"def @main({X}) {{ {R} ref_read(%r) }}",
    ),
    "one reference for two": (
        f"def @main({X}) {{ {R} let %s = ref(%x); let %u = ref_write(%r, exp(%x)); ref_read(%s) }}",
        f"def @main({X}) {{ {R} let %s = ref(%x); let %u = ref_write(%s, exp(%x)); ref_read(%s) }}",
    ),
    "effect in another arm": (
        f"def @main({X}, %c: bool) {{ {R} let %u = if (%c) {{ ref_write(%r, exp(%x)) }} else {{ () }}; ref_read(%r) }}",
        f"def @main({X}, %c: bool) {{ {R} let %u = if (%c) {{ () }} else {{ ref_write(%r, exp(%x)) }}; ref_read(%r) }}",
    ),
    "field": (f"def @main(%p: ({V}, {V})) {{ exp(%p.0) }}", f"def @main(%p: ({V}, {V})) {{ exp(%p.1) }}"),
    "transpose lost": (
        "def @main(%x: Tensor[(3, 3), float32]) { exp(transpose(%x, axes=[1, 0])) }",
        "def @main(%x: Tensor[(3, 3), float32]) { exp(%x) }",
    ),
    "transpose of the other operand": (
        "def @main(%x: Tensor[(3, 3), float32]) { subtract(transpose(%x, axes=[1, 0]), %x) }",
        "def @main(%x: Tensor[(3, 3), float32]) { subtract(%x, transpose(%x, axes=[1, 0])) }",
    ),
    "slice": (
        "def @main(%x: Tensor[(4), float32]) { strided_slice(%x, begin=[0], end=[2], strides=[1], axes=None) }",
        "def @main(%x: Tensor[(4), float32]) { strided_slice(%x, begin=[1], end=[3], strides=[1], axes=None) }",
    ),
    "callee": (
        f"def @f(%y: {V}) -> {V} {{ tanh(%y) }}\ndef @main({X}) {{ @f(%x) }}",
        f"def @f(%y: {V}) -> {V} {{ sin(%y) }}\ndef @main({X}) {{ @f(%x) }}",
    ),
    "recursion": (
        f"def @f(%n: int32, %y: {V}) -> {V} {{ if (equal(%n, 0)) {{ %y }} else {{ @f(subtract(%n, 1), tanh(%y)) }} }}\n"
        f"def @main({X}, %n: int32) {{ @f(%n, %x) }}",
        f"def @f(%n: int32, %y: {V}) -> {V} {{ if (equal(%n, 0)) {{ %y }} else {{ @f(subtract(%n, 2), tanh(%y)) }} }}\n"
        f"def @main({X}, %n: int32) {{ @f(%n, %x) }}",
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", FAULTS)
def test_a_fault_is_never_proved(name: str) -> None:
    left, right = map(relay, FAULTS[name])
    assert prove_equal(left, left)
    assert not prove_equal(left, right)
    assert not prove_equal(left, migrate.convert(right).module)


def test_two_of_one_ir_and_recorded_outputs() -> None:
    module = relay(f"def @main({X}) {{ nn.softmax(%x) }}")
    converted = migrate.convert(module).module
    x = np.linspace(-1, 1, 32, dtype="float32").reshape(4, 8)
    for left, right in ((module, module), (converted, converted), (converted, module)):
        verdict = migrate.verify(left, right, [x], prove=False)
        assert verdict
        assert verdict.compared == verdict.total > 0
        assert all(layer.agrees for layer in verdict.layers)
    (good,) = migrate.run(module, [x])
    assert migrate.verify(converted, Recorded([good], {"x": x}))
    assert migrate.verify(Recorded([good], {"x": x}), module)
    bad = good * np.float32(1.001)
    assert migrate.verify(module, Recorded([bad], {"x": x})).outcome is Outcome.DIFFERENT
    assert migrate.verify(Recorded([good]), Recorded([good])).outcome is Outcome.EXACT
    assert migrate.verify(Recorded([good]), Recorded([bad])).outcome is Outcome.INCONCLUSIVE


def test_the_table_of_calls_says_how_far_a_wrong_one_is_off() -> None:
    module = relay(f"def @main({X}) {{ tanh(exp(%x)) }}")
    trace, x = Trace(lambda _: None), np.linspace(-1, 1, 32, dtype="float32").reshape(4, 8)
    assert Judge(module, [x], trace=trace).value is not None
    off, behind = layers(trace, origins(module), None, {0: Miss(None, np.exp(x) + np.float32(0.5), True)})
    assert off.error == pytest.approx(0.5, rel=1e-5)
    assert off.ratio > 1
    assert (off.agrees, behind.agrees) == (False, None)
    misshapen, _ = layers(trace, origins(module), None, {0: Miss(None, x[0], True)})
    assert misshapen.to_json()["ratio"] == "infinite"
