"""A small module for Python that must run on an old and a new TVM while a fork moves: what differs, under one name.

Which TVM it is is asked of what that TVM has, not of its version: forks say all kinds of versions. Names and forms were
tried in TVM 0.19, 0.21, 0.25, 0.26 and 0.27; releases before 0.19 are taken to be as 0.19 is, if they have Relax.
"""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass
from textwrap import indent

from tensor_core import codes
from tensor_core.diagnostics import fail
from tensor_core.releases import older

OLDEST, NEWEST = "0.7", "0.27"


@dataclass(frozen=True, slots=True)
class Way:
    """How something is said from a release on; ``test``: a Python expression that is true where it is said so."""

    since: str
    test: str
    code: str


@dataclass(frozen=True, slots=True)
class Entry:
    """Something that is said in several ways, the oldest first."""

    title: str
    ways: tuple[Way, ...]


_OLD_TYPES = """if HAS_RELAX:
    TensorType = relax.TensorStructInfo
    TupleType = relax.TupleStructInfo
    ShapeType = relax.ShapeStructInfo
    FuncType = relax.FuncStructInfo
    AnyType = relax.ObjectStructInfo
    PrimType = relax.PrimStructInfo"""
_NEW_TYPES = """TensorType = relax.TensorType
TupleType = relax.TupleType
ShapeType = relax.ShapeType
FuncType = relax.FuncType
AnyType = relax.AnyType
PrimType = tvm.ir.PrimType"""

ENTRIES = (
    Entry(
        "Arrays",
        (
            Way(OLDEST, "", "tensor = tvm.nd.array\nempty = tvm.nd.empty\nTensor = tvm.nd.NDArray"),
            Way(
                "0.22",
                'hasattr(tvm.runtime, "tensor")',
                "tensor = tvm.runtime.tensor\nempty = tvm.runtime.empty\nTensor = tvm.runtime.Tensor",
            ),
        ),
    ),
    Entry(
        "Functions that are called by name: @register_func(name)",
        (
            Way(OLDEST, "", "register_func = tvm.register_func"),
            Way("0.22", 'hasattr(tvm, "register_global_func")', "register_func = tvm.register_global_func"),
        ),
    ),
    Entry(
        "The tensor-level IR, and its script",
        (
            Way(OLDEST, "", "from tvm import tir\nfrom tvm.script import tir as T"),
            Way("0.24", 'hasattr(tvm, "tirx")', "from tvm import tirx as tir\nfrom tvm.script import tirx as T"),
        ),
    ),
    Entry(
        "Compiling a module of Relax: compile(mod, target)",
        (
            Way(OLDEST, "", "compile = relax.build if HAS_RELAX else None"),
            Way("0.20", 'hasattr(tvm, "compile")', "compile = tvm.compile"),
        ),
    ),
    Entry(
        "Types, under their new names",
        (Way(OLDEST, "", _OLD_TYPES), Way("0.26", 'hasattr(relax, "AnyType")', _NEW_TYPES)),
    ),
    Entry(
        "What expressions, patterns and constants call what they know",
        (
            Way(
                OLDEST,
                "",
                '_TYPE, _NAME, _ARGS = "struct_info_", "name_hint", "sinfo_args"\n'
                '_RETURNS, _HAS_TYPE, _PRIM_VALUE = "ret_struct_info", "has_struct_info", "PrimValue"',
            ),
            Way(
                "0.26",
                'hasattr(relax, "AnyType")',
                '_TYPE, _NAME, _ARGS = "ty", "name", "ty_args"\n'
                '_RETURNS, _HAS_TYPE, _PRIM_VALUE = "ret_ty", "has_ty", "prim_value"',
            ),
        ),
    ),
    Entry(
        "Constants",
        (
            Way(
                OLDEST,
                "",
                'Constant = relax.Constant if HAS_RELAX else None\n_DATA, _VISIT = "data", "visit_constant_"',
            ),
            Way(
                "0.27",
                'hasattr(tvm.ir, "GenericConst")',
                'Constant = tvm.ir.GenericConst\n_DATA, _VISIT = "value", "visit_generic_const_"',
            ),
        ),
    ),
)

