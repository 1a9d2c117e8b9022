"""Record every operator of Relay as TVM 0.19 registers it, and what a call that writes no attributes means to it.

    PYTHON_WITH_TVM_0.19 tests/corpus/record_relay_inventory.py

Writes relay_inventory.json: by operator the names of its arguments, the type key of its attributes and whether the
operator declares it, the fields in the order of the struct with type and default, and the attributes that the text
``op(%x0, ...)`` gets: values by name, null where it gets none, "refused" where TVM wants an attribute to be written.
"""

# pyright: reportMissingImports=false

import json
import re
from pathlib import Path

import tvm
from tvm import relay

HERE = Path(__file__).parent
FOREIGN = ("tir.", "relax.", "script.")
CARRIED = {
    "annotation.cast_hint": "CastHintAttrs", "annotation.compiler_begin": "CompilerAttrs",
    "annotation.compiler_end": "CompilerAttrs", "annotation.with_funcid": "WithFuncIdAttrs",
    "collapse_sum_to": "InitOpAttrs",
    "cumprod": "ScanopAttrs", "cumsum": "ScanopAttrs", "dft": "DFTAttrs", "dyn.expand_dims": "DynExpandDimsAttrs",
    "nn.dilate": "DilateAttrs", "scatter_elements": "ScatterElementsAttrs", "scatter_nd": "ScatterNDAttrs",
    "stft": "StftAttrs", "trilu": "TriluAttrs", "unique": "UniqueAttrs",
    "nn.avg_pool2d_grad": "AvgPool2DAttrs", "nn.contrib_dense_pack": "DensePackAttrs",
    "vision.all_class_non_max_suppression": "AllClassNonMaximumSuppressionAttrs",
    "vision.get_valid_counts": "GetValidCountsAttrs", "vision.non_max_suppression": "NonMaximumSuppressionAttrs",
    "vision.proposal": "ProposalAttrs", "vision.regular_non_max_suppression": "RegularNonMaximumSuppressionAttrs",
    "vision.roi_align": "ROIAlignAttrs", "vision.roi_pool": "ROIPoolAttrs",
}  # fmt: skip
"""The structs that calls carry where the operator declares none or another one."""
SIMULATED = "relay.op.annotation.simulated_quantize"
REQUIRED = re.compile(r"required field '?`?(\w+)")
VIRTUAL = relay.annotation.on_device(relay.const(1), tvm.cpu()).attrs.virtual_device
CANDIDATES = (0, 1.5, "float32", (1, 1), ((1, 1), (1, 1)), "NCHW", relay.const(1), VIRTUAL, None)


def main() -> None:
    names = [name for name in tvm.ir.Op.list_op_names() if not name.startswith(FOREIGN)]
    found = {name: entry(name) for name in sorted(names)}
    lines = [f"{json.dumps(name)}: {json.dumps(item)}" for name, item in found.items()]
    (HERE / "relay_inventory.json").write_text("{\n" + ",\n".join(lines) + "\n}\n")


def entry(name: str) -> dict:
    op = tvm.ir.Op.get(name)
    key = f"relay.attrs.{CARRIED[name]}" if name in CARRIED else op.attrs_type_key or None
    attrs = (quantize() if name == SIMULATED else instance(key)) if key else None
    fields = [] if key is None else None if attrs is None else [[info.name, info.type_info] for info in infos(attrs)]
    return {
        "arguments": [argument.name for argument in op.arguments], "count": op.num_inputs, "attrs_type": key,
        "declared": (op.attrs_type_key or None) == key, "fields": fields, "bare": bare(name, max(op.num_inputs, 0)),
    }  # fmt: skip


def quantize():
    """The attributes of simulated_quantize, whose type key names another struct, too."""
    number = relay.const(1.0)
    return relay.quantize._quantize.simulated_quantize(number, number, number, number, 1, True, "round").attrs


def instance(key: str):
    """Attributes of a struct, whatever values it requires."""
    written: dict = {}
    tried: dict = {}
    while True:
        try:
            return tvm.ir.make_node(key, **written)
        except Exception as error:
            missing, message = REQUIRED.search(str(error)), str(error).strip().splitlines()[-1]
        field = missing[1] if missing else next(reversed(written), None)
        place = tried.get(field, -1) + 1
        if field is None or place == len(CANDIDATES):
            print(key, written, message)
            return None
        tried[field], written[field] = place, CANDIDATES[place]


def infos(attrs):
    """The fields of a struct; some have no Python class of their own."""
    return tvm.ir._ffi_api.AttrsListFieldInfo(attrs)


def bare(name: str, count: int):
    operands = ", ".join(f"%x{n}" for n in range(count))
    text = f'#[version = "0.0.5"]\nfn ({operands}) {{ {name}({operands}) }}'
    try:
        attrs = relay.parse_expr(text).body.attrs
    # Whatever TVM raises is its refusal.
    except Exception as error:
        print(name, str(error).strip().splitlines()[-1][:150])
        return "refused"
    if attrs is None:
        return None
    return {field: plain(getattr(attrs, field)) for field in (info.name for info in infos(attrs))}


def plain(value):
    if isinstance(value, (tvm.tir.IntImm, tvm.tir.FloatImm)):
        return value.value
    if isinstance(value, (tvm.ir.Array, list, tuple)):
        return [plain(item) for item in value]
    if isinstance(value, tvm.tir.Any):
        return "?"
    return value if value is None or isinstance(value, (bool, int, float)) else str(value)


main()
