"""Programs of Relay and Relax functions: every division of a program's functions computes the same."""

from itertools import chain, combinations

import numpy as np
import pytest
from steps import steps

import migrate
import relax_core.ir.expr as relax
from migrate import mixed
from migrate.mixed.linked import program
from tensor_core import codes
from tensor_core.diagnostics import DiagnosticError
from tensor_core.module import IRModule

MUTUAL = """#[version = "0.0.5"]
def @main(%x: Tensor[(2, 3), float32], %n: int32) -> Tensor[(2, 3), float32] { @even(%x, %n) }
def @even(%x: Tensor[(2, 3), float32], %n: int32) -> Tensor[(2, 3), float32] {
  if (equal(%n, 0)) { %x } else { @odd(@scale(%x), subtract(%n, 1)) }
}
def @odd(%x: Tensor[(2, 3), float32], %n: int32) -> Tensor[(2, 3), float32] {
  if (equal(%n, 0)) { negative(%x) } else { @even(%x, subtract(%n, 1)) }
}
def @scale(%x: Tensor[(2, 3), float32]) -> Tensor[(2, 3), float32] { add(%x, %x) }
"""
"""Two functions that call each other, one of which calls a third."""

VALUES = """#[version = "0.0.5"]
def @main(%x: Tensor[(3), float32], %up: bool) -> (Tensor[(3), float32], (Tensor[(3), float32], Tensor[(3), float32])) {
  let %f = @adder(%x);
  let %pair = @both(%x, %f);
  let %inner = %pair.1;
  let %times = fn (%y: Tensor[(3), float32]) -> Tensor[(3), float32] { multiply(%y, %x) };
  (@apply(%f, %inner.0), (%pair.0, @apply(%times, %x)))
}
def @adder(%x: Tensor[(3), float32]) -> fn (Tensor[(3), float32]) -> Tensor[(3), float32] {
  fn (%y: Tensor[(3), float32]) -> Tensor[(3), float32] { add(%x, %y) }
}
def @apply(%f: fn (Tensor[(3), float32]) -> Tensor[(3), float32], %x: Tensor[(3), float32])
    -> Tensor[(3), float32] {
  %f(%x)
}
def @both(%x: Tensor[(3), float32], %f: fn (Tensor[(3), float32]) -> Tensor[(3), float32])
    -> (Tensor[(3), float32], (Tensor[(3), float32], Tensor[(3), float32])) {
  (%f(%x), (negative(%x), %x))
}
"""
"""Tuples and function values, made by one function and used by another."""

DATA = """#[version = "0.0.5"]
type List[A] { Cons(A, List[A]), Nil }
type Shape { Circle(float32), Box(float32, float32) }
def @main(%n: int32, %r: float32) -> (float32, float32) {
  let %seen = ref(0f);
  let %shapes = @shapes(%n, %r, Nil);
  let %total = @total(%shapes, %seen);
  (%total, ref_read(%seen))
}
def @shapes(%n: int32, %r: float32, %rest: List[Shape]) -> List[Shape] {
  if (equal(%n, 0)) { %rest } else { @shapes(subtract(%n, 1), add(%r, 1f), Cons(@shape(%n, %r), %rest)) }
}
def @shape(%n: int32, %r: float32) -> Shape {
  if (equal(floor_mod(%n, 2), 0)) { Circle(%r) } else { Box(%r, 2f) }
}
def @total(%l: List[Shape], %seen: ref(float32)) -> float32 {
  match (%l) {
    Cons(%s, %rest) => {
      let %one = @area(%s);
      let %w = ref_write(%seen, add(ref_read(%seen), 1f));
      add(%one, @total(%rest, %seen))
    },
    Nil => 0f,
  }
}
def @area(%s: Shape) -> float32 {
  match (%s) { Circle(%r) => multiply(%r, %r), Box(%w, %h) => multiply(%w, %h) }
}
"""
"""Lists, values of several constructors, and a reference that two functions write."""

DYNAMIC = """#[version = "0.0.5"]
def @main(%x: Tensor[(?, 3), float32], %y: Tensor[(?, 3), float32]) -> (Tensor[(?, 3), float32], Tensor[(?), float32]) {
  let %both = @joined(%x, %y);
  (@scaled(%both), @picked(@sums(%both)))
}
def @joined(%a: Tensor[(?, 3), float32], %b: Tensor[(?, 3), float32]) -> Tensor[(?, 3), float32] {
  %0 = (%a, %b);
  concatenate(%0)
}
def @scaled(%a: Tensor[(?, 3), float32]) -> Tensor[(?, 3), float32] { multiply(%a, @factor(%a)) }
def @factor(%a: Tensor[(?, 3), float32]) -> Tensor[(?, 1), float32] { max(%a, axis=[1], keepdims=True) }
def @sums(%a: Tensor[(?, 3), float32]) -> Tensor[(?), float32] { sum(%a, axis=[1]) }
def @picked(%a: Tensor[(?), float32]) -> Tensor[(?), float32] {
  %1 = argwhere(greater(%a, 4f));
  %2 = reshape(%1, newshape=[-1]);
  take(%a, %2, axis=0)
}
"""
"""Sizes that only the run tells, some of them by values."""

