"""AnnotateTarget: mark what an outside compiler takes (relay.transform.AnnotateTarget in TVM 0.19).

Every operator that a compiler supports, and every function whose ``Composite`` begins with the compiler's name, gets
marks on the edges into it; edges out of it are marked where they are used. What nobody takes is marked ``default``.
"""

from __future__ import annotations

from collections.abc import Sequence

from relay_compat.annotations import DEFAULT, begin, compiler_of, end, is_begin, is_end
from relay_compat.ir.base import RelayExpr
from relay_compat.ir.expr import (
    Call,
    Expr,
    Function,
    If,
    Let,
    Op,
    RefCreate,
    RefRead,
    RefWrite,
    Tuple,
    TupleGetItem,
    Var,
)
from relay_compat.op_attributes import get_op_attr
from relay_compat.passes.infer_type import InferType
from relay_compat.transform.function_pass import FunctionPass
from relay_compat.visit import Rewriter
from tensor_core.module import IRModule
from tensor_core.node import Node
from tensor_core.passes import Pass, PassContext, PassInfo, Sequential

_Structure = Tuple | TupleGetItem | RefCreate | RefRead | RefWrite


def AnnotateTarget(targets: str | Sequence[str], include_non_call_ops: bool = True) -> Pass:
    """A pass for these compilers, the first that supports an operator takes it: ``target.<name>`` of the operator, a
    function of the call, says so. Tuples and references are marked as well unless ``include_non_call_ops`` is false.
    """
    names = [targets] if isinstance(targets, str) else [str(target) for target in targets]
    kind = _Annotator if include_non_call_ops else _CallAnnotator

    def run(function: Function, module: IRModule, context: PassContext) -> Function:
        del module, context
        return kind(names).rewrite(function)

    annotate = FunctionPass(PassInfo(0, "AnnotateTargetFunc", ["InferType"]), run)
    return Sequential([annotate, InferType()], name="AnnotateTarget")


class _Annotator(Rewriter):
    def __init__(self, targets: Sequence[str]) -> None:
        super().__init__()
        self._targets = targets
        self._taken: dict[Node, str] = {}
        """Which compiler takes a new expression."""

    def leave(self, old: Node, new: Node) -> Node:
        match new:
            case Call():
                assert isinstance(old, Call)
                return self._call(old, new)
            case Function():
                # What is inside a composite is the compiler's affair.
                return old if "Composite" in new.attrs else new.replace(body=self._ended(new.body))
            case Let():
                value = new.value if isinstance(new.value, Function) else self._marked((new.value,))[1][0]
                return new.replace(value=value, body=self._ended(new.body))
            case If():
                parts = map(self._ended, (new.cond, new.true_branch, new.false_branch))
                return If(*parts, span=new.span)
            case Tuple() | TupleGetItem() | RefCreate() | RefRead() | RefWrite():
                return self.structure(new)
            case _:
                return new

    def structure(self, new: _Structure) -> Expr:
        """A tuple or reference goes to the compiler of what it holds, if that is one."""
        target, parts = self._marked(_parts(new))
        made = _rebuilt(new, parts)
        self._taken[made] = target
        return made

    def variable_call(self, new: Call) -> Expr | None:
        """A call of a variable; None to treat it as any other call."""
        del new
        return None

    # ------------------------------------------------------------ calls

    def _call(self, old: Call, new: Call) -> Expr:
        if is_begin(old):
            return new
        if is_end(old):
            self._taken.setdefault(new.args[0], compiler_of(new))
            return new
        if old.args and is_begin(old.args[0]) and compiler_of(old.args[0]) != DEFAULT:
            return new
        target = self._supported(old)
        if isinstance(old.op, Var) and (made := self.variable_call(new)) is not None:
            return made
        args = self._marked(new.args, target)[1]
        made = Call(new.op, args, new.attrs, span=old.span)
        made.memo("checked", old.checked)
        self._taken[made] = target
        return made

    def _supported(self, call: Call) -> str:
        """The first compiler that takes a call."""
        callee = call.op
        if isinstance(callee, Op):
            for target in self._targets:
                check = get_op_attr(callee.name, f"target.{target}")
                if check is not None and check(call):
                    return target
        elif isinstance(callee, Function) and "Composite" in callee.attrs:
            target, dot, _ = str(callee.attrs["Composite"]).partition(".")
            if dot and target in self._targets:
                return target
        return DEFAULT

    # ------------------------------------------------------------ marks

    def _marked(self, args: Sequence[Expr], target: str = "") -> tuple[str, tuple[Expr, ...]]:
        """Arguments with an end where they leave a region and a begin for the target.

        Without a target, that of all arguments, or the default one where they differ.
        """
        begins: list[Expr] = []
        ends: list[Expr] = []
        common = ""
        for arg in args:
            source = self._leaving(arg, begins, ends)
            common = source if common in ("", source) else DEFAULT
        chosen = target or common
        if not args:
            return chosen, tuple(args)
        return chosen, (*begins, *(begin(arg, chosen) for arg in ends))

    def _leaving(self, arg: Expr, begins: list[Expr], ends: list[Expr]) -> str:
        """Sort an argument into those that have a begin and those that get one; the compiler that it comes from."""
        if is_begin(arg):
            inner = arg.args[0]
            if compiler_of(arg) == DEFAULT:
                ends.append(inner)
            else:
                begins.append(arg)
            return compiler_of(inner) if is_end(inner) else DEFAULT
        source = self._taken.get(arg)
        if source is None or (isinstance(arg, Call) and not arg.args):
            ends.append(arg)
        else:
            ends.append(end(arg, source))
        return source or DEFAULT

    def _ended(self, expr: Expr) -> Expr:
        """A result, marked where it leaves a region."""
        if expr in self._taken:
            references = (RefCreate, RefRead, RefWrite, TupleGetItem)
            if not isinstance(expr, references) and not getattr(expr, "args", getattr(expr, "fields", ())):
                return expr
        elif is_end(expr) and compiler_of(expr) == DEFAULT:
            expr = expr.args[0]
        else:
            return expr
        target = self._taken.get(expr, "")
        made = end(expr, target)
        self._taken[made] = target
        return made


class _CallAnnotator(_Annotator):
    """Leaves tuples and references outside of regions."""

    def structure(self, new: _Structure) -> Expr:
        """Only what it holds is marked where it leaves a region."""
        return _rebuilt(new, tuple(map(self._ended, _parts(new))))

    def variable_call(self, new: Call) -> Expr | None:
        """The arguments leave their regions."""
        made = Call(new.op, tuple(map(self._ended, new.args)), new.attrs)
        made.memo("checked", new.checked)
        return made


def _parts(expr: _Structure) -> tuple[Expr, ...]:
    return tuple(child for child in expr.iter_children() if isinstance(child, Expr))


def _rebuilt(expr: _Structure, parts: tuple[Expr, ...]) -> RelayExpr:
    if isinstance(expr, Tuple):
        return expr.replace(fields=parts)
    return expr.replace(**dict(zip(expr.children, parts, strict=True)))
