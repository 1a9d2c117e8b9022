"""Programs evaluated by each executor: the values that come back, and what is refused."""

import json
from typing import Any

import numpy as np
import pytest

import migrate  # noqa: F401  chooses the compiler
import relay_compat as relay
from relay_compat.backend.container import ADT, tuple_object
from relay_compat.backend.executor import Executor
from relay_compat.backend.graph_executor import GraphModule
from relay_compat.backend.interpreter import ConstructorValue, RefValue
from relay_compat.backend.virtual_machine import VirtualMachine
from relay_compat.ir.module import IRModule
from relay_compat.target import Target
from tensor_core import execution
from tensor_core.device import Device, cpu
from tensor_core.diagnostics import DiagnosticError
from tensor_core.ndarray import NDArray, ndarray
from tensor_core.prim import AnyDim

X = np.arange(6, dtype="float32").reshape(2, 3)


def split_module() -> IRModule:
    x = relay.var("x", shape=(2, 3))
    return IRModule.from_expr(relay.Function([x], relay.Tuple([relay.split(x, 3, axis=1).astuple(), relay.exp(x)])))


def code(caught: Any) -> str:
    return caught.value.diagnostics[0].code.id


@pytest.mark.parametrize("kind", ["debug", "vm"])
def test_tuples_come_as_adt(kind: str) -> None:
    parts, exponentials = relay.create_executor(kind, split_module()).evaluate()(X)
    assert isinstance(parts, ADT)
    assert isinstance(parts[0], NDArray)
    assert parts.tag == 0
    np.testing.assert_array_equal(parts[1].numpy(), X[:, 1:2])
    np.testing.assert_allclose(exponentials.numpy(), np.exp(X), rtol=1e-6)


@pytest.mark.parametrize("kind", ["graph", "aot"])
def test_graphs_answer_nested_lists(kind: str) -> None:
    parts, exponentials = relay.create_executor(kind, split_module()).evaluate()(X)
    assert isinstance(parts, list)
    np.testing.assert_array_equal(parts[2].numpy(), X[:, 2:])
    np.testing.assert_allclose(exponentials.numpy(), np.exp(X), rtol=1e-6)


def test_arguments_by_name_and_what_is_missing() -> None:
    x, y = relay.var("x", shape=()), relay.var("y", shape=())
    run = relay.create_executor().evaluate(relay.Function([x, y], x - y))
    assert run(1.0, y=3.0).numpy() == -2.0
    assert run(y=1.0, x=3.0).numpy() == 2.0
    with pytest.raises(ValueError, match="expected 2, provided 1"):
        run(1.0)
    with pytest.raises(ValueError, match="by position and by name"):
        run(1.0, 2.0, x=1.0)


def test_arguments_are_checked_and_not_changed() -> None:
    x = relay.var("x", shape=(2, 3))
    run = relay.create_executor().evaluate(relay.Function([x], x))
    given = X.copy()
    answer = run(given)
    answer[0, 0] = 7.0
    assert given[0, 0] == 0.0
    with pytest.raises(DiagnosticError) as caught:
        run(X.astype("float64"))
    assert code(caught) == "R2R0503"


def test_free_variables_get_values_from_binds() -> None:
    x = relay.var("x", shape=(2, 3))
    assert relay.create_executor().evaluate(x + x, binds={x: X}).numpy()[1, 2] == 10.0
    with pytest.raises(ValueError, match="free variables: x"):
        relay.create_executor().evaluate(relay.Function([], x))


LISTS = """
#[version = "0.0.5"]
type L[A] { C(A, L[A]), N, }
def @id[A](%x: A) -> A { %x }
def @two(%h: int32) -> L[int32] { C(%h, C(2, N)) }
def @adder(%a: int32) -> fn (int32) -> int32 { fn (%b: int32) -> int32 { add(%a, %b) } }
def @cell(%r: ref(int32)) -> ref(int32) { let %_ = ref_write(%r, add(ref_read(%r), 1)); %r }
"""


def lists() -> IRModule:
    module = relay.parse(LISTS.replace("ref_write(%r, add(ref_read(%r), 1))", "0").replace("ref(int32)", "int32"))
    assert isinstance(module, IRModule)
    return module


def test_values_of_algebraic_types_go_in_and_out() -> None:
    module = lists()
    debug = relay.create_executor(mod=module)
    made = debug.evaluate(module.get_global_var("two"))(7)
    assert isinstance(made, ConstructorValue)
    assert made.constructor.name == "C"
    assert [made.fields[0].numpy(), made.fields[1].fields[0].numpy()] == [7, 2]
    again = debug.evaluate(module.get_global_var("id"))(made)
    assert again.fields[1].fields[1].constructor.name == "N"


def test_the_machine_answers_tagged_tuples() -> None:
    module = lists()
    executable = relay.vm.compile(module, "llvm")
    machine = VirtualMachine(executable, cpu())
    made = machine.invoke("two", 7)
    assert isinstance(made, ADT)
    assert made.tag == module.get_type("L")[1].tag
    assert executable.is_compiled("two")
    assert not executable.is_compiled("adder")
    assert executable.get_function_params("two") == ["h"]


def test_functions_as_results_can_be_called() -> None:
    module = lists()
    add_two = relay.create_executor(mod=module).evaluate(module.get_global_var("adder"))(2)
    assert add_two(40).numpy() == 42


