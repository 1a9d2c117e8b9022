"""Inline: which global functions go into their callers."""

from before_after import check, module

from relay_compat.analysis.call_graph import CallGraph
from relay_compat.passes.inline import Inline

X = "%x: int32"


def test_marked_functions_go_in_from_the_leaves_up() -> None:
    check(
        Inline(),
        f"""def @leaf({X}, Inline=1) -> int32 {{ add(%x, 1) }}
        def @middle({X}, Inline=1) -> int32 {{ multiply(@leaf(%x), 2) }}
        def @main({X}) -> int32 {{ @middle(add(%x, 3)) }}""",
        f"def @main({X}) -> int32 {{ multiply(add(add(%x, 3), 1), 2) }}",
    )


def test_what_is_not_marked_stays() -> None:
    check(
        Inline(),
        f"""def @leaf({X}, Inline=1) -> int32 {{ add(%x, 1) }}
        def @kept({X}) -> int32 {{ @leaf(%x) }}
        def @main({X}) -> int32 {{ @kept(%x) }}""",
        f"""def @kept({X}) -> int32 {{ add(%x, 1) }}
        def @main({X}) -> int32 {{ @kept(%x) }}""",
    )


def test_recursion_stays() -> None:
    body = "if (equal(%x, 0)) { %x } else { @f(subtract(%x, 1)) }"
    check(Inline(), f"def @f({X}, Inline=1) -> int32 {{ {body} }} def @main({X}) -> int32 {{ @f(%x) }}")


def test_several_calls_are_all_replaced() -> None:
    check(
        Inline(),
        f"def @f({X}, Inline=1) -> int32 {{ add(%x, %x) }} def @main({X}) -> int32 {{ @f(@f(%x)) }}",
        f"def @main({X}) -> int32 {{ %0 = add(%x, %x); add(%0, %0) }}",
    )


def test_functions_of_other_compilers_go_in_whole() -> None:
    function = f'fn ({X}, Inline=1, Compiler="other") -> int32 {{ add(%x, 1) }}'
    check(
        Inline(),
        f"""def @f({X}, Inline=1, Compiler="other") -> int32 {{ add(%x, 1) }}
        def @main({X}) -> int32 {{ @f(%x) }}""",
        f"def @main({X}) -> int32 {{ %0 = {function}; %0(%x) }}",
    )


def test_a_function_that_is_passed_on_goes_in_whole() -> None:
    check(
        Inline(),
        f"""def @f({X}, Inline=1) -> int32 {{ %x }}
        def @main(%g: fn (fn (int32) -> int32) -> int32) -> int32 {{ %g(@f) }}""",
        f"def @main(%g: fn (fn (int32) -> int32) -> int32) -> int32 {{ %g(fn ({X}, Inline=1) -> int32 {{ %x }}) }}",
    )


def test_call_graph() -> None:
    graph = CallGraph(
        module(f"""def @a({X}) -> int32 {{ if (equal(%x, 0)) {{ %x }} else {{ @a(%x) }} }}
        def @b({X}) -> int32 {{ add(@a(%x), @a(1)) }}
        def @main({X}) -> int32 {{ @b(@a(%x)) }}""")
    )
    assert [graph.ref_count(name) for name in "ab"] == [3, 1]
    assert graph.global_call_count("main") == 2
    assert graph.is_recursive("a")
    assert not graph.is_recursive("b")
    assert [var.name for var in graph.callees_first()] == ["a", "b", "main"]
    assert "call site: <main> calls b" in str(graph)
