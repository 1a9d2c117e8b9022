"""Names of Relay's that nothing is made of: what to do instead."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar

from migrate.codemods.api import api
from migrate.codemods.names import SourceFile
from migrate.codemods.rule import Planned, Refused, Rule
from migrate.codemods.target import Target

_ADVICE = (
    (
        "tvm.relay.frontend.common.",
        "Relax importers build with relax.BlockBuilder: emit gives a variable that has a type",
    ),
    ("tvm.relay.frontend.", "Relax imports ONNX, torch.export programs and TFLite; others go through ONNX"),
    (
        "tvm.relay.Any",
        'an unknown size is a symbolic variable, tirx.Var("n", "int64"), the same one where sizes are equal',
    ),
    (
        "tvm.tir.Any",
        'an unknown size is a symbolic variable, tirx.Var("n", "int64"), the same one where sizes are equal',
    ),
    ("tvm.contrib.graph_executor.", "models run in relax.VirtualMachine(relax.build(mod, target), device)"),
    ("tvm.contrib.graph_runtime.", "models run in relax.VirtualMachine(relax.build(mod, target), device)"),
    ("tvm.contrib.debugger.", "set an instrument on relax.VirtualMachine: set_instrument, time_evaluator"),
    ("tvm.relay.testing.", "workloads and helpers of Relay's tests are gone; relax.frontend.nn describes models"),
    ("tvm.testing.requires_", "skip the test by pytest.mark.skipif where the target is not enabled"),
    ("tvm.testing.parametrize_targets", 'use pytest.mark.parametrize("target", ...)'),
    ("tvm.testing.exclude_targets", 'use pytest.mark.parametrize("target", ...)'),
    (
        "tvm.relay.fromtext",
        "convert the text by relay2relax convert, and read what it prints by tvm.script.from_source",
    ),
    ("tvm.relay.backend.", "relax.build has no executors, runtimes and interpreters to choose from"),
    ("tvm.relay.optimize", "take a pipeline: relax.get_pipeline(...)(mod)"),
    ("tvm.relay.bind", "use func.bind_params, or a mutator that puts other expressions in the place of variables"),
    ("tvm.relay.Let", "bind with BlockBuilder.emit: a Relax function is a sequence of bindings"),
    ("tvm.relay.ScopeBuilder", "bind with BlockBuilder: emit for let, emit_func_output for ret"),
    ("tvm.relay.op._make.", "call relax.op: private makers of attributes are gone"),
    ("tvm.relay._make.", "call relax.op: private makers of attributes are gone"),
    ("tvm.target.generic_func", "generic functions by target are gone: decide in a pass"),
    ("tvm.target.override_native_generic_func", "generic functions by target are gone: decide in a pass"),
    ("tvm.te.hybrid.", "hybrid scripts are gone: write TVMScript, or te.compute"),
    ("tvm.relay.analysis.", "write a visitor: relax.PyExprVisitor"),
    ("tvm.micro.", "microTVM was removed in TVM 0.19"),
    ("tvm.driver.", "tvmc was removed with Relay: use relax.build and relax.VirtualMachine"),
)
"""By the beginning of a name; the first that fits counts."""
_WITH_RULES = (
    "tvm.testing.requires_cuda",
    "tvm.testing.requires_cuda.marks",
    "tvm.testing.requires_llvm",
    "tvm.testing.requires_llvm.marks",
    "tvm.contrib.graph_executor.GraphModule",
    "tvm.contrib.graph_runtime.GraphModule",
    "tvm.contrib.graph_executor.create",
    "tvm.contrib.graph_runtime.create",
    "tvm.relay.frontend.from_onnx",
    "tvm.relay.frontend.onnx.from_onnx",
    "tvm.relay.frontend.common.logger",
    "tvm.relay.frontend.common.unbind",
    "tvm.relay.backend.te_compiler.get",
    "tvm.relay.backend.compile_engine.get",
)
"""Names, and what is below them, that other rules rewrite."""


class Unported(Rule):
    """See the module text."""

    id: ClassVar[str] = "relay.unported.names"
    title: ClassVar[str] = "names without counterpart, with what to do instead"
    explanation: ClassVar[str] = (
        "Helpers of Relay's importers, its test workloads, executors and parsers have no counterpart in Relax. Each use"
        " is left as it is, with advice."
    )
    facts: ClassVar[str] = "the modules of TVM 0.19, 0.21, 0.25, 0.26 and 0.27"
    examples = ()
    valid: ClassVar[tuple[str, ...]] = ("from tvm import relax\n\nvm = relax.VirtualMachine(lib, dev)\n",)
    refused: ClassVar[tuple[Refused, ...]] = (
        Refused("from tvm import relay\n\nn = relay.Any()\n", "symbolic variable"),
        Refused("from tvm import relay\n\nx = relay.frontend.common.infer_shape(e)\n", "BlockBuilder"),
    )

    def concerns(self, text: str) -> bool:
        """See :meth:`Rule.concerns`."""
        return "tvm" in text or "relay" in text

    def plan(self, file: SourceFile, target: Target) -> Iterator[Planned]:
        """See :meth:`Rule.plan`."""
        there = api(target.release)
        for name, uses in file.uses.items():
            advice = next((text for start, text in _ADVICE if name.startswith(start)), None)
            if advice is None or _with_rules(name) or file.of_tree(name) or there.known(name) is not None:
                continue
            for use in uses:
                yield self.refuse(file, use.node, f"TVM {target.release} has no {name}: {advice}")


def _with_rules(name: str) -> bool:
    return any(name == other or name.startswith(f"{other}.") for other in _WITH_RULES)


RULE = Unported()
