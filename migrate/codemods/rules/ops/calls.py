"""Calls of operators that Relax has as one operator: arguments by the names of both sides."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar

import libcst as cst

from migrate.codemods.api import api
from migrate.codemods.arguments import bind
from migrate.codemods.edits import put
from migrate.codemods.helpers import AS_FUNCTION, spelled
from migrate.codemods.imports import NameTaken, attribute, way_to
from migrate.codemods.names import SourceFile, Use
from migrate.codemods.op_adapters import adapter, says
from migrate.codemods.op_calls import CALLS, OpCall, Unfit, advice, rewritten
from migrate.codemods.rule import Edit, Example, Move, Planned, Refused, Rule
from migrate.codemods.target import Target


class Calls(Rule):
    """See the module text."""

    id: ClassVar[str] = "relay.ops.calls"
    title: ClassVar[str] = "calls of operators: relay.nn.conv2d(...) becomes relax.op.nn.conv2d(...)"
    explanation: ClassVar[str] = (
        "Operators that both IRs have are called by the Relax name, with arguments by the Relax names where they are"
        " named, or where their order differs. What only repeats the shape of an argument (channels, kernel_size,"
        " units) goes. Defaults that differ are written out: batch_norm computes statistics of the batch in Relax"
        " unless told otherwise, take does not clip. So is what Relay's wrappers did beside the operator: argmax gives"
        " int32, dense transposes its weight. An operator that is passed on as a value keeps its place where the"
        " arguments are the same; where they are not, or ** unpacks them, the file gets a function with Relay's"
        " parameters that calls it."
    )
    facts: ClassVar[str] = (
        "the signatures of tvm.relay in TVM 0.19 and of tvm.relax.op in TVM 0.21, 0.25, 0.26 and 0.27, and the op cards"
    )
    examples: ClassVar[tuple[Example, ...]] = (
        Example(
            """from tvm import relay


def block(x, w, b):
    y = relay.nn.conv2d(x, w, padding=(1, 1), channels=8, kernel_size=(3, 3), out_dtype="")
    y = relay.clip(relay.nn.relu(relay.add(y, b)), a_min=0.0, a_max=6.0)
    y = relay.nn.max_pool2d(y, (2, 2), (2, 2), (1, 1), ceil_mode=True)
    return relay.concatenate([y, relay.op.cast(b, "float16")], axis=1)
""",
            """from tvm import relax


def block(x, w, b):
    y = relax.op.nn.conv2d(x, w, padding=(1, 1))
    y = relax.op.clip(relax.op.nn.relu(relax.op.add(y, b)), min=0.0, max=6.0)
    y = relax.op.nn.max_pool2d(y, (2, 2), (2, 2), dilation=(1, 1), ceil_mode=True)
    return relax.op.concat([y, relax.op.astype(b, "float16")], axis=1)
""",
        ),
        Example(
            """from tvm import relay

top = relay.argmax(x, axis=1)
near = relay.take(table, top, axis=0)
low = relay.topk(x, k=3, is_ascend=True)
out = relay.nn.dense(x, w, units=10)
out = relay.nn.batch_norm(x, gamma, beta, mean, var)[0]
out = relay.full(relay.const(0.0), (1, 2), "float32")
""",
            """from tvm import relay
from tvm import relax

top = relax.op.astype(relax.op.argmax(x, axis=1), "int32")
near = relax.op.take(table, top, axis=0, mode="clip")
low = relax.op.topk(x, k=3, largest=False)
out = relax.op.linear(x, w)
out = relax.op.nn.batch_norm(x, gamma, beta, mean, var, axis=1, training=False)[0]
out = relax.op.full(fill_value=relay.const(0.0), shape=(1, 2), dtype="float32")
""",
        ),
        Example(
            """from tvm import relay

OPS = {"add": relay.add, "relu": relay.nn.relu}
""",
            """from tvm import relax

OPS = {"add": relax.op.add, "relu": relax.op.nn.relu}
""",
        ),
        Example(
            """from tvm import relay, relax


def pool(x, attrs, operands):
    return relay.nn.avg_pool2d(x, **attrs), relay.add(*operands), relay.nn.softmax(x, **attrs), [relay.argmax]


def widen(x, n, rest):
    return relay.expand_dims(relay.mean(x, 1, exclude=rest), 0, n)
