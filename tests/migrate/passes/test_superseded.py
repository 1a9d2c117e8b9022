"""What makes a Relay pass needless in Relax, or impossible there: one test for each claim of the ledger."""

from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest

import migrate
import relax_core.ir.expr as relax
from migrate.passes.bridges import ready, to_relax
from migrate.passes.ports.seen import nodes
from relax_core.dpl import is_op, rewrite_call, wildcard
from relax_core.interpret import evaluate
from relax_core.op import creator, names
from relax_core.passes.bind_symbolic_vars import BindSymbolicVars
from relax_core.passes.legalize_ops import LegalizeOps
from relax_core.passes.lift_transform_params import LiftTransformParams
from relax_core.text.printer import print_module
from relax_core.text.reader import read
from relax_core.transform import function_pass
from relax_core.types.deduce import type_of
from relax_core.well_formed import check
from relay_compat import transform
from relay_compat.build_module import build_config
from tensor_core.module import IRModule
from tensor_core.passes import PassContext

T = "Tensor[(2, 3), float32]"
X = np.arange(6, dtype="float32").reshape(2, 3) / 4
SHARED = f"def @main(%x: {T}) {{ %0 = exp(%x); add(%0, %0) }}"
BRANCHES = f"""def @f(%y: {T}) -> {T} {{ exp(%y) }}
def @main(%x: {T}, %c: bool) {{
    %0 = negative(%x); if (%c) {{ add(%0, @f(%0)) }} else {{ multiply(%0, %0) }}
}}"""
HIGHER = f"""def @twice(%f: fn ({T}) -> {T}, %y: {T}) -> {T} {{ %f(%f(%y)) }}
def @main(%x: {T}) {{ @twice(fn (%z: {T}) -> {T} {{ add(%z, %x) }}, %x) }}"""


def relay(text: str) -> Any:
    return migrate.load(f'#[version = "0.0.5"]\n{text}\n')


def in_relax(text: str) -> Any:
    return to_relax(relay(text))


def bindings(module: IRModule) -> Iterator[relax.Binding]:
    for function in module.functions.values():
        for node in nodes(function):
            if isinstance(node, relax.BindingBlock):
                yield from node.bindings


def operators(module: IRModule) -> list[str]:
    calls = [binding.value for binding in bindings(module) if isinstance(binding, relax.VarBinding)]
    return [call.op.name for call in calls if isinstance(call, relax.Call) and isinstance(call.op, relax.Op)]


def test_every_expression_has_its_type() -> None:
    module = in_relax(BRANCHES)
    for function in module.functions.values():
        for node in nodes(function):
            if isinstance(node, relax.RelaxExpr):
                assert type_of(node) is not None


def test_every_value_has_a_name_of_its_own() -> None:
    module = in_relax(BRANCHES)
    for var, function in module.functions.items():
        told = [binding.var.name for binding in bindings(type(module)({var: function}))]
        assert len(set(told)) == len(told) > 0


def test_every_node_of_a_script_has_a_span() -> None:
    module = read(print_module(in_relax(BRANCHES)), release="0.27")
    found = list(bindings(module))
    assert found
    assert all(binding.var.span is not None for binding in found)


@pytest.mark.parametrize("name", ["ToANormalForm", "ToBasicBlockNormalForm"])
@pytest.mark.parametrize("text", [SHARED, BRANCHES])
def test_normal_forms_are_those_of_conversion(name: str, text: str) -> None:
    module = relay(text)
    normal = ready(getattr(transform, name)())(module)
    assert print_module(to_relax(normal)) == print_module(to_relax(module))


def test_graphs_become_variables_that_are_used_several_times() -> None:
    module = relay(SHARED)
    graph = ready(transform.ToGraphNormalForm())(ready(transform.ToANormalForm())(module))
    assert print_module(to_relax(graph)) == print_module(to_relax(module))
    assert operators(to_relax(module)) == ["relax.exp", "relax.add"]


def test_functions_that_take_functions_are_called_as_they_are() -> None:
    module = relay(HIGHER)
    made: Any = to_relax(module)
    assert check(made) == []
    np.testing.assert_allclose(migrate.run(made, [X]), migrate.run(module, [X]))


def test_one_function_serves_all_sizes() -> None:
    made = in_relax("def @main(%x: Tensor[(?, 3), float32]) { nn.softmax(%x, axis=-1) }")
    for rows in (1, 2, 5):
        [found] = list(migrate.run(made, [np.ones((rows, 3), "float32")]))
        assert found.shape == (rows, 3)


