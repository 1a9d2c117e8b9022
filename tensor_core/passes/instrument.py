"""Instruments: what watches passes as they run (tvm.ir.instrument in TVM 0.19)."""

from __future__ import annotations

import functools
import inspect
from typing import Any

from tensor_core.module import IRModule
from tensor_core.passes.info import PassInfo


class PassInstrument:
    """Base of instruments; a subclass overrides the calls that it wants."""

    def __init__(self) -> None:
        pass

    @property
    def name(self) -> str:
        """The name of the class."""
        return type(self).__name__

    def enter_pass_ctx(self) -> None:
        """The context of the instrument begins."""

    def exit_pass_ctx(self) -> None:
        """The context of the instrument ends."""

    def should_run(self, mod: IRModule, info: PassInfo) -> bool:
        """Whether a pass is to run. Not asked for passes that the context requires."""
        del mod, info
        return True

    def run_before_pass(self, mod: IRModule, info: PassInfo) -> None:
        """A pass is about to run."""

    def run_after_pass(self, mod: IRModule, info: PassInfo) -> None:
        """A pass has run; not called when it raised an error."""

    def __repr__(self) -> str:
        return self.name


def pass_instrument(pi_cls: Any = None) -> Any:
    """A class of instruments made of a class that has some of their methods; without an argument, the decorator.

    TypeError for what is no class.
    """
    return _made(pi_cls) if pi_cls else _made


def _made(written: Any) -> type[PassInstrument]:
    if not inspect.isclass(written):
        raise TypeError("pi_cls must be a class")
    if issubclass(written, PassInstrument):
        return written
    plain: Any = written

    def init(self: Any, *args: Any, **kwargs: Any) -> None:
        written.__init__(self, *args, **kwargs)
        PassInstrument.__init__(self)

    functools.update_wrapper(init, written.__init__)
    members = {"__init__": init, "__doc__": written.__doc__, "__module__": written.__module__}
    return type(written.__name__, (plain, PassInstrument), members)
