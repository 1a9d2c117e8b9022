"""Cost of passes against program size: every pass of Relay and of Relax on graphs of several forms.

    python -m benchmarks passes [--passes NAME...] [--forms FORM...] [--irs IR...]

With `RELAY2RELAX_WRITE=1` the times are written to `tests/corpus/trust/passes.json`, of which docs/passes_cost_page.py
makes a page; NAMEs, FORMs and IRs replace theirs only. A diagnostic is what is told of a pass that refuses a graph;
other errors end the measurement.
"""

from __future__ import annotations

import gc
import json
import os
import sys
import time
from collections.abc import Callable, Iterator
from itertools import takewhile
from pathlib import Path
from typing import Any

import migrate
from benchmarks.measure_scaling import KIND, nested_lets, shared, wide
from relax_core import transform as relax_transform
from relax_core.passes.to_non_dataflow import ToNonDataflow
from relay_compat import transform as relay_transform
from relay_compat.devices.configuration import make_compilation_config
from relay_compat.text.parser import parse
from tensor_core.diagnostics import DiagnosticError
from tensor_core.passes import Pass, PassContext

SIZES = (12_500, 50_000)
FILE = Path(__file__).resolve().parent.parent / "tests" / "corpus" / "trust" / "passes.json"


def chain(length: int) -> str:
    """Operators after each other, and the sum of what they give, so that it has a gradient."""
    lines = ["%0 = add(%x, %x);", *(f"%{n} = {STEPS[n % len(STEPS)].format(n - 1)};" for n in range(1, length))]
    return _main([*lines, f"sum(%{length - 1})"])


def lets(length: int) -> str:
    """The same operators, each bound to a variable."""
    lines = ["let %v0 = add(%x, %x);"]
    lines += [f"let %v{n} = {STEPS[n % len(STEPS)].format(f'v{n - 1}')};" for n in range(1, length)]
    return _main([*lines, f"sum(%v{length - 1})"])


def _main(lines: list[str]) -> str:
    return f'#[version = "0.0.5"]\ndef @main(%x: {KIND}) -> float32 {{\n  ' + "\n  ".join(lines) + "\n}\n"


STEPS = ("add(%{0}, %x)", "nn.relu(%{0})", "multiply(%{0}, 2f)", "negative(%{0})")
PROGRAMS: dict[str, Callable[[int], str]] = {
    "chain": chain,
    "shared": shared,
    "wide": wide,
    "lets": lets,
    "nested lets": nested_lets,
}

RELAX_FORMS: dict[str, Callable[[], Pass]] = {"lets": ToNonDataflow}
"""Forms that are those of another one on Relax, where a let is a binding like any other, and what makes them differ."""

OPTIONS: dict[str, tuple[Any, ...]] = {
    "AlterOpImpl": ({}, {}),
    "AnnotateTarget": ("none",),
    "EtaExpand": (True,),
    "BindParams": ("main", {}),
    "BindSymbolicVars": ({},),
    "CombineParallelOpBatch": ("add", "add"),
    "Conv2dToSparse": ([], [], "NHWC", 1),
    "Conv2dToSparse2": ("NHWC", 1, (1, 1), 0.5),
    "ConvertLayout": ({"nn.conv2d": ["NHWC", "default"]},),
    "DenseToSparse": ([], []),
    "FlexibleShapeDispatch": ([4], 0, False, 0, None, False),
    "ChangeBatch": ({},),
    "FuseOpsByPattern": ([],),
    "Gradient": ("main",),
    "InlineCompilerFunctionsBoundTo": ([],),
    "MergeComposite": ([],),
    "SimplifyFCTranspose": ([],),
    "SplitArgs": (30,),
    "UpdateParamStructInfo": (lambda _: None,),
    "UpdateParamType": (lambda _: None,),
}
ON_RELAX: dict[str, tuple[Any, ...]] = {**OPTIONS, "AlterOpLayout": ({},)}
"""Options on Relax, where a pass of a name that Relay has, too, may take others."""
NO_PASSES = frozenset({
    "BundleModelParams", "Defunctionalization", "FoldConstantExpr", "FusionPattern", "InferTypeLocal", "LayoutConfig",
    "PatternCheckContext", "ToANormalFormExpr", "dedup", "gradient", "mangle_module_name", "recast", "to_cps", "un_cps",
})  # fmt: skip
"""Names of functions on single expressions, and of data."""
TEXT = frozenset({"AnnotateSpans"})
"""Passes that print: n blocks inside each other are indented, so that their text has the length n * n."""


def passes(module: Any) -> Iterator[tuple[str, Pass]]:
    """All passes of one IR, made."""
    options = ON_RELAX if module is relax_transform else OPTIONS
    for name in sorted(module.HOME_OF):
        if name not in NO_PASSES:
            made = module.find(name)
            yield name, made(*(_PLANNED[name]() if name in _PLANNED else options.get(name, ())))


def config() -> Any:
    return make_compilation_config(PassContext(), ["llvm"])


_PLANNED: dict[str, Callable[[], tuple[Any]]] = {
    "PlanDevices": lambda: (config(),),
    "ManifestAlloc": lambda: (config().host_virtual_device,),
}
"""Options that say where values are."""


def seconds(run: Pass, module: Any) -> float:
    """CPU time of a pass, without the collection of garbage, which looks at all that other measurements left alive."""
    gc.collect()
    gc.disable()
    try:
        with PassContext(opt_level=4):
            start = time.process_time()
            run(module)
            return time.process_time() - start
    finally:
        gc.enable()


def prepared(name: str, module: Any) -> Any:
    """A module of the form that a pass presumes."""
    return relay_transform.registry.find("ToCPS")()(module) if name == "UnCPS" else module


def main() -> None:
    """Print the times of every pass for both sizes, form by form, or write them."""
    only, forms, irs = _given("--passes"), _given("--forms"), _given("--irs")
    found: dict[str, Any] = json.loads(FILE.read_text()) if FILE.exists() else {}
    for form in PROGRAMS:
        if forms and form not in forms:
            continue
        skipped = TEXT if form == "nested lets" else frozenset[str]()
        for ir, of, modules in graphs(form):
            if irs and ir not in irs:
                continue
            for name, run in passes(of):
                if name in skipped or (only and name not in only):
                    continue
                times = measured(name, run, modules)
                print(f"{form}, {ir}, {name}: {times}", flush=True)
                found.setdefault(ir, {}).setdefault(name, {})[form] = times
        if os.environ.get("RELAY2RELAX_WRITE"):
            FILE.write_text(json.dumps(found, indent=1) + "\n", "utf-8")


def graphs(form: str) -> Iterator[tuple[str, Any, tuple[Any, ...]]]:
    """Both sizes of a form: the IR, its passes, the modules."""
    relay = tuple(parse(PROGRAMS[form](size)) for size in SIZES)
    yield "Relay", relay_transform.registry, relay
    relax = tuple(migrate.convert(module).module for module in relay)
    yield "Relax", relax_transform, tuple(map(RELAX_FORMS[form](), relax)) if form in RELAX_FORMS else relax


def measured(name: str, run: Pass, modules: tuple[Any, ...]) -> list[float] | str:
    """The times of a pass for both sizes; why it does not take such a graph."""
    try:
        return [round(seconds(run, prepared(name, module)), 4) for module in modules]
    except DiagnosticError as error:
        return error.diagnostics[0].message


def _given(option: str) -> frozenset[str]:
    """What stands behind an option, up to the next one."""
    words = sys.argv[sys.argv.index(option) + 1 :] if option in sys.argv else []
    return frozenset(takewhile(lambda word: not word.startswith("--"), words))
