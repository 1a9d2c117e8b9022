# pyright: basic, reportMissingImports=false
"""Answers questions about Relay and Relax with the TVM of the environment it runs in. Started by `oracle.session`.

Runs under TVM 0.19 to 0.27; needs TVM and numpy only. One JSON line in, one JSON line out.
"""

import json
import os
import platform
import re
import runpy
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import tvm
from tvm import relax

from oracle import wire

#: For a defect of the 0.19 wheel: its debug information fails LLVM's verifier in kernels with let-bound values.
CONFIG = {"tir.disable_cse_tir": True} if tvm.__version__.startswith("0.19.") else {}

NATIVE_STACK = re.compile(r'Traceback \(most recent call last\):|\s+\d+: |\s+File ".*", line \d+$')

OPERATIONS: dict[str, Callable[..., tuple[Any, Any]]] = {}


def operation(function: Callable[..., tuple[Any, Any]]) -> Callable[..., tuple[Any, Any]]:
    """Registers a function `(values, **options) -> (JSON result, value)` under its name."""
    OPERATIONS[function.__name__] = function
    return function


# ---- values


def to_tvm(value: Any) -> Any:
    if isinstance(value, wire.Shape):
        return tvm.runtime.ShapeTuple(list(value))
    if isinstance(value, tuple | list):
        return [to_tvm(item) for item in value]
    if isinstance(value, int):
        return value
    array = np.ascontiguousarray(value).reshape(np.shape(value))  # ascontiguousarray makes rank 0 rank 1
    return tvm.runtime.tensor(array) if hasattr(tvm.runtime, "tensor") else tvm.nd.array(array)


def from_tvm(value: Any) -> Any:
    if hasattr(value, "numpy"):
        return _with_dtype(value.numpy(), str(value.dtype))
    if isinstance(value, tvm.runtime.ShapeTuple):
        return np.array(list(value), "int64")
    if isinstance(value, bool | int | float):
        return np.asarray(value)
    if type(value).__name__ == "RefValue":
        return from_tvm(value.value)
    if type(value).__name__ == "ConstructorValue":
        return tuple(from_tvm(field) for field in value.fields)
    if type(value).__name__ in ("ADT", "Array", "list", "tuple"):
        return tuple(from_tvm(item) for item in value)
    raise TypeError(f"cannot send back a {type(value).__name__}")


def _with_dtype(array: Any, name: str) -> Any:
    if name != "bfloat16" or array.dtype.name == name:
        return array
    import ml_dtypes  # 0.19 gives the bits of a bfloat16 as uint16

    return array.view(ml_dtypes.bfloat16)


def in_order(inputs: Any, names: list[str]) -> list[Any]:
    if not isinstance(inputs, Mapping):
        return list(inputs)
    if missing := [name for name in names if name not in inputs]:
        raise ValueError(f"no input for {', '.join(missing)}")
    if unknown := [name for name in inputs if name not in names]:
        raise ValueError(f"no parameter named {', '.join(unknown)}")
    return [inputs[name] for name in names]


# ---- Relay


def read_relay(module: str, infer_types: bool = True) -> Any:
    from tvm import relay

    found = tvm.ir.load_json(module) if module.lstrip().startswith("{") else relay.fromtext(module)
    if not isinstance(found, tvm.IRModule):
        found = tvm.IRModule.from_expr(found)
    return relay.transform.InferType()(found) if infer_types else found


@operation
def relay_run(values, module, opt_level, executor, params_file=None):
    from tvm import relay

    found = read_relay(module)
    if params_file:
        params = relay.load_param_dict(Path(params_file).read_bytes())
    else:
        params = {name: to_tvm(value) for name, value in (values["params"] or {}).items()}
    if params:
        names = [p.name_hint for p in found["main"].params]
        if unknown := [name for name in params if name not in names]:
            raise ValueError(f"no parameter named {', '.join(unknown)}")
        found["main"] = relay.build_module.bind_params_by_name(found["main"], params)
        found = relay.transform.InferType()(found)
    arguments = in_order(values["inputs"], [p.name_hint for p in found["main"].params])
    with tvm.transform.PassContext(opt_level=opt_level, config=CONFIG):
        run = relay.create_executor(executor, mod=found, device=tvm.cpu(), target="llvm").evaluate()
        outputs = run(*[_relay_argument(value) for value in arguments])
    return None, from_tvm(outputs)


def _relay_argument(value: Any) -> Any:
    return tuple(_relay_argument(item) for item in value) if isinstance(value, tuple) else to_tvm(np.asarray(value))


@operation
def relay_text(_values, module, infer_types):
    return read_relay(module, infer_types).astext(show_meta_data=True), None


@operation
def relay_json(_values, module, infer_types):
    return tvm.ir.save_json(read_relay(module, infer_types)), None


