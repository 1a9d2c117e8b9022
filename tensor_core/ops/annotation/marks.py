"""Marks that passes and users leave in a program; each gives its argument as it is, whatever its type.

They say where a region for an external compiler begins and ends, where fusion must stop, what may be recomputed, on
which device a value lives, where the debugger is to stop. annotation.with_funcid is a mark that partial evaluation puts
on functions while it runs; TVM 0.19 has no type rule for it, so it types no program that holds one.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from tensor_core.fragment import Fragment
from tensor_core.ops import draw
from tensor_core.ops.card import Effect, Field, Input, Kind, Law, NoParams, OpCard, Pattern, Reject, RelaySpelling
from tensor_core.ops.draw import Draw, Drawn
from tensor_core.types import TensorType, TupleType, Type


@dataclass(frozen=True, slots=True)
class CastHint:
    """``dtype``: the element type that quantization is advised to use."""

    dtype: str


@dataclass(frozen=True, slots=True)
class Compiler:
    """``compiler``: the name of the external compiler whose region begins or ends."""

    compiler: str


@dataclass(frozen=True, slots=True)
class OnDevice:
    """``virtual_device``: where the body lives, None for anywhere; whether that binds the result and the body."""

    virtual_device: Any
    constrain_result: bool
    constrain_body: bool


@dataclass(frozen=True, slots=True)
class DeviceCopy:
    """From which device to which."""

    src_virtual_device: Any
    dst_virtual_device: Any


@dataclass(frozen=True, slots=True)
class FuncId:
    """``fid``: the number by which partial evaluation knows the function."""

    fid: int


@dataclass(frozen=True, slots=True)
class Debug:
    """``debug_func``: the function that TVM's debugger calls with the value; here nothing is called."""

    debug_func: Any


def _infer(_params: Any, type_: Type) -> Type:
    return type_


def _infer_function(_params: FuncId, _type: Type) -> Type:
    raise Reject("TVM has no type rule for it", 0)


def _reference(_params: Any, value: Any) -> Any:
    if type(value) not in (np.ndarray, tuple):
        raise TypeError("only arrays and tuples can be marked")
    return value


def _expand(_params: Any, _f: Fragment[Any], value: Any) -> Any:
    return value


def _mark(
    name: str,
    params: type[Any] = NoParams,
    attrs: str | None = None,
    fields: tuple[Field, ...] = (),
    declared: bool = True,
    effects: frozenset[Effect] = frozenset(),
    made: Callable[[Draw], Any] | None = None,
) -> OpCard[Any]:
    def draw_call(d: Draw) -> Drawn:
        marked = TensorType(d.any_shape(), d.one_of(*draw.EVERY))
        other = TensorType(d.any_shape(), d.one_of(*draw.EVERY))
        return Drawn(made(d) if made else params(), (TupleType((marked, other)) if d.flag() else marked,))

    return OpCard(
        name=name,
        inputs=(Input("data"),),
        params=params,
        infer=_infer,
        reference=_reference,
        expand=_expand,
        relay=RelaySpelling(
            name=name, attrs_type=f"relay.attrs.{attrs}" if attrs else None, fields=fields, declared=declared
        ),
        pattern=Pattern.OPAQUE,
        effects=effects,
        laws=frozenset({Law.IDEMPOTENT, Law.INVOLUTION, Law.MOVES}),
        draw=draw_call,
    )


def _hint(d: Draw) -> CastHint:
    return CastHint(d.one_of("int8", "int32", "float16"))


def _compiler(d: Draw) -> Compiler:
    return Compiler(d.one_of("dnnl", "ccompiler"))


_COMPILER = (Field("compiler", Kind.STR),)

CARDS = (
    OpCard(
        name="annotation.with_funcid",
        inputs=(Input("data"),),
        params=FuncId,
        infer=_infer_function,
        relay=RelaySpelling(
            name="annotation.with_funcid",
            attrs_type="relay.attrs.WithFuncIdAttrs",
            fields=(Field("fid", Kind.INT, -1),),
            declared=False,
        ),
        pattern=Pattern.OPAQUE,
        refused="partial evaluation marks functions with it while it runs, and TVM has no type rule for it",
    ),
    *(_mark(f"annotation.{name}") for name in ("stop_fusion", "checkpoint", "bitpack_start", "bitpack_end")),
    _mark("annotation.cast_hint", CastHint, "CastHintAttrs", (Field("dtype", Kind.DTYPE),), declared=False, made=_hint),
    _mark("annotation.compiler_begin", Compiler, "CompilerAttrs", _COMPILER, declared=False, made=_compiler),
    _mark("annotation.compiler_end", Compiler, "CompilerAttrs", _COMPILER, declared=False, made=_compiler),
    _mark(
        "on_device",
        OnDevice,
        "OnDeviceAttrs",
        (
            Field("virtual_device", Kind.EXPR, None, optional=True),
            Field("constrain_result", Kind.BOOL, False),
            Field("constrain_body", Kind.BOOL, True),
        ),
        made=lambda d: OnDevice(None, d.flag(), not d.flag()),
    ),
    _mark(
        "device_copy",
        DeviceCopy,
        "DeviceCopyAttrs",
        (
            Field("src_virtual_device", Kind.EXPR, optional=True),
            Field("dst_virtual_device", Kind.EXPR, optional=True),
        ),
        made=lambda _: DeviceCopy(None, None),
    ),
    _mark(
        "debug",
        Debug,
        "DebugAttrs",
        (Field("debug_func", Kind.EXPR, optional=True),),
        effects=frozenset({Effect.OUTPUT}),
        made=lambda _: Debug(None),
    ),
)
