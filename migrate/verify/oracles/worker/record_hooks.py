# pyright: basic, reportMissingImports=false
"""What is put around TVM's Python so that what goes through it is recorded. It does not change what comes out."""

from __future__ import annotations

import functools
from typing import Any, Callable

import numpy as np
import tvm
from record_store import Store, npz, origin, plain_data
from tvm import relay
from tvm_values import from_tvm


def install(store: Store, inner: bool) -> None:
    """Record from now on; with ``inner`` also the passes that passes and builds run."""
    _executors(store)
    _graph_executors(store)
    _virtual_machines(store)
    _passes(store)
    if inner:
        _inner_passes(store)
    _registrations(store)


def wrap(owner: Any, name: str, make: Callable[[Any], Any]) -> None:
    """Replace a function or method, where this TVM has it."""
    original = getattr(owner, name, None)
    if original is not None:
        setattr(owner, name, functools.wraps(original)(make(original)))


# ---- cases


def module_files(module: Any) -> dict[str, bytes]:
    """A module as JSON and text, its types inferred."""
    try:
        # Of a copy, since inference writes types into the nodes it is given.
        return _files(tvm.ir.load_json(tvm.ir.save_json(module)))
    except Exception:
        # 0.19 does not write a copy of a module with the prelude.
        return _files(module)


def _files(module: Any) -> dict[str, bytes]:
    found = relay.transform.InferType()(module)
    return {"module.json": tvm.ir.save_json(found).encode(), "module.relay": found.astext().encode()}


def add_answer(store: Store, files: dict[str, bytes], executor: str, args: list[Any], value: Any) -> None:
    arrays: dict[str, Any] = {f"arg_{n}": argument(arg) for n, arg in enumerate(args)}
    outputs: list[Any] = []
    nesting = nested(from_tvm(value), outputs)
    arrays.update({f"out_{n}": leaf for n, leaf in enumerate(outputs)})
    store.add("evaluated", dict(files, **{"data.npz": npz(arrays)}), {"executor": executor, "outputs": nesting})


def argument(value: Any) -> Any:
    found = value if isinstance(value, (np.ndarray, np.generic, int, float)) else from_tvm(value)
    if isinstance(found, tuple):
        raise TypeError("an argument is a tuple")
    return np.asarray(found)


def nested(value: Any, leaves: list[Any]) -> Any:
    """The nesting of a result: ``t`` for a tensor. Its arrays are added to ``leaves``."""
    if isinstance(value, tuple):
        return [nested(item, leaves) for item in value]
    leaves.append(np.asarray(value))
    return "t"


def in_order(function: Any, args: tuple, kwargs: dict[str, Any]) -> list[Any]:
    rest = [kwargs[param.name_hint] for param in function.params[len(args) :]]
    return [*args, *rest]


# ---- executors of create_executor


def _executors(store: Store) -> None:
    from tvm.relay.backend.interpreter import Executor

    kinds = {"Interpreter": "debug", "GraphExecutor": "graph", "VMExecutor": "vm", "AotExecutor": "aot"}

    def evaluate(original: Any) -> Any:
        def recorded(self: Any, expr: Any = None, binds: Any = None) -> Any:
            kind = kinds.get(type(self).__name__, type(self).__name__)
            found = store.guarded("evaluate", lambda: _of_executor(self, expr, binds))
            result = original(self, expr, binds)
            if found is None:
                return result
            files, function = found
            if not callable(result):
                store.guarded("result", lambda: add_answer(store, files, kind, [], result))
                return result

            @functools.wraps(result)
            def run(*args: Any, **kwargs: Any) -> Any:
                # Arguments may be changed by what they are given to.
                kept = store.guarded("arguments", lambda: [argument(arg) for arg in in_order(function, args, kwargs)])
                value = result(*args, **kwargs)
                if kept is not None:
                    store.guarded("result", lambda: add_answer(store, files, kind, kept, value))
                return value

            return run

        return recorded

    wrap(Executor, "evaluate", evaluate)


def _of_executor(executor: Any, expr: Any, binds: Any) -> Any:
    if binds:
        raise TypeError("evaluated with bindings")
    module = executor.mod
    if expr is not None:
        if isinstance(expr, tvm.ir.GlobalVar):
            raise TypeError("a function other than main")
        found = tvm.IRModule.from_expr(expr)
        if module is not None:
            for name, function in module.functions.items():
                if name.name_hint != "main":
                    found[name] = function
            for name, data in module.type_definitions.items():
                found[name] = data
        module = found
    return module_files(module), module["main"]


# ---- relay.build and graph executors


_MADE: dict[Any, Any] = {}
"""By the handle of a runtime module, which takes no attributes: itself, so that the handle stays its own, and what it
was made from."""


def _handle(module: Any) -> Any:
    handle = getattr(module, "handle", None)
    return id(module) if handle is None else getattr(handle, "value", handle)