def test_a_symbolic_batch_becomes_any_number() -> None:
    text = "def @main(%x: Tensor[({}, 3), float32], %w: Tensor[(4, 3), float32]) {{ nn.dense(%x, %w, units=4) }}"
    made = in_relax(text.format("?"))
    [batch] = [dim for dim in made["main"].params[0].ty.dims if not isinstance(dim, int)]
    bound = BindSymbolicVars({batch.name: 5})(made)
    assert [param.ty for param in bound["main"].params] == [
        param.ty for param in in_relax(text.format(5))["main"].params
    ]


def test_fast_functions_are_the_exact_ones() -> None:
    body = ", ".join(f"{name}(%x)" for name in ("fast_exp", "fast_tanh", "fast_erf"))
    made = in_relax(f"def @main(%x: {T}) {{ ({body}) }}")
    assert operators(made) == ["relax.exp", "relax.tanh", "relax.erf"]


def test_contexts_serve_passes_of_both_irs() -> None:
    seen: list[int] = []

    @function_pass(opt_level=0)
    class Noting:
        def transform_function(self, function: Any, module: IRModule, context: PassContext) -> Any:
            del module
            seen.append(context.opt_level)
            return function

    module = in_relax(SHARED)
    with build_config(opt_level=2):
        assert Noting()(module)["main"] is module["main"]
    assert seen == [2]


def test_a_rewriting_by_pattern_changes_element_types() -> None:
    module: Any = to_relax(
        relay(f"def @main(%x: {T}, %w: Tensor[(4, 3), float32]) {{ nn.relu(nn.dense(%x, %w, units=4)) }}")
    )
    left, right = wildcard(), wildcard()

    def half(expr: Any, found: Any) -> Any:
        astype = creator("astype", "0.27")
        if getattr(type_of(found[left]), "dtype", "") == "float16":
            return expr
        return astype(
            creator("matmul", "0.27")(astype(found[left], "float16"), astype(found[right], "float16")), "float32"
        )

    main = rewrite_call(is_op("relax.matmul")(left, right), half, module["main"])
    changed = type(module)({module.get_global_var("main"): main})
    assert operators(changed).count("relax.astype") == 3
    weight = np.ones((4, 3), "float32")
    np.testing.assert_allclose(evaluate(changed, [X, weight]), evaluate(module, [X, weight]), rtol=1e-2)


def test_equal_operators_are_one_program() -> None:
    made = LegalizeOps()(in_relax(f"def @main(%x: {T}) {{ exp(exp(%x)) }}"))
    programs = [item for item in made.functions.values() if isinstance(item, relax.PrimFunc)]
    assert len(programs) == 1


def test_nothing_quantized_is_left_to_legalize() -> None:
    text = """def @main(%x: Tensor[(2, 3), int8], %w: Tensor[(4, 3), int8]) {
        %0 = qnn.dense(%x, %w, 1, 0, 0.5f, 0.25f, units=4, out_dtype="int32");
        qnn.requantize(%0, 0.125f, 0, 0.5f, 3, out_dtype="int8")
    }"""
    made = LegalizeOps()(in_relax(text))
    assert set(operators(made)) <= {"relax.call_tir"}
    assert not [name for name in names("", "0.27") if "qnn" in name]


def test_transposed_weights_are_transposed_once() -> None:
    module: Any = to_relax(
        relay(
            f"def @main(%x: {T}, %w: Tensor[(3, 4), float32]) {{ nn.dense(%x, transpose(%w, axes=[1, 0]), units=4) }}"
        )
    )
    main = module["main"].with_attr("num_input", 1)
    lifted = LiftTransformParams()(type(module)({module.get_global_var("main"): main}))
    assert "relax.permute_dims" not in [
        binding.value.op.name for block in lifted["main"].body.blocks for binding in block.bindings
    ]
    weight = np.arange(12, dtype="float32").reshape(3, 4)
    transformed = evaluate(lifted, [(weight,)], "main_transform_params")
    np.testing.assert_allclose(evaluate(lifted, [X, *transformed]), evaluate(module, [X, weight]))


def test_continuations_answer_with_any_type_which_relax_has_not() -> None:
    module = ready(transform.InferType())(ready(transform.ToANormalForm())(relay(SHARED)))
    continued = ready(transform.ToCPS())(module)
    assert [param.name_hint for param in continued["main"].type_params] == ["answer"]
    assert migrate.convert(continued).report.unused == ["main"]
    assert not [name for name in dir(relax) if "TypeVar" in name]


def test_conversion_gives_every_constant_of_the_metadata() -> None:
    text = print_module(in_relax(f"def @main(%x: {T}) {{ add(%x, 2f) }}"))
    assert "R.const(2" in text
    assert check(read(text, release="0.27")) == []
