"""Types in text: reading (grammar of TVM 0.19's parser, and the forms that only its printer writes)."""

from __future__ import annotations

import re
from typing import Any

from relay_compat.ir.types import (
    FuncType,
    GlobalTypeVar,
    IncompleteType,
    RefType,
    TensorType,
    TupleType,
    Type,
    TypeCall,
    TypeKind,
    TypeVar,
)  # fmt: skip
from relay_compat.ir.values import TypedInt
from relay_compat.text.cursor import Cursor
from relay_compat.text.literals import plain_name
from relay_compat.text.tokens import Tokens
from tensor_core import codes, dtypes
from tensor_core.diagnostics import did_you_mean
from tensor_core.limits import Limits
from tensor_core.prim import PrimExpr
from tensor_core.shapes import ANY, Dim

_KNOWN = (
    "float32",
    "float64",
    "float16",
    "bfloat16",
    "int8",
    "int16",
    "int32",
    "int64",
    "uint8",
    "uint16",
    "uint32",
    "uint64",
    "bool",
)
_NONE: dict[str, TypeVar] = {}
"""What stands for the type variables by token where equal tokens do not mean one variable."""
_KINDS = {str(int(kind)) for kind in TypeKind}
_VECTOR = re.compile(r"(?:u?int[0-9]{1,2}|float[0-9]{1,2})x[1-9][0-9]{0,3}")
"""Element types of several lanes: types that can be written, though nothing computes with them."""
_LARGEST_DIM = (1 << 63) - 1


def _is_dtype(text: str) -> bool:
    return text in dtypes.ALIASES or dtypes.is_known(text) or _VECTOR.fullmatch(text) is not None


