"""A program put to a real TVM: as it is, to one with Relay; as what it converts to, to one with Relax."""

from __future__ import annotations

from collections.abc import Callable

import relay_compat.ir.expr as relay
from migrate.execution import bind_args
from migrate.forward.convert import convert
from migrate.values import Array
from migrate.verify.generate.program import Program
from migrate.verify.oracles.answer import Answer, Failure, answered
from migrate.verify.oracles.live_tvm import Engine, Tvm
from relay_compat.ir.types import RefType
from relay_compat.json.writer import save_json
from relay_compat.operators import is_static
from relay_compat.visit import reachable
from tensor_core.diagnostics import DiagnosticError
from tensor_core.module import IRModule
from tensor_core.types import TensorType

_PLAIN = (relay.Call, relay.Constant, relay.Var, relay.Tuple, relay.TupleGetItem, relay.Op, relay.Function, relay.Let)


class RelayOracle:
    """TVM's own Relay, by one of its executors; ``engine`` None: the first that takes such a program."""

    def __init__(self, tvm: Tvm, release: str, engine: Engine | None = None, opt_level: int | None = None) -> None:
        """``release``: how messages call it; ``opt_level`` None: 1."""
        self.tvm = tvm
        self.engine = engine
        self.opt_level = 1 if opt_level is None else opt_level
        self.name = f"TVM {release}, {engine or 'Relay'}" + ("" if opt_level is None else f" at opt_level {opt_level}")

    def answer(self, program: Program) -> Answer:
        """What it gives; unasked where the wanted executor is known not to take such programs."""
        engines = engines_of(program.module)
        engine = self.engine or engines[0]
        if engine not in engines:
            return Answer(failure=Failure.UNASKED, message=f"nothing for the executor {engine!r}")
        try:
            text = save_json(program.module)
        except DiagnosticError as error:
            return Answer(failure=Failure.UNASKED, message=str(error))
        args = list(program.args)
        return answered(lambda: self.tvm.relay_run(text, args, opt_level=self.opt_level, executor=engine))

    def close(self) -> None:
        """Ends the process."""
        self.tvm.close()


class RelaxOracle:
    """TVM's Relax on what a Relay program converts to."""

    def __init__(self, tvm: Tvm, release: str, target: str | None = None) -> None:
        """``target``: the release that is converted for, by default ``release``."""
        self.tvm = tvm
        self.target = target or release
        self.name = f"TVM {release}, Relax"

    def answer(self, program: Program) -> Answer:
        """What the conversion gives; unasked where something of the program is not converted."""
        try:
            result = convert(program.module, self.target)
        except DiagnosticError as error:
            return Answer(failure=Failure.UNASKED, message=str(error))
        if not result.report.complete:
            return Answer(failure=Failure.UNASKED, message=result.report.diagnostics[0].message)
        args = bind_args(result.module, program.args)
        return self._answer(lambda: self._trial(result.script(), args, result.runtime_script()))

    def close(self) -> None:
        """Ends the process."""
        self.tvm.close()

    def _answer(self, ask: Callable[[], list[Array] | Answer]) -> Answer:
        failed: list[Answer] = []

        def asked() -> list[Array]:
            found = ask()
            if isinstance(found, Answer):
                failed.append(found)
                return []
            return found

        answer = answered(asked)
        return failed[0] if failed else answer

    def _trial(self, script: str, args: list[object], runtime: str | None) -> list[Array] | Answer:
        found = self.tvm.relax_trial(script, args, runtime=runtime)
        if found.failed:
            return Answer(failure=Failure.RAISED, kind=found.failed, message=found.message[:300])
        return found.outputs


def engines_of(module: IRModule) -> tuple[Engine, ...]:
    """TVM's executors that take such a module, the fastest first: references only "debug", control flow and open sizes
    also "vm", the rest all.
    """
    functions = [function for function in module.functions.values() if isinstance(function, relay.Function)]
    nodes = list(reachable(*functions))
    if any(isinstance(node, (relay.RefCreate, relay.RefRead, relay.RefWrite)) for node in nodes) or any(
        isinstance(param.checked, RefType) for function in functions for param in function.params
    ):
        return ("debug",)
    inner = sum(isinstance(node, relay.Function) for node in nodes)
    main = module["main"]
    plain = (
        all(isinstance(node, _PLAIN) for node in nodes)
        and inner == len(functions) == 1
        and isinstance(main, relay.Function)
        and all(isinstance(param.checked, TensorType) for param in main.params)
        and all(is_static(node.checked) for node in nodes if isinstance(node, relay.Call) and node.checked)
    )
    return ("graph", "vm", "debug") if plain else ("vm", "debug")
