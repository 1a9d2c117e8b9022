"""sparse_fill_empty_rows: how many rows there are shows at run time, so a tensor program writes up to the greatest
number and says how many it wrote; that many are kept.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import relax_core.ir.expr as relax
from migrate.forward.dynamic.operands import Operands
from migrate.forward.dynamic.twin import Twin, Writer, sizes_of, tensor
from tensor_core import prim, shapes
from tensor_core.loops.builder import LoopBuilder, loop, sequence, store, when
from tensor_core.loops.nodes import PrimFunc, Stmt
from tensor_core.prim import PrimExpr, Var
from tensor_core.shapes import as_expr
from tensor_core.types import TensorType, TupleType


def fill_empty_rows(_params: Any, operands: Operands) -> Twin:
    """The rows of coordinates and their values, a default for every row without one, and which rows those are."""
    indices = tensor(operands)
    known = operands.known(2)
    rows = operands.fresh("rows") if known is None else sizes_of(operands, 2)[0]
    count = operands.fresh("filled")
    width = indices.shape[1]
    result = TupleType(
        (TensorType((count, width), "int64"), TensorType((count,), "int64"), TensorType((rows,), "int64"))
    )
    uses = (0, 1, 3) if known is not None else (0, 1, 2, 3)

    def write(f: Writer, args: Sequence[Any]) -> relax.Expr:
        first = {"axes": (0,), "begin": (0,), "strides": (1,), "assume_inbound": True}
        places, values, shape, default = args
        if known is None:
            extent = f.call("strided_slice", shape, end=(1,), **first)
            f.read(extent if f.tensor_type(extent).dtype == "int64" else f.call("cast", extent, dtype="int64"), [rows])
        own = [f.tensor_type(value) for value in (places, values, default)]
        most = shapes.add(own[0].shape[0], rows)
        made = f.kernel(
            _kernel(own),
            (places, values, default),
            (
                TensorType((most, own[0].shape[1]), "int64"),
                TensorType((most,), "int64"),
                TensorType((rows,), "int64"),
                TensorType((1,), "int64"),
            ),
        )
        f.read(f.item(made, 3), [count])
        kept = [f.call("strided_slice", f.item(made, n), end=(count,), **first) for n in range(2)]
        return f.tuple(*kept, f.item(made, 2))

    return Twin(result, write, uses)


def _kernel(types: Sequence[TensorType]) -> PrimFunc:
    """The program for coordinates, values and the default. Rows are counted, then each coordinate goes behind those of
    its row that came before it: time and memory are linear. Coordinates of no row are left out.
    """
    b = LoopBuilder()
    places, values, default = (b.input(name, _own(name, type_)) for name, type_ in zip(_NAMES, types, strict=True))
    number, width = places.shape
    rows, most = Var("rows"), Var("most")
    at, total = b.scratch((rows,), "int64", "at"), b.local("total")
    filled, held = b.scratch((most, width), "int64", "T_filled_indices"), b.scratch((most,), "int64", "T_filled_values")
    empty, written = b.scratch((rows,), "int64", "T_empty_rows"), b.scratch((1,), "int64", "T_filled")

    def each(then: Callable[[Var, PrimExpr], Stmt]) -> Stmt:
        def body(n: Var) -> Stmt:
            row = places[n, 0].astype("int64")
            return when(prim.all_of([prim.const(0, "int64") <= row, row < rows]), then(n, row))

        return loop(number, body, "n")

    def clear(n: Var) -> Stmt:
        zeros = loop(width, lambda k: store(filled, (n, k), 0), "k")
        return sequence(zeros, store(held, (n,), default[(as_expr(0),) * default.rank].astype("int64")))

    def begin(row: Var) -> Stmt:
        alone = sequence(store(filled, (total.value, 0), row), total.set(total.value + 1))
        # Where the row begins takes the place of how many coordinates it has.
        size = at[row]
        several = sequence(total.set(total.value + size), store(at, (row,), total.value - size))
        return when(empty[row].equal(1), alone, several)

    def move(n: Var, row: PrimExpr) -> Stmt:
        copied = loop(width, lambda k: store(filled, (at[row], k), places[n, k].astype("int64")), "k")
        return sequence(copied, store(held, (at[row],), values[n].astype("int64")), store(at, (row,), at[row] + 1))

    b.emit(loop(rows, lambda row: sequence(store(at, (row,), 0), store(empty, (row,), 1)), "row"))
    b.emit(each(lambda _, row: sequence(store(at, (row,), at[row] + 1), store(empty, (row,), 0))))
    b.emit(loop(most, clear, "n"))
    b.emit(total.set(0))
    b.emit(loop(rows, begin, "row"))
    b.emit(each(move))
    b.emit(store(written, (0,), total.value))
    return b.finish("sparse_fill_empty_rows", [filled, held, empty, written])


_NAMES = ("indices", "values", "default")


def _own(name: str, type_: TensorType) -> TensorType:
    """An array's type in variables of the program: equal sizes of several arrays need not be known as equal."""
    dims = (dim if isinstance(dim, int) else Var(f"{name}_{axis}") for axis, dim in enumerate(type_.shape))
    return TensorType(tuple(dims), type_.dtype)