class TypeParser(Cursor):
    """Reads types. ``type_names`` are the algebraic data types by name; ``type_scope`` the type parameters in force."""

    def __init__(self, tokens: Tokens, limits: Limits) -> None:
        super().__init__(tokens, limits)
        self.type_names: dict[str, GlobalTypeVar] = {}
        self.type_scope: dict[str, TypeVar] = {}
        self.type_tokens: dict[str, TypeVar] = _NONE
        self._tensor_types: dict[str, TensorType] = {}

    def resolve_meta(self, index: int) -> Any:
        """The object behind the meta reference at this token: R2R0107 where a text has no metadata."""
        raise self.error(codes.BAD_METADATA, "the text has no metadata section", self.span_of(index))

    def type(self, depth: int = 0) -> Type:
        """Read one type."""
        kind, text = self.kinds[self.position], self.texts[self.position]
        if kind == "tensor":
            self.position += 1
            return self._tensor_types.get(text) or self._plain_tensor(text)
        self.nested(depth)
        if kind == "name":
            return self._named_type(text, depth)
        if kind == "(":
            return TupleType(tuple(self.types("(", ")", depth + 1)))
        if kind == "fn":
            return self._function(depth)
        if kind == "ref":
            self.position += 1
            (value,) = self.types("(", ")", depth + 1) or [None]
            if value is None:
                raise self.unexpected("expected the type that the reference holds")
            return RefType(value)
        if kind == "_":
            self.position += 1
            return IncompleteType()
        if kind == "meta":
            return self._meta_type()
        if kind == "type":
            return self._bare_name()
        raise self.unexpected("expected a type")

    def annotation(self, mark: str) -> Type | None:
        """Read a type behind ``mark`` if that is next; ``_`` by itself annotates nothing."""
        if not self.accept(mark) or self.accept("_"):
            return None
        return self.type()

    def types(self, opening: str, closing: str, depth: int) -> list[Type]:
        """Read types between two brackets, separated by commas, one of which may trail."""
        opened = self.position
        self.expect(opening, "before types")
        result: list[Type] = []
        while not self.accept(closing):
            result.append(self.type(depth))
            if not self.accept(",") and self.kinds[self.position] != closing:
                raise self.unexpected(f"expected ',' or {closing!r} after a type", opened)
        return result

    def _plain_tensor(self, text: str) -> TensorType:
        shape, dtype = text[8:-1].rsplit(")", 1)
        index = self.position - 1
        dims = tuple(self._dim(item.strip(), index) for item in shape.split(",")) if shape else ()
        result = self._tensor_types[text] = TensorType(
            self._checked_rank(dims, index), self._dtype(dtype[1:].strip(), index)
        )
        return result

    def _checked_rank(self, dims: tuple[Dim, ...], index: int) -> tuple[Dim, ...]:
        if len(dims) > self.limits.dims:
            raise self.error(
                codes.LIMIT, f"a tensor of {len(dims)} dimensions, the limit is {self.limits.dims}", self.span_of(index)
            )
        return dims

    def _dim(self, text: str, index: int) -> Dim:
        if text == "?":
            return ANY
        digits = text.removesuffix("i64")
        if not digits.isdigit() or len(digits) > 19 or int(digits) > _LARGEST_DIM:
            raise self.error(
                codes.BAD_LITERAL, f"{text[:40]} is no dimension", self.span_of(index), "write an integer or ?"
            )
        return int(digits) if digits == text else TypedInt(int(digits), "int64")

    def _dtype(self, text: str, index: int) -> str:
        if not _is_dtype(text):
            raise self.error(
                codes.SYNTAX, f"unknown element type {text}", self.span_of(index), did_you_mean(text, _KNOWN)
            )
        return text

    def _named_type(self, text: str, depth: int) -> Type:
        index = self.position
        self.position += 1
        if text == "Tensor":
            return self._tensor(index)
        head = self.type_scope.get(text) or self.type_names.get(plain_name(text))
        if head is None:
            if _is_dtype(text):
                return TensorType((), text)
            known = (*self.type_scope, *self.type_names, "Tensor", *_KNOWN)
            raise self.error(
                codes.UNDEFINED_NAME, f"undefined type {text}", self.span_of(index), did_you_mean(text, known)
            )
        applied = self.kinds[self.position] == "["
        args = self.types("[", "]", depth + 1) if applied else []
        return TypeCall(head, tuple(args)) if applied or isinstance(head, GlobalTypeVar) else head

    def _bare_name(self) -> Type:
        """Read ``type T``: the name of a data type that is applied to nothing, not even to no arguments."""
        self.position += 1
        name = plain_name(self.expect("name", "after type"))
        if name not in self.type_names:
            hint = did_you_mean(name, self.type_names)
            raise self.error(codes.UNDEFINED_NAME, f"undefined type {name}", self.span_of(self.position - 1), hint)
        return self.type_names[name]

    def _tensor(self, index: int) -> TensorType:
        self.expect("[", "after Tensor")
        opened = self.position
        self.expect("(", "before the dimensions")
        dims: list[Dim] = []
        while not self.accept(")"):
            position = self.position
            self.position += 1
            if self.kinds[position] == "meta":
                dims.append(self._meta_dim(position))
            elif self.kinds[position] in ("number", "?"):
                dims.append(self._dim(self.texts[position], position))
            else:
                self.position = position
                raise self.unexpected("expected a dimension", opened)
            if not self.accept(",") and self.kinds[self.position] != ")":
                raise self.unexpected("expected ',' or ')' after a dimension", opened)
        self.expect(",", "before the element type")
        dtype = self._dtype(self.expect("name", "as the element type"), self.position - 1)
        self.expect("]", "after the element type")
        return TensorType(self._checked_rank(tuple(dims), index), dtype)

    def _meta_dim(self, index: int) -> Dim:
        value = self.resolve_meta(index)
        if isinstance(value, int | PrimExpr):
            return value
        raise self.error(codes.BAD_METADATA, f"{self.texts[index]} is no dimension", self.span_of(index))

    def _meta_type(self) -> Type:
        value = self.resolve_meta(self.position)
        if not isinstance(value, Type):
            raise self.error(codes.BAD_METADATA, f"{self.texts[self.position]} is no type", self.span_of(self.position))
        self.position += 1
        return value

    def _function(self, depth: int) -> Type:
        self.position += 1
        outer = self.type_scope
        params = self.type_params()
        arguments = self.types("(", ")", depth + 1)
        self.expect("->", "before the result type")
        result = self.type(depth + 1)
        self.type_scope = outer
        return FuncType(tuple(arguments), result, params)

    def _type_kind(self) -> int:
        text = self.expect("number", "as the kind of a type parameter")
        if text not in _KINDS:
            raise self.error(codes.BAD_LITERAL, f"{text} is no kind of a type", self.span_of(self.position - 1))
        return TypeKind(int(text))

    def type_params(self) -> tuple[TypeVar, ...]:
        """Read ``[A, B]`` if it is next and put the type parameters in scope; the caller restores ``type_scope``."""
        if self.kinds[self.position] != "[":
            return ()
        opened = self.position
        self.position += 1
        self.type_scope = dict(self.type_scope)
        result: list[TypeVar] = []
        while not self.accept("]"):
            token = self.expect("name", "as a type parameter")
            kind = self._type_kind() if self.accept("=") else TypeKind.Type
            var = self.type_tokens.get(token) or TypeVar(plain_name(token), kind)
            if self.type_tokens is not _NONE:
                self.type_tokens[token] = var
            self.type_scope[token] = var
            result.append(var)
            if not self.accept(",") and self.kinds[self.position] != "]":
                raise self.unexpected("expected ',' or ']' after a type parameter", opened)
        return tuple(result)
