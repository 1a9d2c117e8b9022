"""Runs a whole program: kernels as machine code, everything else in Python. Call depth is bounded by memory alone."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from cpu_backend import llvm, threads
from cpu_backend.arrays import Value, accepted, is_array, is_data, ready
from cpu_backend.cache import KERNELS, KernelCache
from cpu_backend.card_step import Calls, CardStep
from cpu_backend.frame import Arena, Frame, default_limit
from cpu_backend.fusion import fused
from cpu_backend.jit import SMALL_ONCE, Compiled, Options
from cpu_backend.kernel_step import KernelStep
from cpu_backend.liveness import bodies, frees, uses, writes
from cpu_backend.prepack import LEAST, prepacked
from cpu_backend.region import RegionStep, grouped
from cpu_backend.sized import SizedFunctions
from cpu_backend.steps import HostStep, MatchStep, SimpleStep, match, simple_step
from tensor_core import codes, shapes
from tensor_core.collection import collection_paused
from tensor_core.diagnostics import fail
from tensor_core.dtypes import is_known, to_numpy
from tensor_core.loops.nodes import PrimFunc
from tensor_core.program import (
    Apply,
    Body,
    Choose,
    Closure,
    Instruction,
    Invoke,
    MatchType,
    Program,
    ProgramFunction,
    Register,
    RunCard,
    RunHost,
    RunKernel,
    RunReference,
)
from tensor_core.types import TensorType

_Stated = Sequence[tuple[tuple[int, ...], np.dtype[Any]]]

Observer = Callable[[Any, Value], Value | None]
"""Told the origin and the value of every instruction that has an origin; what it returns, unless None, replaces it."""

Step = RegionStep | KernelStep | CardStep | SimpleStep | HostStep | MatchStep | Choose | Invoke | Apply


def _stated(function: ProgramFunction) -> _Stated:
    """Shapes and element types of the parameters of a function; nothing where some are not stated."""
    types = [t for t in function.types if isinstance(t, TensorType) and shapes.is_static(t.shape) and is_known(t.dtype)]
    return [(shapes.static(t.shape), to_numpy(t.dtype)) for t in types] if len(types) == len(function.types) else ()


def _agree(values: Sequence[Value], stated: _Stated) -> bool:
    """Whether values are arrays that are just what is stated: then there is nothing to match."""
    if not stated:
        return False
    pairs = zip(values, stated, strict=True)
    return all(is_array(value) and value.shape == shape and value.dtype == dtype for value, (shape, dtype) in pairs)


class _Prepared:
    """A body ready to run: steps, the registers to drop after each, and whether the result is made in the body."""

    __slots__ = ("drops", "owns_result", "result", "steps")

    def __init__(self, steps: Sequence[Step], drops: Sequence[Sequence[int]], body: Body) -> None:
        self.steps = steps
        self.drops = drops
        self.result = body.result
        self.owns_result = any(body.result in writes(item) for item in body.code)


class _Activation:
    """A body under way; its result goes to a register of a frame, or is the run's result."""

    __slots__ = ("body", "drops", "frame", "next", "origin", "out", "to")

    def __init__(self, body: _Prepared, frame: Frame, to: Frame | None, out: int, origin: Any) -> None:
        self.body = body
        self.frame = frame
        self.next = 0
        self.to = to
        self.out = out
        self.origin = origin
        self.drops: Sequence[int] = ()


