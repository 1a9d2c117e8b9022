"""``bind_params_by_name``: a pass over the module in Relax."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar

import libcst as cst

from migrate.codemods.arguments import bind
from migrate.codemods.imports import NameTaken, attribute, way_to
from migrate.codemods.names import SourceFile, Use
from migrate.codemods.rule import Edit, Example, Planned, Refused, Rule
from migrate.codemods.target import Target

_NAMES = ("tvm.relay.build_module.bind_params_by_name", "tvm.relay.bind_params_by_name")


class BindParams(Rule):
    """See the module text."""

    id: ClassVar[str] = "relay.build.bind_params"
    title: ClassVar[str] = 'mod["main"] = bind_params_by_name(mod["main"], params) becomes relax.transform.BindParams'
    explanation: ClassVar[str] = (
        "Relay binds parameters to a function, Relax by a pass to a function of a module, both by name. Where the"
        " function is bound in its module, the module goes through the pass; a function of its own is bound by"
        " bind_params, which takes the values by name or by variable."
    )
    facts: ClassVar[str] = "bind_params_by_name of TVM 0.19; BindParams and Function.bind_params of TVM 0.21 and 0.27"
    examples: ClassVar[tuple[Example, ...]] = (
        Example(
            """from tvm.relay.build_module import bind_params_by_name

if params:
    mod["main"] = bind_params_by_name(mod["main"], params)
func = bind_params_by_name(func, params)
""",
            """from tvm import relax

if params:
    mod = relax.transform.BindParams("main", params)(mod)
func = func.bind_params(params)
""",
        ),
    )
    valid: ClassVar[tuple[str, ...]] = (
        "def bind_params_by_name(f, p):\n    return f\n\n\nbind_params_by_name(1, 2)\n",
    )
    refused: ClassVar[tuple[Refused, ...]] = (
        Refused("from tvm.relay.build_module import bind_params_by_name\n\nbind = bind_params_by_name\n", "as a value"),
    )

    def concerns(self, text: str) -> bool:
        """See :meth:`Rule.concerns`."""
        return "bind_params_by_name" in text

    def plan(self, file: SourceFile, target: Target) -> Iterator[Planned]:
        """See :meth:`Rule.plan`."""
        del target
        for use in file.uses_of(_NAMES):
            yield self._plan(file, use)

    def _plan(self, file: SourceFile, use: Use) -> Planned:
        call = use.call
        if call is None:
            return self.refuse(file, use.node, "the function is used as a value, not called")
        bound = bind(call, ("func", "params"))
        if isinstance(bound, str) or len(bound) != 2:
            return self.refuse(file, call, bound if isinstance(bound, str) else "an argument is missing")
        assign = file.parent(call)
        function = bound["func"].value
        place = assign.targets[0].target if isinstance(assign, cst.Assign) and len(assign.targets) == 1 else None
        if (
            not isinstance(place, cst.Subscript)
            or not isinstance(function, cst.Subscript)
            or not place.deep_equals(function)
        ):
            return Edit(self.id, call, _method)
        way = way_to(file, use, "tvm.relax")
        if isinstance(way, NameTaken):
            return self.refuse(file, call, way.reason, way.hint)
        index = cst.Module([]).code_for_node(function.slice[0])

        def rewrite(node: cst.CSTNode) -> cst.CSTNode:
            assert isinstance(node, cst.Assign)
            assert isinstance(node.value, cst.Call)
            assert isinstance(node.targets[0].target, cst.Subscript)
            module, params = node.targets[0].target.value, node.value.args[1].value
            name = cst.Arg(cst.parse_expression(index))
            bound = cst.Call(attribute(way.expression, "transform", "BindParams"), [name, cst.Arg(params)])
            new = cst.Call(bound, [cst.Arg(module)])
            return node.with_changes(targets=[node.targets[0].with_changes(target=module)], value=new)

        assert assign is not None
        return Edit(self.id, assign, rewrite, way.imports, claims=(call, use.node))


def _method(node: cst.CSTNode) -> cst.CSTNode:
    assert isinstance(node, cst.Call)
    function, params = (item.value for item in node.args)
    params = cst.Arg(params)
    return cst.Call(cst.Attribute(function, cst.Name("bind_params")), [params], lpar=node.lpar, rpar=node.rpar)


RULE = BindParams()
