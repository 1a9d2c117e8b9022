"""The options in force while passes run (tvm.transform.PassContext in TVM 0.19)."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Iterable, Mapping
from typing import Any, Self

from tensor_core import codes
from tensor_core.diagnostics import fail
from tensor_core.module import IRModule
from tensor_core.passes.config import legalized, list_options
from tensor_core.passes.info import PassInfo
from tensor_core.passes.instrument import PassInstrument

_LOG = logging.getLogger(__name__)


class PassContext:
    """Optimisation level, passes asked for and ruled out, options of single passes, and instruments.

    A context manager: inside ``with`` it is the current context of its thread. Options that no pass knows, or of the
    wrong kind, raise DiagnosticError R2R0703, which is an AttributeError as in TVM. Tracing for the tuning API of Relax
    is refused (R2R0901).
    """

    def __init__(
        self,
        opt_level: int = 2,
        required_pass: Iterable[str] | None = None,
        disabled_pass: Iterable[str] | None = None,
        instruments: Iterable[PassInstrument] | None = None,
        config: Mapping[str, Any] | None = None,
        trace: Any = None,
        trace_stack: Any = None,
        make_traceable: Any = None,
        num_evals: int = 0,
        tuning_api_database: Any = None,
    ) -> None:
        if trace or trace_stack or make_traceable or num_evals or tuning_api_database:
            raise fail(codes.NOT_COVERED, "passes are not traced: relax.tuning_api is not part of this implementation")
        self.opt_level = opt_level
        self.required_pass = list(required_pass or ())
        self.disabled_pass = list(disabled_pass or ())
        self.instruments: list[PassInstrument] = list(instruments or ())
        self.config = legalized(config or {})

    # ------------------------------------------------------------ scope

    def __enter__(self) -> Self:
        self._tell_enter()
        _OPEN.contexts.append(self)
        return self

    def __exit__(self, *error: object) -> None:
        left = _OPEN.contexts.pop()
        assert left is self
        self._tell_exit()

    @staticmethod
    def current() -> PassContext:
        """The innermost open context of this thread, or the thread's default one."""
        return _OPEN.contexts[-1]

    @staticmethod
    def list_configs() -> dict[str, dict[str, str]]:
        """The known options with the kind of their values."""
        return list_options()

    # ------------------------------------------------------------ tracing, which there is not

    @property
    def trace_stack(self) -> list[Any]:
        """The traces of the tuning API: none."""
        return []

    @property
    def make_traceable(self) -> list[Any] | None:
        """The passes to trace: none."""
        return None

    @property
    def num_evals(self) -> int:
        """How many candidates were evaluated: none."""
        return 0

    def get_tuning_api_database(self) -> None:
        """The database of traces: none."""

    # ------------------------------------------------------------ passes

    def allows(self, info: PassInfo) -> bool:
        """Whether a sequence runs the pass."""
        if info.name in self.disabled_pass:
            return False
        return info.name in self.required_pass or self.opt_level >= info.opt_level

    def before_pass(self, module: IRModule, info: PassInfo) -> bool:
        """Ask and tell the instruments before a pass; whether it is to run."""
        instruments = tuple(self.instruments)
        if info.name not in self.required_pass:
            # Every instrument is asked, also after one has said no.
            answers = [bool(item.should_run(module, info)) for item in instruments]
            if not all(answers):
                return False
        for item in instruments:
            item.run_before_pass(module, info)
        return True

    def after_pass(self, module: IRModule, info: PassInfo) -> None:
        """Tell the instruments after a pass."""
        for item in tuple(self.instruments):
            item.run_after_pass(module, info)

    # ------------------------------------------------------------ instruments

    def override_instruments(self, instruments: Iterable[PassInstrument] | None) -> None:
        """Take leave of the instruments and go on with others."""
        self._tell_exit()
        self.instruments = list(instruments or ())
        self._tell_enter()

    def _tell_enter(self) -> None:
        entered: list[PassInstrument] = []

        def enter(item: PassInstrument) -> None:
            item.enter_pass_ctx()
            entered.append(item)

        try:
            self._tell(enter)
        except BaseException:
            for item in reversed(entered):
                item.exit_pass_ctx()
            raise

    def _tell_exit(self) -> None:
        self._tell(lambda item: item.exit_pass_ctx())

    def _tell(self, call: Callable[[PassInstrument], None]) -> None:
        """An instrument that raises an error ends instrumentation."""
        try:
            for item in tuple(self.instruments):
                call(item)
        except BaseException:
            _LOG.info("Pass instrumentation enter/exit failed; it is disabled.")
            self.instruments = []
            raise

    def __repr__(self) -> str:
        lines = (
            "Pass context information: ",
            f"\topt_level: {self.opt_level}",
            f"\trequired passes: {_listed(self.required_pass)}",
            f"\tdisabled passes: {_listed(self.disabled_pass)}",
            f"\tinstruments: [{', '.join(map(repr, self.instruments))}]",
            "\tconfig: {" + ", ".join(f'"{key}": {value}' for key, value in self.config.items()) + "}",
            "\ttrace stack: []",
        )
        return "\n".join(lines)


class _Open(threading.local):
    def __init__(self) -> None:
        self.contexts = [PassContext()]


def _listed(names: list[str]) -> str:
    return "[" + ", ".join(f'"{name}"' for name in names) + "]"


_OPEN = _Open()