class Machine:
    """A program compiled for the host. All its kernels that the cache does not hold become one LLVM module.

    ``thread_count``: how many threads large kernels run on; by default what the environment variable
    ``RELAY2RELAX_THREADS`` says, else one. Results do not depend on it. ``fuse`` joins kernels with those that take up
    their results, for speed where nobody looks at intermediate values (:mod:`cpu_backend.fusion`).

    ``memory_limit``: bytes that results of kernels, which live as long as somebody holds them, and their scratch memory
    may take together; by default the megabytes that ``RELAY2RELAX_MEMORY_LIMIT`` says, else any number. A run that
    needs more ends with R2R0611. What numpy takes inside of a reference does not count.

    ``interpreted`` names the kernels that could not be compiled (float8, say) and run on the reference interpreter.
    Raises DiagnosticError R2R0604 when a kernel is malformed.
    """

    @collection_paused()
    def __init__(
        self,
        program: Program,
        *,
        options: Options | None = None,
        cache: KernelCache = KERNELS,
        thread_count: int | None = None,
        fuse: bool = False,
        memory_limit: int | None = None,
    ) -> None:
        self._options = options = options or Options()
        self._fuse = fuse
        self._cache = cache
        self._program = program = self._optimized(program)
        self._arena = Arena(default_limit() if memory_limit is None else memory_limit)
        self._once = options.once
        self._threads = threads.available(thread_count or threads.count())
        self._prepared: dict[tuple[int, bool], _Prepared] = {}
        self._frees: dict[int, list[list[int]]] = {}
        self._uses: dict[int, Counter[Register]] = {}
        self._stated = {name: _stated(function) for name, function in program.functions.items()}
        self._references = {
            item.card.name if isinstance(item, RunReference) else item.name
            for function in program.functions.values()
            for body in bodies(function)
            for item in body.code
            if isinstance(item, RunReference) or (isinstance(item, RunHost) and item.is_reference)
        }
        self._calls = Calls(cache, options, self._arena)
        self._compiled: dict[PrimFunc, Compiled | None] = {}
        self._compile(program)
        self._sized = SizedFunctions(program, self._prepare_sized)
        self.interpreted = tuple(func.name for func, code in self._compiled.items() if code is None)

    @property
    def references(self) -> tuple[str, ...]:
        """The operators that run by their numpy reference, for want of a kernel or of sizes known in time.

        Operators on arguments whose types only the run tells are among them once one has run so.
        """
        return tuple(sorted(self._references | self._calls.by_reference))

    def run(self, args: Sequence[Value], entry: str = "main", *, observe: Observer | None = None) -> Value:
        """Call a function on arrays or (nested) tuples of them.

        Arrays of the result may be arguments, or constants of the program, which are read-only. Raises
        DiagnosticError: R2R0603 for an unknown function, R2R0602 when an argument does not fit or a check of the
        program fails. Not to be called from two threads at once.
        """
        function = self._program.functions.get(entry)
        # Only an IR that matches values by itself has some that are no data.
        prepare = accepted if function is not None and function.match is not None else ready
        first = self._enter(entry, [prepare(arg) for arg in args], None, 0, None, observe is not None)
        return self._run(first, observe)

    def apply(self, function: str | Closure, args: Sequence[Value]) -> Value:
        """Call a function by name, or a function value that a run answered."""
        if isinstance(function, str):
            return self.run(args, function)
        return self._run(self._apply(function, [accepted(arg) for arg in args], None, 0, None, False), None)

    def _run(self, first: _Activation, observe: Observer | None) -> Value:
        stack = [first]
        while True:
            activation = stack[-1]
            body = activation.body
            if activation.next == len(body.steps):
                stack.pop()
                result = activation.frame.registers[body.result]
                if activation.to is None:
                    return result
                self._deliver(activation, result, observe)
                continue
            index = activation.next
            activation.next += 1
            step, frame = body.steps[index], activation.frame
            if isinstance(step, Apply) and not isinstance(frame.registers[step.callee], Closure):
                step = HostStep(step, self.apply)
            if isinstance(step, (Choose, Invoke, Apply)):
                self._push(stack, step, frame, body.drops[index] if observe is None else None)
                continue
            step.run(frame)
            if observe is not None:
                assert not isinstance(step, RegionStep)
                self._observe(step, frame, observe)
                continue
            for register in body.drops[index]:
                frame.put(register, None)

    # ------------------------------------------------------------ calls and choices

    def _push(
        self, stack: list[_Activation], step: Choose | Invoke | Apply, frame: Frame, drops: Sequence[int] | None
    ) -> None:
        if isinstance(step, Choose):
            arm = step.then if bool(frame.registers[step.condition]) else step.otherwise
            called = _Activation(self._body(arm, drops is None), frame, frame, step.out, step.origin)
            # The arm may still read what is dropped after the choice.
            called.drops = drops or ()
        else:
            values = [frame.registers[register] for register in step.args]
            if isinstance(step, Invoke):
                called = self._enter(step.function, values, frame, step.out, step.origin, drops is None)
            else:
                callee = frame.registers[step.callee]
                called = self._apply(callee, values, frame, step.out, step.origin, drops is None)
            for register in drops or ():
                frame.put(register, None)
        # A call in tail position takes its caller's place: a loop written as recursion runs in constant memory.
        while drops is not None and stack:
            top = stack[-1]
            if top.frame is not called.to or top.next < len(top.body.steps) or top.body.result != called.out:
                break
            stack.pop()
            called.to, called.out, called.origin = top.to, top.out, top.origin
            called.drops = ()
        stack.append(called)

    def _apply(
        self, closure: Closure, values: Sequence[Value], to: Frame | None, out: int, origin: Any, observed: bool
    ) -> _Activation:
        given = [*values, *closure.given]
        return self._enter(closure.function, given, to, out, origin, observed, closure)

    def _enter(
        self,
        name: str,
        values: Sequence[Value],
        to: Frame | None,
        out: int,
        origin: Any,
        observed: bool,
        closure: Closure | None = None,
    ) -> _Activation:
        function = self._program.functions.get(name)
        if function is None:
            known = ", ".join(sorted(self._program.functions)) or "none"
            raise fail(codes.NO_SUCH_FUNCTION, f"the program has no function {name}", hint=f"it has: {known}")
        if len(values) != len(function.params):
            raise fail(codes.EXECUTION_FAILED, f"{name} takes {len(function.params)} arguments, got {len(values)}")
        sized = None if observed or closure is not None else self._sized.of(function, values)
        function = function if sized is None else sized.function
        frame = Frame(function.registers, function.match is not None)
        frame.registers[function.captured : function.captured + len(values)] = values
        if closure is not None:
            frame.registers[: function.captured] = closure.captured
            frame.sizes = dict(closure.sizes)
        if sized is not None:
            frame.sizes = dict(sized.sizes)
        elif function.types and not _agree(values, self._stated[name]):
            items = [(f"argument {p}", v, t) for p, v, t in zip(function.params, values, function.types, strict=True)]
            (function.match or match)(items, frame.sizes)
        return _Activation(self._body(function.body, observed, function), frame, to, out, origin)

    def _deliver(self, activation: _Activation, result: Value, observe: Observer | None) -> None:
        assert activation.to is not None
        if observe is not None and activation.origin is not None:
            replacement = observe(activation.origin, result) if is_data(result) else None
            result = result if replacement is None else ready(replacement)
        else:
            if activation.to is activation.frame and activation.body.owns_result:
                activation.frame.put(activation.body.result, None)
            for register in activation.drops:
                activation.to.put(register, None)
        activation.to.put(activation.out, result)

    def _observe(
        self, step: KernelStep | CardStep | SimpleStep | HostStep | MatchStep, frame: Frame, observe: Observer
    ) -> None:
        if step.item.origin is None or isinstance(step, MatchStep):
            return
        value = step.value(frame)
        replacement = observe(step.item.origin, value) if is_data(value) else None
        if replacement is not None:
            step.replace(frame, replacement)

    # ------------------------------------------------------------ preparation

    def _optimized(self, program: Program) -> Program:
        program = fused(program) if self._fuse else program
        return prepacked(program, llvm.host().vector_bits, SMALL_ONCE if self._options.once else LEAST)

    def _compile(self, program: Program) -> None:
        """Have machine code of all kernels of a program."""
        kernels: dict[PrimFunc, None] = {}
        for function in program.functions.values():
            for body in bodies(function):
                kernels.update({item.kernel: None for item in body.code if isinstance(item, RunKernel)})
        self._compiled |= zip(kernels, self._cache.get(list(kernels), self._options), strict=True)

    def _prepare_sized(self, function: ProgramFunction) -> ProgramFunction:
        program = self._optimized(Program({function.name: function}))
        self._compile(program)
        return program.functions[function.name]

    def _body(self, body: Body, observed: bool, function: ProgramFunction | None = None) -> _Prepared:
        key = (id(body), observed)
        known = self._prepared.get(key)
        if known is None:
            if function is not None and id(body) not in self._frees:
                self._frees |= frees(function)
                self._uses |= dict.fromkeys(map(id, bodies(function)), uses(function))
            steps: Sequence[Step] = [self._step(item) for item in body.code]
            drops: Sequence[Sequence[int]] = self._frees[id(body)]
            # A region pays from the second run on.
            if not observed and not self._once:
                steps, drops = grouped(body.code, steps, drops, self._uses[id(body)], self._arena, self._threads)
            known = self._prepared[key] = _Prepared(steps, drops, body)
        return known

    def _step(self, item: Instruction) -> Step:
        match item:
            case RunKernel():
                return KernelStep(item, self._compiled[item.kernel], self._arena, self._threads)
            case RunCard():
                return CardStep(item, self._calls)
            case Choose() | Invoke() | Apply():
                return item
            case RunHost():
                return HostStep(item, self.apply)
            case MatchType():
                return MatchStep(item)
            case _:
                return simple_step(item)
