"""Algebraic data types, match and references on the whole way from Relay to Relax."""

import ast
import json
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner
from data_programs import HEADER, LIST, PROGRAMS, V, X
from steps import steps

import migrate
from migrate.cli.main import main as command
from migrate.execution import execute
from migrate.forward.runtime_module import RUNTIME_MODULE
from migrate.verify.verdict import Outcome
from relax_core.data_functions import DATA_IS, DATA_UNMATCHED, FUNCTIONS, REF_NEW
from relax_core.ir.expr import ExternFunc, Function
from tensor_core.data_values import DataValue
from tensor_core.diagnostics import DiagnosticError
from tensor_core.node import Node, post_order


def converted(text: str, target: str = "0.27") -> migrate.ConversionResult:
    result = migrate.convert(migrate.load(HEADER + text), target=target)
    assert result.report.complete
    return result


def external(text: str) -> list[str]:
    """The functions of the runtime that a converted program names, each time."""
    functions = list(converted(text).module.functions.values())
    nodes = post_order(functions, Node.iter_children)
    return [node.name for node in nodes if isinstance(node, ExternFunc)]


@pytest.mark.parametrize("name", PROGRAMS)
@pytest.mark.parametrize("target", ["0.27", "0.19", "portable"])
def test_whole_way(name: str, target: str):
    text, args = PROGRAMS[name]
    module = migrate.load(HEADER + text)
    result = converted(text, target)
    script = migrate.load(result.script())
    want = migrate.run(module, args, executor="interpreter")
    for right in (result.module, script):
        for executor in ("backend", "interpreter"):
            for a, b in zip(migrate.run(right, args, executor=executor), want, strict=True):
                np.testing.assert_allclose(a, b, rtol=1e-6)
    assert migrate.verify(module, script, args, prove=False).outcome in (Outcome.EXACT, Outcome.WITHIN_BOUND)


@pytest.mark.parametrize("flags", [(True, False), (False, True), (False, False)])
def test_references_in_branches_take_every_way(flags: tuple[bool, bool]):
    text, _ = PROGRAMS["references written in branches"]
    args = [*(np.array(flag) for flag in flags), X]
    want = migrate.run(migrate.load(HEADER + text), args, executor="interpreter")
    for a, b in zip(migrate.run(converted(text).module, args), want, strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-6)


@pytest.mark.parametrize(
    "name",
    ["reference in straight-line code", "references written in branches", "reference written in arms"],
)
def test_references_that_stay_inside_leave_nothing_behind(name: str):
    text, _ = PROGRAMS[name]
    assert not {item for item in external(text) if item.startswith("relay2relax.ref")}
    assert all(f.is_pure for f in converted(text).module.functions.values() if isinstance(f, Function))


def test_a_reference_that_another_function_sees_is_an_object_and_its_users_have_effects():
    result = converted(PROGRAMS["loop that accumulates in a reference"][0])
    assert REF_NEW in external(PROGRAMS["loop that accumulates in a reference"][0])
    assert not any(f.is_pure for f in result.module.functions.values() if isinstance(f, Function))


def test_what_must_match_is_not_tested():
    tree = f"type Pair {{ Pair({V}, {V}), }}\n"
    assert DATA_IS not in external(tree + f"def @main(%x: {V}) {{ match (Pair(%x, %x)) {{ Pair(%a, _) => %a, }} }}")
    exhaustive = "match? (Cons(%x, Nil)) { Cons(%h, _) => %h, Nil => %x, }"
    found = external(f"{LIST}def @main(%x: {V}) {{ {exhaustive} }}")
    assert found.count(DATA_IS) == 1
    assert DATA_UNMATCHED not in found


def test_a_value_without_an_arm_is_an_error_that_says_where():
    module = migrate.load(f"{HEADER}{LIST}def @main(%x: {V}) {{ match? (Cons(%x, Nil)) {{ Nil => %x, }} }}\n")
    for executor in ("backend", "interpreter"):
        with pytest.raises(DiagnosticError, match="no arm of the match handles the value from_string:3"):
            migrate.run(migrate.convert(module).module, [X], executor=executor)


