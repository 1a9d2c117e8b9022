"""``nn.bias_add``: a sum, after the bias was given the axes that let it broadcast."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar

import libcst as cst

from migrate.codemods.arguments import bind
from migrate.codemods.edits import put
from migrate.codemods.helpers import AS_FUNCTION, spelled
from migrate.codemods.imports import NameTaken, attribute, way_to
from migrate.codemods.names import SourceFile, Use
from migrate.codemods.rule import Edit, Example, Planned, Refused, Rule
from migrate.codemods.target import Target

_OLD, _NEW = "tvm.relay.nn.bias_add", "add_bias"
_PARAMETERS = ("data", "bias", "axis")
_HELPER = '''def add_bias(data, bias, axis=1):
    """The sum of data and a bias of one axis, which stands for this axis of data."""
    rank = (data if isinstance(data, {relax}.Var) else as_function(data).body).{type}.ndim
    if rank < 0:
        raise ValueError("the rank of the data of a bias is unknown")
    after = rank - axis - 1 if axis >= 0 else -axis - 1
    return {relax}.op.add(data, {relax}.op.expand_dims(bias, list(range(1, after + 1))) if after else bias)
'''


class BiasAdd(Rule):
    """See the module text."""

    id: ClassVar[str] = "relay.ops.bias_add"
    title: ClassVar[str] = "bias_add adds a bias that got the axes it lacks"
    explanation: ClassVar[str] = (
        "Relax has no bias_add: the bias is added, and broadcasts after it got an axis of size one for each axis of"
        " data behind its own. How many these are the rank of data says, so the file gets a function add_bias that asks"
        " for it, with the parameters of Relay's. Calls along the last axis are sums."
    )
    facts: ClassVar[str] = "nn.bias_add of TVM 0.19; relax.op.add and expand_dims of TVM 0.21 and 0.27 (run)"
    examples: ClassVar[tuple[Example, ...]] = (
        Example(
            """from tvm import relay, relax


def layer(x, w, b):
    return relay.nn.bias_add(relax.op.nn.conv2d(x, w), b), relay.nn.bias_add(x, b, axis=3)
""",
            "from tvm import relax\n\n\n"
            + AS_FUNCTION.replace("{relax}", "relax")
            + "\n\n"
            + _HELPER.replace("{relax}", "relax").replace("{type}", "ty")
            + """

def layer(x, w, b):
    return add_bias(relax.op.nn.conv2d(x, w), b), add_bias(x, b, axis=3)
""",
        ),
        Example(
            "from tvm import relay\n\nout = relay.nn.bias_add(x, bias=b, axis=-1)\n",
            "from tvm import relax\n\nout = relax.op.add(x, b)\n",
        ),
    )
    valid: ClassVar[tuple[str, ...]] = (
        "from tvm import relax\n\nout = relax.op.add(x, b)\n",
        "def bias_add(a, b):\n    return a + b\n\n\nbias_add(1, 2)\n",
    )
    refused: ClassVar[tuple[Refused, ...]] = (
        Refused(
            "from tvm import relay\n\n\ndef add_bias(x):\n    return relay.nn.bias_add(x, one)\n", "a function add_bias"
        ),
    )

    def concerns(self, text: str) -> bool:
        """See :meth:`Rule.concerns`."""
        return "bias_add" in text

    def plan(self, file: SourceFile, target: Target) -> Iterator[Planned]:
        """See :meth:`Rule.plan`."""
        for use in file.uses_of((_OLD,)):
            bound = bind(use.call, _PARAMETERS) if use.call is not None else ""
            along_last = not isinstance(bound, str) and len(bound) == 3 and _code(bound["axis"].value) == "-1"
            yield self._sum(file, use) if along_last else self._helped(file, use, target)

    def _sum(self, file: SourceFile, use: Use) -> Planned:
        way = way_to(file, use, "tvm.relax")
        if isinstance(way, NameTaken):
            return self.refuse(file, use.node, way.reason, way.hint)
        assert use.call is not None

        def rewrite(node: cst.CSTNode) -> cst.CSTNode:
            assert isinstance(node, cst.Call)
            bound = bind(node, _PARAMETERS)
            assert not isinstance(bound, str)
            args = [cst.Arg(bound[name].value) for name in _PARAMETERS[:2]]
            return node.with_changes(func=attribute(way.expression, "op", "add"), args=args)

        return Edit(self.id, use.call, rewrite, way.imports)

    def _helped(self, file: SourceFile, use: Use, target: Target) -> Planned:
        if len(use.meanings) > 1:
            return self.refuse(file, use.node, "the name may stand for something else, too")
        found = spelled(file, use, (_HELPER, AS_FUNCTION), target)
        if isinstance(found, NameTaken):
            return self.refuse(file, use.node, found.reason, found.hint)
        if use.scope[_NEW]:
            return self.refuse(file, use.node, f"the file has a function {_NEW} of its own", "rename it")
        helpers, imports = found
        return Edit(self.id, use.node, put(cst.Name(_NEW)), imports, helpers=helpers)


def _code(node: cst.CSTNode) -> str:
    return cst.Module([]).code_for_node(node)


RULE = BiasAdd()
