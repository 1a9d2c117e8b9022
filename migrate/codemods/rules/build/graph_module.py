"""``GraphModule``: a virtual machine whose inputs are set at once."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import ClassVar

import libcst as cst

from migrate.codemods.helpers import EXECUTOR_METHODS, GRAPH_EXECUTOR, spelled
from migrate.codemods.imports import NameTaken, attribute, way_to
from migrate.codemods.names import SourceFile, Use
from migrate.codemods.objects import attributes_of, method_call
from migrate.codemods.rule import Edit, Example, Planned, Refused, Rule
from migrate.codemods.target import Target

_OF_MACHINES = frozenset({"invoke_stateful", "get_outputs", "save_function", "set_instrument", "time_evaluator"})
_NAMES = ("tvm.contrib.graph_executor.GraphModule", "tvm.contrib.graph_runtime.GraphModule")


class GraphModule(Rule):
    """See the module text."""

    id: ClassVar[str] = "relay.build.graph_module"
    title: ClassVar[str] = "GraphModule of a library becomes relax.VirtualMachine(lib, dev)"
    explanation: ClassVar[str] = (
        "A virtual machine has functions: inputs are set for one, all of them in one call; invoke_stateful runs it,"
        " get_outputs gives what it returned, a list where that is a tuple. For a module whose inputs are set one by"
        " one the file gets a class GraphExecutor, which keeps them until it runs, and the calls stay as they are."
    )
    facts: ClassVar[str] = "tvm.contrib.graph_executor of TVM 0.19; tvm.relax.VirtualMachine of TVM 0.21 and 0.27"
    examples: ClassVar[tuple[Example, ...]] = (
        Example(
            """from tvm.contrib import graph_executor

module = graph_executor.GraphModule(lib["default"](dev))
module.set_input("data", image)
module.run()
out = module.get_output(0).numpy()
""",
            """from tvm import relax

module = relax.VirtualMachine(lib, dev)
module.set_input("main", **{"data": image})
module.invoke_stateful("main")
out = module.get_outputs("main").numpy()
""",
        ),
        Example(
            """from tvm import relax
from tvm.contrib import graph_executor


def run(lib, dev, inputs):
    module = graph_executor.GraphModule(lib["default"](dev))
    module.set_input("data", inputs[0])
    module.set_input("mask", inputs[1])
    module.run()
    return module.get_output(0)
""",
            "from tvm import relax\n\n\n"
            + GRAPH_EXECUTOR.replace("{relax}", "relax")
            + """

def run(lib, dev, inputs):
    module = GraphExecutor(lib, dev)
    module.set_input("data", inputs[0])
    module.set_input("mask", inputs[1])
    module.run()
    return module.get_output(0)