X = np.arange(6, dtype="float32").reshape(2, 3)
V = np.asarray([1, 2, 3], "float32")


def divisions(module: IRModule) -> list[tuple[str, ...]]:
    names = [var.name for var in module.functions]
    return list(chain.from_iterable(combinations(names, count) for count in range(len(names) + 1)))


def moved(module: IRModule, names: tuple[str, ...]) -> mixed.MixedModule:
    state = mixed.begin(module)
    for name in names:
        state = mixed.convert_function(state, name)
    return state


@pytest.mark.parametrize("names", divisions(migrate.load(MUTUAL)), ids=lambda names: "+".join(names) or "none")
def test_functions_call_each_other_across_the_border(names):
    module = migrate.load(MUTUAL)
    state = moved(module, names)
    assert mixed.check(state) == []
    assert {name for name, side in state.sides.items() if side == "relax"} == set(names)
    for n in (0, 5, 6):
        (want,) = migrate.run(module, [X, np.int32(n)], executor="interpreter")
        (got,) = mixed.run(state, [X, np.int32(n)])
        assert np.array_equal(got, want)


@pytest.mark.parametrize("names", divisions(migrate.load(VALUES)), ids=lambda names: "+".join(names) or "none")
def test_tuples_and_closures_cross(names):
    module = migrate.load(VALUES)
    state = moved(module, names)
    assert mixed.check(state) == []
    want = migrate.run(module, [V, np.asarray(True)], executor="interpreter")
    for got, expected in zip(mixed.run(state, [V, np.asarray(True)]), want, strict=True):
        assert np.array_equal(got, expected)


@pytest.mark.parametrize("names", divisions(migrate.load(DATA)), ids=lambda names: "+".join(names) or "none")
def test_data_and_references_cross(names):
    module = migrate.load(DATA)
    state = moved(module, names)
    assert mixed.check(state) == []
    want = migrate.run(module, [np.int32(5), np.float32(3)], executor="interpreter")
    assert [float(array) for array in mixed.run(state, [np.int32(5), np.float32(3)])] == [float(a) for a in want]


@pytest.mark.parametrize("names", divisions(migrate.load(DYNAMIC))[::3], ids=lambda names: "+".join(names) or "none")
def test_sizes_cross(names):
    module = migrate.load(DYNAMIC)
    state = moved(module, names)
    assert mixed.check(state) == []
    for rows, more in ((1, 2), (4, 1), (3, 3)):
        args = [np.arange(3 * count, dtype="float32").reshape(count, 3) for count in (rows, more)]
        want = migrate.run(module, args, executor="interpreter")
        for got, expected in zip(mixed.run(state, args), want, strict=True):
            assert np.array_equal(got, expected)


def test_functions_are_converted_as_asked():
    module = migrate.load(DYNAMIC)
    start = mixed.begin(module, "0.26", dims={"x.0": "rows"}, expand=["nn.layer_norm"])
    state = mixed.convert_function(start, "main")
    assert state.relax.release == "0.26"
    main = state.relax["main"]
    assert isinstance(main, relax.Function)
    assert "rows" in str(main.params[0].ty)
    with pytest.raises(DiagnosticError):
        mixed.begin(module, dims={"x.first": "rows"})


def test_the_last_state_is_the_conversion():
    module = migrate.load(MUTUAL)
    state = moved(module, ("main", "even", "odd", "scale"))
    whole = migrate.convert(module).module
    assert {var.name for var in state.relax} == {var.name for var in whole}
    assert np.array_equal(migrate.run(state.relax, [X, np.int32(3)])[0], migrate.run(whole, [X, np.int32(3)])[0])


def test_recursion_across_the_border_is_bounded_by_memory_alone():
    state = moved(migrate.load(MUTUAL), ("odd",))
    zeros = np.zeros((2, 3), "float32")
    assert not mixed.run(state, [zeros, np.int32(20_000)])[0].any()


def test_a_program_holds_what_its_entry_reaches():
    state = moved(migrate.load(MUTUAL), ("scale",))
    assert set(program(state, "scale").functions) == {"scale", "@scale"}
    assert set(program(state, "even").functions) == {"even", "@even", "odd", "@odd", "scale", "@scale"}