def test_references_and_tuples_as_arguments() -> None:
    module = lists()
    identity = relay.create_executor(mod=module).evaluate(module.get_global_var("id"))
    assert identity(RefValue(ndarray(X))).value.numpy()[0, 1] == 1.0
    assert identity(tuple_object([ndarray(X), ndarray(X)]))[1].shape == (2, 3)


def test_shapes_known_only_when_running() -> None:
    x = relay.Var("x", relay.TensorType([AnyDim(), 3], "float32"))
    module = IRModule.from_expr(relay.Function([x], relay.concatenate([x, x], axis=0)))
    for kind in ("debug", "vm"):
        assert relay.create_executor(kind, module).evaluate()(X).shape == (4, 3)
    with pytest.raises(ValueError, match="only supports static graphs"):
        relay.create_executor("graph", module).evaluate()


def test_a_built_program_has_inputs_and_outputs() -> None:
    x, w = relay.var("x", shape=(2, 3)), relay.var("w", shape=(4, 3))
    module = IRModule.from_expr(relay.Function([x, w], relay.nn.dense(x, w)))
    weight = np.ones((4, 3), "float32")
    built = relay.build(module, "llvm", params={"w": weight})
    graph = GraphModule(built["default"](cpu()))
    graph.set_input("x", X.astype("float64"))
    graph.run()
    np.testing.assert_allclose(graph.get_output(0).numpy(), X @ weight.T, rtol=1e-6)
    out = ndarray(np.zeros((2, 4), "float32"))
    assert graph.get_output(0, out) is out
    assert (graph.get_num_inputs(), graph.get_num_outputs(), graph.get_input_index("w")) == (2, 1, 1)
    assert graph.get_input_info() == ({"x": (2, 3), "w": (4, 3)}, {"x": "float32", "w": "float32"})
    assert graph.benchmark(cpu(), repeat=2, number=1).mean > 0
    with pytest.raises(RuntimeError, match="Could not find 'y'"):
        graph.set_input("y", X)


def test_other_devices_are_refused() -> None:
    for make in (lambda: relay.create_executor("debug", None, Device(2)), lambda: relay.build(split_module(), "cuda")):
        with pytest.raises(DiagnosticError) as caught:
            make()
        assert code(caught) == "R2R0607"


def test_without_a_compiler_only_numpy_runs(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(execution, "_chosen", [])
    assert relay.create_executor("debug", split_module()).evaluate()(X)[1].shape == (2, 3)
    with pytest.raises(DiagnosticError) as caught:
        relay.create_executor("graph", split_module()).evaluate()
    assert code(caught) == "R2R0606"


def test_parameters_are_bound_by_name() -> None:
    x, w = relay.var("x", shape=(3,)), relay.var("w", shape=(3,))
    bound = relay.bind_params_by_name(relay.Function([x, w], x * w), {"w": X[1], "other": X})
    assert [param.name for param in bound.params] == ["x"]
    run = relay.create_executor(mod=IRModule.from_expr(relay.Function([x, w], x * w)), params={"w": X[1]}).evaluate()
    np.testing.assert_array_equal(run(X[1]).numpy(), X[1] * X[1])
    with pytest.raises(DiagnosticError, match=r"R2R0109.*Multiple args"):
        relay.bind_params_by_name(relay.Function([x, relay.var("x", shape=(3,))], x), {"x": X[1]})


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("llvm", "llvm -keys=cpu"),
        ("llvm -mcpu=core-avx2 -num-cores 4", "llvm -keys=cpu -mcpu=core-avx2 -num-cores=4"),
        ('{"kind": "llvm", "mattr": ["+a", "+b"]}', "llvm -keys=cpu -mattr=+a,+b"),
    ],
)
def test_targets_are_data(text: str, shown: str) -> None:
    target = Target(text)
    assert str(target) == shown
    assert Target(target.export()) == target
    with target:
        assert Target.current() is target
    assert Target.current() is None


def test_targets_that_are_none() -> None:
    for wrong in ("nothing", "", 3, {"mcpu": "x"}):
        with pytest.raises(ValueError, match=r"target|kind"):
            Target(wrong)


def test_a_built_graph_has_a_plan() -> None:
    built = relay.build(split_module(), "llvm")
    plan = json.loads(built.graph_json)
    called = [node["attrs"]["func_name"] for node in plan["nodes"] if node["op"] == "tvm_op"]
    assert sorted(called) == ["exp", "split"]
    assert len(plan["heads"]) == 4
    assert plan["attrs"]["shape"][1][plan["node_row_ptr"][plan["heads"][0][0]]] == [2, 1]
    graph, lib, params = built
    assert json.loads(graph) == plan
    assert lib is built
    assert params == {}


def test_kinds_of_executors_are_checked() -> None:
    assert not Executor("graph")["link-params"]
    assert Executor("aot", {"interface-api": "c"})["interface-api"] == "c"
    for name, options, message in [
        ("none", {}, 'Executor "none" is not defined'),
        ("aot", {"none": 1}, 'Attribute "none" is not available'),
        ("aot", {"interface-api": True}, 'should have type "runtime.String" but instead found "runtime.BoxBool"'),
    ]:
        with pytest.raises(DiagnosticError, match=message):
            Executor(name, options)
