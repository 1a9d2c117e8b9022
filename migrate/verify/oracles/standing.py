"""A model judged by a real TVM: what that says is the answer, and every way of running the model here is held to it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import relay_compat.ir.expr as relay
from migrate.execution import Args, bind_args, execute, known_args
from migrate.forward.convert import convert
from migrate.reading import is_relax
from migrate.values import Array, Value, leaves
from migrate.verify.agree import Judge
from migrate.verify.inputs import complete_inputs
from migrate.verify.oracles.errors import OracleCrashed, OracleError, OracleMissing, OracleTimeout
from migrate.verify.oracles.live_tvm import Tvm
from migrate.verify.oracles.relay_oracle import engines_of
from migrate.verify.verdict import Outcome
from tensor_core import codes
from tensor_core.diagnostics import DiagnosticError, fail
from tensor_core.module import IRModule

_RIGHT = (Outcome.EXACT, Outcome.WITHIN_BOUND)


@dataclass(frozen=True, slots=True)
class Side:
    """One way of running the model here. ``outcome`` is None when it gives nothing, for the ``reason``."""

    name: str
    outcome: Outcome | None
    reason: str = ""

    @property
    def right(self) -> bool:
        """Whether it gives what the oracle gives."""
        return self.outcome in _RIGHT


@dataclass(frozen=True, slots=True)
class Standing:
    """What a real TVM's answer says of all sides. ``versions``: of TVM, numpy and Python there."""

    versions: Mapping[str, str]
    executor: str
    outputs: tuple[Array, ...]
    sides: tuple[Side, ...]
    seed: int

    def __bool__(self) -> bool:
        """Whether every side gives what TVM gives."""
        return all(side.right for side in self.sides)

    def to_json(self) -> dict[str, Any]:
        """The machine form; arrays are left out."""
        told = [
            {"side": side.name, "outcome": side.outcome and side.outcome.value, "reason": side.reason}
            for side in self.sides
        ]
        oracle = {**self.versions, "executor": self.executor}
        return {"oracle": oracle, "outputs": len(self.outputs), "sides": told, "seed": self.seed}


def standing(
    tvm: Tvm,
    module: IRModule,
    text: str,
    script: IRModule | None = None,
    inputs: Args | None = None,
    seed: int = 0,
) -> Standing:
    """Ask a TVM for the results of a Relay ``module``, given to it as the ``text`` or JSON that it was read from.

    ``script``: the Relax module to hold to it, by default the model's conversion. ``inputs`` and ``seed``: as in
    :func:`migrate.verify.check.verify`. Raises DiagnosticError: R2R0510 when there is no such TVM, R2R0511 when it
    gives no answer, R2R0503 for what cannot be compared.
    """
    if is_relax(module) or not isinstance(module["main"], relay.Function):
        raise fail(codes.BAD_INPUTS, "a real TVM is asked about a Relay module", hint="give the Relay model")
    versions = versions_of(tvm)
    args = bind_args(module, complete_inputs(module, known_args(module, {} if inputs is None else inputs), seed=seed))
    executor = engines_of(module)[0]
    answer = _answer(lambda: tvm.relay_run(text, args, executor=executor))
    return Standing(versions, executor, tuple(answer), tuple(_sides(module, script, args, answer)), seed)


def _sides(module: IRModule, script: IRModule | None, args: Sequence[Value], answer: Sequence[Array]) -> list[Side]:
    name = "Relay, interpreter"
    try:
        expected = leaves(execute(module, args, executor="interpreter"))
    except DiagnosticError as error:
        refused = error.diagnostics[0].message
        return [Side(name, None, refused), _unjudged("Relay, compiled"), _unjudged("Relax, compiled")]
    judge = Judge(module, args, expected)

    def side(name: str, run: Callable[[], Value]) -> Side:
        try:
            return Side(name, *judge.of_two(leaves(run()), answer))
        except DiagnosticError as error:
            return Side(name, None, error.diagnostics[0].message)

    def relax() -> Value:
        converted = script or _converted(module)
        return execute(converted, bind_args(converted, args))

    own = Side(name, *judge.of_two(expected, answer))
    return [own, side("Relay, compiled", lambda: execute(module, args)), side("Relax, compiled", relax)]


def _unjudged(name: str) -> Side:
    return Side(name, None, "cannot be judged without Relay's interpreter")


def _converted(module: IRModule) -> IRModule:
    result = convert(module)
    if "main" not in result.module:
        raise DiagnosticError(*result.report.diagnostics)
    return result.module


def versions_of(tvm: Tvm) -> dict[str, str]:
    """What is there, as :meth:`Tvm.versions`. DiagnosticError R2R0510 when that is no TVM."""
    try:
        return tvm.versions()
    except OracleMissing as error:
        raise fail(codes.NO_ORACLE, str(error), hint="give the Python that has TVM to --oracle-python") from None
    except (OracleCrashed, OracleError, OracleTimeout) as error:
        lines = str(error).splitlines()
        raise fail(
            codes.NO_ORACLE,
            f"TVM does not start there: {lines[-1] if lines else type(error).__name__}",
            hint="--oracle-path DIR says where its Python package is, --oracle-import NAME what else to import",
        ) from None


def _answer(ask: Callable[[], list[Array]]) -> list[Array]:
    try:
        return ask()
    except OracleError as error:
        message, log = f"{error.kind}: {error.message}", error.log
    except OracleCrashed as error:
        message, log = f"its process ended with {error.returncode}", error.log
    except OracleTimeout as error:
        message, log = str(error), ""
    shown = "\n".join([message, *log.splitlines()[-5:]])
    raise fail(codes.NO_ANSWER, f"TVM gives no answer: {shown}", hint="try the model in that TVM alone first")
