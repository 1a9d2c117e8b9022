"""Attributes in text: ``name=value`` lists of calls and functions."""

from __future__ import annotations

from typing import Any

from relay_compat.ir.values import TypedFloat, TypedInt
from relay_compat.text.literals import BadLiteral, plain_name, read_number, read_string
from relay_compat.text.types import TypeParser
from tensor_core import codes


class AttributeParser(TypeParser):
    """Reads attribute values. Plain Python numbers stand for int32 and float32, other widths for typed numbers."""

    def attributes(self) -> dict[str, tuple[Any, int]]:
        """Read ``name=value`` pairs up to something else: values with the token index of each name. R2R0109 for a name
        that is there twice.
        """
        result: dict[str, tuple[Any, int]] = {}
        while self.kinds[self.position] == "name" and self.kinds[self.position + 1] == "=":
            index = self.position
            name = plain_name(self.texts[index])
            if name in result:
                raise self.error(codes.DUPLICATE_NAME, f"attribute {name} is given twice", self.span_of(index))
            self.position = index + 2
            result[name] = self.attribute_value(0), index
            self.accept(",")
        return result

    def attribute_value(self, depth: int) -> Any:
        """Read one value."""
        self.nested(depth)
        position = self.position
        kind, text = self.kinds[position], self.texts[position]
        self.position = position + 1
        match kind:
            case "number":
                return self.number(position)
            case "string":
                return read_string(text)
            case "bool":
                return text == "True"
            case "meta":
                return self.resolve_meta(position)
            case "[":
                return self._list(position, depth)
            case "(":
                value = self.attribute_value(depth + 1)
                self.expect(")", "after an attribute value", position)
                return value
            case "name" if text in ("None", "nullptr"):
                return None
            case "local" | "graph":
                return self.variable(position)
            case _:
                self.position = position
                raise self.unexpected("expected an attribute value")

    def variable(self, index: int) -> Any:
        """The expression that the variable at this token stands for: R2R0103 where nothing has names."""
        raise self.error(codes.UNDEFINED_NAME, f"undefined variable {self.texts[index]}", self.span_of(index))

    def number(self, index: int) -> int | float:
        """The number at a token."""
        value, dtype = self.literal(index)
        if isinstance(value, int):
            return value if dtype == "int32" else TypedInt(value, dtype)
        return value if dtype == "float32" else TypedFloat(value, dtype)

    def literal(self, index: int) -> tuple[int | float, str]:
        """The value and dtype of the number at a token. R2R0108 for a text that is no number."""
        try:
            return read_number(self.texts[index])
        except BadLiteral as problem:
            raise self.error(codes.BAD_LITERAL, str(problem), self.span_of(index)) from None

    def _list(self, opened: int, depth: int) -> tuple[Any, ...]:
        result: list[Any] = []
        while not self.accept("]"):
            result.append(self.attribute_value(depth + 1))
            if not self.accept(",") and self.kinds[self.position] != "]":
                raise self.unexpected("expected ',' or ']' in a list", opened)
        return tuple(result)