def _graph_executors(store: Store) -> None:
    from tvm.contrib import graph_executor
    from tvm.relay.backend import executor_factory

    def build(original: Any) -> Any:
        def recorded(ir_mod: Any, *args: Any, **kwargs: Any) -> Any:
            found = store.guarded("build", lambda: _of_build(store, ir_mod, args, kwargs))
            paused, store.paused = store.paused, True
            try:
                result = original(ir_mod, *args, **kwargs)
            finally:
                store.paused = paused
            if found is not None:
                store.guarded("build", lambda: setattr(result, "_recorded", found))
            return result

        return recorded

    # Names of one function, or of functions that call each other: what runs inside is not recorded again.
    wrap(relay.build_module, "build", build)
    relay.build = relay.build_module.build

    def make(original: Any) -> Any:
        def recorded(self: Any, name: Any) -> Any:
            function = original(self, name)
            found = getattr(self, "_recorded", None)
            if found is None or name == "get_executor_config":
                return function

            def create(*args: Any) -> Any:
                module = function(*args)
                store.guarded("graph executor", lambda: _MADE.update({_handle(module): (module, found)}))
                return module

            return create

        return recorded

    for factory in ("GraphExecutorFactoryModule", "AOTExecutorFactoryModule"):
        if hasattr(executor_factory, factory):
            wrap(getattr(executor_factory, factory), "__getitem__", make)
    _graph_module(store, graph_executor.GraphModule)


def _graph_module(store: Store, kind: Any) -> None:
    def init(original: Any) -> Any:
        def recorded(self: Any, module: Any, *args: Any) -> None:
            original(self, module, *args)
            self._recorded = (store.guarded("graph executor", lambda: _MADE.get(_handle(module))) or (None, None))[1]
            self._values = {}

        return recorded

    def set_input(original: Any) -> Any:
        def recorded(self: Any, key: Any = None, value: Any = None, **params: Any) -> Any:
            def note() -> None:
                given: dict[Any, Any] = dict(params)
                if key is not None:
                    given[key] = value
                self._values.update({name: argument(item) for name, item in given.items()})

            store.guarded("input", note)
            return original(self, key, value, **params)

        return recorded

    def run(original: Any) -> Any:
        def recorded(self: Any, **given: Any) -> Any:
            result = original(self, **given)
            store.guarded("result", lambda: _of_graph(store, self))
            return result

        return recorded

    wrap(kind, "__init__", init)
    wrap(kind, "set_input", set_input)
    wrap(kind, "run", run)


def _of_build(store: Store, module: Any, args: tuple, kwargs: dict[str, Any]) -> Any:
    if not isinstance(module, tvm.IRModule):
        module = tvm.IRModule.from_expr(module)
    params = kwargs.get("params") or next((a for a in args if isinstance(a, dict) and _is_params(a)), None) or {}
    files = module_files(module)
    saved = {"module.params": bytes(relay.save_param_dict(params))} if params else {}
    store.add("models", dict(files, **saved), {"params": sorted(params)})
    return files, [param.name_hint for param in module["main"].params], params


def _is_params(value: dict[Any, Any]) -> bool:
    return bool(value) and all(isinstance(key, str) for key in value)


def _of_graph(store: Store, graph: Any) -> None:
    if graph._recorded is None:
        return
    files, names, params = graph._recorded
    # An input may be named by its place.
    given = {names[key] if isinstance(key, int) else str(key): value for key, value in graph._values.items()}
    args = [given[name] if name in given else params[name] for name in names]
    outputs = [graph.get_output(n) for n in range(graph.get_num_outputs())]
    add_answer(store, files, "graph", args, outputs[0] if len(outputs) == 1 else outputs)


# ---- relay.vm


def _virtual_machines(store: Store) -> None:
    from tvm.runtime import vm as machines

    def compiled(original: Any) -> Any:
        def recorded(mod: Any, target: Any = None, *args: Any, **kwargs: Any) -> Any:
            found = store.guarded("vm.compile", lambda: _of_build(store, mod, args, kwargs))
            paused, store.paused = store.paused, True
            try:
                result = original(mod, target, *args, **kwargs)
            finally:
                store.paused = paused
            if found is not None:
                store.guarded("vm.compile", lambda: setattr(result, "_recorded", found))
            return result

        return recorded

    def init(original: Any) -> Any:
        def recorded(self: Any, exe: Any, *args: Any, **kwargs: Any) -> None:
            original(self, exe, *args, **kwargs)
            self._recorded = getattr(exe, "_recorded", None)

        return recorded

    def run(original: Any) -> Any:
        def recorded(self: Any, *args: Any, **kwargs: Any) -> Any:
            value = original(self, *args, **kwargs)
            if getattr(self, "_recorded", None) is not None:
                store.guarded("result", lambda: _of_machine(store, self._recorded, args, kwargs, value))
            return value

        return recorded

    wrap(relay.vm, "compile", compiled)
    wrap(machines.VirtualMachine, "__init__", init)
    wrap(machines.VirtualMachine, "run", run)


def _of_machine(store: Store, found: Any, args: tuple, kwargs: dict[str, Any], value: Any) -> None:
    files, names, params = found
    free = [name for name in names if name not in params]
    given = dict(zip(free, args), **kwargs)
    ordered = [given[name] if name in given else params[name] for name in names]
    add_answer(store, files, "vm", ordered, value)


