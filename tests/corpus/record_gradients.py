"""Records the gradients that real TVM gives for the rows of gradient_rows.py. Run by hand, once per release:

    TVM_NUM_THREADS=1 TOPHUB_LOCATION=NONE .../tvm-0.19/bin/python tests/corpus/record_gradients.py relay 0.19
    TVM_NUM_THREADS=1 TOPHUB_LOCATION=NONE .../tvm-0.27/bin/python tests/corpus/record_gradients.py relax 0.27

Writes `gradients/SIDE-RELEASE.json`: of every row the program before and after differentiation as TVM prints them, and
the shapes of the arrays in the `.npz` beside it, one after the other: arguments, then the leaves of the result. A row
that TVM does not differentiate or cannot run stays, with the stage that failed.
"""

# pyright: reportMissingImports=false

import json
import re
import sys
import textwrap
from pathlib import Path

import numpy as np
import tvm

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE))

from gradient_rows import RELAX, RELAY, Gradient  # noqa: E402
from record_ops import CONFIG, CPU  # noqa: E402
from row_language import values  # noqa: E402

NAMES = "xyz"
SCRIPT = """
@R.function
def main({params}):
    with R.dataflow():
        a = {expression}
        b = {weighed}
        gv = {total}
        R.output(gv)
    return gv
"""


def main() -> None:
    side, release = sys.argv[1:]
    recorder = Relay() if side == "relay" else Relax(release)
    rows = RELAY if side == "relay" else [row for row in RELAX if release in row.releases]
    entries, arrays = [], []
    for row in rows:
        entry = record(recorder, row, arrays)
        print(row.expression, entry.get("failed", "ok"), entry.get("message", ""))
        entries.append(json.dumps(entry, separators=(",", ":")))
    (HERE / "gradients" / f"{side}-{release}.json").write_text("[\n" + ",\n".join(entries) + "\n]\n")
    data = np.frombuffer(b"".join(array.tobytes() for array in arrays), np.uint8)
    np.savez_compressed(HERE / "gradients" / f"{side}-{release}.npz", data=data)


def record(recorder, row: Gradient, arrays: list[np.ndarray]) -> dict:
    given = [values(tensor, len(row.expression) + n) for n, tensor in enumerate(row.tensors)]
    entry: dict = {"expression": row.expression}
    stage = "infer"
    try:
        before, extra = recorder.before(row, given)
        given += extra
        arrays += given
        entry |= {"before": recorder.text(before), "inputs": shapes(given)}
        stage = "gradient"
        after = recorder.after(before)
        entry["after"] = recorder.text(after)
        stage = "compute"
        results = recorder.run(after, given)
    # The point of a recording is to keep whatever a release does, so any failure is written down.
    except Exception as error:
        said = [line.strip() for line in str(error).splitlines() if line.strip()]
        return {**entry, "failed": stage, "message": said[-1][:200] if said else type(error).__name__}
    arrays += results
    return {**entry, "outputs": shapes(results)}


def shapes(arrays: list[np.ndarray]) -> list:
    return [[list(array.shape), str(array.dtype)] for array in arrays]


def weights(shape) -> np.ndarray:
    """What the elements of the differentiated expression are multiplied by."""
    return np.random.default_rng(1).uniform(0.5, 2.0, [int(dim) for dim in shape])


