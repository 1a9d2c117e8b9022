"""What a built-in is: everything about one operator that no card describes.

Deduction, purity, well-formedness, execution, the reader, the printer and the reference of operators derive from these
entries; :mod:`relax_core.builtins.table` has them all.
"""

from __future__ import annotations

import enum
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from relax_core.ir.expr import Call
from relax_core.ir.types import ObjectType, ShapeType, TensorType, TupleType, Type
from relax_core.types.leaves import OBJECT, VOID, type_of
from tensor_core import codes
from tensor_core.diagnostics import DiagnosticError, fail
from tensor_core.ops.card import PORTABLE, Field
from tensor_core.shapes import Shape

Infer = Callable[[Call, str], Type]
"""The result type of a call whose arguments are typed, in a release; raises a diagnostic where there is none."""


class Kind(enum.Enum):
    """What an argument is."""

    FUNCTION = "function"
    ARGUMENTS = "tuple of arguments"
    TENSOR = "tensor"
    SHAPE = "shape"
    SCALAR = "scalar"
    TEXT = "string"
    DTYPE = "element type"
    VALUE = "value"


class Form(enum.Enum):
    """How a script writes a call: ``R.name(...)`` and what follows."""

    PLAIN = "operands, attributes by name"
    RESULT = "function, tuple of arguments, result type, attributes"
    PACKED = "function, arguments, attributes, result types by keyword"
    CLOSURE = "function, tuple of arguments, result types"
    FORMATTED = "values, a format by keyword"


@dataclass(frozen=True, slots=True)
class Argument:
    """One argument. ``default``: what stands for it when a script leaves it out; None when it must be written.

    ``since``: the first release that has it; ``until``: the first one that has it no longer.
    """

    name: str
    kind: Kind = Kind.VALUE
    default: Any = None
    since: str = "0.19"
    until: str | None = None


@dataclass(frozen=True, slots=True)
class Attributes:
    """The attributes of a built-in from a release on; their values are what the fields of cards take."""

    type_key: str
    fields: tuple[Field, ...]
    since: str = "0.19"


@dataclass(frozen=True, slots=True, kw_only=True)
class Builtin:
    """One built-in.

    * ``arguments``: in order; of a ``variadic`` one, those before the others.
    * ``infer``: the result type. ``validate``: what must hold besides for a well-formed module (FValidate in TVM).
    * ``pure``: whether calls have no effect beside their result (FPurity).
    * ``run``: the result for a call and the values of its arguments. Without it a machine runs the call itself
      (calls of functions), or refuses it for the reason in ``refused``.
    * ``note``: in one line, what it is for.
    """

    name: str
    note: str
    arguments: tuple[Argument, ...] = ()
    infer: Infer
    form: Form = Form.PLAIN
    variadic: bool = False
    attributes: tuple[Attributes, ...] = ()
    pure: bool = True
    since: str = "0.19"
    validate: Callable[[Call], None] | None = None
    run: Callable[[Call, Sequence[Any]], Any] | None = None
    refused: str = ""

    def arguments_in(self, release: str) -> tuple[Argument, ...]:
        """The arguments that a release has."""
        wanted = version(release)
        return tuple(
            item
            for item in self.arguments
            if version(item.since) <= wanted and (item.until is None or wanted < version(item.until))
        )

    def attributes_in(self, release: str) -> Attributes | None:
        """The attributes that a release has, None for none."""
        wanted = version(release)
        known = [item for item in self.attributes if version(item.since) <= wanted]
        return known[-1] if known else None


def version(release: str) -> tuple[int, ...]:
    """A release such as "0.19" as numbers that compare; text for every release has the built-ins of the newest."""
    if release == PORTABLE:
        return (1000,)
    return tuple(map(int, release.split(".")))


# ---- what type rules are made of


def refused(call: Call, message: str, hint: str = "", code: codes.Code = codes.TYPE_MISMATCH) -> DiagnosticError:
    """The diagnostic of a call that breaks a rule."""
    return fail(code, f"{name_of(call)} {message}", call.span, hint)


def name_of(call: Call) -> str:
    """What a call calls, for messages."""
    return str(getattr(call.op, "name", "the callee"))


def argument(call: Call, place: int) -> Type:
    """The type of an argument; R2R0201 when there is none at this place, R2R0203 when it has no type."""
    if place >= len(call.args):
        message = f"takes at least {place + 1} arguments, got {len(call.args)}"
        raise refused(call, message, code=codes.ARITY)
    found = type_of(call.args[place])
    if found is None:
        raise fail(codes.UNRESOLVED_TYPE, f"argument {place} of {name_of(call)} has no type", call.span)
    return found


def tensor(call: Call, place: int = 0) -> TensorType:
    """The type of an argument that must be a tensor."""
    found = argument(call, place)
    if not isinstance(found, TensorType):
        raise refused(call, f"takes a tensor, got {found}", "use match_cast where only run time knows")
    return found


def dims_of(type_: TensorType) -> Shape | None:
    """The dimensions of a tensor as far as its type tells: its own, or those of the variable that is its shape."""
    own = type_of(type_.shape) if type_.dims is None and type_.shape is not None else None
    return own.values if isinstance(own, ShapeType) else type_.dims


def count(call: Call, number: int) -> None:
    """R2R0201 unless a call has exactly so many arguments."""
    if len(call.args) != number:
        raise refused(call, f"takes {number} arguments, got {len(call.args)}", code=codes.ARITY)


def stated_type(call: Call) -> Type | None:
    """The result type that a call itself states: of several types their tuple; None when it states none."""
    if not call.ty_args:
        return None
    return call.ty_args[0] if len(call.ty_args) == 1 else TupleType(call.ty_args)


def must_state(call: Call, release: str) -> Type:
    """The type that a call states; R2R0203 when it states none."""
    del release
    found = stated_type(call)
    if found is None:
        message = f"{name_of(call)} does not state its result type"
        raise fail(codes.UNRESOLVED_TYPE, message, call.span, "give the type of its result")
    return found


def nothing(call: Call, release: str) -> Type:
    """The type of what is done for its effect: the empty tuple."""
    del call, release
    return VOID


def null(call: Call, release: str) -> Type:
    """The type of no value, which is known to be none."""
    del call, release
    return ObjectType(value="null")


def anything(call: Call, release: str) -> Type:
    """The type of what nothing is known of."""
    del call, release
    return OBJECT
