"""``relay.build`` and ``relay.vm.compile``: one ``relax.build``, with the parameters bound before."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import ClassVar

import libcst as cst
from libcst import matchers as m

from migrate.codemods.arguments import bind
from migrate.codemods.helpers import WITH_PARAMS, spelled, with_params
from migrate.codemods.imports import NameTaken, attribute
from migrate.codemods.names import SourceFile, Use
from migrate.codemods.rule import CallRule, Edit, Example, Planned, Refused
from migrate.codemods.target import Target

_PARAMETERS = (
    "mod",
    "target",
    "target_host",
    "executor",
    "runtime",
    "workspace_memory_pools",
    "constant_memory_pools",
    "params",
    "mod_name",
)
_HELPER = WITH_PARAMS.replace("{name_hint}", "name").replace("{relax}", "relax")
_WITHOUT = ("target_host", "executor", "runtime", "workspace_memory_pools", "constant_memory_pools")


class Build(CallRule):
    """See the module text."""

    id: ClassVar[str] = "relay.build.compile"
    title: ClassVar[str] = "relay.build(mod, target, params=params) becomes relax.build of the module with its params"
    explanation: ClassVar[str] = (
        "relax.build compiles a module for a target; parameters become constants of the module before, by BindParams,"
        " which takes them by name as Relay did, but refuses a name that is no parameter's, as those of a module are"
        " that was partitioned with its parameters: the file gets a function that passes over them. Executors, runtimes"
        " and memory pools have no counterpart; a host is given as Target(target, host=...). Where graph, library and"
        " parameters are unpacked, only the library is: the graph is in it, and the parameters are its constants."
    )
    facts: ClassVar[str] = "tvm.relay.build and vm.compile of TVM 0.19; tvm.relax.build of TVM 0.21, 0.26 and 0.27"
    names: ClassVar[tuple[str, ...]] = ("tvm.relay.build", "tvm.relay.build_module.build", "tvm.relay.vm.compile")
    examples: ClassVar[tuple[Example, ...]] = (
        Example(
            """import tvm
from tvm import relay

with tvm.transform.PassContext(opt_level=3):
    lib = relay.build(mod, target="llvm", params=params)
exe = relay.vm.compile(mod, target)
""",
            """import tvm
from tvm import relax


"""
            + _HELPER
            + """

with tvm.transform.PassContext(opt_level=3):
    lib = relax.build(with_params(mod, params), target="llvm")
exe = relax.build(mod, target)
""",
        ),
        Example(
            """from tvm import relay
from tvm.contrib import graph_executor

graph, lib, params = relay.build(mod, "llvm", params=params)
module = graph_executor.create(graph, lib, dev)
module.set_input(**params)
""",
            """from tvm import relax
from tvm.contrib import graph_executor


"""
            + _HELPER
            + """

