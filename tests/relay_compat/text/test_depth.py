"""Depth of the program is no limit, and work grows in proportion to its length."""

import sys
from collections.abc import Callable

import pytest

from relay_compat.text.parser import parse, parse_expr
from relay_compat.text.printer import print_expr, print_module

HEADER = '#[version = "0.0.5"]\n'
LENGTH = 50_000
DEPTH = 20_000


def chain(length: int) -> str:
    lines = [f"{HEADER}def @main(%x: int32 /* ty=int32 */) -> int32 {{", "  %0 = add(%x, %x) /* ty=int32 */;"]
    lines += [f"  %{n} = add(%{n - 1}, %x) /* ty=int32 */;" for n in range(1, length)]
    return "\n".join([*lines, f"  add(%{length - 1}, %x) /* ty=int32 */", "}", ""])


def lets(length: int) -> str:
    lines = [f"{HEADER}def @main(%y: int32 /* ty=int32 */) -> int32 {{", "  let %y0: int32 /* ty=int32 */ = %y;"]
    lines += [f"  let %y{n}: int32 /* ty=int32 */ = add(%y{n - 1}, %y) /* ty=int32 */;" for n in range(1, length)]
    return "\n".join([*lines, f"  %y{length - 1}", "}", ""])


@pytest.mark.parametrize("make", [chain, lets])
def test_long_modules(make: Callable[[int], str]) -> None:
    text = make(LENGTH)
    assert print_module(parse(text)) == text


@pytest.mark.parametrize(
    "text",
    [
        "(" * DEPTH + "1" + ")" * DEPTH,
        "ref_read(" * DEPTH + "1" + ")" * DEPTH,
        "exp(" * DEPTH + "1" + ")" * DEPTH,
        "{" * DEPTH + "1" + "}" * DEPTH,
        " + ".join(["1"] * DEPTH),
        "@f" + "(1)" * DEPTH,
        "let %x = " * 500 + "1" + "; 1" * 500,
        "if (True) { 1 } else {" * 500 + "1" + "}" * 500,
        "fn () { " * 500 + "1" + "}" * 500,
    ],
)
def test_deep_expressions(text: str) -> None:
    printed = print_expr(parse_expr(text))
    assert print_expr(parse_expr(printed)) == printed


def test_work_grows_linearly() -> None:
    def calls(length: int) -> int:
        count = 0

        def profile(*_: object) -> None:
            nonlocal count
            count += 1

        text = chain(length)
        sys.setprofile(profile)
        try:
            print_module(parse(text, infer=False))
        finally:
            sys.setprofile(None)
        return count

    assert calls(2000) < 2.2 * calls(1000)
