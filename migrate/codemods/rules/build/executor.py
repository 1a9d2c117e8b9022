"""``relay.create_executor(...).evaluate()``: a virtual machine's function."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar

import libcst as cst

from migrate.codemods.arguments import bind
from migrate.codemods.helpers import AS_FUNCTION, WITH_PARAMS, spelled, with_params
from migrate.codemods.imports import NameTaken, attribute, way_to
from migrate.codemods.names import SourceFile, Use
from migrate.codemods.rule import Edit, Example, Planned, Refused, Rule
from migrate.codemods.target import Target

_NAMES = ("tvm.relay.create_executor", "tvm.relay.build_module.create_executor")
_PARAMETERS = ("kind", "mod", "device", "target", "params")
_OLDER = ("kind", "mod", "ctx", "target")

_EQUAL = cst.AssignEqual(cst.SimpleWhitespace(""), cst.SimpleWhitespace(""))
_HELPER = '''class Executor:
    """Runs functions and expressions by themselves, as Relay's executors did."""

    def __init__(self, target="llvm", device=None):
        self.target = target
        self.device = device or {tvm}.cpu()

    def evaluate(self, expr, binds=None):
        """The function, compiled; of another expression its value, with constants for free variables."""
        main = as_function(expr)
        built = {relax}.build({tvm}.IRModule({"main": main}), self.target)
        run = {relax}.VirtualMachine(built, self.device)["main"]
        if isinstance(expr, {relax}.Function):
            return run
        return run(*[binds[var].{constant_data} for var in main.params])
