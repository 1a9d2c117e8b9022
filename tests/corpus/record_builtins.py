"""Records what real TVM makes of the calls of `builtin_rows`. Run by hand, once per release:

    TVM_NUM_THREADS=1 TOPHUB_LOCATION=NONE .../tvm-0.27/bin/python tests/corpus/record_builtins.py 0.27

Writes `builtins/RELEASE.tsv`: for every row its body, the deduced type of ``gv`` (`!` where the release refuses the
script), and whether the module is well formed; and `builtins/ops-RELEASE.tsv`: for every operator of Relax the number
of its inputs (-1 for any), its arguments, and whether it is pure.
"""

# pyright: reportMissingImports=false

import os
import sys
from pathlib import Path

import tvm
from tvm import relax
from tvm.script import ir as I
from tvm.script import relax as R

try:
    from tvm.script import tirx as T
except ImportError:
    from tvm.script import tir as T

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE))
from builtin_rows import ROWS, module_text  # noqa: E402

OLD = not hasattr(relax, "TensorType")
RELEASE = sys.argv[1]


SHORT = {"float16": "f16", "float32": "f32", "float64": "f64", "int8": "i8", "int32": "i32", "int64": "i64"}
SYMBOLS = {"Add": "+", "Sub": "-", "Mul": "*", "FloorDiv": "//", "Div": "/"}


class Inspect:
    """R.inspect, which scripts spell as attributes of a tensor."""

    def __getattr__(self, name):
        return lambda *args: relax.Call(tvm.ir.Op.get(f"relax.inspect.{name}"), list(args))


def main() -> None:
    lines = [recorded(body) for body in dict.fromkeys(ROWS)]
    (HERE / "builtins").mkdir(exist_ok=True)
    registry()
    (HERE / "builtins" / f"{RELEASE}.tsv").write_text("".join(f"{line}\n" for line in lines))


def registry() -> None:
    lines = []
    for name in sorted(map(str, tvm.ir.Op.list_op_names())):
        if name.startswith("relax."):
            op = tvm.ir.Op.get(name)
            names = ",".join(str(item.name) for item in op.arguments)
            lines.append(f"{name}\t{op.num_inputs}\t{names}\t{bool(op.get_attr('FPurity'))}\n")
    (HERE / "builtins" / f"ops-{RELEASE}.tsv").write_text("".join(lines))


def recorded(body):
    """What a child makes of a row, because a few ill-typed calls crash a release."""
    reader, writer = os.pipe()
    if os.fork() == 0:
        with os.fdopen(writer, "w") as file:
            file.write("\t".join(record(body)))
        os._exit(0)
    os.close(writer)
    with os.fdopen(reader) as file:
        text = file.read()
    os.wait()
    return "\t".join([body.replace("\n", "; "), text or "!"])


def record(body):
    words = module_text(body, RELEASE).replace("R.inspect.", "inspect.")
    try:
        module = tvm.script.from_source(words, {"I": I, "R": R, "T": T, "inspect": Inspect()}, check_well_formed=False)
        result = module["main"].body.body
        found = type_text(result.struct_info if OLD else result.ty)
    # The point of a recording is to keep whatever a release does.
    except Exception as error:
        if "-v" in sys.argv:
            print(body, [line for line in str(error).splitlines() if line.strip(" |^0123456789")][:2])
        return ["!"]
    try:
        return [found, str(relax.analysis.well_formed(module) is not False)]
    except Exception as error:
        if "-v" in sys.argv:
            print(body, str(error)[:300])
        return [found, "False"]


def type_text(item):
    """A type on one line: `f32[2,n]`, `f32[?2]` of unknown shape, `S[...]`, `P[...]`, `{...}` for a tuple, `O`."""
    name = type(item).__name__.replace("StructInfo", "Type")
    if name == "TensorType":
        dtype = {"": "_", "void": "_", "None": "_"}.get(str(item.dtype), str(item.dtype))
        if item.shape is None:
            inner = f"?{item.ndim if item.ndim >= 0 else ''}"
        elif isinstance(item.shape, relax.ShapeExpr):
            inner = ",".join(map(dim_text, item.shape.values))
        else:
            inner = "$" + (getattr(item.shape, "name_hint", None) or item.shape.name)
        return f"{SHORT.get(dtype, dtype)}[{inner}]"
    if name == "ShapeType":
        unknown = f"?{item.ndim if item.ndim >= 0 else ''}"
        return f"S[{unknown if item.values is None else ','.join(map(dim_text, item.values))}]"
    if name == "PrimType":
        value = getattr(item, "value", None)
        return f"P[{item.dtype}{'' if value is None else '=' + dim_text(value)}]"
    return "{" + ";".join(map(type_text, item.fields)) + "}" if name == "TupleType" else "O"


def dim_text(item):
    kind = type(item).__name__
    if kind in SYMBOLS:
        return f"({dim_text(item.a)}{SYMBOLS[kind]}{dim_text(item.b)})"
    return str(item.value) if kind == "IntImm" else item.name


if __name__ == "__main__":
    main()
