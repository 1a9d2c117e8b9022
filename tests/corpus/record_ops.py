"""Records what real TVM releases infer and compute for the rows of `op_rows/*.py`. Run by hand, once per release:

    TVM_NUM_THREADS=1 TOPHUB_LOCATION=NONE .../tvm-0.19/bin/python tests/corpus/record_ops.py relay 0.19
    TVM_NUM_THREADS=1 TOPHUB_LOCATION=NONE .../tvm-0.27/bin/python tests/corpus/record_ops.py relax 0.27

Each run writes, for every family (every file of rows), `ops/FAMILY/SIDE-RELEASE.json` (rows in order, result types,
refusals, and the signatures of the operators as the release states them) and `.npz`: the bytes of every row's inputs
and outputs one after the other, whose types and shapes the rows say. A row that TVM refuses or
cannot compile stays, with the stage that failed. Further arguments name the only families to record.
"""

# pyright: reportMissingImports=false

import functools
import inspect
import json
import runpy
import sys
import tempfile
from pathlib import Path

import numpy as np
import tvm

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE))

from row_language import K, Map, Open, Row, S, Shape, T, V, values  # noqa: E402

CPU = "llvm"
CONFIG = {"tir.disable_cse_tir": True}
"""This build of 0.19 makes no code of kernels in which common subexpressions have names."""


def main() -> None:
    side, release, *only = sys.argv[1:]
    for file in sorted((HERE / "op_rows").glob("*.py")):
        if not only or file.stem in only:
            rows = [row for row in runpy.run_path(str(file))["ROWS"] if row.side == side and release in row.releases]
            record_family(Relay() if side == "relay" else Relax(release), rows, HERE / "ops" / file.stem, side, release)


def record_family(recorder, rows: list[Row], folder: Path, side: str, release: str) -> None:
    entries, arrays = [], []
    for row in rows:
        entry = record(recorder, row, arrays)
        print(row.op, row.attrs, entry.get("failed", "ok"), entry.get("message", ""))
        entries.append(json.dumps(entry, separators=(",", ":")))
    folder.mkdir(exist_ok=True)
    signatures = json.dumps(recorder.signatures, separators=(",", ":"))
    text = '{"rows":[\n' + ",\n".join(entries) + '\n],"signatures":' + signatures + "}\n"
    (folder / f"{side}-{release}.json").write_text(text)
    data = np.frombuffer(b"".join(array.tobytes() for array in arrays), np.uint8)
    np.savez_compressed(folder / f"{side}-{release}.npz", data=data)


def record(recorder, row: Row, arrays: list[np.ndarray]) -> dict:
    inputs: list[np.ndarray] = []

    def place(operand, label):
        if isinstance(operand, (T, V, K, Open)):
            array = values(operand, len(row.op) + label)
            inputs.append(array)
            declared = {"dims": list(operand.dims)} if isinstance(operand, Open) else {}
            return {"constant" if isinstance(operand, K) else "tensor": len(inputs) - 1, **declared}
        if isinstance(operand, (list, tuple)):
            return {"tuple": [place(item, label + n) for n, item in enumerate(operand)]}
        if isinstance(operand, Shape):
            return {"shape": list(operand.dims)}
        assert isinstance(operand, S)
        return {"scalar": operand.value, "dtype": operand.dtype}

    operands = [place(operand, n) for n, operand in enumerate(row.operands)]
    attrs = {key: vars(value) if isinstance(value, (K, Map)) else value for key, value in row.attrs.items()}
    arrays += inputs
    entry = {"op": row.op, "operands": operands, "attrs": attrs, "inputs": shapes(inputs)}
    if row.refused:
        entry["refused"] = row.refused
    stage = "infer"
    recorder.operator = row.op
    try:
        module, entry["type"] = recorder.infer(row, operands, inputs)
        stage = "compute"
        results = recorder.compute(module, operands, inputs)
    # The point of a recording is to keep whatever a release does, so any failure is written down.
    except Exception as error:
        said = [line.strip() for line in str(error).splitlines() if line.strip()]
        message = said[-1][:200] if said else type(error).__name__
        return {**entry, "op": recorder.operator, "failed": stage, "message": message}
    arrays += results
    if row.wrong:
        entry |= {"failed": "values", "message": row.wrong}
    return {**entry, "op": recorder.operator, "outputs": shapes(results)}


def shapes(arrays: list[np.ndarray]) -> list:
    return [[list(array.shape), str(array.dtype)] for array in arrays]


