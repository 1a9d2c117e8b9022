"""What lists of tensors of unknown and of known shape share: functions that need only the names of others."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from relay_compat import op
from relay_compat.ir.adt import Clause, Constructor, Match, PatternConstructor, PatternVar, PatternWildcard
from relay_compat.ir.expr import Call, Expr, Function, GlobalVar, If, Var
from relay_compat.ir.make import const
from relay_compat.ir.types import Any as AnyDim
from relay_compat.ir.types import GlobalTypeVar, TensorType, Type, scalar_type

if TYPE_CHECKING:
    from relay_compat.prelude import Prelude

INT = scalar_type("int32")


def integer(name: str) -> Var:
    """A variable for an int32 number."""
    return Var(name, INT)


def indices_var(name: str, shape: Sequence[Any] | None = None) -> Var:
    """A variable for a vector of int32 numbers, of any length unless a shape is given."""
    return Var(name, TensorType(tuple(shape or (AnyDim(),)), "int32"))


def length_of(vector: Expr) -> Expr:
    """The extent of the first axis."""
    return op.take(op.shape_of(vector), const(0))


def rows(tensor: Expr, lower: Expr, upper: Expr, axis: int | None = None) -> Expr:
    """The part of a tensor from row ``lower`` up to but excluding ``upper``."""
    return op.take(tensor, op.arange(lower, upper, dtype="int32"), axis=axis)


def unpack(value: Expr, constructor: Constructor, inner: Var, result: Expr) -> Match:
    """A match of ``value`` with the one arm ``constructor(inner) => result``."""
    return Match(value, (Clause(PatternConstructor(constructor, (PatternVar(inner),)), result),), False)


class ArrayOps:
    """Defines functions on lists of tensors in a prelude's module; each ``define_*`` adds one, or replaces it."""

    tensor_type_var: GlobalTypeVar

    def __init__(self, prelude: Prelude, dtype: str) -> None:
        self.prelude = prelude
        self.dtype = dtype
        self.list, self.cons, self.nil = prelude.mod.get_type("List")

    def get_name(self, canonical: str, extra_shapes: Any = None) -> str:
        """The name of a function, constructor or type of this family."""
        raise NotImplementedError(f"{type(self).__name__} names nothing ({canonical}, {extra_shapes})")

    def get_global_var(self, canonical: str) -> GlobalVar:
        """A function of this family; R2R0603 when it is not defined."""
        return self.prelude.mod.get_global_var(self.get_name(canonical))

    def get_ctor(self, canonical: str) -> Any:
        """A constructor of the type of tensors."""
        raise NotImplementedError(f"{type(self).__name__} has no constructor {canonical}")

    def is_cached(self, name: str) -> bool:
        """Whether the module has a function of this name."""
        return name in self.prelude.mod

    @property
    def tensor(self) -> Type:
        """The type of a tensor in the list."""
        return self.tensor_type_var()

    @property
    def tensors(self) -> Type:
        """The type of a list of tensors."""
        return self.list(self.tensor)

    def declare(self, canonical: str, extra_shapes: Any = None) -> GlobalVar:
        """The name of a function of this family: the module's, or a new one."""
        name = self.get_name(canonical, extra_shapes)
        return self.prelude.mod.get_global_var(name) if self.is_cached(name) else GlobalVar(name)

    def define(self, name: GlobalVar, params: Sequence[Var], body: Any, result: Type) -> None:
        """Set a function of the module."""
        self.prelude.mod[name] = Function(tuple(params), body, result)

    # ------------------------------------------------------------ element by element

    def define_tensor_array(self) -> None:
        """``tensor_array(n)``: a list of ``n`` empty places."""
        name, n = self.declare("tensor_array"), integer("x")
        rest = name(op.subtract(n, const(1)))
        more = self.cons(self.get_ctor("tensor_nil")(), rest)
        self.define(name, [n], If(op.equal(n, const(0)), self.nil(), more), self.tensors)

    def define_tensor_array_read(self) -> None:
        """``tensor_array_read(array, n)``: the element with number ``n``."""
        array, n = Var("tensor_array", self.tensors), integer("x")
        self.define(self.declare("tensor_array_read"), [array, n], self.prelude.nth(array, n), self.tensor)

    def define_tensor_array_write(self) -> None:
        """``tensor_array_write(array, n, value)``: the list with another element ``n``."""
        array, n, value = Var("tensor_array", self.tensors), integer("x"), Var("v", self.tensor)
        body = self.prelude.update(array, n, value)
        self.define(self.declare("tensor_array_write"), [array, n, value], body, self.tensors)

    # ------------------------------------------------------------ many elements at once

    def define_scatter(self, indices_shape: Sequence[Any] | None, extra_shapes: Any) -> None:
        """``tensor_array_scatter(array, indices, values)``: element ``indices[k]`` becomes ``values[k]``."""
        step = self.declare("tensor_array_scatter_helper", extra_shapes)
        array, current, limit = Var("ta", self.tensors), integer("current"), integer("limit")
        indices, values = indices_var("indices_", indices_shape), Var("values_", self.tensors)
        write, read = self.get_global_var("tensor_array_write"), self.get_global_var("tensor_array_read")
        written = write(array, op.take(indices, current), read(values, current))
        rest = step(written, op.add(current, const(1)), limit, indices, values)
        body = If(op.equal(current, limit), array, rest)
        self.define(step, [array, current, limit, indices, values], body, self.tensors)

        array, indices = Var("tensor_array", self.tensors), indices_var("indices", indices_shape)
        values = Var("values", self.tensors)
        count = length_of(indices) if indices_shape is None else const(int(indices_shape[0]))
        body = step(array, const(0), count, indices, values)
        name = self.declare("tensor_array_scatter", extra_shapes)
        self.define(name, [array, indices, values], body, self.tensors)

    def define_split(
        self, value_type: Type, arrays: Type, write: GlobalVar, take: GlobalVar, shape: Sequence[Any] | None
    ) -> None:
        """``tensor_array_split(array, value, lengths)``: element ``k`` becomes the next ``lengths[k]`` rows."""
        step = self.declare("ta_split_helper")
        array, value, offset = Var("tensor_array", arrays), Var("value1", value_type), integer("offset1")
        current, limit, lengths = integer("current1"), integer("limit1"), indices_var("lengths", shape)
        after = op.add(offset, op.take(lengths, current))
        rest = step(array, value, after, op.add(current, const(1)), limit, lengths)
        part = take(value, offset, op.add(op.take(lengths, current), offset))
        body = If(op.equal(current, limit), array, write(rest, current, part))
        self.define(step, [array, value, offset, current, limit, lengths], body, arrays)

        array, value, lengths = Var("tensor_array", arrays), Var("value", value_type), indices_var("lengths", shape)
        count = length_of(lengths) if shape is None else const(int(shape[0]))
        body = step(array, value, const(0), const(0), count, lengths)
        self.define(self.declare("tensor_array_split"), [array, value, lengths], body, arrays)

    def define_concat(self, result: Type, join: GlobalVar, empty: Constructor) -> None:
        """``tensor_array_concat(array)``: all elements joined along their first axis."""
        name, array = self.declare("tensor_array_concat"), Var("tensor_array", self.list(result))
        head, tail = Var("hd"), Var("tl")
        joined = join(head, name(tail))
        more = Match(tail, (Clause(PatternConstructor(self.nil), head), Clause(PatternWildcard(), joined)), False)
        taken = PatternConstructor(self.cons, (PatternVar(head), PatternVar(tail)))
        arms = [Clause(PatternConstructor(self.nil), Call(empty, ())), Clause(taken, more)]
        self.define(name, [array], Match(array, tuple(arms), False), result)

    def define_gather(self, result: Type) -> None:
        """``tensor_array_gather(array, indices)``: the stack of the elements with these numbers."""
        step = self.declare("tensor_array_gather_helper")
        stack, read = self.get_global_var("tensor_array_stack"), self.get_global_var("tensor_array_read")
        array, found = Var("ta", self.tensors), Var("accu", self.tensors)
        current, limit, indices = integer("current"), integer("limit"), indices_var("indices_")
        item = read(array, op.take(indices, op.subtract(current, const(1))))
        rest = step(array, self.cons(item, found), op.subtract(current, const(1)), limit, indices)
        body = If(op.equal(current, const(0)), stack(found), rest)
        self.define(step, [array, found, current, limit, indices], body, result)

        array, indices = Var("tensor_array", self.tensors), indices_var("indices")
        count = length_of(indices)
        body = step(array, self.nil(), count, count, indices)
        self.define(self.declare("tensor_array_gather"), [array, indices], body, result)

    def define_unstack(
        self, name: str, helper: str, tensor: TensorType, pack: Constructor, result: Type, axis: int | None
    ) -> None:
        """``tensor_array_unstack(tensor)``: a list of the tensor's rows."""
        step, rows_of = self.declare(helper), Var("t", tensor)
        current, limit = integer("i"), integer("up")
        item = pack(op.take(rows_of, current, axis=axis))
        more = self.cons(item, step(op.add(current, const(1)), limit, rows_of))
        body = If(op.equal(current, limit), self.nil(), more)
        self.define(step, [current, limit, rows_of], body, result)

        whole = Var("tensor", tensor)
        self.define(self.declare(name), [whole], step(const(0), length_of(whole), whole), result)

    def stacked(self, expand: GlobalVar, join: GlobalVar, array: Var) -> Expr:
        """The elements joined along a new first axis."""
        rows_of = self.prelude.map(expand, array)
        return self.prelude.foldl(join, self.prelude.hd(rows_of), self.prelude.tl(rows_of))
