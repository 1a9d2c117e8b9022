"""Importers of models: those that Relax has, too."""

from __future__ import annotations

from typing import ClassVar

import libcst as cst

from migrate.codemods.arguments import bind
from migrate.codemods.rule import CallRule, Example, Refused
from migrate.codemods.target import Target

_PARAMETERS = (
    "model",
    "shape",
    "dtype",
    "opset",
    "freeze_params",
    "convert_config",
    "export_node_renamed_model_path",
)
_KEPT = {"model": "model", "shape": "shape_dict", "dtype": "dtype_dict", "opset": "opset"}


class FromOnnx(CallRule):
    """See the module text."""

    id: ClassVar[str] = "relay.build.from_onnx"
    title: ClassVar[str] = "relay.frontend.from_onnx(model, shape) becomes relax.frontend.onnx.from_onnx"
    explanation: ClassVar[str] = (
        "Relax's importer returns a module that holds the model's parameters as constants, so the second result, the"
        " parameters, is an empty dictionary; binding it to the module changes nothing. To keep parameters apart, pass"
        " keep_params_in_input and use relax.frontend.detach_params."
    )
    facts: ClassVar[str] = "tvm.relay.frontend.from_onnx of TVM 0.19; tvm.relax.frontend.onnx of TVM 0.21 and 0.27"
    names: ClassVar[tuple[str, ...]] = ("tvm.relay.frontend.from_onnx", "tvm.relay.frontend.onnx.from_onnx")
    needs: ClassVar[str] = "tvm.relax.frontend.onnx.from_onnx"
    examples: ClassVar[tuple[Example, ...]] = (
        Example(
            """from tvm import relay

mod, params = relay.frontend.from_onnx(model, shape={"x": (1, 3)}, freeze_params=True)
""",
            """from tvm.relax.frontend.onnx import from_onnx

mod, params = (from_onnx(model, shape_dict={"x": (1, 3)}), {})
""",
        ),
    )
    valid: ClassVar[tuple[str, ...]] = (
        "def from_onnx(model):\n    return model, {}\n\n\nmod, params = from_onnx(1)\n",
    )
    refused: ClassVar[tuple[Refused, ...]] = (
        Refused("from tvm import relay\n\nload = relay.frontend.from_onnx\n", "used as a value"),
    )

    def check(self, call: cst.Call, target: Target) -> str | None:
        """See :meth:`CallRule.check`."""
        del target
        bound = bind(call, _PARAMETERS)
        return bound if isinstance(bound, str) else None

    def rewrite(self, call: cst.Call, module: cst.BaseExpression, target: Target) -> cst.BaseExpression:
        """See :meth:`CallRule.rewrite`."""
        del target
        bound = bind(call, _PARAMETERS)
        assert not isinstance(bound, str)
        args = [
            item.with_changes(keyword=cst.Name(_KEPT[name]) if item.keyword else None, comma=cst.MaybeSentinel.DEFAULT)
            for name, item in bound.items()
            if name in _KEPT
        ]
        new = call.with_changes(func=module, args=args, lpar=[], rpar=[])
        return cst.Tuple([cst.Element(new), cst.Element(cst.Dict([]))])


RULE = FromOnnx()