graph, lib, params = None, relax.build(with_params(mod, params), "llvm"), {}
module = graph_executor.create(graph, lib, dev)
module.set_input(**params)
""",
        ),
    )
    valid: ClassVar[tuple[str, ...]] = (
        "from tvm import relax\n\nlib = relax.build(mod, 'llvm')\n",
        "import tvm\n\nlib = tvm.build(mod, target='llvm')\n",
    )
    refused: ClassVar[tuple[Refused, ...]] = (
        Refused("from tvm import relay\n\nlib = relay.build(mod, target, executor=executor)\n", "executor"),
        Refused("from tvm import relay\n\nlib = relay.build(**options)\n", "known at run time only"),
    )

    def check(self, call: cst.Call, target: Target) -> str | None:
        """See :meth:`CallRule.check`."""
        del target
        bound = self._bound(call)
        if isinstance(bound, str):
            return bound
        if "mod" not in bound:
            return "the module is missing"
        odd = [name for name in _WITHOUT if name in bound and _code(bound[name].value) != "None"]
        return f"relax.build has no {odd[0]}" if odd else None

    def rewrite(self, call: cst.Call, module: cst.BaseExpression, target: Target) -> cst.BaseExpression:
        """See :meth:`CallRule.rewrite`."""
        del target
        bound = self._bound(call)
        assert not isinstance(bound, str)
        what = bound["mod"].value
        if _binds(bound):
            what = with_params(what, bound["params"].value)
        args = [cst.Arg(what)]
        if "target" in bound:
            args.append(bound["target"].with_changes(comma=cst.MaybeSentinel.DEFAULT))
        return call.with_changes(func=attribute(module, "build"), args=args)

    def _plan_use(self, file: SourceFile, use: Use, target: Target) -> Planned:
        planned = super()._plan_use(file, use, target)
        bound = self._bound(use.call) if isinstance(planned, Edit) and use.call is not None else {}
        if isinstance(planned, Edit) and use.call is not None and not isinstance(bound, str) and _binds(bound):
            found = spelled(file, use, (WITH_PARAMS,), target)
            if isinstance(found, NameTaken):
                return self.refuse(file, use.call, found.reason, found.hint)
            planned = replace(planned, helpers=found[0])
        names = _unpacked(file, use.call)
        if not isinstance(planned, Edit) or not names:
            return planned
        note = _READ if _read(file, planned.node, names) else ""

        def rewrite(node: cst.CSTNode) -> cst.CSTNode:
            built = planned.rewrite(node)
            assert isinstance(built, cst.BaseExpression)
            return cst.Tuple(
                [cst.Element(value) for value in (cst.Name("None"), built, cst.Dict([]))], lpar=[], rpar=[]
            )

        return replace(planned, rewrite=rewrite, note=note)

    @staticmethod
    def _bound(call: cst.Call) -> dict[str, cst.Arg] | str:
        names = ["ir_mod" if item.keyword and item.keyword.value == "ir_mod" else "" for item in call.args]
        if "ir_mod" in names:
            keyword = cst.Name("mod")
            args = [
                item.with_changes(keyword=keyword) if name else item
                for name, item in zip(names, call.args, strict=True)
            ]
            call = call.with_changes(args=args)
        if isinstance(call.func, cst.Attribute) and call.func.attr.value == "compile":
            return bind(call, ("mod", "target", "target_host", "params"))
        return bind(call, _PARAMETERS)


def _binds(bound: Mapping[str, cst.Arg]) -> bool:
    return "params" in bound and _code(bound["params"].value) != "None"


_READ = "the library holds the graph, and parameters as constants: what reads them beside it gets None and {}"


def _unpacked(file: SourceFile, call: cst.Call | None) -> Sequence[str]:
    """The names of graph and parameters, where a build is unpacked into three."""
    assign = file.parent(call) if call is not None else None
    if not isinstance(assign, cst.Assign) or len(assign.targets) != 1:
        return ()
    names = assign.targets[0].target
    if not isinstance(names, cst.Tuple) or len(names.elements) != 3:
        return ()
    return [_code(names.elements[at].value) for at in (0, 2)]


def _read(file: SourceFile, call: cst.CSTNode, names: Sequence[str]) -> bool:
    """Whether anything but an executor that is made, or gets its inputs, reads the graph or the parameters."""
    around = file.around(call, cst.FunctionDef) or file.module
    for name in m.findall(around, m.OneOf(*(m.Name(name) for name in names))):
        user = file.parent(name)
        used = file.parent(user) if isinstance(user, cst.Arg) else None
        function = _code(used.func).rpartition(".")[2] if isinstance(used, cst.Call) else ""
        assigned = isinstance(user, cst.Element) and file.around(name, cst.AssignTarget) is not None
        written = assigned or isinstance(user, cst.Param)
        if not written and used is not call and function not in ("create", "set_input"):
            return True
    return False


def _code(node: cst.CSTNode) -> str:
    return cst.Module([]).code_for_node(node)


RULE = Build()