""",
            '''from tvm import relax


def relay_avg_pool2d(
    data, pool_size=(1, 1), strides=(1, 1), dilation=(1, 1), padding=(0, 0), layout="NCHW",
    out_layout="", ceil_mode=False, count_include_pad=False,
):
    """relax.op.nn.avg_pool2d with the parameters of relay.nn.avg_pool2d."""
    return relax.op.nn.avg_pool2d(
        data, pool_size, strides, dilation=dilation, padding=padding, layout=layout,
        out_layout=out_layout or None, ceil_mode=ceil_mode, count_include_pad=count_include_pad,
    )


def as_function(expr):
    """An expression as the body of a function of its free variables, which gives it a type; functions stay."""
    if isinstance(expr, relax.Function):
        return expr
    builder = relax.BlockBuilder()
    with builder.function("main", relax.analysis.free_vars(expr)):
        builder.emit_func_output(expr)
    return builder.get()["main"]


def relay_mean(data, axis=None, keepdims: "bool | int" = False, exclude: "bool | int" = False):
    """relax.op.mean with the parameters of relay.mean."""
    if exclude and axis is not None:
        rank = as_function(data).body.ty.ndim
        given = [place % rank for place in ([axis] if isinstance(axis, int) else axis)]
        axis = [place for place in range(rank) if place not in given]
    return relax.op.mean(data, axis, keepdims)


def relay_expand_dims(data, axis, num_newaxis=1):
    """relax.op.expand_dims with the parameters of relay.expand_dims."""
    axis = [axis + more if axis >= 0 else axis - more for more in range(num_newaxis)]
    return relax.op.expand_dims(data, axis)


def relay_argmax(
    data, axis=None, keepdims: "bool | int" = False, exclude: "bool | int" = False,
    select_last_index=False,
):
    """relax.op.argmax with the parameters of relay.argmax."""
    if exclude not in (False, 0):
        raise NotImplementedError(f"relax.op.argmax has nothing for exclude={exclude}")
    if select_last_index not in (False, 0):
        raise NotImplementedError(f"relax.op.argmax has nothing for select_last_index={select_last_index}")
    return relax.op.astype(relax.op.argmax(data, axis, keepdims), "int32")


def pool(x, attrs, operands):
    return relay_avg_pool2d(x, **attrs), relax.op.add(*operands), relax.op.nn.softmax(x, **attrs), [relay_argmax]


def widen(x, n, rest):
    return relay_expand_dims(relay_mean(x, 1, exclude=rest), 0, n)
''',
        ),
    )
    valid: ClassVar[tuple[str, ...]] = (
        "from tvm import relax\n\ny = relax.op.add(a, b)\n",
        "from tvm import topi\n\ny = topi.nn.relu(a)\n",
        "class relay:\n    add = None\n\n\ny = relay.add\n",
    )
    refused: ClassVar[tuple[Refused, ...]] = (
        Refused("from tvm import relay\n\ny = relay.argmax(x, axis=1, exclude=True)\n", "exclude"),
        Refused("from tvm import relay\n\ny = relay.reshape(x, (-3, -2))\n", "-3"),
        Refused("from tvm import relay\n\ny = relay.nn.lrn(x)\n", "no operator"),
        Refused("from tvm import relay\n\ny = relay.sum(*operands)\n", "known at run time only"),
    )

    def concerns(self, text: str) -> bool:
        """See :meth:`Rule.concerns`."""
        return "relay" in text or "tvm" in text

    def plan(self, file: SourceFile, target: Target) -> Iterator[Planned]:
        """See :meth:`Rule.plan`."""
        for name in sorted(file.uses.keys() & CALLS.keys()):
            for use in file.uses[name]:
                yield self.plan_use(file, use, CALLS[name], target)
        for name, uses in file.uses.items():
            if name not in CALLS and (hint := advice(name, target)) is not None:
                for use in uses:
                    yield self.refuse(file, use.node, hint)

    def plan_use(self, file: SourceFile, use: Use, op: OpCall, target: Target) -> Planned:
        """What becomes of one use of an operator; its call need not be of the name itself."""
        there = api(target.release)
        new = f"tvm.relax.op.{op.relax}"
        parameters = there.parameters.get(there.known(new) or "")
        if parameters is None:
            return self.refuse(file, use.node, f"TVM {target.release} has no operator relax.{op.relax}")
        if len(use.meanings) > 1:
            return self.refuse(file, use.node, "the name may stand for something else, too")
        old = api("0.19").parameters.get(use.name, ())
        if use.call is None:
            note = f"the arguments of relax.op.{op.relax} are others"
            return Move(self.id, use, new) if op.alike(old, parameters) else self._adapted(file, use, op, target, note)
        bound = bind(use.call, [parameter.partition("=")[0] for parameter in old])
        stars = {argument.star for argument in use.call.args} - {""}
        if stars and op.alike(old, parameters) and use.call.args[0].star != "**":
            return Move(self.id, use, new)
        if "**" in stars:
            note = f"what ** unpacks has to name arguments of relax.op.{op.relax}"
            return Move(self.id, use, new, note) if op.renamed else self._adapted(file, use, op, target, note)
        if isinstance(bound, str):
            return self.refuse(file, use.call, bound)
        try:
            plan = op.plan(bound, old, parameters)
        except Unfit as reason:
            odd = [name for name, fit in op.only.items() if name in bound and _code(bound[name].value) not in fit]
            if odd and says(op, odd) and isinstance(edit := self._adapted(file, use, op, target, ""), Edit):
                return edit
            return self.refuse(file, use.call, str(reason))
        way = way_to(file, use, "tvm.relax")
        if isinstance(way, NameTaken):
            return self.refuse(file, use.call, way.reason, way.hint)
        function = attribute(way.expression, "op", *op.relax.split("."))

        def rewrite(node: cst.CSTNode) -> cst.CSTNode:
            assert isinstance(node, cst.Call)
            return rewritten(node, plan, function, attribute(way.expression, "op"))

        return Edit(self.id, use.call, rewrite, way.imports, plan.note)

    def _adapted(self, file: SourceFile, use: Use, op: OpCall, target: Target, note: str) -> Planned:
        """A function with Relay's parameters in the place of the operator; with a note the operator itself, where
        there is no such function.
        """
        there = api(target.release)
        moved = Move(self.id, use, f"tvm.relax.op.{op.relax}", note)
        parameters = there.parameters[there.known(moved.name) or ""]
        made = adapter(use.name.removeprefix("tvm.relay."), op, api("0.19").parameters.get(use.name, ()), parameters)
        texts = () if made is None else (made[1], AS_FUNCTION) if "as_function(" in made[1] else (made[1],)
        found = spelled(file, use, texts, target) if made is not None and not use.scope[made[0]] else None
        if made is None or found is None or isinstance(found, NameTaken):
            return moved
        helpers, imports = found
        return Edit(self.id, use.node, put(cst.Name(made[0])), imports, helpers=helpers)


def _code(node: cst.CSTNode) -> str:
    return cst.Module([]).code_for_node(node)


RULE = Calls()
