"""Which bindings are pure: functions of several arms, and calls nested more deeply than TVM looks."""

import pytest
from before_after import module

from relay_compat.analysis.purity import pure_lets
from tensor_core.module import IRModule

DEEPEST = 25


def purity(given: IRModule) -> dict[str, bool]:
    return {var.name: pure for var, pure in pure_lets(given).items()}


ARMS = """type Two { One, Other }
def @main(%d: Two, %x: float32, %r: ref(float32)) {
  let %f = match (%d) {
    One => fn (%a: float32) -> float32 { FIRST },
    Other => fn (%b: float32) -> float32 { SECOND },
  };
  let %y = %f(%x);
  %y
}"""
WRITES = "let %u = ref_write(%r, %x); %x"


@pytest.mark.parametrize(
    ("first", "second", "pure"), [("%x", "%x", True), (WRITES, "%x", False), ("%x", WRITES, False)]
)
def test_a_function_of_a_match_is_pure_to_call_where_each_arm_is(first: str, second: str, pure: bool) -> None:
    found = purity(module(ARMS.replace("FIRST", first).replace("SECOND", second)))
    assert (found["f"], found["y"]) == (True, pure)


@pytest.mark.parametrize(("depth", "pure"), [(DEEPEST, True), (DEEPEST + 1, False)])
def test_calls_nested_more_deeply_are_not_looked_into(depth: int, pure: bool) -> None:
    nested = "%x"
    for _ in range(depth):
        nested = f"exp({nested})"
    # Calls that were done before do not count.
    text = f"def @main(%x: float32) {{ let %a = add(exp(%x), exp(%x)); let %b = {nested}; %b }}"
    found = purity(module(text))
    assert (found["a"], found["b"]) == (True, pure)
