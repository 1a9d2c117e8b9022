"""Pass infrastructure of both IRs: a pass maps a module to a module and says what it promises."""

from __future__ import annotations

import enum
from collections.abc import Callable, Generator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import Any, Protocol

from tensor_core.module import IRModule


class Contract(enum.Enum):
    """What a pass may change about the numbers a program computes."""

    EXACT = "exact"
    REASSOCIATING = "reassociating"
    APPROXIMATE = "approximate"


@dataclass(frozen=True, slots=True)
class PassInfo:
    """A pass's name, the optimisation level from which it runs, the passes that must run before, and its contract."""

    name: str
    opt_level: int = 0
    required: tuple[str, ...] = ()
    contract: Contract = Contract.EXACT


@dataclass(slots=True)
class PassContext:
    """Options in force while passes run, as tvm.transform.PassContext: default optimisation level 2."""

    opt_level: int = 2
    required_pass: tuple[str, ...] = ()
    disabled_pass: tuple[str, ...] = ()
    config: dict[str, Any] = field(default_factory=dict[str, Any])

    def allows(self, info: PassInfo) -> bool:
        """Whether a pass runs under this context."""
        if info.name in self.disabled_pass:
            return False
        return info.name in self.required_pass or self.opt_level >= info.opt_level

    @contextmanager
    def active(self) -> Generator[PassContext]:
        """Make this the current context within a ``with`` block."""
        token = _CURRENT.set(self)
        try:
            yield self
        finally:
            _CURRENT.reset(token)

    @staticmethod
    def current() -> PassContext:
        """The innermost active context, or a default one."""
        return _CURRENT.get() or PassContext()


_CURRENT: ContextVar[PassContext | None] = ContextVar("pass_context", default=None)


class Pass(Protocol):
    """What both passes and sequences of passes offer."""

    info: PassInfo

    def __call__(self, module: IRModule) -> IRModule: ...


@dataclass(frozen=True, slots=True)
class ModulePass:
    """A function over modules with its description. The function must leave its argument unchanged."""

    info: PassInfo
    run: Callable[[IRModule, PassContext], IRModule]

    def __call__(self, module: IRModule) -> IRModule:
        context = PassContext.current()
        return self.run(module, context) if context.allows(self.info) else module


@dataclass(frozen=True, slots=True)
class Sequential:
    """Passes one after the other; order is data."""

    passes: Sequence[Pass]
    info: PassInfo = PassInfo("sequential")

    def __call__(self, module: IRModule) -> IRModule:
        for item in self.passes:
            module = item(module)
        return module
