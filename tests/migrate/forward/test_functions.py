"""Functions of all kinds on the whole way: closures, recursion, functions as values, polymorphic and external ones."""

import numpy as np
import pytest
import relay_build
from function_programs import HEADER, PROGRAMS, V

import migrate
import relay_compat.ir.expr as relay
from migrate.verify.verdict import Outcome
from relax_core.ir.expr import Call, Function, Op
from relax_core.text.printer import print_module
from relax_core.text.release import header
from relay_compat.ir.values import Record
from tensor_core.node import Node, post_order


def nodes(root: Node) -> list[Node]:
    """Every node of a program once."""
    return post_order((root,), Node.iter_children)


@pytest.mark.parametrize("name", PROGRAMS)
@pytest.mark.parametrize("target", ["0.27", "0.19"])
def test_whole_way(name: str, target: str):
    text, args = PROGRAMS[name]
    module = migrate.load(HEADER + text)
    result = migrate.convert(module, target=target)
    assert result.report.complete
    script = migrate.load(result.script())
    assert header(target) + print_module(script, target) == result.script()
    want = migrate.run(module, args, executor="interpreter")
    for right in (result.module, script):
        for executor in ("backend", "interpreter"):
            for a, b in zip(migrate.run(right, args, executor=executor), want, strict=True):
                np.testing.assert_array_equal(a, b)
    assert migrate.verify(module, script, args, prove=False).outcome in (Outcome.EXACT, Outcome.WITHIN_BOUND)


def test_each_type_has_one_copy_of_a_polymorphic_function():
    text = f"""def @id[A](%x: A) -> A {{ %x }}
def @never[A](%x: A) -> A {{ %x }}
def @main(%x: {V}, %n: int32) {{ (@id(%x), @id(@id(%n)), @id(%x)) }}
"""
    result = migrate.convert(migrate.load(HEADER + text))
    assert sorted(var.name for var in result.module.functions) == ["id", "id1", "main"]
    assert result.report.unused == ["never"]


def test_an_external_function_keeps_its_patterns_inside():
    result = migrate.convert(migrate.load(HEADER + PROGRAMS["external function with a pattern in it"][0])).module
    external = result["ext"]
    assert isinstance(external, Function)
    assert (external.attrs or {}).get("Codegen") == "dnnl"
    (pattern,) = [node for node in nodes(external.body) if isinstance(node, Function)]
    assert (pattern.attrs or {}).get("Composite") == "dnnl.dense_relu"


def test_what_a_refused_function_needed_is_not_left_behind():
    text = f"""def @id[A](%x: A) -> A {{ %x }}
def @main(%x: {V}) {{
  let %f = fn (%a: {V}) {{ add(%a, %x) }};
  let %y = %f(%x);
  (%y, @id).0
}}
def @good(%x: {V}) {{ exp(%x) }}
"""
    result = migrate.convert(migrate.load(HEADER + text))
    assert [var.name for var in result.module.functions] == ["good"]
    assert {item.code.id for item in result.report.diagnostics} == {"R2R0403"}
    assert not result.report.complete


def test_closures_are_called_by_name_where_they_are_seen():
    text, _ = PROGRAMS["closures that capture closures"]
    module = migrate.convert(migrate.load(HEADER + text)).module
    calls = [node for function in module.functions.values() for node in nodes(function) if isinstance(node, Call)]
    names = {call.op.name for call in calls if isinstance(call.op, Op)}
    assert names == {"relax.add", "relax.multiply"}


def test_attributes_that_relax_has_no_word_for_are_reported():
    module = migrate.load(HEADER + f"def @main(%x: {V}) {{ exp(%x) }}\n")
    module.attrs["executor"] = Record("relay.Executor")
    module.attrs["size"] = 3
    result = migrate.convert(module)
    assert result.module.attrs == {"size": 3}
    assert [item.code.id for item in result.report.diagnostics] == ["R2R0408"]
    assert "executor" in result.report.diagnostics[0].message
    assert migrate.load(result.script()).attrs == {"size": 3}


def test_an_empty_constant_that_text_cannot_say_is_a_parameter():
    x = relay_build.var("x", 2, 1)
    parts = relay.Tuple((relay_build.const(np.zeros((0, 1))), x))
    result = migrate.convert(relay_build.module(relay_build.call("concatenate", parts, axis=0), x))
    script = migrate.load(result.script(), result.module.params)
    value = np.ones((2, 1), "float32")
    np.testing.assert_array_equal(migrate.run(script, [value])[0], value)


def test_what_calls_a_refused_function_is_left_out_too():
    text = """def @z(%x: float32) -> float32 {
  let %f: fn [A](A) -> A = fn [A](%a: A) -> A { if (True) { %a } else { %f(%a) } };
  %f(%x)
}
def @copy[A](%x: A) -> A { %x }
def @a(%x: float32) -> float32 { let %g = fn (%b: float32) { add(%b, %x) }; @copy(%g(@z(%x))) }
def @main(%x: float32) -> float32 { exp(@a(%x)) }
def @other(%x: float32) -> float32 { exp(%x) }
"""
    result = migrate.convert(migrate.load(HEADER + text))
    assert [var.name for var in result.module.functions] == ["other"]
    assert {item.function: item.fate.value for item in result.report.functions} == {
        "z": "refused", "a": "refused", "main": "refused", "copy": "unused", "other": "converted",
    }  # fmt: skip
    assert {item.function for item in result.report.conversions} == {"other"}
    assert all(item.code.id == "R2R0403" and item.span and item.hint for item in result.report.diagnostics)
