"""Records the types that real TVM deduces for the cases of `type_cases`. Run by hand, once per release:

    TVM_NUM_THREADS=1 TOPHUB_LOCATION=NONE .../tvm-0.27/bin/python tests/corpus/record_types.py 0.27

Writes `types/RELEASE.tsv.gz`: operator, arguments, attributes of the call as the release's Python function made it, and
the deduced type, or `!` for an error. What is built is written, not what the row says, so that the recorded calls are
free of the Python functions' conveniences.
"""

# pyright: reportMissingImports=false

import ast
import gzip
import json
import os
import runpy
import sys
from pathlib import Path
from typing import Any

import numpy as np
import tvm
from tvm import relax

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE))
from type_cases import TENSOR, cases, is_tensor  # noqa: E402

OLD = hasattr(relax, "TensorStructInfo")
try:
    from tvm import tirx as tir
except ImportError:
    from tvm import tir
TensorType = relax.TensorStructInfo if OLD else relax.TensorType
ShapeType = relax.ShapeStructInfo if OLD else relax.ShapeType
PrimType = relax.PrimStructInfo if OLD else getattr(relax, "PrimType", None) or tvm.ir.PrimType
DTYPES = {
    "f16": "float16",
    "f32": "float32",
    "f64": "float64",
    "i8": "int8",
    "i32": "int32",
    "i64": "int64",
    "bool": "bool",
    "_": "",
}
SHORT = {name: short for short, name in DTYPES.items() if name}
VDEVICE = tvm.ir.VDevice if hasattr(tvm.ir, "VDevice") else relax.VDevice
DEVICES = {"v0": VDEVICE("llvm", 0, "global"), "v1": VDEVICE("llvm", 1, "global")}


def main():
    release = sys.argv[1]
    only = set(sys.argv[2:])
    lines: dict[str, None] = {}
    for op, args, attrs in runpy.run_path(str(HERE / "type_rows.py"))["ROWS"]:
        function = relax.op
        for part in op.split("."):
            function = getattr(function, part, None)
        if function is not None and (not only or op in only):
            lines.update(dict.fromkeys(record_row(function, list(cases(op, args, attrs)))))
    target = HERE / "types" / f"{release}.tsv.gz"
    if only:
        print("\n".join(lines))
        return
    with gzip.GzipFile(target, "wb", mtime=0) as file:
        file.write(("\n".join(lines) + "\n").encode())
    print(len(lines), target.stat().st_size)


def record_row(function, todo):
    """The lines of one row's cases. A child records them, because a few ill-typed calls crash a release."""
    lines, start = [], 0
    while start < len(todo):
        reader, writer = os.pipe()
        child = os.fork()
        if child == 0:
            with os.fdopen(writer, "w") as file:
                for n in range(start, len(todo)):
                    line = record(function, *todo[n][1:])
                    file.write(f"{n}\t{line or ''}\n")
                    file.flush()
            os._exit(0)
        os.close(writer)
        with os.fdopen(reader) as file:
            for text in file:
                number, _, line = text.rstrip("\n").partition("\t")
                start = int(number) + 1
                lines += [line] if line else []
        if os.waitpid(child, 0)[1]:
            print("crash:", todo[start])
            start += 1
    return lines


def record(function, given, kwargs):
    symbols = {}
    try:
        made = [argument(item, symbols) for item in given]
        call = function(*made, **kwargs)
        if not isinstance(call, relax.Call):
            return None
        head = [
            call.op.name,
            " ".join(map(spell, call.args)),
            json.dumps(attributes(call.attrs), separators=(",", ":")),
        ]
    except Exception as error:  # The Python function refuses: no call to record.
        if "-v" in sys.argv:
            print("SKIP", function.__name__, given, kwargs, str(error).splitlines()[-1:], file=sys.stderr)
        return None
    try:
        found = relax.BlockBuilder().normalize(call)
        result = type_text(found.struct_info if OLD else found.ty)
    except Exception as error:
        result = "!"
        said = [line.strip() for line in str(error).splitlines() if line.strip()]
        if "-m" in sys.argv:
            result += said[-1][:150] if said else ""
        if not said or "Segfault" in said[-1]:
            print("??", head, said)
    return "\t".join([*head, result])


def variable(name, symbols):
    if name not in symbols:
        symbols[name] = tir.Var(name, "int64")
    return symbols[name]