def test_a_function_is_lowered_once_for_all_states():
    start = mixed.begin(migrate.load(MUTUAL))
    before = program(start).functions
    after = program(mixed.convert_function(start, "scale")).functions
    same = {name for name in after if after[name] is before.get(name)}
    assert same == {"@main", "@even", "@odd"}


def test_states_are_values():
    start = mixed.begin(migrate.load(MUTUAL))
    one = mixed.convert_function(start, "scale")
    two = mixed.convert_function(one, "even")
    assert (start.moved, one.moved, two.moved) == (frozenset(), {"scale"}, {"scale", "even"})
    assert [var.name for var in start.relax] == []
    assert {var.name for var in one.relax} == {"scale"}


def test_polymorphic_functions_move_as_the_copies_that_are_called():
    module = migrate.load(
        """#[version = "0.0.5"]
def @main(%x: Tensor[(2), float32], %n: int32) -> (Tensor[(2), float32], int32) { (@id(%x), @id(%n)) }
def @id[A](%a: A) -> A { %a }
"""
    )
    start = mixed.begin(module)
    assert len(start.sides) == 3
    for name in start.sides:
        state = mixed.convert_function(start, name)
        got = mixed.run(state, [np.asarray([1, 2], "float32"), np.int32(7)])
        assert got[0].tolist() == [1, 2]
        assert got[1] == 7


def test_a_function_with_an_operator_that_cannot_be_said_stays():
    module = migrate.load(
        """#[version = "0.0.5"]
def @main(%x: Tensor[(2), float32]) -> Tensor[(2), float32] { @f(add(%x, %x)) }
def @f(%x: Tensor[(2), float32]) -> Tensor[(2), float32] { acme.op(%x) /* ty=Tensor[(2), float32] */ }
"""
    )
    state = mixed.convert_function(mixed.begin(module), "main")
    with pytest.raises(DiagnosticError) as refusal:
        mixed.convert_function(state, "f")
    assert refusal.value.diagnostics[0].code is codes.OPAQUE_OP


def test_what_cannot_begin_or_move_is_named():
    converted = migrate.convert(migrate.load(MUTUAL)).module
    with pytest.raises(DiagnosticError) as refusal:
        mixed.begin(converted)
    assert refusal.value.diagnostics[0].code is codes.BAD_INPUTS
    with pytest.raises(DiagnosticError) as unknown:
        mixed.convert_function(mixed.begin(migrate.load(MUTUAL)), "evn")
    assert unknown.value.diagnostics[0].code is codes.NO_SUCH_FUNCTION


def test_making_data_is_an_effect_where_the_text_cannot_say_that_it_is_none():
    module = migrate.load(
        """#[version = "0.0.5"]
type Box { Full(Tensor[(2), float32]) }
def @main(%x: Tensor[(2), float32]) -> Tensor[(2), float32] { add(@f(%x), %x) }
def @f(%x: Tensor[(2), float32]) -> Tensor[(2), float32] { match (Full(%x)) { Full(%h) => add(%h, %h) } }
"""
    )
    for target, impure in (("0.27", set()), ("portable", {"main", "f"})):
        start = mixed.begin(module, target)
        assert start.impure == impure
        for names in (("main", "f"), ("f", "main")):
            state = start
            for name in names:
                state = mixed.convert_function(state, name)
                assert mixed.check(state) == []
                assert mixed.run(state, [np.ones(2, "float32")])[0].tolist() == [3, 3]


def test_converting_a_function_does_not_look_at_the_others_again():
    def work(calls: int) -> int:
        body = "".join(f"  %{number} = add(%{number - 1 if number else 'y'}, %y);\n" for number in range(calls))
        start = mixed.begin(
            migrate.load(
                '#[version = "0.0.5"]\n'
                "def @main(%x: Tensor[(2), float32]) -> Tensor[(2), float32] { @f(@other(%x)) }\n"
                "def @f(%x: Tensor[(2), float32]) -> Tensor[(2), float32] { add(%x, %x) }\n"
                f"def @other(%y: Tensor[(2), float32]) -> Tensor[(2), float32] {{\n{body}  %{calls - 1}\n}}\n"
            )
        )
        state = mixed.convert_function(start, "main")
        return steps(lambda: mixed.convert_function(state, "f"))

    work(10)
    assert work(400) < work(10) * 1.05


def test_the_same_function_moves_alike_from_every_state():
    start = mixed.begin(migrate.load(DYNAMIC))
    first, again = mixed.convert_function(start, "picked"), mixed.convert_function(start, "picked")
    later = mixed.convert_function(mixed.convert_function(start, "main"), "picked")
    texts = {str(state.relax["picked"]) for state in (first, again, later)}
    assert len(texts) == 1
    for state in (again, later):
        assert mixed.check(state) == []
