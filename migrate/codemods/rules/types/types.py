"""The types themselves: ``relay.TensorType`` and its kin."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

from migrate.codemods.renames import Renames
from migrate.codemods.rule import Example


class Types(Renames):
    """See the module text."""

    id: ClassVar[str] = "relay.types.classes"
    title: ClassVar[str] = "relay.TensorType becomes relax.TensorType (TensorStructInfo before TVM 0.26)"
    explanation: ClassVar[str] = (
        "Relax calls them struct info until TVM 0.25 and types since 0.26. The arguments are the same for tensors and"
        " tuples; a function's type has no type parameters in Relax."
    )
    facts: ClassVar[str] = "tvm.ir of TVM 0.19; tvm.relax of TVM 0.21, 0.25, 0.26 and 0.27"
    table: ClassVar[Mapping[str, str]] = {
        "tvm.ir.TensorType": "tvm.relax.{TensorType}",
        "tvm.ir.TupleType": "tvm.relax.{TupleType}",
        "tvm.ir.FuncType": "tvm.relax.{FuncType}",
        "tvm.ir.Type": "tvm.relax.{Type}",
    }
    examples: ClassVar[tuple[Example, ...]] = (
        Example(
            """from tvm import relay

x = relay.TensorType((1, 2), "float32")


def is_tuple(typ: relay.Type):
    return isinstance(typ, relay.TupleType)
""",
            """from tvm import relax

x = relax.TensorType((1, 2), "float32")


def is_tuple(typ: relax.Type):
    return isinstance(typ, relax.TupleType)
""",
        ),
        Example(
            """import tvm

x = tvm.ir.TensorType((1, 2), "float32")
pair = tvm.ir.TupleType([x, x])
""",
            """import tvm

x = tvm.relax.TensorStructInfo((1, 2), "float32")
pair = tvm.relax.TupleStructInfo([x, x])
""",
            target="0.21",
        ),
    )
    valid: ClassVar[tuple[str, ...]] = (
        "from tvm import relax\n\nx = relax.TensorType((1,), 'int8')\n",
        "class TensorType:\n    pass\n\n\nx = TensorType()\n",
    )


RULE = Types()