def expression(text, symbols):
    tree = ast.parse(text.strip(), mode="eval")
    names = {node.id for node in ast.walk(tree) if isinstance(node, ast.Name)}
    return eval(text, {}, {name: variable(name, symbols) for name in names})  # noqa: S307 (a text of our own rows)


def dims(text, symbols):
    return [expression(item, symbols) for item in text.split(",") if item.strip()]


def shape_type(text, symbols):
    if text.startswith("?"):
        return ShapeType(ndim=int(text[1:] or -1))
    return ShapeType(dims(text, symbols))


def argument(item, symbols):
    if isinstance(item, list):
        if item and not any(isinstance(x, str) for x in item):
            return item
        if item and item[0].startswith("$"):
            return [expression(x[1:], symbols) for x in item]
        return relax.Tuple([argument(x, symbols) for x in item])
    if not isinstance(item, str):
        return item
    if is_tensor(item):
        return tensor_argument(item, symbols)
    if item.startswith("const "):
        kind, shape = item[6:].split("[")
        return relax.const(np.zeros([int(n) for n in shape[:-1].split(",")], DTYPES[kind]), DTYPES[kind])
    if item.startswith("S["):
        return relax.Var("s", shape_type(item[2:-1], symbols))
    if item.startswith("P["):
        return relax.Var("p", PrimType(item[2:-1]))
    if item.startswith("("):
        return relax.ShapeExpr(dims(item[1:-1], symbols))
    if item.startswith("#"):
        return scalar(expression(item[1:], symbols))
    if item == "map NHW->NWH":
        return lambda n, h, w: (n, w, h)
    if item == "map split4":
        return lambda a, b: (a // 4, b, a % 4)
    return item


def scalar(value):
    if OLD or hasattr(relax, "PrimValue"):
        return relax.PrimValue(value)
    if isinstance(value, int):
        return tir.IntImm("int64", value)
    return tir.FloatImm("float32", value) if isinstance(value, float) else value


def tensor_argument(item, symbols):
    found = TENSOR.match(item)
    assert found is not None
    dtype, text, device = DTYPES[found[1]], found[2], found[3]
    device = DEVICES[device[1:]] if device else None
    kwargs = {"dtype": dtype} if dtype or OLD else {"dtype": None}
    if text.startswith("?"):
        type_ = TensorType(None, vdevice=device, ndim=int(text[1:] or -1), **kwargs)
    elif text.startswith("$"):
        name, _, rest = text[1:].partition(":")
        if name not in symbols:
            symbols[name] = relax.Var(name, shape_type(rest, symbols))
        type_ = TensorType(symbols[name], vdevice=device, **kwargs)
    else:
        type_ = TensorType(dims(text, symbols), vdevice=device, **kwargs)
    return relax.Var("x", type_)


def spell(item):
    """An argument of a call as text without blanks."""
    if isinstance(item, relax.Tuple):
        return "[" + ";".join(map(spell, item.fields)) + "]"
    if isinstance(item, relax.ShapeExpr):
        return "(" + ",".join(map(dim_text, item.values)) + ")"
    kind = type(item).__name__
    if kind == "GenericConst" and type_text(item.ty) == "O":
        return "dtype:" + str(item.value)
    if kind in ("Constant", "GenericConst"):
        return "const:" + type_text(item.struct_info if OLD else item.ty)
    if kind == "StringImm":
        return json.dumps(item.value)
    if kind == "DataTypeImm":
        return "dtype:" + str(item.value)
    if kind == "PrimValue":
        return f"#{item.value.dtype}:{dim_text(item.value)}"
    type_ = item.struct_info if OLD else item.ty
    named = type(type_).__name__ == "PrimType" and getattr(item, "name", "p") != "p"
    if named or kind in ("IntImm", "FloatImm"):
        return f"#{type_.dtype}:{dim_text(item)}"
    if kind in ("Var", "DataflowVar"):
        return type_text(type_)
    return f"#{type_.dtype}:{dim_text(item)}"


SYMBOLS = {
    "Add": "+",
    "Sub": "-",
    "Mul": "*",
    "FloorDiv": "//",
    "FloorMod": "%",
    "LT": "<",
    "LE": "<=",
    "GT": ">",
    "GE": ">=",
    "EQ": "==",
    "NE": "!=",
    "And": "&",
    "Or": "|",
    "Div": "/",
    "Mod": "%%",
}


def dim_text(item):
    name = type(item).__name__
    if isinstance(item, int):
        return str(item)
    if name in ("IntImm", "FloatImm"):
        return str(item.value)
    if name in ("Var", "SizeVar"):
        return item.name
    if name in SYMBOLS:
        return f"({dim_text(item.a)}{SYMBOLS[name]}{dim_text(item.b)})"
    if name in ("Min", "Max"):
        return f"{name.lower()}({dim_text(item.a)},{dim_text(item.b)})"
    if name == "Cast":
        return f"cast({dim_text(item.value)})"
    if name == "Select":
        return f"select({dim_text(item.condition)},{dim_text(item.true_value)},{dim_text(item.false_value)})"
    if name == "Call":
        return f"{item.op.name.split('.')[-1]}({','.join(map(dim_text, item.args))})"
    raise TypeError(name)


def type_text(item):
    name = type(item).__name__.replace("StructInfo", "Type")
    if name == "TensorType":
        dtype = str(item.dtype) if item.dtype is not None else ""
        dtype = {"": "_", "void": "_", "None": "_"}.get(dtype, dtype)
        shape = item.shape
        if shape is None:
            inner = f"?{item.ndim if item.ndim >= 0 else ''}"
        elif isinstance(shape, relax.ShapeExpr):
            inner = ",".join(map(dim_text, shape.values))
        else:
            own = type_text(shape.struct_info if OLD else shape.ty)
            inner = f"${getattr(shape, 'name_hint', None) or shape.name}:{own[2:-1]}"
        return f"{SHORT.get(dtype, dtype)}[{inner}]{device_text(item.vdevice)}"
    if name == "ShapeType":
        if item.values is not None:
            return f"S[{','.join(map(dim_text, item.values))}]"
        return f"S[?{item.ndim if item.ndim >= 0 else ''}]"
    if name == "PrimType":
        value = getattr(item, "value", None)
        return f"P[{item.dtype}{'=' + dim_text(value) if value is not None else ''}]"
    if name == "TupleType":
        return "{" + ";".join(map(type_text, item.fields)) + "}"
    if name in ("ObjectType", "AnyType"):
        return "O"
    return name


def device_text(device):
    if device is None:
        return ""
    return next(f"@{key}" for key, value in DEVICES.items() if value.vdevice_id == device.vdevice_id)


def attributes(attrs):
    """The attributes of a call by name; objects as their text."""
    if attrs is None:
        return {}
    if hasattr(type(attrs), "__tvm_ffi_type_info__"):
        names = [field.name for field in type(attrs).__tvm_ffi_type_info__.fields]
    else:
        names = [name for name in type(attrs).__dict__ if not name.startswith("_")] or []
        try:
            names = [str(info.name) for info in attrs.list_field_info()]
        except Exception:
            names = [
                name
                for name in dir(attrs)
                if not name.startswith("_")
                and name not in ("handle", "get_int", "get_int_tuple", "get_str", "keys", "same_as", "list_field_info")
            ]
    found = {name: plain(getattr(attrs, name)) for name in names if not callable(getattr(attrs, name))}
    pad: Any = getattr(attrs, "pad_value", None)
    if isinstance(pad, (tir.IntImm, tir.FloatImm)):
        # Its element type counts as well.
        found["pad_value"] = {"scalar": pad.value, "dtype": str(pad.dtype if hasattr(pad, "dtype") else pad.ty.dtype)}
    return found


def plain(value):
    if value is None or isinstance(value, (bool, int, float)):
        return value
    if isinstance(value, (tir.IntImm, tir.FloatImm)):
        return (
            bool(value.value)
            if str(value.dtype if hasattr(value, "dtype") else value.ty.dtype) == "bool"
            else value.value
        )
    if isinstance(value, (list, tuple)) or type(value).__name__ in ("Array", "List"):
        return [plain(item) for item in value]
    if hasattr(relax, "PrimValue") and isinstance(relax.PrimValue, type) and isinstance(value, relax.PrimValue):
        return {"scalar": plain(value.value), "dtype": str(value.value.dtype)}
    if type(value).__name__ == "IndexMap":
        return {"map": [[v.name for v in value.initial_indices], [dim_text(e) for e in value.final_indices]]}
    return str(value)


if __name__ == "__main__":
    main()
