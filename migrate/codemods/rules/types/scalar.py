"""``relay.scalar_type``: a tensor type of rank 0."""

from __future__ import annotations

from typing import ClassVar

import libcst as cst

from migrate.codemods.arguments import bind
from migrate.codemods.imports import attribute
from migrate.codemods.rule import CallRule, Example, Refused
from migrate.codemods.target import Target


class ScalarType(CallRule):
    """See the module text."""

    id: ClassVar[str] = "relay.types.scalar"
    title: ClassVar[str] = "relay.scalar_type(dtype) becomes relax.TensorType((), dtype)"
    explanation: ClassVar[str] = (
        "Both IRs hold scalars as tensors of rank 0; Relax has no function of its own for them."
    )
    facts: ClassVar[str] = "tvm.relay.scalar_type of TVM 0.19; tvm.relax of TVM 0.21, 0.25, 0.26 and 0.27"
    names: ClassVar[tuple[str, ...]] = ("tvm.relay.scalar_type",)
    examples: ClassVar[tuple[Example, ...]] = (
        Example(
            'from tvm import relay\n\nflag = relay.scalar_type("bool")\n',
            'from tvm import relax\n\nflag = relax.TensorType((), "bool")\n',
        ),
        Example(
            'from tvm import relay\n\nflag = relay.scalar_type(dtype="bool")\n',
            'from tvm import relax\n\nflag = relax.TensorStructInfo((), dtype="bool")\n',
            target="0.25",
        ),
    )
    valid: ClassVar[tuple[str, ...]] = ("def scalar_type(dtype):\n    return dtype\n\n\nscalar_type('bool')\n",)
    refused: ClassVar[tuple[Refused, ...]] = (
        Refused("from tvm import relay\n\nmake = relay.scalar_type\n", "used as a value"),
    )

    def check(self, call: cst.Call, target: Target) -> str | None:
        """See :meth:`CallRule.check`."""
        del target
        bound = bind(call, ("dtype",))
        return bound if isinstance(bound, str) else None

    def rewrite(self, call: cst.Call, module: cst.BaseExpression, target: Target) -> cst.BaseExpression:
        """See :meth:`CallRule.rewrite`."""
        function = attribute(module, target.word("TensorType"))
        return call.with_changes(func=function, args=[cst.Arg(cst.Tuple([])), *call.args])


RULE = ScalarType()