class Relay:
    """Builds the call from the operator and its attribute struct, so that what is left out takes the C++ default."""

    def __init__(self) -> None:
        self.signatures = {}

    def infer(self, row, operands, inputs):
        from tvm import relay

        op = tvm.ir.Op.get(row.op)
        declared = _declared(operands, inputs)
        variables = [
            relay.var(f"x{n}", shape=[relay.Any() if dim is None else dim for dim in dims], dtype=str(array.dtype))
            for n, (dims, array) in enumerate(zip(declared, inputs, strict=True))
        ]

        def operand(item):
            if "constant" in item:
                return relay.const(inputs[item["constant"]], str(inputs[item["constant"]].dtype))
            if "tuple" in item:
                return relay.Tuple([operand(part) for part in item["tuple"]])
            return variables[item["tensor"]]

        attrs, attrs_type = None, row.attrs_type or op.attrs_type_key or None
        if attrs_type:
            written = {k: relay.const(values(v, 0), v.dtype) if isinstance(v, K) else v for k, v in row.attrs.items()}
            maps = {k: tvm.tir.IndexMap.from_func(index_map(v)) for k, v in written.items() if isinstance(v, Map)}
            written |= maps
            attrs = make_attrs(row.op, attrs_type, written)
        self._sign(row.op, op, attrs_type, attrs)
        call = relay.Call(op, [operand(item) for item in operands], attrs)
        used = [v for n, v in enumerate(variables) if {"constant": n} not in operands]
        module = relay.transform.InferType()(tvm.IRModule.from_expr(relay.Function(used, call)))
        return module, _type(module["main"].ret_type)

    def compute(self, module, operands, inputs):
        from tvm import relay
        from tvm.contrib import graph_executor

        if _is_open(module["main"].checked_type):
            given = [array for n, array in enumerate(inputs) if {"constant": n} not in operands]
            with tvm.transform.PassContext(config=CONFIG):
                machine = relay.create_executor("vm", mod=module, device=tvm.cpu(), target=CPU)
                result = machine.evaluate()(*given)
            return [item.numpy() for item in ([result] if hasattr(result, "numpy") else result)]
        if any(name.startswith("qnn.") or name.endswith("_backward_weight") for name in self.signatures):
            # Quantized operators are sugar that opt_level 0 would leave in; a few others must be legalised.
            with tvm.target.Target(CPU):
                canonical = relay.qnn.transform.Legalize(), relay.qnn.transform.CanonicalizeOps()
                for step in (*canonical, relay.transform.Legalize()):
                    module = step(relay.transform.InferType()(module))
        library = _library(module)
        executor = graph_executor.GraphModule(library["default"](tvm.cpu()))
        for n, array in enumerate(inputs):
            if {"constant": n} not in operands:
                executor.set_input(f"x{n}", array)
        executor.run()
        return [executor.get_output(n).numpy() for n in range(executor.get_num_outputs())]

    def _sign(self, name, op, attrs_type, attrs) -> None:
        fields = []
        if attrs is not None:
            fields = _described(attrs)
        self.signatures[name] = {
            "arguments": op.num_inputs,
            "attrs_type": attrs_type,
            "declared": (op.attrs_type_key or None) == attrs_type,
            "fields": fields,
        }


class Relax:
    """Calls the Python function of the operator, as a script does, so that what is left out takes its default."""

    def __init__(self, release: str) -> None:
        from tvm import relax

        self.relax, self.old, self.signatures = relax, release == "0.19", {}

    def infer(self, row, operands, inputs):
        relax = self.relax
        tensor = relax.TensorStructInfo if self.old else relax.TensorType
        variables = [relax.Var(f"x{n}", tensor(a.shape, str(a.dtype))) for n, a in enumerate(inputs)]

        def operand(item):
            if "tensor" in item:
                return variables[item["tensor"]]
            if "constant" in item:
                return relax.const(inputs[item["constant"]], str(inputs[item["constant"]].dtype))
            if "tuple" in item:
                return relax.Tuple([operand(part) for part in item["tuple"]])
            if "shape" in item:
                return relax.ShapeExpr(item["shape"])
            return self._scalar(item["scalar"], item["dtype"])

        function = pad_first if self.old and row.op == "nn.pad" else relax.op
        for part in () if function is pad_first else row.op.split("."):
            function = getattr(function, part)
        builder = relax.BlockBuilder()
        with builder.function("main", variables):
            with builder.dataflow():
                attrs = {key: index_map(v) if isinstance(v, Map) else v for key, v in row.attrs.items()}
                call = function(*[operand(item) for item in operands], **attrs)
                # A function may call one of several operators, by its arguments.
                self.operator = call.op.name.removeprefix("relax.")
                result = builder.emit_output(builder.emit(call))
            builder.emit_func_output(result)
        self._sign(self.operator, call, function)
        module = builder.get()
        main = module["main"]
        return module, _type(main.ret_struct_info if self.old else main.ret_ty)

    def compute(self, module, _operands, inputs):
        built = self._build(module)
        machine = self.relax.VirtualMachine(built, tvm.cpu())
        wrap = tvm.nd.array if self.old else tvm.runtime.tensor
        result = machine["main"](*[wrap(array) for array in inputs])
        return [item.numpy() for item in ([result] if hasattr(result, "numpy") else result)]

    def _build(self, module):
        if not self.old:
            return tvm.compile(module, target=CPU)
        try:
            return self.relax.build(module, target=CPU)
        except tvm.TVMError as error:
            if "dbg_" not in str(error):
                raise
        with tvm.transform.PassContext(opt_level=3, config=CONFIG):
            return self.relax.build(module, target=CPU)

    def _scalar(self, value, dtype):
        if dtype is None:
            return value
        if self.old:
            return self.relax.PrimValue(tvm.tir.const(value, dtype))
        from tvm import tirx

        return tirx.const(value, dtype)

    def _sign(self, name, call, function) -> None:
        fields, attrs_type = [], None
        if call.attrs is not None:
            if self.old:
                fields, attrs_type = _described(call.attrs), _struct_name(call.attrs)
            else:
                described = type(call.attrs).__tvm_ffi_type_info__
                fields, attrs_type = [[item.name, str(item.ty)] for item in described.fields], described.type_key
        defaults = {
            key: item.default
            for key, item in inspect.signature(function).parameters.items()
            if item.default is not inspect.Parameter.empty
        }
        self.signatures[name] = {
            "arguments": call.op.num_inputs,
            "attrs_type": attrs_type,
            "fields": fields,
            "python_defaults": {
                k: v for k, v in defaults.items() if isinstance(v, (int, float, str, tuple, type(None)))
            },
        }