_HEAD = '''"""What is said differently in TVM {releases}, each under one name.

Made by `relay2relax shim --releases {given}`: make it again instead of editing it.
"""

import tvm

'''
_LANGUAGES = """try:
    from tvm import {name}
except ImportError:
    {name} = None
HAS_{upper} = {name} is not None
"""
_TAIL = '''

def type_of(expr):
    """The type of a Relax expression, None before it has one."""
    return getattr(expr, _TYPE)


def shape_of(expr):
    """The dimensions of a Relax tensor as a tuple, None where they are not known one by one."""
    shape = type_of(expr).shape
    return tuple(shape.values) if hasattr(shape, "values") else None


def dtype_of(expr):
    """The element type of a Relax tensor as a string, "" where it is not known."""
    dtype = type_of(expr).dtype
    return "" if dtype is None else str(dtype)


def var_name(var):
    """The name of a variable."""
    return getattr(var, _NAME)


def type_args(call):
    """The types that a call of something opaque states."""
    return getattr(call, _ARGS)


def return_type(function):
    """What a Relax function returns."""
    return getattr(function, _RETURNS)


def constant_data(constant):
    """The array of a constant."""
    return getattr(constant, _DATA)


def prim_value(value):
    """A number as an argument."""
    return getattr(relax, _PRIM_VALUE)(value)


def has_type(pattern, type_):
    """A pattern of relax.dpl, for expressions of this type only."""
    return getattr(pattern, _HAS_TYPE)(type_)


def mutator(cls):
    """As relax.expr_functor.mutator; the class gives visit_constant_, whatever the release calls that method."""
    return relax.expr_functor.mutator(_visits_constants(cls))


def visitor(cls):
    """As relax.expr_functor.visitor; the class gives visit_constant_, whatever the release calls that method."""
    return relax.expr_functor.visitor(_visits_constants(cls))


def _visits_constants(cls):
    if "visit_constant_" in vars(cls):
        setattr(cls, _VISIT, cls.visit_constant_)
    return cls
'''


def shim(releases: Sequence[str]) -> str:
    """The text of the module for these releases, Python 3.7 and later. R2R0703 for a release that is none of TVM's."""
    for release in releases:
        if not _is_release(release) or older(release, OLDEST) or older(NEWEST, release):
            raise fail(
                codes.BAD_OPTION,
                f"{release!r} is no release of TVM that this tool knows",
                hint=f"give releases from {OLDEST} to {NEWEST}, as --releases 0.19,0.27",
            )
    if not releases:
        raise fail(codes.BAD_OPTION, "no release is given", hint="give the releases as --releases 0.19,0.27")
    unique = sorted(dict.fromkeys(releases), key=lambda release: [int(part) for part in release.split(".")])
    parts = [_HEAD.format(releases=" and ".join(unique), given=",".join(unique))]
    parts += [_LANGUAGES.format(name=name, upper=name.upper()) for name in ("relax", "relay")]
    return "".join([*parts, *(_entry(entry, unique) for entry in ENTRIES), _TAIL])


def _is_release(text: str) -> bool:
    return text.count(".") == 1 and text.replace(".", "").isdecimal() and not text.startswith(".")


def _entry(entry: Entry, releases: Sequence[str]) -> str:
    """The ways that these releases need, the newest asked for first."""
    ends = [way.since for way in entry.ways[1:]] + [""]
    needed = [
        way
        for way, end in zip(entry.ways, ends, strict=True)
        if any(not older(release, way.since) and (not end or older(release, end)) for release in releases)
    ]
    needed.reverse()
    title = f"\n# ---- {entry.title}\n\n"
    if len(needed) == 1:
        return f"{title}{needed[0].code}\n"
    words = itertools.chain(["if"], itertools.repeat("elif"))
    heads = [f"{word} {way.test}:" for word, way in zip(words, needed[:-1], strict=False)] + ["else:"]
    bodies = (indent(way.code, "    ") for way in needed)
    return title + "".join(f"{head}\n{body}\n" for head, body in zip(heads, bodies, strict=True))
