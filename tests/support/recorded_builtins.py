"""The recorded calls of built-ins (tests/corpus/builtins): scripts, with the types that releases deduced for them."""

import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from relax_core.ir.expr import Var
from relax_core.ir.types import PrimType, ShapeType, TensorType, TupleType, Type
from tensor_core import prim

CORPUS = Path(__file__).resolve().parents[1] / "corpus"
sys.path.insert(0, str(CORPUS))
from builtin_rows import module_text  # noqa: E402


@dataclass(frozen=True)
class Row:
    """One script: its body, what the release deduced for its result (None: refused), whether it was well formed."""

    release: str
    body: str
    type: str | None
    well_formed: bool

    @property
    def text(self) -> str:
        return module_text(self.body, self.release)

    def __str__(self) -> str:
        return f"{self.release}-{self.body}"


def rows(release: str) -> Iterator[Row]:
    """What was recorded of a release."""
    for line in (CORPUS / "builtins" / f"{release}.tsv").read_text().splitlines():
        body, found, *rest = line.split("\t")
        yield Row(release, body.replace("; ", "\n"), None if found == "!" else found, rest == ["True"])


SHORT = {"float16": "f16", "float32": "f32", "float64": "f64", "int8": "i8", "int32": "i32", "int64": "i64", "": "_"}


def type_text(type_: Type) -> str:
    """A type as the recording writes it."""
    match type_:
        case TensorType():
            unknown = f"?{type_.ndim if type_.ndim >= 0 else ''}"
            inner = unknown if type_.dims is None else ",".join(map(dim_text, type_.dims))
            inner = f"${type_.shape.name}" if isinstance(type_.shape, Var) else inner
            return f"{SHORT.get(type_.dtype, type_.dtype)}[{inner}]"
        case ShapeType():
            unknown = f"?{type_.ndim if type_.ndim >= 0 else ''}"
            return f"S[{unknown if type_.values is None else ','.join(map(dim_text, type_.values))}]"
        case PrimType():
            return f"P[{type_.dtype}{'' if type_.value is None else '=' + dim_text(type_.value)}]"
        case TupleType():
            return "{" + ";".join(map(type_text, type_.fields)) + "}"
        case _:
            return "O"


def dim_text(item: Any) -> str:
    if isinstance(item, prim.Binary):
        return f"({dim_text(item.a)}{item.symbol}{dim_text(item.b)})"
    return item.name if isinstance(item, prim.Var) else str(int(getattr(item, "value", item)))
