# pyright: basic, reportMissingImports=false
"""Answers questions about Relay and Relax with the TVM of the interpreter that runs it.

Written for Relay of TVM 0.8 to 0.19 and Relax of 0.19 to 0.27, on Python 3.7 and later; run with the wheels of 0.19,
0.21, 0.25, 0.26 and 0.27 only, as there are none of older releases.
"""

from __future__ import annotations

import platform
import runpy
from pathlib import Path
from typing import Any

import serve

serve.prepare()

import numpy as np  # noqa: E402
import tvm  # noqa: E402
from tvm_values import from_tvm, to_tvm  # noqa: E402

operation, message, in_order = serve.operation, serve.message, serve.in_order

#: For a defect of the 0.19 wheel: its debug information fails LLVM's verifier in kernels with let-bound values.
CONFIG = {"tir.disable_cse_tir": True} if tvm.__version__.startswith("0.19.") else {}


# ---- Relay


def read_relay(module: str, infer_types: bool = True) -> Any:
    from tvm import relay

    found = tvm.ir.load_json(module) if module.lstrip().startswith("{") else _parsed(module)
    if not isinstance(found, tvm.IRModule):
        found = tvm.IRModule.from_expr(found)
    return relay.transform.InferType()(found) if infer_types else found


def _parsed(text: str) -> Any:
    from tvm import relay

    return relay.fromtext(text) if hasattr(relay, "fromtext") else tvm.parser.fromtext(text)


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
        unknown = [name for name in params if name not in names]
        if unknown:
            raise ValueError(f"no parameter named {', '.join(unknown)}")
        found["main"] = relay.build_module.bind_params_by_name(found["main"], params)
        found = relay.transform.InferType()(found)
    arguments = in_order(values["inputs"], [p.name_hint for p in found["main"].params])
    with tvm.transform.PassContext(opt_level=opt_level, config=CONFIG):
        run = relay.create_executor(executor, mod=found, device=tvm.cpu(), target="llvm").evaluate()
        outputs = run(*[_relay_argument(value) for value in arguments])
    return None, from_tvm(outputs)


def _relay_argument(value: Any) -> Any:
    if isinstance(value, tuple):
        return tuple([_relay_argument(item) for item in value])
    return to_tvm(np.asarray(value))


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
    from tvm import relax

    answer = {"parses": False, "well_formed": False, "printed": "", "message": ""}
    try:
        module = tvm.script.from_source(text, check_well_formed=False)
        answer.update(parses=True, printed=module.script(show_meta=True))
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
    from tvm import relax

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
    from tvm import relax

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
        told["failed"] = ""
        return told, outputs
    except Exception as error:
        told["message"] = f"{type(error).__name__}: {message(error)}"
        return told, ()


def _built(module, library):
    """An executable, and its target: C, compiled to a file `library`, where LLVM refuses what the wheel gives it."""
    from tvm import relax

    try:
        return relax.build(module, tvm.target.Target("llvm")), "llvm"
    except Exception as error:
        if "LLVM module verification failed" not in str(error):
            raise
    relax.build(module, tvm.target.Target("c")).export_library(library, cc="gcc")
    return tvm.runtime.load_module(library), "c"


@operation
def languages(_values):
    """Which of Relay and Relax this TVM has."""
    import importlib.util

    return [name for name in ("relay", "relax") if importlib.util.find_spec(f"tvm.{name}")], None


@operation
def versions(_values):
    return {"tvm": tvm.__version__, "numpy": np.__version__, "python": platform.python_version()}, None


if __name__ == "__main__":
    serve.serve()
