"""Cost of passes against program size: every pass of Relay and of Relax on graphs of several forms.

The exponent is measured between the two sizes: 1 is proportional, 2 quadratic. What takes less than a millisecond per
thousand nodes in the large graph is shown without one.
"""

from __future__ import annotations

import gc
import math
import sys
import time
from collections.abc import Callable, Iterator
from typing import Any

from rich.console import Console
from rich.table import Table

import migrate
from benchmarks.measure_scaling import KIND, nested_lets, shared, wide
from relax_core import transform as relax_transform
from relay_compat import transform as relay_transform
from relay_compat.devices.configuration import make_compilation_config
from relay_compat.text.parser import parse
from tensor_core.passes import Pass, PassContext

SIZES = (12_500, 50_000)


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

OPTIONS: dict[str, tuple[Any, ...]] = {
    "AnnotateTarget": ("none",),
    "EtaExpand": (True,),
    "BindParams": ("main", {}),
    "BindSymbolicVars": ({},),
    "CombineParallelOpBatch": ("add", "add"),
    "Conv2dToSparse": ([], [], "NHWC", 1),
    "Conv2dToSparse2": ("NHWC", 1, (1, 1), 0.5),
    "ConvertLayout": ({"nn.conv2d": ["NHWC", "default"]},),
    "DenseToSparse": ([], []),
    "FlexibleShapeDispatch": ([2], 0, False, 0, None, False),
    "ChangeBatch": ({},),
    "FuseOpsByPattern": ([],),
    "Gradient": ("main",),
    "InlineCompilerFunctionsBoundTo": ([],),
    "MergeComposite": ([],),
    "SimplifyFCTranspose": ([],),
    "SplitArgs": (30,),
}
NO_PASSES = frozenset({
    "BundleModelParams", "Defunctionalization", "FoldConstantExpr", "FusionPattern", "InferTypeLocal", "LayoutConfig",
    "PatternCheckContext", "ToANormalFormExpr", "dedup", "gradient", "mangle_module_name", "recast", "to_cps", "un_cps",
})  # fmt: skip
"""Names of functions on single expressions, and of data."""
TEXT = frozenset({"AnnotateSpans"})
"""Passes that print: n blocks inside each other are indented, so that their text has the length n * n."""


def passes(module: Any) -> Iterator[tuple[str, Pass]]:
    """All passes of one IR, made."""
    for name in sorted(module.HOME_OF):
        if name not in NO_PASSES:
            made = module.find(name)
            yield name, made(*([config()] if name == "PlanDevices" else OPTIONS.get(name, ())))


def config() -> Any:
    return make_compilation_config(PassContext(), ["llvm"])


def seconds(run: Pass, module: Any) -> float:
    """CPU time of a pass, without the collection of garbage, which looks at all that other measurements left alive."""
    gc.collect()
    gc.disable()
    try:
        start = time.process_time()
        run(module)
        return time.process_time() - start
    finally:
        gc.enable()


def exponents(
    of: Any, modules: tuple[Any, ...], chosen: Callable[[str], bool]
) -> Iterator[tuple[str, float, float, str]]:
    """For each pass its times for both sizes, and the exponent or the error."""
    for name, run in passes(of):
        if not chosen(name):
            continue
        try:
            small, large = (seconds(run, module) for module in modules)
        except Exception as error:  # What does not run is part of the answer.
            yield name, math.nan, math.nan, f"{type(error).__name__}: {error}"[:60]
            continue
        shown = large > SIZES[1] * 1e-6
        yield name, small, large, f"{math.log(large / small, SIZES[1] / SIZES[0]):.2f}" if shown else ""


def main() -> None:
    """Print a table for each IR and form of graph. Names of passes after ``--passes`` choose some."""
    only = frozenset(sys.argv[sys.argv.index("--passes") + 1 :] if "--passes" in sys.argv else ())
    for form, make in PROGRAMS.items():
        skipped = TEXT if form == "nested lets" else frozenset[str]()
        relay = tuple(parse(make(size)) for size in SIZES)
        relax = tuple(migrate.convert(module).module for module in relay)
        for ir, of, modules in (("Relay", relay_transform.registry, relay), ("Relax", relax_transform, relax)):
            title = f"Passes of {ir}, graph: {form}"
            table = Table(
                "pass", *(f"{size:,} nodes, s" for size in SIZES), "exponent", title=title, title_justify="left"
            )
            for name, small, large, exponent in exponents(
                of, modules, lambda name, skipped=skipped: name not in skipped and (not only or name in only)
            ):
                table.add_row(name, f"{small:.3f}", f"{large:.3f}", exponent)
            Console().print(table)
