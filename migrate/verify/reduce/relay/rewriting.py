"""A whole program written anew: types, arrays and attributes changed everywhere in one way."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, cast

from migrate.values import Array
from migrate.verify.generate.program import Program
from migrate.verify.reduce.arrays import map_value
from migrate.verify.reduce.relay.program import functions_of, main_of, with_functions
from relay_compat.ir.expr import Call, Constant, Function, Var
from relay_compat.ir.types import TensorType, Type
from relay_compat.types.substitute import map_parts
from relay_compat.visit import Rewriter
from tensor_core.attrs import Attrs
from tensor_core.module import GlobalVar
from tensor_core.node import Node

ChangeAttr = Callable[[str, Any], Any]


class Change(Rewriter):
    """``tensor``: what each tensor type becomes; ``array``: each constant and argument; ``attr``: each attribute, by
    name. Types that inference stated are left to be inferred again.
    """

    def __init__(
        self,
        tensor: Callable[[TensorType], TensorType],
        array: Callable[[Array], Array],
        attr: ChangeAttr,
    ) -> None:
        super().__init__()
        self._tensor = tensor
        self._array = array
        self._attr = attr

    def program(self, program: Program) -> Program:
        """The program, arguments included."""
        functions: dict[GlobalVar, Function] = {}
        for var, function in functions_of(program).items():
            new = self.rewrite(function)
            functions[var] = new.replace(ret_type=None) if function is main_of(program) else new
        args = [map_value(arg, self._array) for arg in program.args]
        return with_functions(program, cast("Mapping[Any, Function]", functions), args)

    def type(self, type_: Type) -> Type:
        """What a type becomes."""
        if isinstance(type_, TensorType):
            return self._tensor(type_)
        return map_parts(type_, self.type)

    def leave(self, old: Node, new: Node) -> Node:
        """A node with its own types, array or attributes changed."""
        del old
        match new:
            case Var() if new.type_annotation is not None:
                return new.replace(type_annotation=self.type(new.type_annotation))
            case Constant():
                return new.replace(data=self._array(new.data))
            case Function() if new.ret_type is not None:
                return new.replace(ret_type=self.type(new.ret_type))
            case Call():
                changes: dict[str, Any] = {}
                if isinstance(new.attrs, Attrs):
                    values = {name: self._attr(name, value) for name, value in new.attrs.items()}
                    changes["attrs"] = Attrs(new.attrs.type_key, values)
                if new.type_args:
                    changes["type_args"] = tuple([self.type(item) for item in new.type_args])
                return new.replace(**changes) if changes else new
            case _:
                return new