'''


class Executor(Rule):
    """See the module text."""

    id: ClassVar[str] = "relay.build.executor"
    title: ClassVar[str] = "relay.create_executor(...).evaluate() becomes a function of a relax.VirtualMachine"
    explanation: ClassVar[str] = (
        "What runs a Relax module is a virtual machine that loads what relax.build made; its functions are taken by"
        " name. The kinds of executors that Relay had (debug, graph, vm) fall together. An executor without a"
        " module becomes a small class that the file gets: it compiles each function, or expression, by itself."
    )
    facts: ClassVar[str] = "tvm.relay.create_executor of TVM 0.19; tvm.relax.VirtualMachine of TVM 0.21 and 0.27"
    examples: ClassVar[tuple[Example, ...]] = (
        Example(
            """import tvm
from tvm import relay

out = relay.create_executor("graph", mod=mod, device=tvm.cpu(0), target="llvm").evaluate()(x)
executor = relay.create_executor("vm", mod, dev, target)
again = executor.evaluate()(x)
""",
            """import tvm
from tvm import relax

out = relax.VirtualMachine(relax.build(mod, "llvm"), tvm.cpu(0))["main"](x)
executor = relax.VirtualMachine(relax.build(mod, target), dev)
again = executor["main"](x)
""",
        ),
        Example(
            """import tvm
from tvm import relax, relay

out = relay.create_executor("graph", device=dev, target=target).evaluate(func)(x)
""",
            "import tvm\nfrom tvm import relax\n\n\n"
            + AS_FUNCTION.replace("{relax}", "relax")
            + "\n\n"
            + _HELPER.replace("{relax}", "relax").replace("{tvm}", "tvm").replace("{constant_data}", "value")
            + """

out = Executor(device=dev, target=target).evaluate(func)(x)
""",
        ),
    )
    valid: ClassVar[tuple[str, ...]] = (
        "from tvm import relax\n\nvm = relax.VirtualMachine(lib, dev)\n",
        "import tvm\n\n\ndef f(study):\n    return tvm.cpu(), study.evaluate()\n",
    )
    refused: ClassVar[tuple[Refused, ...]] = (
        Refused("from tvm import relay\n\nex = relay.create_executor('graph', params=p)\n", "without a module"),
        Refused("from tvm import relay\n\nmake = relay.create_executor\n", "used as a value"),
    )

    def concerns(self, text: str) -> bool:
        """See :meth:`Rule.concerns`."""
        return "create_executor" in text

    def plan(self, file: SourceFile, target: Target) -> Iterator[Planned]:
        """See :meth:`Rule.plan`."""
        made: list[cst.CSTNode] = []
        for use in file.uses_of(_NAMES):
            planned = self._plan(file, use, target)
            # An Executor, which has evaluate, claims more than the call.
            made += [planned.node] if isinstance(planned, Edit) and not planned.claims else []
            yield planned
        for node in file.attributes.get("evaluate", ()) if made else ():
            call = file.parent(node)
            if isinstance(call, cst.Call) and call.func is node and not call.args:
                yield Edit(self.id, call, _main)

    def _of_expressions(self, file: SourceFile, use: Use, bound: dict[str, cst.Arg], target: Target) -> Planned:
        """An executor without a module, which evaluates functions and expressions."""
        assert use.call is not None
        if "params" in bound:
            return self.refuse(file, use.call, "parameters are given without a module")
        if file.mentioned("Executor"):
            return self.refuse(file, use.call, "the name Executor is taken", "give the other one another name")
        found = spelled(file, use, (_HELPER, AS_FUNCTION), target)
        if isinstance(found, NameTaken):
            return self.refuse(file, use.call, found.reason, found.hint)
        helpers, imports = found
        order = list(bound)

        def rewrite(node: cst.CSTNode) -> cst.CSTNode:
            assert isinstance(node, cst.Call)
            given = dict(zip(order, node.args, strict=True))
            kept = [
                arg.with_changes(keyword=cst.Name(name), equal=_EQUAL, comma=cst.MaybeSentinel.DEFAULT)
                for name, arg in given.items()
                if name in ("target", "device")
            ]
            return node.with_changes(func=cst.Name("Executor"), args=kept)

        return Edit(self.id, use.call, rewrite, imports, claims=(use.node,), helpers=helpers)

    def _plan(self, file: SourceFile, use: Use, target: Target) -> Planned:
        call = use.call
        if call is None:
            return self.refuse(file, use.node, "the function is used as a value, not called")
        # Older releases call the device a context.
        old = any(item.keyword is not None and item.keyword.value == "ctx" for item in call.args)
        bound = bind(call, _OLDER if old else _PARAMETERS)
        if isinstance(bound, str):
            return self.refuse(file, call, bound)
        if "mod" not in bound and not old:
            return self._of_expressions(file, use, bound, target)
        if "mod" not in bound:
            return self.refuse(file, call, "an executor without a module evaluates single expressions")
        if "device" not in bound and not old:
            return self.refuse(file, call, "a virtual machine needs its device")
        way = way_to(file, use, "tvm.relax")
        if isinstance(way, NameTaken):
            return self.refuse(file, call, way.reason, way.hint)
        order = ["device" if name == "ctx" else name for name in bound]
        relax = way.expression

        def rewrite(node: cst.CSTNode) -> cst.CSTNode:
            assert isinstance(node, cst.Call)
            given = {name: item.value for name, item in zip(order, node.args, strict=True)}
            return _machine(given, relax).with_changes(lpar=node.lpar, rpar=node.rpar)

        helpers: tuple[str, ...] = ()
        if "params" in order:
            found = spelled(file, use, (WITH_PARAMS,), target)
            if isinstance(found, NameTaken):
                return self.refuse(file, call, found.reason, found.hint)
            helpers = found[0]
        return Edit(self.id, call, rewrite, way.imports, helpers=helpers)


def _machine(given: dict[str, cst.BaseExpression], relax: cst.BaseExpression) -> cst.Call:
    what = given["mod"]
    if "params" in given:
        what = with_params(what, given["params"])
    target = given.get("target", cst.SimpleString('"llvm"'))
    built = cst.Call(attribute(relax, "build"), [cst.Arg(what), cst.Arg(target)])
    return cst.Call(attribute(relax, "VirtualMachine"), [cst.Arg(built), cst.Arg(given["device"])])


def _main(node: cst.CSTNode) -> cst.CSTNode:
    assert isinstance(node, cst.Call)
    assert isinstance(node.func, cst.Attribute)
    index = cst.SubscriptElement(cst.Index(cst.SimpleString('"main"')))
    return cst.Subscript(node.func.value, [index], lpar=node.lpar, rpar=node.rpar)


RULE = Executor()