def test_data_comes_in_and_goes_out():
    text = f"{LIST}def @main(%l: List[{V}], %x: {V}) -> List[{V}] {{ Cons(%x, %l) }}\n"
    module, right = migrate.load(HEADER + text), converted(text).module
    for side in (module, right):
        for executor in ("backend", "interpreter"):
            got = execute(side, [DataValue("Nil", ()), X], executor=executor)
            assert isinstance(got, DataValue)
            assert (got.name, got.fields[1].name) == ("Cons", "Nil")
            np.testing.assert_array_equal(got.fields[0], X)


def test_a_list_as_long_as_memory_allows():
    length = 20_000
    text = f"""{LIST}def @upto(%n: int32, %l: List[int32]) -> List[int32] {{
  if (greater(%n, 0)) {{ @upto(subtract(%n, 1), Cons(%n, %l)) }} else {{ %l }}
}}
def @sum(%l: List[int32]) -> int32 {{ match (%l) {{ Cons(%h, %t) => add(%h, @sum(%t)), Nil => 0, }} }}
def @main(%n: int32) {{ @sum(@upto(%n, Nil)) }}
"""
    (got,) = migrate.run(converted(text).module, [np.array(length, "int32")])
    assert got == length * (length + 1) // 2


def _letters(count: int) -> str:
    names = [f"L{n}" for n in range(count)]
    arms = "".join(f"{name} => add(%x, {n}f), " for n, name in enumerate(names))
    return (
        f"type Letter {{ {', '.join(names)}, }}\ndef @main(%l: Letter, %x: {V}) -> {V} {{ match (%l) {{ {arms} }} }}\n"
    )


def test_many_arms_cost_what_they_are():
    def cost(count: int) -> int:
        module = migrate.load(HEADER + _letters(count))
        return steps(lambda: migrate.convert(module))

    small, large = cost(100), cost(400)
    assert large < 5 * small


def test_many_arms_convert_and_run():
    right = converted(_letters(400)).module
    for name, want in (("L0", 0), ("L250", 250), ("L399", 399)):
        (got,) = migrate.run(right, [DataValue(name, ()), X])
        np.testing.assert_array_equal(got, X + want)


def test_a_long_chain_of_matches():
    arms = "Cons(%h, _) => add(%h, %x), Nil => %x,"
    lines = [f"let %v{n + 1} = match (Cons(%v{n}, Nil)) {{ {arms} }};" for n in range(300)]
    body = "\n".join(["let %v0 = %x;", *lines, "%v300"])
    (got,) = migrate.run(converted(f"{LIST}def @main(%x: {V}) -> {V} {{\n{body}\n}}\n").module, [X])
    np.testing.assert_array_equal(got, 301 * X)


def test_the_runtime_module_registers_what_programs_call():
    registered = {
        decorator.args[0].value
        for node in ast.walk(ast.parse(RUNTIME_MODULE))
        if isinstance(node, ast.FunctionDef)
        for decorator in node.decorator_list
        if isinstance(decorator, ast.Call) and isinstance(decorator.args[0], ast.Constant)
    }
    assert registered == set(FUNCTIONS)


def test_the_command_writes_the_runtime_module_where_it_is_needed(tmp_path: Path):
    for name, needed in (("list folded by recursion", True), ("reference in straight-line code", False)):
        model, output = tmp_path / "m.relay", tmp_path / f"{needed}.py"
        model.write_text(HEADER + PROGRAMS[name][0])
        result = CliRunner().invoke(command, ["convert", str(model), "-o", str(output), "--json"])
        assert result.exit_code == 0
        runtime = tmp_path / f"{needed}_runtime.py"
        assert runtime.exists() is needed
        assert (str(runtime) in json.loads(result.output)["written"]) is needed
        assert ("import its runtime module" in output.read_text()) is needed