""",
        ),
    )
    valid: ClassVar[tuple[str, ...]] = (
        "from tvm import relax\n\nvm = relax.VirtualMachine(lib, dev)\nvm.run = 1\n",
        "import tvm\n\n\ndef f(job):\n    return tvm.cpu(), job.run()\n",
    )
    refused: ClassVar[tuple[Refused, ...]] = (
        Refused("from tvm.contrib import graph_executor\n\nm = graph_executor.GraphModule(module)\n", "is not made of"),
        Refused(
            'from tvm.contrib import graph_executor\n\nm = graph_executor.GraphModule(lib["default"](dev))\n'
            'm.set_input("a", a)\nm.set_input("b", b)\nm.share_params(n, b)\n',
            "no such share_params",
        ),
    )

    def concerns(self, text: str) -> bool:
        """See :meth:`Rule.concerns`."""
        return "GraphModule" in text

    def plan(self, file: SourceFile, target: Target) -> Iterator[Planned]:
        """See :meth:`Rule.plan`."""
        for use in file.uses_of(_NAMES):
            if use.call is not None:
                yield from self._plan(file, use, use.call, target)

    def _plan(self, file: SourceFile, use: Use, call: cst.Call, target: Target) -> Iterator[Planned]:
        made = call.args[0].value if len(call.args) == 1 else None
        if not isinstance(made, cst.Call) or not isinstance(made.func, cst.Subscript) or len(made.args) != 1:
            yield self.refuse(file, call, 'it is not made of lib["default"](dev)', "use relax.VirtualMachine(lib, dev)")
            return
        found = attributes_of(file, call)
        methods = [method for node in found if (method := method_call(file, node)) is not None]
        if _one_by_one(file, methods) or any(_for_executor(method) for method in methods):
            yield self._executor(file, use, call, [node.attr.value for node in found], target)
            return
        way = way_to(file, use, "tvm.relax")
        if isinstance(way, NameTaken):
            yield self.refuse(file, call, way.reason, way.hint)
            return
        machine = attribute(way.expression, "VirtualMachine")
        yield Edit(self.id, call, lambda node: _made(node, machine), way.imports)
        for method in methods:
            if _rewritten(method) is not None:
                yield Edit(self.id, method, _with)
            elif _name(method) not in _OF_MACHINES:
                absent = f"{_NAMES[0]}.{_name(method)}"
                reason = f"relax.VirtualMachine has no such {_name(method)}"
                yield self.refuse(file, method.func, reason, absent=absent)

    def _executor(self, file: SourceFile, use: Use, call: cst.Call, names: Sequence[str], target: Target) -> Planned:
        odd = next((name for name in names if name not in EXECUTOR_METHODS), "")
        if odd:
            return self.refuse(file, call, f"its inputs are set one by one, and relax.VirtualMachine has no such {odd}")
        found = spelled(file, use, (GRAPH_EXECUTOR,), target)
        if isinstance(found, NameTaken):
            return self.refuse(file, call, found.reason, found.hint)
        helpers, imports = found
        return Edit(self.id, call, lambda node: _made(node, cst.Name("GraphExecutor")), imports, helpers=helpers)


def _one_by_one(file: SourceFile, methods: Sequence[cst.Call]) -> bool:
    """Whether inputs are set by more than one call, be it one call in a loop."""
    inputs = [method for method in methods if _name(method) == "set_input"]
    return len(inputs) > 1 or any(file.around(method, cst.For, cst.While) is not None for method in inputs)


def _for_executor(method: cst.Call) -> bool:
    """Whether a GraphExecutor has a method that a virtual machine has not, or not with these arguments."""
    return _name(method) in EXECUTOR_METHODS and _rewritten(method) is None


def _name(call: cst.Call) -> str:
    return call.func.attr.value if isinstance(call.func, cst.Attribute) else ""


def _rewritten(call: cst.Call) -> tuple[str, str] | None:
    """The new method and the text of its arguments; None for what has no counterpart."""
    texts = [cst.Module([]).code_for_node(item.with_changes(comma=cst.MaybeSentinel.DEFAULT)) for item in call.args]
    plain = [item for item in call.args if not item.star and not item.keyword]
    if _name(call) == "run" and not texts:
        return "invoke_stateful", '"main"'
    if _name(call) == "get_output" and texts == ["0"]:
        return "get_outputs", '"main"'
    if _name(call) == "get_output" and len(plain) == len(texts) == 1:
        return "get_outputs", f'"main")[{texts[0]}'
    if _name(call) == "set_input" and len(plain) == len(texts) == 2:
        return "set_input", f'"main", **{{{texts[0]}: {texts[1]}}}'
    if _name(call) == "set_input" and len(texts) == 1 and call.args[0].star == "**":
        return "set_input", f'"main", {texts[0]}'
    return None


def _with(node: cst.CSTNode) -> cst.CSTNode:
    assert isinstance(node, cst.Call)
    assert isinstance(node.func, cst.Attribute)
    found = _rewritten(node)
    assert found is not None, "the arguments changed inside only"
    method, arguments = found
    receiver = cst.Module([]).code_for_node(node.func.value)
    end = "]" if arguments.startswith('"main")[') else ")"
    new = cst.parse_expression(f"{receiver}.{method}({arguments}{end}")
    return new.with_changes(lpar=node.lpar, rpar=node.rpar)


def _made(node: cst.CSTNode, maker: cst.BaseExpression) -> cst.CSTNode:
    assert isinstance(node, cst.Call)
    made = node.args[0].value
    assert isinstance(made, cst.Call)
    assert isinstance(made.func, cst.Subscript)
    device = made.args[0].with_changes(comma=cst.MaybeSentinel.DEFAULT)
    return node.with_changes(func=maker, args=[cst.Arg(made.func.value), device])


RULE = GraphModule()
