"""``graph_executor.create(graph, lib, dev)``: a library runs by itself."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar

import libcst as cst

from migrate.codemods.arguments import bind
from migrate.codemods.helpers import GRAPH_EXECUTOR, spelled
from migrate.codemods.imports import NameTaken
from migrate.codemods.names import SourceFile, Use
from migrate.codemods.rule import Edit, Example, Planned, Refused, Rule
from migrate.codemods.target import Target

_NAMES = ("tvm.contrib.graph_executor.create", "tvm.contrib.graph_runtime.create")
_PARAMETERS = ("graph_json_str", "libmod", "device")


class GraphCreated(Rule):
    """See the module text."""

    id: ClassVar[str] = "relay.build.graph_created"
    title: ClassVar[str] = "graph_executor.create(graph, lib, dev) becomes an executor of the library"
    explanation: ClassVar[str] = (
        "Relay's graph executor was made of the graph, as JSON, and the library beside it. A library of Relax holds its"
        " graph as the function main of a virtual machine. The file gets a class GraphExecutor that keeps inputs until"
        " it runs, so that calls of set_input, run and get_output stay as they are."
    )
    facts: ClassVar[str] = (
        "tvm.contrib.graph_executor of TVM 0.19; set_input, invoke_stateful and get_outputs of relax.VirtualMachine in"
        " TVM 0.21 and 0.27 (run)"
    )
    examples: ClassVar[tuple[Example, ...]] = (
        Example(
            """from tvm import relax
from tvm.contrib import graph_executor


def runner(graph, lib, dev, params):
    module = graph_executor.create(graph, lib, device=dev)
    module.set_input(**params)
    return module
""",
            "from tvm import relax\n\n\n"
            + GRAPH_EXECUTOR.replace("{relax}", "relax")
            + """

def runner(graph, lib, dev, params):
    module = GraphExecutor(lib, dev)
    module.set_input(**params)
    return module
""",
        ),
    )
    valid: ClassVar[tuple[str, ...]] = ("from mine import graph_executor\n\nm = graph_executor.create(g, lib, dev)\n",)
    refused: ClassVar[tuple[Refused, ...]] = (
        Refused("from tvm.contrib import graph_executor\n\nmake = graph_executor.create\n", "not called"),
    )

    def concerns(self, text: str) -> bool:
        """See :meth:`Rule.concerns`."""
        return "graph_executor" in text or "graph_runtime" in text

    def plan(self, file: SourceFile, target: Target) -> Iterator[Planned]:
        """See :meth:`Rule.plan`."""
        for use in file.uses_of(_NAMES):
            yield self._plan(file, use, target)

    def _plan(self, file: SourceFile, use: Use, target: Target) -> Planned:
        if use.call is None:
            return self.refuse(file, use.node, "it is not called here", "use relax.VirtualMachine(lib, device)")
        bound = _bound(use.call)
        if isinstance(bound, str) or len(bound) < len(_PARAMETERS):
            return self.refuse(file, use.call, bound if isinstance(bound, str) else "an argument is missing")
        found = spelled(file, use, (GRAPH_EXECUTOR,), target)
        if isinstance(found, NameTaken):
            return self.refuse(file, use.call, found.reason, found.hint)
        helpers, imports = found
        return Edit(self.id, use.call, _made, imports, helpers=helpers)


def _bound(call: cst.Call) -> dict[str, cst.Arg] | str:
    """The arguments by name; the device was called ctx until TVM 0.7."""
    older = any(arg.keyword is not None and arg.keyword.value == "ctx" for arg in call.args)
    return bind(call, (*_PARAMETERS[:2], "ctx") if older else _PARAMETERS)


def _made(node: cst.CSTNode) -> cst.CSTNode:
    assert isinstance(node, cst.Call)
    bound = _bound(node)
    assert not isinstance(bound, str)
    kept = [bound[name] for name in ("libmod", "device", "ctx") if name in bound]
    return node.with_changes(func=cst.Name("GraphExecutor"), args=[cst.Arg(arg.value) for arg in kept])


RULE = GraphCreated()