@operation
def relay_types(_values, module):
    from tvm import relay

    def text(kind: Any) -> str:
        return relay.astext(kind, show_meta_data=False).partition("\n")[2].strip()

    found = read_relay(module)
    return {g.name_hint: text(found[g].checked_type) for g in found.get_global_vars()}, None


@operation
def relay_equal(_values, first, second):
    one, other = tvm.ir.load_json(first), tvm.ir.load_json(second)
    if tvm.ir.structural_equal(one, other):
        return True, None
    return (False if tvm.ir.structural_equal(one, tvm.ir.load_json(first)) else None), None


# ---- Relax


@operation
def relax_check(_values, text):
    answer = {"parses": False, "well_formed": False, "printed": "", "message": ""}
    try:
        module = tvm.script.from_source(text, check_well_formed=False)
        answer |= {"parses": True, "printed": module.script(show_meta=True)}
        # Up to 0.24 it gives a bool, from 0.25 on it raises and gives None.
        well_formed = relax.analysis.well_formed(module)
        answer["well_formed"] = well_formed is None or bool(well_formed)
        if not answer["well_formed"]:
            answer["message"] = "relax.analysis.well_formed is false"
    except Exception as error:
        answer["message"] = f"{type(error).__name__}: {message(error)}"
    return answer, None


@operation
def relax_print(_values, text, check, options):
    return tvm.script.from_source(text, check_well_formed=check).script(**options), None


@operation
def relax_names(_values):
    import inspect

    from tvm.script.parser import relax as names

    def told(name: str) -> str:
        try:
            return str(inspect.signature(getattr(names, name)))
        except (TypeError, ValueError):
            return ""

    return {name: told(name) for name in sorted(set(names.__all__) | set(dir(names))) if name[0] != "_"}, None


@operation
def relax_run(values, text, opt_level, entry, runtime=None):
    if runtime is not None:
        runpy.run_path(runtime)
    module = tvm.script.from_source(text)
    with tvm.transform.PassContext(opt_level=opt_level, config=CONFIG):
        executable = relax.build(module, tvm.target.Target("llvm"))
    if entry is None:
        return None, None
    names = [p.name_hint if hasattr(p, "name_hint") else p.name for p in module[entry].params]
    arguments = [to_tvm(value) for value in in_order(values["inputs"], names)]
    return None, from_tvm(relax.VirtualMachine(executable, tvm.cpu())[entry](*arguments))


@operation
def relax_trial(values, text, opt_level, entry, library, runtime):
    """As far as it goes: a failure tells its stage."""
    told = {"failed": "parse", "message": "", "target": ""}
    if runtime is not None:
        runpy.run_path(runtime)
    try:
        module = tvm.script.from_source(text)
        told["failed"] = "build"
        with tvm.transform.PassContext(opt_level=opt_level, config=CONFIG):
            executable, told["target"] = _built(module, library)
        told["failed"] = "run"
        arguments = [to_tvm(value) for value in values["inputs"]]
        outputs = from_tvm(relax.VirtualMachine(executable, tvm.cpu())[entry](*arguments))
        return told | {"failed": ""}, outputs
    except Exception as error:
        return told | {"message": f"{type(error).__name__}: {message(error)}"}, ()


def _built(module, library):
    """An executable, and its target: C, compiled to a file `library`, where LLVM refuses what the wheel gives it."""
    try:
        return relax.build(module, tvm.target.Target("llvm")), "llvm"
    except Exception as error:
        if "LLVM module verification failed" not in str(error):
            raise
    relax.build(module, tvm.target.Target("c")).export_library(library, cc="gcc")
    return tvm.runtime.load_module(library), "c"


@operation
def versions(_values):
    return {"tvm": tvm.__version__, "numpy": np.__version__, "python": platform.python_version()}, None


# ---- the loop


def answer(line: bytes) -> dict[str, Any]:
    request = json.loads(line)
    folder = Path(request["folder"])
    try:
        values = wire.load(request["values"], folder / "request.npz")
        result, outputs = OPERATIONS[request["operation"]](values, **request["options"])
        return {"result": result, "values": wire.save(outputs, folder / "reply.npz")}
    except Exception as error:
        return {"error": {"kind": type(error).__name__, "message": message(error)}}


def message(error: Exception) -> str:
    """The text of an exception without the native stack that TVM puts before it."""
    kept = "\n".join(line for line in str(error).splitlines() if not NATIVE_STACK.match(line)).strip()
    return kept.removeprefix(f"{type(error).__name__}: ")


def main() -> None:
    # TVM and its passes may print: the answers get a descriptor of their own, and what is printed goes to stderr.
    answers = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)
    for line in sys.stdin.buffer:
        told = json.dumps(answer(line))
        sys.stdout.flush()
        sys.stderr.flush()
        answers.write(told.encode() + b"\n")
        answers.flush()


if __name__ == "__main__":
    main()
