"""What happens to a program before its devices are planned: marks that bind too little, values used at two places."""

from __future__ import annotations

from relay_compat.calls import callee_and_args
from relay_compat.devices.assignment import contradiction
from relay_compat.devices.configuration import CompilationConfig
from relay_compat.devices.marks import copied, copy_of, fixed, mark_of, marked
from relay_compat.devices.place import ANYWHERE, Place
from relay_compat.ir.expr import Call, Expr, Function, Let, Tuple, TupleGetItem
from relay_compat.transform.function_pass import optimizable
from relay_compat.visit import Rewriter
from tensor_core.loops.nodes import PrimFunc
from tensor_core.module import GlobalVar, IRModule
from tensor_core.node import Node


class MarkRewriter(Rewriter):
    """Marks of what a let binds or a function returns hold for the result, too; a marked tuple's fields are marked;
    what a tensor program takes and gives may be copied.
    """

    def __init__(self, module: IRModule) -> None:
        super().__init__()
        self._module = module

    def leave(self, old: Node, new: Node) -> Node:
        del old
        match new:
            case TupleGetItem():
                mark = mark_of(new.tuple_value)
                if mark is not None and mark.is_normal:
                    return marked(new, mark.place, of_result=False)
            case Let():
                return new if (value := _fixed(new.value)) is new.value else new.replace(value=value)
            case Function():
                return new if (body := _fixed(new.body)) is new.body else new.replace(body=body)
            case Call():
                return self._lowered(new)
            case _:
                pass
        return new

    def _lowered(self, call: Call) -> Expr:
        function, args = callee_and_args(call)
        if function is call.op or not isinstance(function, GlobalVar):
            return call
        if not isinstance(self._module.functions.get(function), PrimFunc):
            return call
        fields = Tuple(tuple(marked(arg, ANYWHERE, False, of_body=False) for arg in args))
        return marked(call.replace(args=(function, fields)), ANYWHERE, False, of_body=False)


def _fixed(expr: Expr) -> Expr:
    mark = mark_of(expr)
    return fixed(mark.body, mark.place) if mark is not None and mark.is_normal else expr


def with_copies(module: IRModule, config: CompilationConfig) -> IRModule:
    """The module with a ``device_copy`` of every argument that marks put at two places.

    DiagnosticError R2R0602 when where such an argument is wanted is not known, R2R0206 for a copy whose result is
    wanted elsewhere.
    """
    functions = {name: function for name, function in module.functions.items() if optimizable(function)}
    places = _Places()
    for function in functions.values():
        places.visit(function)
    result = module.copy()
    rewriter = _Copier(places, config)
    for name, function in functions.items():
        result[name] = rewriter.rewrite(function)
    return result


class _Places:
    """Where marks, from the outside in, put the calls and their arguments; and which arguments they put at two."""

    def __init__(self) -> None:
        self.of: dict[Node, Place] = {}
        self.twice: set[Node] = set()

    def visit(self, root: Function) -> None:
        seen: set[Node] = set()
        pending: list[Node] = [root]
        while pending:
            node = pending.pop()
            if node in seen:
                continue
            seen.add(node)
            if isinstance(node, Call):
                self._arguments(node)
                children = node.args
            elif isinstance(node, Let):
                children = (node.value, node.var, node.body)
            else:
                children = tuple(node.iter_children())
            pending += reversed(children)

    def _arguments(self, call: Call) -> None:
        inside = result = self.of.setdefault(call, ANYWHERE)
        mark, copy = mark_of(call), copy_of(call)
        if mark is not None:
            inside = mark.place if mark.of_body else inside
            result = mark.place if mark.of_result else result
        elif copy is not None:
            inside, result = copy.source, copy.target
        if not self._update(call, result) and mark is None:
            raise contradiction(call)
        for arg in call.args:
            if not self._update(arg, inside) and mark_of(arg) is None:
                self.twice.add(arg)

    def _update(self, expr: Expr, place: Place) -> bool:
        joined = self.of.setdefault(expr, place).joined(place)
        if joined is not None:
            self.of[expr] = joined
        return joined is not None


class _Copier(Rewriter):
    def __init__(self, places: _Places, config: CompilationConfig) -> None:
        super().__init__()
        self._places = places
        self._config = config

    def leave(self, old: Node, new: Node) -> Node:
        if not isinstance(old, Call) or not isinstance(new, Call) or self._places.twice.isdisjoint(new.args):
            return new
        target = self._config.canonical(self._places.of[old])
        args: list[Expr] = []
        for arg in new.args:
            if arg in self._places.twice:
                source = self._config.canonical(self._places.of[arg])
                args.append(arg if source == target else copied(arg, source, target))
            else:
                args.append(arg)
        return new.replace(op=old.op, args=tuple(args))
