"""The functions of tvm.relax.op whose operators no card describes: calls of tensor programs and foreign code, values of
the machine, and those that build more than one call.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from inspect import Signature
from typing import Any, cast

from relax_core.builtins.builtin import Form, version
from relax_core.builtins.table import builtin
from relax_core.ir.expr import Call, DataTypeImm, Expr, ExternFunc, ShapeExpr, StringImm, Tuple, op
from relax_core.ir.types import TupleType, Type
from relax_core.op.convert import as_attribute, as_expr, as_shape, with_type
from relax_core.op.signatures import recorded
from relax_core.types.leaves import type_of
from tensor_core.attrs import Attrs
from tensor_core.ops.spelling import complete
from tensor_core.signatures import bound

__all__ = ["BUILTINS", "as_types", "described", "wrapped"]

Creator = Callable[..., Expr]


def as_types(value: Any) -> tuple[Type, ...]:
    """Result types as a call holds them: one, or a sequence of them; what ``R.Tensor`` makes counts as a type."""
    items = cast("Sequence[Any]", value) if isinstance(value, (list, tuple)) else (value,)
    return tuple(_type(item) for item in items)


def _type(value: Any) -> Type:
    if not isinstance(value, Type) and callable(value):
        value = value()
    if isinstance(value, Type):
        return value
    raise TypeError(f"expected a type, got {value!r}")


def wrapped(args: Any) -> Expr:
    """Arguments of a function as one tuple expression; a single argument that is no tuple becomes one."""
    if isinstance(args, (list, tuple)):
        return as_expr(args)
    value: Expr = as_expr(args)
    if isinstance(value, Tuple) or isinstance(type_of(value), TupleType):
        return value
    return with_type(Tuple((value,)))


def _function(value: Any) -> Expr:
    return with_type(ExternFunc(value)) if isinstance(value, str) else value


def _stated(out: Any) -> tuple[Type, ...]:
    types = as_types(out)
    # Several results are one tuple, as TVM states them.
    return types if len(types) == 1 and not isinstance(out, (list, tuple)) else (_joined(types),)


def _joined(types: tuple[Type, ...]) -> Type:
    return types[0] if len(types) == 1 else TupleType(types)


def _call_tir(path: str, bound: dict[str, Any]) -> Expr:
    """call_tir and its kin: a function, a tuple of arguments, the result's type, attributes, scalars."""
    values = list(bound.values())
    callee = next(bound.pop(key) for key in ("gvar", "func", "func_name") if key in bound)
    out = bound.pop("out_ty", None) if "out_ty" in bound else bound.pop("out_sinfo")
    scalars = bound.pop("tir_vars", None)
    del values
    operands: list[Expr] = [_function(callee), wrapped(bound.pop("args"))]
    if scalars is not None:
        operands.append(as_shape(scalars))
    return Call(op(f"relax.{path}"), tuple(operands), _attributes(path, bound), _stated(out))


def _attributes(path: str, written: Mapping[str, Any]) -> Attrs | None:
    """The attributes of a built-in, of the type that its table names."""
    values = {key: _plain(key, value) for key, value in written.items()}
    known = builtin(f"relax.{path}")
    listed = known.attributes[-1:] if known else ()
    return Attrs(listed[0].type_key if listed else "", values) if values else None


def _plain(key: str, value: Any) -> Any:
    if key == "inplace_indices":
        listed = cast("Sequence[Any]", value) if isinstance(value, (list, tuple)) else (value,)
        return tuple(map(int, listed))
    return {} if value is None else value


def _packed(path: str, bound: dict[str, Any]) -> Expr:
    """call_pure_packed and call_inplace_packed: the arguments one by one."""
    types = bound.pop("ty_args", None) if "ty_args" in bound else bound.pop("sinfo_args", None)
    if types is None:
        raise ValueError(f"R.{path} is required to have type_args")
    operands = [_function(bound.pop("func")), *map(as_expr, bound.pop("args"))]
    return Call(op(f"relax.{path}"), tuple(operands), _attributes(path, bound), as_types(types))


def _closure(path: str, bound: dict[str, Any]) -> Expr:
    """invoke_closure, make_closure, call_builtin_with_ctx: a function, a tuple of arguments, perhaps result types."""
    types = bound.pop("ty_args", None) if "ty_args" in bound else bound.pop("sinfo_args", None)
    callee = bound.pop("closure", None) or bound.pop("func")
    stated = () if types is None else as_types(types)
    return Call(op(f"relax.{path}"), (_function(callee), wrapped(bound.pop("args"))), None, stated)


def _print(path: str, bound: dict[str, Any]) -> Expr:
    values = bound.pop("values", ())
    return Call(op(f"relax.{path}"), (as_expr(bound["format"]), *map(as_expr, values)))


def _assert(path: str, bound: dict[str, Any]) -> Expr:
    values = bound["format_args"]
    listed = cast("Sequence[Any]", values) if isinstance(values, (list, tuple)) else (values,)
    if values is None:
        listed = ()
    return Call(op(f"relax.{path}"), (as_expr(bound["condition"]), as_expr(bound["format"]), *map(as_expr, listed)))


def _plain_call(path: str, bound: dict[str, Any]) -> Expr:
    """Operands only, each as its name says: shapes, element types, text, numbers."""
    return Call(op(f"relax.{path}"), tuple(_operand(name, value) for name, value in bound.items()))


