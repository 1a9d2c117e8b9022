"""DeadCodeElimination: which lets go, and which stay where they are."""

import pytest
from before_after import check, module

from relay_compat.analysis.purity import pure_lets
from relay_compat.passes.dead_code_elimination import DeadCodeElimination

ONCE = DeadCodeElimination(inline_once=True)


def test_unused_values_go_with_what_only_they_use() -> None:
    before = "def @main(%x: int32) { let %a = add(%x, 1); let %b = add(%a, 1); let %c = add(%x, 2); %c }"
    check(DeadCodeElimination(), before, "def @main(%x: int32) { let %c = add(%x, 2); %c }")


def test_values_used_once_move_only_when_asked() -> None:
    before = "def @main(%x: int32) { let %a = add(%x, 1); let %b = add(%a, 2); multiply(%b, %b) }"
    check(DeadCodeElimination(), before)
    check(ONCE, before, "def @main(%x: int32) { let %b = add(add(%x, 1), 2); multiply(%b, %b) }")


def test_nothing_moves_into_a_closure() -> None:
    check(ONCE, "def @main(%x: int32) { let %a = add(%x, 1); let %f = fn (%y: int32) { add(%a, %y) }; (%f(1), %f(2)) }")


def test_unused_recursion_goes() -> None:
    loop = "let %f = fn (%n: int32) -> int32 { if (equal(%n, 0)) { %n } else { %f(subtract(%n, 1)) } };"
    check(DeadCodeElimination(), f"{loop} 7", "7")
    check(DeadCodeElimination(), f"{loop} %f(7)")


def test_a_let_met_twice_keeps_its_uses() -> None:
    # Found by a campaign: behind the second use the let is met again, the call that uses its variable is not.
    check(
        DeadCodeElimination(),
        """def @main(%x: int32) {
          %1 = (
            let %f = fn (%y: int32) { add(%y, %x) };
            if (less(%x, 3)) { %0 = %f(%x); %0 } else { %0 }
          );
          %2 = negative(%1);
          subtract(%2, %2)
        }""",
    )


@pytest.mark.parametrize("value", ["ref_write(%r, 1)", "ref_read(%r)", "@f(%r)", "%g(1)", "ref(@f(%r))"])
def test_effects_stay(value: str) -> None:
    f = "def @f(%r: ref(int32)) -> int32 { ref_read(%r) }"
    main = f"def @main(%r: ref(int32), %g: fn (int32) -> int32) {{ let %unused = {value}; 3 }}"
    check(ONCE, f"{f} {main}")
    bare = "def @main(%r: ref(int32), %g: fn (int32) -> int32) { 3 }"
    check(DeadCodeElimination(ignore_impurity=True), f"{f} {main}", f"{f} {bare}")


def test_purity_is_lost_in_tuples() -> None:
    program = module(
        "def @main(%x: int32) { let %f = fn (%y: int32) { %y }; let %a = %f(%x); let %b = (%f,).0(%x); 1 }"
    )
    assert {var.name: pure for var, pure in pure_lets(program).items()} == {
        "x": True, "f": True, "y": True, "a": True, "b": False,
    }  # fmt: skip


def test_deep_calls_count_as_impure() -> None:
    def nested(depth: int) -> str:
        return "add(" * depth + "%x" + ", 1)" * depth

    before = "def @main(%x: int32) {{ let %a = {}; 1 }}"
    check(DeadCodeElimination(), before.format(nested(25)), "def @main(%x: int32) { 1 }")
    check(DeadCodeElimination(), before.format(nested(26)))


def test_depth_is_no_limit() -> None:
    lets = "".join(f"let %v{n} = add(%v{n - 1}, 1);" for n in range(1, 5000))
    check(DeadCodeElimination(), f"def @main(%v0: int32) {{ {lets} 1 }}", "def @main(%v0: int32) { 1 }")
