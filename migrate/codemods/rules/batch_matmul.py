"""``relay.nn.batch_matmul`` transposes its right operand unless told otherwise; ``relax.op.matmul`` never does."""

from __future__ import annotations

from typing import ClassVar

import libcst as cst

from migrate.codemods.arguments import bind, literal_bool, literal_str, with_arguments
from migrate.codemods.rule import CallRule, Example, Refused
from migrate.codemods.target import Target

_PARAMETERS = ("tensor_a", "tensor_b", "out_dtype", "transpose_a", "transpose_b")
_RENAMED = {"tensor_a": "x1", "tensor_b": "x2", "out_dtype": "out_dtype"}
_DEFAULTS = {"transpose_a": False, "transpose_b": True}


class BatchMatmul(CallRule):
    """See the module text."""

    id: ClassVar[str] = "relay.nn.batch_matmul.transpose"
    title: ClassVar[str] = "batch_matmul becomes matmul, with its hidden transpose written out"
    explanation: ClassVar[str] = (
        "The Python wrapper relay.nn.batch_matmul has transpose_b=True as its default (the operator itself has False):"
        " batch_matmul(a, b) computes a times b transposed. relax.op.matmul never transposes: the transpose becomes an"
        " explicit permute_dims of the last two of three axes. An out_dtype written as the empty string, the old"
        " wrapper's default, is left out."
    )
    facts: ClassVar[str] = (
        "tvm.relay.nn.batch_matmul in TVM 0.19; tvm.relax.op.matmul and permute_dims in TVM 0.19 and 0.27"
    )
    names: ClassVar[tuple[str, ...]] = ("tvm.relay.nn.batch_matmul",)
    examples: ClassVar[tuple[Example, ...]] = (
        Example(
            """from tvm import relay, relax

scores = relay.nn.batch_matmul(query, key)  # (batch, rows, columns)
""",
            """from tvm import relax

scores = relax.op.matmul(query, relax.op.permute_dims(key, axes=[0, 2, 1]))  # (batch, rows, columns)
""",
        ),
        Example(
            """import tvm
from tvm import relay as rl


def attention(q, k, v):
    weights = rl.op.nn.softmax(rl.op.nn.batch_matmul(q, k, transpose_b=True))
    return rl.nn.batch_matmul(weights, v, transpose_b=False)
""",
            """import tvm
from tvm import relay as rl
from tvm import relax


def attention(q, k, v):
    weights = rl.op.nn.softmax(relax.op.matmul(q, relax.op.permute_dims(k, axes=[0, 2, 1])))
    return relax.op.matmul(weights, v)
""",
        ),
        Example(
            """from tvm import relax as rx


def product(a, b, dtype):
    from tvm.relay.op.nn import batch_matmul as bmm

    return bmm(
        a,  # left
        tensor_b=bmm(a, b, "int32", True, False),
        transpose_b=False,  # as stored
        out_dtype=dtype,
    )
""",
            """from tvm import relax as rx


def product(a, b, dtype):

    return rx.op.matmul(
        a,  # left
        x2=rx.op.matmul(rx.op.permute_dims(a, axes=[0, 2, 1]), b, "int32"),
        # as stored
        out_dtype=dtype,
    )
""",
        ),
    )
    valid: ClassVar[tuple[str, ...]] = (
        "from numpy import relay\n\nc = relay.nn.batch_matmul(a, b)\n",
        "def batch_matmul(a, b):\n    return a @ b\n\n\nc = batch_matmul(a, b)\n",
        'from tvm import relay\n\nNAME = "relay.nn.batch_matmul(a, b)"  # relay.nn.batch_matmul(a, b)\n',
        "from tvm import relay\n\nc = relay.nn.matmul(a, b)\n",
        "from tvm import relay\n\n\ndef f(relay, a, b):\n    return relay.nn.batch_matmul(a, b)\n",
    )
    refused: ClassVar[tuple[Refused, ...]] = (
        Refused(
            "from tvm import relay\n\nc = relay.nn.batch_matmul(a, b, transpose_b=flag)\n",
            "transpose_b is not written as True or False",
        ),
        Refused("from tvm import relay\n\nc = relay.nn.batch_matmul(*operands)\n", "known at run time only"),
        Refused("from tvm import relay\n\nbmm = relay.nn.batch_matmul\nc = bmm(a, b)\n", "used as a value"),
        Refused(
            "from tvm import relay\n\nrelax = None\nc = relay.nn.batch_matmul(a, b)\n", "relax means something else"
        ),
        Refused(
            "try:\n    from tvm import relay\nexcept ImportError:\n    from fork import relay\n"
            "c = relay.nn.batch_matmul(a, b)\n",
            "fork.relay",
        ),
    )

    def check(self, call: cst.Call, target: Target) -> str | None:
        """See :meth:`CallRule.check`."""
        del target
        bound = bind(call, _PARAMETERS)
        if isinstance(bound, str):
            return bound
        for name in ("tensor_a", "tensor_b"):
            if name not in bound:
                return f"{name} is missing"
        for name, default in _DEFAULTS.items():
            if literal_bool(bound.get(name), default) is None:
                return f"{name} is not written as True or False"
        return None

    def rewrite(self, call: cst.Call, module: cst.BaseExpression, target: Target) -> cst.BaseExpression:
        """See :meth:`CallRule.rewrite`."""
        del target
        bound = bind(call, _PARAMETERS)
        assert not isinstance(bound, str)
        operators = cst.Attribute(module, cst.Name("op"))
        transposed = {
            "tensor_a": literal_bool(bound.get("transpose_a"), default=False),
            "tensor_b": literal_bool(bound.get("transpose_b"), default=True),
        }
        kept: list[cst.Arg | None] = []
        for name, argument in bound.items():
            if name in _DEFAULTS or (name == "out_dtype" and literal_str(argument) == ""):
                kept.append(None)
                continue
            value = argument.value
            if transposed.get(name):
                value = _last_two_swapped(operators, value)
            keyword = cst.Name(_RENAMED[name]) if argument.keyword else None
            kept.append(argument.with_changes(value=value, keyword=keyword))
        return with_arguments(call, kept).with_changes(func=cst.Attribute(operators, cst.Name("matmul")))


def _last_two_swapped(operators: cst.Attribute, value: cst.BaseExpression) -> cst.Call:
    axes = cst.List([cst.Element(cst.Integer(str(axis))) for axis in (0, 2, 1)])
    equal = cst.AssignEqual(cst.SimpleWhitespace(""), cst.SimpleWhitespace(""))
    return cst.Call(
        cst.Attribute(operators, cst.Name("permute_dims")),
        [cst.Arg(value), cst.Arg(axes, cst.Name("axes"), equal=equal)],
    )


RULE = BatchMatmul()
