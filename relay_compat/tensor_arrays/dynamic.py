"""Lists of tensors of unknown shape: one data type per element type, with a constructor for every rank up to 6."""

from __future__ import annotations

from typing import Any

from relay_compat import op
from relay_compat.ir.adt import Clause, Constructor, Match, PatternConstructor, PatternVar
from relay_compat.ir.expr import Expr, Let, Var
from relay_compat.ir.types import Any as AnyDim
from relay_compat.ir.types import GlobalTypeVar, TensorType, TypeData
from relay_compat.tensor_arrays.common import ArrayOps, integer, rows, unpack

_RANKS = 7
_JOINED_RANKS = 5
"""Tensors of higher rank are never joined."""


class TensorArrayOps(ArrayOps):
    """The functions for one element type; :meth:`register` defines them all."""

    def get_name(self, canonical: str, extra_shapes: Any = None) -> str:
        """The name of a function, constructor or type for the element type."""
        del extra_shapes
        return self.prelude.get_name(canonical, self.dtype)

    def get_type(self, canonical: str) -> GlobalTypeVar:
        """A type for the element type."""
        return self.prelude.get_type(canonical, self.dtype)

    def get_ctor(self, canonical: str) -> Any:
        """A constructor of the type of tensors."""
        return self.prelude.get_ctor(self.tensor_type_var.name, canonical, self.dtype)

    def define_tensor_adt(self) -> None:
        """The type of tensors: nothing, or a tensor of rank 0 to 6."""
        header = self.tensor_type_var = GlobalTypeVar(self.get_name("tensor_t"))
        constructors = [Constructor(self.get_name("tensor_nil"), (), header)]
        for rank in range(_RANKS):
            held = TensorType((AnyDim(),) * rank, self.dtype)
            constructors.append(Constructor(self.get_name(f"tensor{rank}"), (held,), header))
        self.prelude.mod[header] = TypeData(header, (), tuple(constructors))

    def define_tensor_take(self) -> None:
        """``tensor_take(tensor, lower, upper)``: rows of a tensor."""
        tensor, lower, upper = Var("tensor", self.tensor), integer("lower"), integer("upper")
        arms: list[Clause] = []
        for rank in range(1, _RANKS):
            pack, held = self._rank(rank), Var(f"t{rank}")
            part = rows(held, lower, upper, None if rank == 1 else 0)
            arms.append(Clause(PatternConstructor(pack, (PatternVar(held),)), pack(part)))
        self.define(self.declare("tensor_take"), [tensor, lower, upper], Match(tensor, tuple(arms), False), self.tensor)

    def define_tensor_expand_dims(self) -> None:
        """``tensor_expand_dims(tensor)``: the tensor with a first axis of extent 1 more."""
        tensor = Var("x", self.tensor)
        arms: list[Clause] = []
        for rank in range(_RANKS - 1):
            held = Var(f"t{rank}")
            grown = self._rank(rank + 1)(op.expand_dims(held, 0, 1))
            arms.append(Clause(PatternConstructor(self._rank(rank), (PatternVar(held),)), grown))
        self.define(self.declare("tensor_expand_dims"), [tensor], Match(tensor, tuple(arms), False), self.tensor)

    def define_tensor_concat(self) -> None:
        """``tensor_concatenate(x, y)``: two tensors of one rank joined along the first axis."""
        x, y = Var("x", self.tensor), Var("y", self.tensor)
        arms: list[Clause] = []
        for rank in range(1, _JOINED_RANKS):
            pack, first, second = self._rank(rank), Var(f"t{rank}1"), Var(f"t{rank}2")
            joined = pack(op.concatenate([first, second], axis=0))
            arms.append(Clause(PatternConstructor(pack, (PatternVar(first),)), unpack(y, pack, second, joined)))
        self.define(self.declare("tensor_concatenate"), [x, y], Match(x, tuple(arms), False), self.tensor)

    def define_tensor_array_unstack(self) -> None:
        """``tensor_array_unstack_tensor<rank>(tensor)``: a list of a tensor's rows, for every rank."""
        for rank in range(1, _RANKS):
            name = f"tensor_array_unstack_tensor{rank}"
            tensor = TensorType((AnyDim(),) * rank, self.dtype)
            axis = None if rank == 1 else 0
            self.define_unstack(name, f"{name}_helper", tensor, self._rank(rank - 1), self.tensors, axis)

    def define_tensor_array_scatter(self) -> None:
        """``tensor_array_scatter(array, indices, values)``."""
        self.define_scatter(None, None)

    def define_tensor_array_split(self) -> None:
        """``tensor_array_split(array, value, lengths)``."""
        write, take = self.get_global_var("tensor_array_write"), self.get_global_var("tensor_take")
        self.define_split(self.tensor, self.tensors, write, take, None)

    def define_tensor_array_concat(self) -> None:
        """``tensor_array_concat(array)``."""
        self.define_concat(self.tensor, self.get_global_var("tensor_concatenate"), self.get_ctor("tensor_nil"))

    def define_tensor_array_gather(self) -> None:
        """``tensor_array_gather(array, indices)``. :meth:`register` leaves it out, as TVM does."""
        self.define_gather(self.tensor)

    def define_tensor_array_stack(self) -> None:
        """``tensor_array_stack(array)``: the elements joined along a new first axis, each step bound to a variable."""
        array, prelude = Var("tensor_array", self.tensors), self.prelude
        grown, first, others, result = Var("x_0"), Var("x_1"), Var("x_2"), Var("x_3")
        steps: list[tuple[Var, Expr]] = [
            (grown, prelude.map(self.get_global_var("tensor_expand_dims"), array)),
            (first, prelude.hd(grown)),
            (others, prelude.tl(grown)),
            (result, prelude.foldl(self.get_global_var("tensor_concatenate"), first, others)),
        ]
        body: Expr = result
        for var, value in reversed(steps):
            body = Let(var, value, body)
        self.define(self.declare("tensor_array_stack"), [array], body, self.tensor)

    def register(self) -> None:
        """Define the type and all functions."""
        self.define_tensor_adt()
        self.define_tensor_take()
        self.define_tensor_expand_dims()
        self.define_tensor_concat()
        self.define_tensor_array()
        self.define_tensor_array_read()
        self.define_tensor_array_write()
        self.define_tensor_array_unstack()
        self.define_tensor_array_scatter()
        self.define_tensor_array_split()
        self.define_tensor_array_concat()
        self.define_tensor_array_stack()

    def _rank(self, rank: int) -> Any:
        return self.get_ctor(f"tensor{rank}")