class Relay:
    """First order: straight-line programs."""

    def before(self, row, given):
        from tvm import relay

        variables = {n: relay.var(n, shape=a.shape, dtype=str(a.dtype)) for n, a in zip(NAMES, given, strict=False)}
        if row.expression.startswith("relay."):
            call = eval(row.expression, {"relay": relay, **variables})  # noqa: S307 (a text of our own rows)
            call = relay.transform.InferType()(tvm.IRModule.from_expr(call))["main"].body
            variables = {var.name_hint: var for var in relay.analysis.free_vars(call)}
        else:
            params = ", ".join(
                f"%{n}: Tensor[{_dims(var)}, {var.type_annotation.dtype}]" for n, var in variables.items()
            )
            text = f'#[version = "0.0.5"]\ndef @main({params}) {{ {row.expression} }}'
            main = relay.transform.InferType()(relay.fromtext(text))["main"]
            call, variables = main.body, {var.name_hint: var for var in main.params}
        type_, extra = call.checked_type, []
        if not any(isinstance(dim, tvm.tir.Any) for dim in type_.shape):
            extra = [weights(type_.shape).astype(type_.dtype)]
            variables["w"] = relay.var("w", type_)
            call = relay.multiply(call, variables["w"])
        module = tvm.IRModule.from_expr(relay.Function(list(variables.values()), call))
        return relay.transform.InferType()(module), extra

    def after(self, module):
        from tvm import relay

        made = relay.transform.gradient(module["main"], mode="first_order")
        return relay.transform.InferType()(tvm.IRModule.from_expr(made))

    def text(self, module):
        return re.sub(r" /\* (ty|span)=[^*]* \*/", "", module.astext())

    def run(self, module, given):
        from tvm import relay

        for config in (CONFIG, {**CONFIG, "tir.disable_vectorize": True}):
            try:
                with tvm.transform.PassContext(opt_level=1, config=config):
                    value = relay.create_executor("vm", mod=module, device=tvm.cpu(), target=CPU).evaluate()(*given)
                break
            except tvm.TVMError:
                continue
        else:
            value = relay.create_executor("debug", mod=module, device=tvm.cpu(), target=CPU).evaluate()(*given)
        return _leaves(value)


class Relax:
    def __init__(self, release: str) -> None:
        from tvm import relax

        self.relax, self.old = relax, release == "0.19"

    def before(self, row, given):
        params = [f'{n}: R.Tensor({a.shape}, "{a.dtype}")' for n, a in zip(NAMES, given, strict=False)]
        bare = self._parse(params, row.expression, "R.multiply(a, a)", "R.sum(b)")
        type_ = self._type(bare["main"].body.blocks[0].bindings[-3].var)
        dims = tuple(map(int, type_.shape))
        params.append(f'w: R.Tensor({dims}, "{type_.dtype}")')
        total = "R.sum(b)" if dims else "b"
        return self._parse(params, row.expression, "R.multiply(a, w)", total), [weights(dims).astype(str(type_.dtype))]

    def _type(self, var):
        return var.struct_info if self.old else var.ty

    def _parse(self, params, expression, weighed, total):
        text = SCRIPT.format(params=", ".join(params), expression=expression, weighed=weighed, total=total)
        return tvm.script.from_source("@I.ir_module\nclass Module:\n" + textwrap.indent(text, "    "))

    def after(self, module):
        params = [var for var in module["main"].params if "float" in str(self._type(var).dtype)]
        return self.relax.transform.Gradient("main", params)(module)

    def text(self, module):
        head, *functions = module.script().split("    @R.function\n")
        wanted = next((text for text in functions if text.lstrip().startswith("def main_adjoint")), functions[-1])
        lines = (head + "    @R.function\n" + wanted).splitlines()
        return "\n".join(line for line in lines if not line.startswith("#"))

    def run(self, module, given):
        module = self.relax.transform.LegalizeOps()(module)
        with tvm.transform.PassContext(config=CONFIG if self.old else {}):
            built = (self.relax.build if self.old else tvm.compile)(module, target=CPU)
        wrap = tvm.nd.array if self.old else tvm.runtime.tensor
        machine = self.relax.VirtualMachine(built, tvm.cpu())
        return _leaves(machine["main_adjoint"](*[wrap(array) for array in given]))


def _leaves(value) -> list[np.ndarray]:
    if hasattr(value, "numpy"):
        return [value.numpy()]
    return [leaf for item in value for leaf in _leaves(item)]


def _dims(var) -> str:
    dims = [str(int(dim)) for dim in var.type_annotation.shape]
    return f"({', '.join(dims)})" if len(dims) != 1 else f"({dims[0]},)"


if __name__ == "__main__":
    main()