# ---- passes


def _passes(store: Store) -> None:
    from tvm.ir import transform

    for name in dir(relay.transform):
        factory = getattr(relay.transform, name)
        if not name.startswith("_") and name[0].isupper() and callable(factory):
            _factory(name, factory)

    def init(original: Any) -> Any:
        def recorded(self: Any, passes: Any = None, *args: Any, **kwargs: Any) -> None:
            original(self, passes, *args, **kwargs)
            self._steps = list(passes or [])

        return recorded

    def call(original: Any) -> Any:
        def recorded(self: Any, mod: Any) -> Any:
            if store.paused or not isinstance(mod, tvm.IRModule):
                return original(self, mod)
            before = store.guarded("pass", lambda: tvm.ir.save_json(mod))
            store.paused = True
            try:
                result = original(self, mod)
            finally:
                store.paused = False
            if before is not None:
                store.guarded("pass", lambda: _add_pass(store, described(self), before, tvm.ir.save_json(result)))
            return result

        return recorded

    wrap(transform.Sequential, "__init__", init)
    wrap(transform.Pass, "__call__", call)


def _factory(name: str, factory: Any) -> None:
    def make(original: Any) -> Any:
        def recorded(*args: Any, **kwargs: Any) -> Any:
            result = original(*args, **kwargs)
            if isinstance(result, tvm.ir.transform.Pass):
                result._made = [f"relay.transform.{name}", plain_data(args), plain_data(kwargs)]
            return result

        return recorded

    if isinstance(factory, type):
        # A pass that is a Python class: it makes itself when it is called.
        return
    wrap(relay.transform, name, make)


def described(made: Any) -> list[Any]:
    """The passes of a pass: itself, or those of a sequence, each as [name, args, kwargs]."""
    steps = getattr(made, "_steps", None)
    if steps is not None:
        return [item for step in steps for item in described(step)]
    return [getattr(made, "_made", None) or [str(made.info.name), [], {}]]


def _add_pass(store: Store, passes: list[Any], before: str, after: str, by_name: bool = False) -> None:
    import json

    names = [name for name, _, _ in passes]
    if names[-1:] in (["relay.transform.InferType"], ["InferType"]) and len(names) == 1:
        return
    context = tvm.transform.PassContext.current()
    case = {
        "passes": passes,
        "context": {
            "opt_level": int(context.opt_level),
            "required": [str(item) for item in context.required_pass],
            "disabled": [str(item) for item in context.disabled_pass],
            "config": plain_data(dict(context.config.items())),
        },
        "before": before,
        "after": after,
    }
    row = {"passes": names, "changed": _changed(before, after), "may_use_callbacks": store.callbacks}
    if by_name:
        row["by_name"] = True
    store.add("passes", {"case.json": json.dumps(case).encode()}, row)


def _changed(before: str, after: str) -> bool:
    try:
        return not tvm.ir.structural_equal(tvm.ir.load_json(before), tvm.ir.load_json(after))
    except Exception:
        # What a build adds to a module is not always comparable.
        return before != after


def _inner_passes(store: Store) -> None:
    """By an instrument in every context: the passes that C++ runs, by name alone."""
    stack: list[Any] = []

    @tvm.instrument.pass_instrument
    class Record:
        def run_before_pass(self, mod: Any, info: Any) -> None:
            stack.append(None if str(info.name).startswith("tir.") else _saved(mod))

        def run_after_pass(self, mod: Any, info: Any) -> None:
            before = stack.pop() if stack else None
            if before is not None and str(info.name) != "sequential":
                passes = [[str(info.name), [], {}]]
                paused, store.paused = store.paused, False
                store.guarded("inner pass", lambda: _add_pass(store, passes, before, tvm.ir.save_json(mod), True))
                store.paused = paused

    record = Record()

    def init(original: Any) -> Any:
        @functools.wraps(original)
        def recorded(self: Any, opt_level: int = 2, required_pass: Any = None, disabled_pass: Any = None,
                     instruments: Any = None, config: Any = None, **more: Any) -> None:  # fmt: skip
            original(self, opt_level, required_pass, disabled_pass, [*(instruments or []), record], config, **more)

        return recorded

    wrap(tvm.transform.PassContext, "__init__", init)
    tvm.transform.PassContext.current().override_instruments([record])


def _saved(module: Any) -> Any:
    try:
        functions = module.functions.values()
        relays = functions and all(isinstance(function, relay.Function) for function in functions)
        return tvm.ir.save_json(module) if relays else None
    except Exception:
        return None


def _registrations(store: Store) -> None:
    def register(original: Any) -> Any:
        def recorded(*args: Any, **kwargs: Any) -> Any:
            # A vendor's operators are registered by modules that are imported; what tests register, they call back.
            store.callbacks = store.callbacks or "::" in origin()
            return original(*args, **kwargs)

        return recorded

    wrap(tvm.ir, "register_op_attr", register)
