"""Skeletons written as text: a Relay function that a pass changes, its parameters drawn anew in each program."""

from __future__ import annotations

from migrate.verify.generate.maker import Maker
from migrate.verify.generate.skeletons.placed import placed
from migrate.verify.generate.skeletons.table import Skeleton
from relay_compat.ir.expr import Expr, Function
from relay_compat.ir.make import bind
from relay_compat.ir.types import Type
from relay_compat.text.parser import parse
from relay_compat.types.infer import infer_types
from tensor_core import codes, shapes
from tensor_core.diagnostics import fail
from tensor_core.types import TensorType

_VERSION = '#[version = "0.0.5"]\n'


def example(name: str, text: str) -> Skeleton:
    """The skeleton of programs that hold the body of ``main`` in ``text``, in all of the places that a pass must see.

    Each parameter is a parameter, a constant or an expression of its type. Raises DiagnosticError: R2R01xx and R2R02xx
    for text that is no typed Relay module, R2R0703 for another function beside ``main`` or a parameter that is no
    tensor of known sizes.
    """
    module = infer_types(parse(text if text.lstrip().startswith("#[version") else _VERSION + text))
    main = module.functions.get(module.get_global_var("main")) if "main" in module else None
    if not isinstance(main, Function) or len(module.functions) > 1:
        raise fail(codes.BAD_OPTION, f"the example {name!r} must be one function main", hint="put what it needs inside")
    types = [_static(name, param.name, param.checked_type) for param in main.params]
    result = getattr(main.body, "checked", None)
    assert isinstance(result, Type)

    def make(m: Maker) -> Expr:
        values: list[Expr] = [m.expr(type_, m.choose((0, 1))) for type_ in types]
        made = bind(main.body, dict(zip(main.params, values, strict=True))).replace()
        made.memo("checked", result)
        return made

    make.__name__ = name
    return Skeleton(placed(make))


def _static(example_name: str, name: str, type_: Type | None) -> TensorType:
    if not isinstance(type_, TensorType) or not shapes.is_static(type_.shape):
        message = f"the parameter {name} of the example {example_name!r} is no tensor of known sizes"
        raise fail(codes.BAD_OPTION, message, hint="write its type with all its sizes")
    return type_
