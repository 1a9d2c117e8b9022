"""Match patterns: the types they give their variables, and whether the arms of a match handle every value."""

from __future__ import annotations

from collections.abc import Sequence

from relay_compat.ir.adt import Constructor, Match, Pattern, PatternConstructor, PatternTuple, PatternVar
from relay_compat.ir.types import TupleType, Type, TypeCall, TypeData
from relay_compat.types.context import Context
from relay_compat.types.solve import Mismatch
from relay_compat.types.substitute import substitute
from tensor_core import codes
from tensor_core.diagnostics import DiagnosticError, fail
from tensor_core.module import IRModule


def bind_pattern(pattern: Pattern, type_: Type, context: Context) -> None:
    """Give the variables of a pattern the types they have when it matches a value of ``type_``."""
    match pattern:
        case PatternVar():
            annotation = pattern.var.type_annotation
            if annotation is None:
                context.incomplete_source = True
                context.types[pattern.var] = type_
            else:
                declared = context.types[pattern.var] = context.declared(annotation)
                _unify(pattern, type_, declared, context)
        case PatternConstructor():
            for part, expected in zip(pattern.patterns, _constructor_inputs(pattern, type_, context), strict=True):
                bind_pattern(part, expected, context)
        case PatternTuple():
            fields: tuple[Type, ...] = tuple(context.solver.fresh() for _ in pattern.patterns)
            found = context.solver.find(type_)
            if isinstance(found, TupleType) and len(found.fields) == len(fields):
                fields = found.fields
            else:
                _unify(pattern, type_, TupleType(fields), context)
            for part, expected in zip(pattern.patterns, fields, strict=True):
                bind_pattern(part, expected, context)
        case _:
            pass


def _constructor_inputs(pattern: PatternConstructor, type_: Type, context: Context) -> tuple[Type, ...]:
    constructor = pattern.constructor
    module = context.module
    definition: TypeData | None = None if module is None else module.type_definitions.get(constructor.belong_to)
    if definition is None:
        message = f"the module does not define the type {constructor.belong_to} of {constructor.name}"
        raise fail(codes.UNDEFINED_NAME, message, pattern.span)
    if len(constructor.inputs) != len(pattern.patterns):
        message = f"{constructor.name} has {len(constructor.inputs)} fields, the pattern {len(pattern.patterns)}"
        raise fail(codes.ARITY, message, pattern.span)
    found = context.solver.find(type_)
    count = len(definition.type_vars)
    if not (isinstance(found, TypeCall) and found.func is constructor.belong_to and len(found.args) == count):
        expected = TypeCall(constructor.belong_to, tuple(context.solver.fresh() for _ in range(count)))
        _unify(pattern, type_, expected, context)
        found = expected
    values = dict(zip(definition.type_vars, found.args, strict=True))
    return tuple(substitute(item, values) for item in constructor.inputs)


def _unify(
    pattern: PatternConstructor | PatternTuple | PatternVar, type_: Type, expected: Type, context: Context
) -> None:
    try:
        context.solver.unify(type_, expected)
    except Mismatch:
        message = (
            f"the pattern matches values of type {expected}, and the value has type {context.solver.resolve(type_)}"
        )
        raise fail(codes.TYPE_MISMATCH, message, pattern.span) from None


def check_complete(node: Match, module: IRModule) -> None:
    """R2R0205 naming a value that no arm of the match handles, if there is one."""
    missed = _unhandled([(clause.lhs,) for clause in node.clauses], 1, module)
    if missed is not None:
        raise _incomplete(node, missed[0])


def handles_all(patterns: Sequence[Pattern], module: IRModule) -> bool:
    """Whether every value matches one of the patterns, which are of one type."""
    return _unhandled([(pattern,) for pattern in patterns], 1, module) is None


def _incomplete(node: Match, missed: str) -> DiagnosticError:
    message = f"the match does not handle the case {missed}"
    return fail(codes.ILL_FORMED, message, node.span, hint="add an arm, or write match? to fail at run time")


Row = tuple[Pattern, ...]


def _unhandled(rows: list[Row], width: int, module: IRModule) -> tuple[str, ...] | None:
    """Values (as text, one per column) that no row matches; None when the rows handle everything.

    Columns are split by the constructors of their type (Maranget, Warnings for pattern matching, 2007).
    """
    if width == 0:
        return None if rows else ()
    heads = [row[0] for row in rows]
    for head in heads:
        if isinstance(head, PatternTuple):
            return _split(rows, width, "", len(head.patterns), None, module)
        if isinstance(head, PatternConstructor):
            return _split_constructors(rows, width, head.constructor, module)
    rest = _unhandled([row[1:] for row in rows], width - 1, module)
    return None if rest is None else ("_", *rest)


def _split_constructors(rows: list[Row], width: int, one: Constructor, module: IRModule) -> tuple[str, ...] | None:
    constructors: tuple[Constructor, ...] = module.type_definitions[one.belong_to].constructors
    for constructor in constructors:
        missed = _split(rows, width, constructor.name, len(constructor.inputs), constructor, module)
        if missed is not None:
            return missed
    return None


def _split(
    rows: list[Row], width: int, name: str, fields: int, constructor: Constructor | None, module: IRModule
) -> tuple[str, ...] | None:
    chosen: list[Row] = []
    for head, *rest in rows:
        if isinstance(head, (PatternConstructor, PatternTuple)):
            if isinstance(head, PatternConstructor) and not (constructor and head.constructor.is_same(constructor)):
                continue
            chosen.append((*head.patterns, *rest))
        else:
            chosen.append((*(head for _ in range(fields)), *rest))
    missed = _unhandled(chosen, fields + width - 1, module)
    if missed is None:
        return None
    inner = f"({', '.join(missed[:fields])})" if fields or not name else ""
    return (name + inner, *missed[fields:])
