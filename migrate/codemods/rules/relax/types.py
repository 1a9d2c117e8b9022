"""Struct info, which is a type since TVM 0.26."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

from migrate.codemods.renames import Renames
from migrate.codemods.rule import Example


class RelaxTypes(Renames):
    """See the module text."""

    id: ClassVar[str] = "relax.names.types"
    title: ClassVar[str] = "TensorStructInfo becomes TensorType, and what is called after struct info follows"
    explanation: ClassVar[str] = (
        "TVM 0.26 made struct info the types of Relax. The classes, the functions of relax.analysis and the pass that"
        " have it in their names are called after types. A scalar's type carries no value there: what carried one is"
        " marked. Constants are tvm.ir.GenericConst since 0.27, strings tvm.ir.StringImm."
    )
    facts: ClassVar[str] = "tvm.relax of TVM 0.21, 0.25, 0.26 and 0.27"
    source: ClassVar[str] = "relax"
    table: ClassVar[Mapping[str, str]] = {
        **{
            f"tvm.relax.{old}": f"tvm.relax.{{{word}}}"
            for old, word in (
                ("TensorStructInfo", "TensorType"),
                ("TupleStructInfo", "TupleType"),
                ("ShapeStructInfo", "ShapeType"),
                ("FuncStructInfo", "FuncType"),
                ("ObjectStructInfo", "AnyType"),
                ("StructInfo", "Type"),
            )
        },
        "tvm.relax.PrimStructInfo": "{PrimType}",
        "tvm.relax.Constant": "{constant}",
        "tvm.relax.StringImm": "{StringImm}",
        "tvm.relax.PrimValue": "{prim_value}",
        "tvm.relax.analysis.well_formed": "{well_formed}",
        "tvm.relax.analysis.struct_info_lca": "tvm.relax.analysis.{type_lca}",
        "tvm.relax.analysis.struct_info_base_check": "tvm.relax.analysis.{type_base_check}",
        "tvm.relax.analysis.derive_call_ret_struct_info": "tvm.relax.analysis.{derive_call_ret_type}",
        "tvm.relax.analysis.tir_vars_in_struct_info": "tvm.relax.analysis.{tir_vars_in_type}",
        "tvm.relax.analysis.definable_tir_vars_in_struct_info": "tvm.relax.analysis.{definable_tir_vars_in_type}",
        "tvm.relax.transform.UpdateParamStructInfo": "tvm.relax.transform.{UpdateParamType}",
        "tvm.relax.dpl.StructInfoPattern": "tvm.relax.dpl.{TypePattern}",
    }
    notes: ClassVar[Mapping[str, str]] = {
        "tvm.relax.PrimStructInfo": "tvm.ir.PrimType carries no value: a symbolic size is a parameter of its own",
    }
    examples: ClassVar[tuple[Example, ...]] = (
        Example(
            """from tvm import relax
from tvm.relax.analysis import well_formed


def make(mod):
    info = relax.TensorStructInfo((2, 3), "float32")
    assert isinstance(info, relax.StructInfo) and well_formed(mod)
    return relax.TupleStructInfo([info, relax.ShapeStructInfo([2])])
""",
            """from tvm import relax
from tvm.relax.analysis import check_well_formed


def make(mod):
    info = relax.TensorType((2, 3), "float32")
    assert isinstance(info, relax.Type) and check_well_formed(mod)
    return relax.TupleType([info, relax.ShapeType([2])])
""",
        ),
        Example(
            "from tvm import relax\n\n\ndef f(e):\n    return isinstance(e, relax.Constant), relax.PrimValue(1)\n",
            "from tvm import relax\n\n\ndef f(e):\n    return isinstance(e, relax.Constant), relax.prim_value(1)\n",
            target="0.26",
        ),
    )
    valid: ClassVar[tuple[str, ...]] = (
        "from tvm import relax\n\ninfo = relax.TensorType((2,), 'float32')\n",
        "class TensorStructInfo:\n    pass\n\n\nx = TensorStructInfo()\n",
    )


RULE = RelaxTypes()
