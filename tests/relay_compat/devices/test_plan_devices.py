"""PlanDevices. What becomes of programs is as TVM 0.19 answered."""

import json
from pathlib import Path
from typing import Any

import pytest

import relay_compat as relay
from relay_compat.devices.configuration import CompilationConfig, make_compilation_config
from relay_compat.devices.lexical import recover_virtual_devices
from relay_compat.devices.marks import mark_of
from relay_compat.transform import CapturePostDfsIndexInSpans, InferType, PlanDevices
from tensor_core.device import device
from tensor_core.diagnostics import DiagnosticError
from tensor_core.passes import PassContext
from tests.corpus.device_programs import Cases
from tests.corpus.pattern_programs import digest

CPU, GPU = device("cpu"), device("cuda")
DEEP = 3000


def config(kind: int = 2) -> CompilationConfig:
    context = PassContext(config={"relay.fallback_device_type": kind})
    return make_compilation_config(context, {"cpu": "llvm", "cuda": "cuda"})


def planned(function: Any) -> Any:
    return PlanDevices(config())(InferType()(relay.IRModule.from_expr(function)))


def outcome(cases: Cases, seed: int) -> str:
    try:
        return digest(cases.outcome(seed))
    except DiagnosticError:
        return "-"


def test_random_programs_as_recorded(root: Path):
    recorded = json.loads((root / "tests" / "corpus" / "devices.json").read_text())
    cases = Cases("relay_compat", relay.IRModule, config, device)
    assert [outcome(cases, seed) for seed in range(len(recorded))] == recorded
    assert recorded.count("-") < 50


def test_a_mark_becomes_a_copy_and_says_where_parameters_are():
    x, y = relay.var("x", shape=(2,)), relay.var("y", shape=(2,))
    marked = relay.annotation.on_device(relay.exp(x), CPU)
    main = planned(relay.Function([x, y], relay.add(marked, y)))["main"]
    assert [param.virtual_device.device_type for param in main.params] == [1, 2]
    copy = main.body.args[0]
    assert copy.op.name == "device_copy"
    mark = mark_of(copy.args[0])
    assert mark is not None
    assert mark.is_fixed


def test_devices_are_told_from_the_marks_around_an_expression():
    x = relay.var("x", shape=(2,))
    module = planned(relay.Function([x], relay.tanh(relay.annotation.on_device(relay.exp(x), CPU))))
    numbered = CapturePostDfsIndexInSpans()(module)
    found = recover_virtual_devices(numbered, numbered["main"])
    kinds = {expr.span.line: where.device_type for expr, where in found.items() if expr.span is not None}
    # %x; exp, on_device and device_copy; tanh; the function
    assert list(kinds.values()).count(1) == 3
    assert kinds[max(kinds)] == 2


def test_contradictions_are_reported():
    x = relay.var("x", shape=(2,))
    fixed = [relay.annotation.on_device(relay.exp(x), where, constrain_result=True) for where in (CPU, GPU)]
    with pytest.raises(DiagnosticError, match="R2R0206"):
        planned(relay.Function([x], relay.add(*fixed)))
    with pytest.raises(DiagnosticError, match="R2R0607"):
        planned(relay.Function([x], relay.exp(relay.annotation.on_device(relay.exp(x), device("opencl")))))
    with pytest.raises(DiagnosticError, match="R2R0703"):
        make_compilation_config(PassContext(), ["llvm", "c"])
    with pytest.raises(DiagnosticError, match="R2R0607"):
        make_compilation_config(PassContext(), ["cuda", "opencl"])


def test_long_programs():
    x = relay.var("x", shape=(2,))
    value: Any = x
    for step in range(DEEP):
        value = relay.annotation.on_device(relay.exp(value), (CPU, GPU)[step // 100 % 2])
    main = planned(relay.Function([x], value))["main"]
    assert main.params[0].virtual_device.device_type == 1