def _operand(name: str, value: Any) -> Expr:
    if name == "dtype":
        return with_type(DataTypeImm(str(value))) if not isinstance(value, Expr) else value
    if name in ("shape", "size") and isinstance(value, (list, tuple)):
        return with_type(ShapeExpr(tuple(cast("Sequence[Any]", value))))
    if isinstance(value, str):
        return with_type(StringImm(value))
    return as_expr(value)


def _described(path: str, bound: dict[str, Any]) -> Expr:
    """What the table of built-ins describes: operands in order, attributes by name."""
    known = builtin(f"relax.{path}")
    assert known is not None
    fields = {item.name: item for group in known.attributes[-1:] for item in group.fields}
    written = {name: as_attribute(item, bound[name]) for name, item in fields.items() if name in bound}
    operands = tuple(_operand(name, value) for name, value in bound.items() if name not in fields and value is not None)
    attrs = Attrs(known.attributes[-1].type_key, complete(tuple(fields.values()), written)) if fields else None
    return Call(op(f"relax.{path}"), operands, attrs)


def described(path: str, release: str) -> Creator | None:
    """The function of a built-in that needs none of its own; None when the release has none of this path."""
    found = recorded(path, release)
    known = builtin(found.op, release) if found else None
    return _bound(_described, path, release) if known is not None and known.form is Form.PLAIN else None


def _alloc_tensor(path: str, bound: dict[str, Any]) -> Expr:
    if not isinstance(bound["storage_scope"], (str, StringImm)):
        raise ValueError(
            f"relax.builtin.alloc_tensor expects string as the storage scope, got {bound['storage_scope']}"
        )
    return _plain_call(path, bound)


def _view(path: str, bound: dict[str, Any]) -> Expr:
    """memory.view: what is not given is the empty tuple, but for the element type a null value since TVM 0.26."""
    older = version(bound.pop("release")) < (0, 26)

    def operand(name: str, value: Any) -> Expr:
        if value is not None:
            return _operand(name, value)
        return with_type(Tuple(())) if older or name != "dtype" else Call(op("relax.null_value"), ())

    operands = [operand(name, value) for name, value in bound.items()]
    return Call(op(f"relax.{path}"), tuple(operands))


def _bound(build: Callable[[str, dict[str, Any]], Expr], path: str, release: str) -> Creator:
    found = recorded(path, release)
    if found is None:
        raise AttributeError(f"there is no function relax.op.{path} in TVM {release}")
    name, signature = found.op.removeprefix("relax."), found.signature

    def create(*args: Any, **kwargs: Any) -> Expr:
        arguments = dict(bound(f"R.{path}", signature, args, kwargs).arguments)
        if build is _view:
            arguments["release"] = release
        return build(name, arguments)

    return _named(create, path, signature)


def _named(create: Any, path: str, signature: Signature) -> Creator:
    create.__name__ = create.__qualname__ = path.rpartition(".")[2]
    create.__doc__ = f"What relax.op.{path} makes."
    create.__signature__ = signature
    return create


def _linear(release: str) -> Creator:
    from relax_core.op.creators import creator

    def linear(data: Expr, weight: Expr, bias: Expr | None = None, out_dtype: Any = None) -> Expr:
        """The product with the transposed weight, plus a bias."""
        x = creator("matmul", release)(data, creator("permute_dims", release)(weight, axes=None), out_dtype=out_dtype)
        return x if bias is None else creator("add", release)(x, bias)

    return linear


def _masked_fill(release: str) -> Creator:
    from relax_core.op.creators import creator

    def masked_fill(x: Expr, mask: Expr, value: Expr) -> Expr:
        """``x`` with ``value`` where the mask holds."""
        dtype = getattr(type_of(value), "dtype", None)
        return creator("where", release)(mask, creator("full_like", release)(x, value, dtype), x)

    return masked_fill


def _relu6(release: str) -> Creator:
    from relax_core.op.creators import creator

    def relu6(data: Expr) -> Expr:
        """``data`` between 0 and 6."""
        return creator("clip", release)(data, 0, 6)

    return relu6


_KINDS: Mapping[str, Callable[[str, dict[str, Any]], Expr]] = {
    **dict.fromkeys(
        (
            "call_tir", "call_tir_inplace", "call_tir_with_grad", "call_dps_packed", "call_py_func",
            "distributed.call_tir_local_view",
        ),
        _call_tir,
    ),
    **dict.fromkeys(("call_pure_packed", "call_inplace_packed"), _packed),
    **dict.fromkeys(("invoke_closure", "invoke_pure_closure", "make_closure", "call_builtin_with_ctx"), _closure),
    **dict.fromkeys(
        (
            "memory.alloc_storage", "memory.alloc_tensor", "memory.kill_storage", "memory.kill_tensor",
            "memory.ensure_zero_offset", "builtin.stop_lift_params", "null_value", "shape_of", "shape_to_tensor",
            "tensor_to_shape", "size", "grad.no_grad", "grad.start_checkpoint", "grad.end_checkpoint",
        ),
        _plain_call,
    ),
    "print": _print,
    "assert_op": _assert,
    "builtin.alloc_tensor": _alloc_tensor,
    "memory.view": _view,
}  # fmt: skip

BUILTINS: Mapping[str, Callable[[str], Creator]] = {
    **{path: partial(_bound, build, path) for path, build in _KINDS.items()},
    "linear": _linear,
    "masked_fill": _masked_fill,
    "nn.relu6": _relu6,
}
"""For each path under tvm.relax.op, what gives its function for a release."""
