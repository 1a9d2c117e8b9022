"""Lists of tensors of a known shape: one data type per element type and shape, in which dimensions may be open."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from relay_compat import op
from relay_compat.ir.adt import Constructor
from relay_compat.ir.expr import Var
from relay_compat.ir.types import Any as AnyDim
from relay_compat.ir.types import GlobalTypeVar, TensorType, TypeData
from relay_compat.tensor_arrays.common import ArrayOps, integer, rows, unpack

if TYPE_CHECKING:
    from relay_compat.prelude import Prelude

_OF_A_BATCH = frozenset({"tensor_constructor", "tensor_nil", "tensor_t"})
"""Names in which the batch is not written."""


def static_name(
    canonical: str,
    dtype: str,
    shape: Sequence[Any],
    batch_dim: int | None = None,
    extra_shapes: Mapping[str, Sequence[Any]] | None = None,
) -> str:
    """The name of what belongs to tensors of a shape, such as ``tensor_take_float32_3_any``."""
    shown = "_".join([_dims(shape)] if shape else [])
    shown += "".join(f"_{name}_{_dims(other)}" for name, other in (extra_shapes or {}).items())
    shown = shown or "scalar"
    if canonical == "tensor_t":
        return f"static_tensor_{dtype}_{shown}_t"
    batch = "batch1_" if batch_dim == 1 and canonical not in _OF_A_BATCH else ""
    return f"{canonical}_{dtype}_{batch}{shown}"


def _dims(shape: Sequence[Any]) -> str:
    return "_".join("any" if isinstance(dim, AnyDim) else str(int(dim)) for dim in shape)


class StaticTensorArrayOps(ArrayOps):
    """The functions for one element type and shape; :meth:`register` defines them all.

    Where rows are joined or taken the result has an open first dimension, and its own type. ``batch_dim=1`` is for
    lists of one element.
    """

    def __init__(self, prelude: Prelude, dtype: str, shape: Sequence[Any], batch_dim: int | None = None) -> None:
        super().__init__(prelude, dtype)
        self.shape = tuple(shape)
        self.batch_dim = batch_dim

    def get_name(self, canonical: str, extra_shapes: Mapping[str, Sequence[Any]] | None = None) -> str:
        """The name of a function, constructor or type for the shape."""
        return static_name(canonical, self.dtype, self.shape, self.batch_dim, extra_shapes)

    def get_type(self, canonical: str) -> GlobalTypeVar:
        """A type for the shape."""
        return self.prelude.get_type_static(canonical, self.dtype, self.shape)

    def get_ctor(self, canonical: str) -> Any:
        """A constructor of the type of tensors."""
        return self.prelude.get_ctor_static("tensor_t", canonical, self.dtype, self.shape)

    def define_tensor_adt(self) -> None:
        """The type of tensors: nothing, or a tensor of the shape. Defined once."""
        name = self.get_name("tensor_t")
        if any(var.name == name for var in self.prelude.mod.get_global_type_vars()):
            self.tensor_type_var = self.get_type("tensor_t")
            return
        header = self.tensor_type_var = GlobalTypeVar(name)
        empty = Constructor(self.get_name("tensor_nil"), (), header)
        held = TensorType(self.shape, self.dtype)
        full = Constructor(self.get_name("tensor_constructor"), (held,), header)
        self.prelude.mod[header] = TypeData(header, (), (empty, full))

    def define_tensor_take(self) -> None:
        """``tensor_take(tensor, lower, upper)``: rows of a tensor; not for scalars."""
        name = self.get_name("tensor_take")
        if not self.shape or self.is_cached(name):
            return
        part, tensor = self._open_rows(), Var("tensor", self.tensor)
        lower, upper, held = integer("lower"), integer("upper"), Var("t")
        taken = part.get_ctor("tensor_constructor")(rows(held, lower, upper, axis=0))
        body = unpack(tensor, self.get_ctor("tensor_constructor"), held, taken)
        self.define(self.declare("tensor_take"), [tensor, lower, upper], body, part.tensor)

    def define_tensor_concatenate(self) -> None:
        """``tensor_concatenate(x, y)``: two tensors joined along the first axis; not for scalars."""
        name = self.get_name("tensor_concatenate")
        if not self.shape or self.is_cached(name):
            return
        whole, pack = self._open_rows(), self.get_ctor("tensor_constructor")
        x, y, first, second = Var("x", self.tensor), Var("y", self.tensor), Var("t1"), Var("t2")
        joined = whole.get_ctor("tensor_constructor")(op.concatenate([first, second], axis=0))
        body = unpack(x, pack, first, unpack(y, pack, second, joined))
        self.define(self.declare("tensor_concatenate"), [x, y], body, whole.tensor)

    def define_tensor_expand_dims(self) -> None:
        """``tensor_expand_dims(tensor)``: the tensor with one more first axis, left open so that it can be joined."""
        tensor, held, grown = Var("x", self.tensor), Var("t"), self._stacked()
        result = grown.get_ctor("tensor_constructor")(op.expand_dims(held, 0, 1))
        body = unpack(tensor, self.get_ctor("tensor_constructor"), held, result)
        self.define(self.declare("tensor_expand_dims"), [tensor], body, grown.tensor)

    def define_tensor_array_read(self) -> None:
        """``tensor_array_read(array, n)``. Defined once."""
        if not self.is_cached(self.get_name("tensor_array_read")):
            super().define_tensor_array_read()

    def define_tensor_array_write(self) -> None:
        """``tensor_array_write(array, n, value)``. Defined once."""
        if not self.is_cached(self.get_name("tensor_array_write")):
            super().define_tensor_array_write()

    def define_tensor_array_unstack(self) -> None:
        """``tensor_array_unstack(tensor)``: a list of a tensor's rows; not for scalars."""
        if self.shape:
            row = self._of(self.shape[1:])
            name, helper = "tensor_array_unstack", "tensor_array_unstack_helper"
            pack, held = row.get_ctor("tensor_constructor"), TensorType(self.shape, self.dtype)
            self.define_unstack(name, helper, held, pack, row.tensors, axis=0)

    def define_tensor_array_scatter(
        self, indices_shape: Sequence[Any] | None = None, force_update: bool = False
    ) -> None:
        """``tensor_array_scatter(array, indices, values)``, for indices of a known number when ``indices_shape`` says
        so. Defined once unless ``force_update``.
        """
        extra_shapes = None if indices_shape is None else {"indices": indices_shape}
        if force_update or not self.is_cached(self.get_name("tensor_array_scatter", extra_shapes)):
            self.define_scatter(indices_shape, extra_shapes)

    def define_tensor_array_split(
        self,
        value_shape: Sequence[Any] | None = None,
        lengths_shape: Sequence[Any] | None = None,
        force_update: bool = False,
    ) -> None:
        """``tensor_array_split(array, value, lengths)``, for a value and lengths of known shapes when they are given;
        not for scalars. Defined once unless ``force_update``.
        """
        if not self.shape or (self.is_cached(self.get_name("tensor_array_split")) and not force_update):
            return
        part = self._open_rows()
        part.define_tensor_array_write()
        value = self
        if value_shape is not None:
            value = self._of(value_shape)
            value.define_tensor_take()
        write, take = part.get_global_var("tensor_array_write"), value.get_global_var("tensor_take")
        self.define_split(value.tensor, part.tensors, write, take, lengths_shape)

    def define_tensor_array_concat(self) -> None:
        """``tensor_array_concat(array)``: all elements joined; not for scalars. Defined once."""
        if self.shape and not self.is_cached(self.get_name("tensor_array_concat")):
            whole = self._open_rows()
            whole.define_tensor_concatenate()
            self.define_concat(whole.tensor, whole.get_global_var("tensor_concatenate"), whole.get_ctor("tensor_nil"))

    def define_tensor_array_stack(self) -> None:
        """``tensor_array_stack(array)``: the elements joined along a new first axis."""
        array, expand, prelude = (
            Var("tensor_array", self.tensors),
            self.get_global_var("tensor_expand_dims"),
            self.prelude,
        )
        whole = self._stacked()
        whole.define_tensor_concatenate()
        if self.batch_dim == 1:
            body = prelude.id(prelude.hd(prelude.map(expand, array)))
        else:
            body = self.stacked(expand, whole.get_global_var("tensor_concatenate"), array)
        self.define(self.declare("tensor_array_stack"), [array], body, whole.tensor)

    def define_tensor_array_gather(self) -> None:
        """``tensor_array_gather(array, indices)``: the stack of the elements with these numbers."""
        self.define_gather(self._stacked().tensor)

    def define_tensor_get_data(self) -> None:
        """``tensor_get_data(tensor)``: what the tensor value holds."""
        tensor, held = Var("tensor", self.tensor), Var("t")
        body = unpack(tensor, self.get_ctor("tensor_constructor"), held, held)
        self.define(self.declare("tensor_get_data"), [tensor], body, TensorType(self.shape, self.dtype))

    def register(self) -> None:
        """Define the type and all functions."""
        self.define_tensor_adt()
        self.define_tensor_take()
        self.define_tensor_concatenate()
        self.define_tensor_expand_dims()
        self.define_tensor_array()
        self.define_tensor_array_read()
        self.define_tensor_array_write()
        self.define_tensor_array_unstack()
        self.define_tensor_array_scatter()
        self.define_tensor_array_split()
        self.define_tensor_array_concat()
        self.define_tensor_array_stack()
        self.define_tensor_array_gather()
        self.define_tensor_get_data()

    def _of(self, shape: Sequence[Any]) -> StaticTensorArrayOps:
        """The same for another shape, its type defined."""
        result = StaticTensorArrayOps(self.prelude, self.dtype, shape, self.batch_dim)
        result.define_tensor_adt()
        return result

    def _open_rows(self) -> StaticTensorArrayOps:
        return self._of((AnyDim(), *self.shape[1:]))

    def _stacked(self) -> StaticTensorArrayOps:
        return self._of((1 if self.batch_dim == 1 else AnyDim(), *self.shape))