def _described(attrs) -> list[list[str]] | None:
    """Names and types of the fields of a struct of 0.19; None for what is no struct of its own."""
    try:
        # Not the method of Python's class, which a few structs do not have.
        return [[info.name, info.type_info] for info in tvm.ir._ffi_api.AttrsListFieldInfo(attrs)]
    except Exception:
        return None


def _struct_name(attrs) -> str:
    saved = json.loads(tvm.ir.save_json(attrs))
    return saved["nodes"][saved["root"]]["type_key"]


def _library(module):
    from tvm import relay

    for config in ({}, {"tir.disable_cse_tir": True}, {"tir.disable_cse_tir": True, "tir.disable_vectorize": True}):
        try:
            with tvm.transform.PassContext(opt_level=0, config=config):
                return relay.build(module, target=CPU)
        except tvm.TVMError as error:
            if "dbg_" not in str(error):
                raise
        except RuntimeError:
            # Winograd's convolution is offered to the auto-scheduler only, which has a schedule of its own for it.
            with tvm.transform.PassContext(opt_level=0, config={**config, "relay.backend.use_auto_scheduler": True}):
                return relay.build(module, target=CPU)
    # LLVM as it is built into the wheel refuses kernels that bind scalars by let; a C compiler takes them, but is given
    # constants of seven digits.
    _call_c()
    with tvm.transform.PassContext(opt_level=0, config={"tir.disable_vectorize": True}):
        library = relay.build(module, target="c")
    file = f"{tempfile.mkdtemp()}/kernels.so"
    library.export_library(file)
    return tvm.runtime.load_module(file)


@functools.cache
def _call_c():
    for name in ("floor", "ceil", "round", "trunc", "fabs", "exp", "log", "sqrt", "pow"):
        tvm.ir.register_intrin_lowering(f"tir.{name}", target="c", f=functools.partial(_c_call, name), level=99)


def _c_call(name, call):
    return tvm.tir.call_pure_extern(call.dtype, name + ("f" if call.dtype == "float32" else ""), *call.args)


def make_attrs(op, attrs_type, written):
    """The attribute struct of a call; one type key names two structs, of which only the other can be made by name."""
    if op != "relay.op.annotation.simulated_quantize":
        return tvm.ir.make_node(attrs_type, **written)
    from tvm import relay

    number = relay.const(1.0)
    known = {"kind": 1, "sign": True, "rounding": "round", **written}
    return relay.quantize._quantize.simulated_quantize(number, number, number, number, *known.values()).attrs


def pad_first(data, value, **attrs):
    """nn.pad of Relax 0.19, whose value is an operand that its Python function takes between two attributes."""
    from tvm import relax

    return relax.op.nn.pad(data, attrs.pop("pad_width"), value, **attrs)


def index_map(written: Map):
    """The Python function that a map of indices is."""
    return eval(f"lambda {written.initial}: {written.final}")  # noqa: S307 (a text of our own rows)


def _declared(operands, inputs):
    """The dimensions that the program states for every input."""
    found = {}
    stack = list(operands)
    while stack:
        item = stack.pop()
        stack += item.get("tuple", [])
        if "dims" in item:
            found[item["tensor"]] = item["dims"]
    return [found.get(n, list(array.shape)) for n, array in enumerate(inputs)]


def _is_open(item):
    """Whether a type has a dimension that is no number."""
    parts = [*getattr(item, "arg_types", ()), *getattr(item, "fields", ())]
    parts += [item.ret_type] if hasattr(item, "ret_type") else []
    dims = getattr(item, "shape", ())
    return any(map(_is_open, parts)) or any(not isinstance(dim, (int, tvm.tir.IntImm)) for dim in dims)


def _type(item):
    """A tensor type as [dims, dtype], with None for a dimension that is no number; a tuple type under "tuple"."""
    fields = getattr(item, "fields", None)
    if fields is not None:
        return {"tuple": [_type(field) for field in fields]}
    dims = [None] * item.ndim if item.shape is None else item.shape
    sizes = [dim if isinstance(dim, int) else getattr(dim, "value", None) for dim in dims]
    return [[None if size is None else int(size) for size in sizes], str(item.dtype)]


if __name__ == "__main__":
    main()
