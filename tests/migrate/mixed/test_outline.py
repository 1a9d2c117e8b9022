"""Functions cut into several: they compute the same, and nothing of them is lost."""

import models
import numpy as np
import pytest

import migrate
from migrate import mixed
from relay_compat.ir.expr import Call, Function
from relay_compat.text.printer import print_module
from relay_compat.visit import reachable
from tensor_core import codes
from tensor_core.diagnostics import DiagnosticError
from tensor_core.module import IRModule

CHAIN = """#[version = "0.0.5"]
def @main(%x: Tensor[(4), float32], %w: Tensor[(4), float32]) -> (Tensor[(4), float32], Tensor[(4), float32]) {
  %0 = add(%x, %w);
  %1 = multiply(%0, %w);
  %2 = (%0, %1);
  %3 = concatenate(%2);
  %4 = split(%3, indices_or_sections=2);
  %5 = %4.1;
  %6 = negative(%5);
  (%6, %0)
}
"""

EFFECTS = """#[version = "0.0.5"]
def @main(%x: Tensor[(2), float32]) -> (Tensor[(2), float32], Tensor[(2), float32]) {
  let %cell = ref(negative(%x));
  let %before = ref_read(%cell);
  let %a = ref_write(%cell, add(%before, %x));
  let %after = ref_read(%cell);
  let %far = exp(%after);
  let %farther = tanh(%far);
  (add(%farther, %before), multiply(%after, %far))
}
"""

RECURSION = """#[version = "0.0.5"]
def @main(%x: Tensor[(2), float32], %n: int32) -> Tensor[(2), float32] {
  let %y = add(exp(%x), %x);
  let %loop = fn (%v: Tensor[(2), float32], %k: int32) -> Tensor[(2), float32] {
    if (equal(%k, 0)) { %v } else { %loop(add(%v, %y), subtract(%k, 1)) }
  };
  let %z = %loop(%y, %n);
  tanh(sigmoid(multiply(%z, %x)))
}
"""


def ops(module: IRModule) -> list[tuple[str, str]]:
    """Operator calls with their places."""
    nodes = reachable(*module.functions.values())
    return sorted((n.op.name, str(n.span)) for n in nodes if isinstance(n, Call) and not hasattr(n.op, "checked"))


def parts(module: IRModule) -> list[str]:
    return [var.name for var in module.functions if "_part" in var.name]


@pytest.mark.parametrize("count", [1, 2, 3, 5, 50])
def test_a_cut_function_computes_the_same(count):
    module = migrate.load(CHAIN)
    cut = mixed.outline(module, count)
    assert len(parts(cut)) <= count
    x, w = np.asarray([1, 2, 3, 4], "float32"), np.asarray([5, 6, 7, 8], "float32")
    for got, want in zip(migrate.run(cut, [x, w]), migrate.run(module, [x, w]), strict=True):
        assert np.array_equal(got, want)
    assert ops(cut) == ops(module)
    assert parts(module) == []


def test_parts_take_what_they_need_under_its_name():
    cut = mixed.outline(migrate.load(CHAIN), 2)
    first, second = (cut[name] for name in parts(cut))
    assert isinstance(first, Function)
    assert isinstance(second, Function)
    assert {param.name for param in first.params} == {"x", "w"}
    assert all(param.name in ("add", "multiply", "tuple", "concatenate", "split") for param in second.params)
    assert [param.name for param in cut["main"].params] == ["x", "w"]


def test_the_text_of_a_cut_module_reads_back():
    cut = mixed.outline(migrate.load(CHAIN), 3)
    assert print_module(migrate.load(print_module(cut))) == print_module(cut)


@pytest.mark.parametrize("count", [2, 3, 4])
def test_effects_keep_their_order_and_references_stay_in_one_part(count):
    module = migrate.load(EFFECTS)
    cut = mixed.outline(module, count)
    assert len(parts(cut)) > 1
    text = print_module(cut)
    assert not any("ref(" in line for line in text.splitlines() if "def @" in line)
    x = np.asarray([1, 2], "float32")
    for got, want in zip(migrate.run(cut, [x]), migrate.run(module, [x]), strict=True):
        assert np.array_equal(got, want)


def test_a_local_function_stays_with_its_calls():
    module = migrate.load(RECURSION)
    cut = mixed.outline(module, 4)
    assert len(parts(cut)) > 1
    holders = [name for name in parts(cut) if "%loop" in print_module(IRModule({cut.get_global_var(name): cut[name]}))]
    assert len(holders) == 1
    args = [np.asarray([0.5, 0.25], "float32"), np.int32(4)]
    assert np.array_equal(migrate.run(cut, args)[0], migrate.run(module, args)[0])


def test_any_function_can_be_cut_again():
    cut = mixed.outline(mixed.outline(migrate.load(CHAIN), 2), 2, "main_part1")
    assert {"main_part1_part1", "main_part1_part2"} <= set(parts(cut))
    x, w = np.asarray([1, 2, 3, 4], "float32"), np.asarray([5, 6, 7, 8], "float32")
    assert np.array_equal(migrate.run(cut, [x, w])[0], migrate.run(migrate.load(CHAIN), [x, w])[0])


def test_what_cannot_be_cut_is_refused():
    module = migrate.load(CHAIN)
    for action, code in (
        (lambda: mixed.outline(module, 0), codes.BAD_OPTION),
        (lambda: mixed.outline(module, 2, "mian"), codes.NO_SUCH_FUNCTION),
        (lambda: mixed.outline(_marked(module), 2), codes.REFUSED_CONSTRUCT),
    ):
        with pytest.raises(DiagnosticError) as refusal:
            action()
        assert refusal.value.diagnostics[0].code is code


def _marked(module: IRModule) -> IRModule:
    marked = module.copy()
    function = marked["main"]
    assert isinstance(function, Function)
    marked["main"] = function.with_attr("Compiler", "acme")
    return marked


@pytest.mark.parametrize("name", ["squeezenet", "bert_tiny", "torch_lstm"])
def test_models_keep_their_answers_ops_and_places(name, corpus, tmp_path):
    model = models.load(corpus("models"), name, tmp_path)
    cut = mixed.outline(model.module, 8)
    assert len(parts(cut)) == 8
    assert ops(cut) == ops(model.module)
    for got, want in zip(migrate.run(cut, model.args), migrate.run(model.module, model.args), strict=True):
        assert np.array_equal(got, want)


def test_cutting_costs_what_the_function_is_long():
    # 20,000 calls: quadratic work would not end here.
    lines = [f"  %{n} = {'add' if n % 2 else 'multiply'}(%{n - 1}, %x);\n" for n in range(1, 20_000)]
    text = '#[version = "0.0.5"]\ndef @main(%x: Tensor[(2), float32]) -> Tensor[(2), float32] {\n  %0 = exp(%x);\n'
    cut = mixed.outline(migrate.load(text + "".join(lines) + "  %19999\n}\n"), 10)
    assert [len(cut[name].params) for name in parts(cut)] == [1] + [2] * 9
