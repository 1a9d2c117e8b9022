"""Threads that run kernels together, and the loop that runs kernels one after the other without Python in between.

Both are machine code of a few functions, made once in a process. Workers are threads of the operating system that never
touch Python: they watch a counter for a while, then sleep in the kernel until it changes. Where the system has no
futexes (anything but Linux) there are none, and every kernel is run by the thread that calls it.
"""

from __future__ import annotations

import atexit
import ctypes
import os
import sys
import threading
from collections.abc import Sequence
from functools import lru_cache
from typing import Any

import numpy as np

from cpu_backend import llvm
from cpu_backend.emit.statement import BARRIER

MOST = 64
"""Threads that a pool has at most."""

VARIABLE = "RELAY2RELAX_THREADS"

_LINE = 8
"""Words in a cache line: what different threads write lies that far apart."""

# Words of a pool: the job's number, which workers wait for; how many workers sleep; the job; how many workers have not
# finished it; how many threads have come to the barrier, and how often all have; whether workers are to end.
_EPOCH, _SLEEPERS, _JOB, _PENDING, _ARRIVED, _SENSE, _STOP = (_LINE * n for n in range(7))
_WORDS = 7 * _LINE

ROW = 3
"""Words of a row of the table that :func:`run` takes: a kernel's entry, its arguments, in how many parts to run it."""

_FUTEX, _WAIT, _WAKE = 202, 128, 129
_SPINS = 2000
_PATIENCE = 20000

_TEXT = f"""
declare i64 @syscall(i64, ...)
declare i32 @sched_yield()
declare void @llvm.x86.sse2.pause()

define internal ptr @word(ptr %pool, i64 %n) alwaysinline {{
  %p = getelementptr i64, ptr %pool, i64 %n
  ret ptr %p
}}

; Wait a moment; after many, let others run.
define internal void @moment(i64 %n) {{
  call void @llvm.x86.sse2.pause()
  %long = icmp sgt i64 %n, {_PATIENCE}
  br i1 %long, label %yield, label %done
yield:
  call i32 @sched_yield()
  br label %done
done:
  ret void
}}

define void @{BARRIER}(ptr %pool, i64 %parts) {{
  %several = icmp sgt i64 %parts, 1
  br i1 %several, label %meet, label %done
meet:
  %sense = call ptr @word(ptr %pool, i64 {_SENSE})
  %arrived = call ptr @word(ptr %pool, i64 {_ARRIVED})
  %before = load atomic i64, ptr %sense acquire, align 8
  %others = atomicrmw add ptr %arrived, i64 1 acq_rel
  %all = add i64 %others, 1
  %last = icmp eq i64 %all, %parts
  br i1 %last, label %open, label %wait
open:
  store atomic i64 0, ptr %arrived monotonic, align 8
  %next = add i64 %before, 1
  store atomic i64 %next, ptr %sense release, align 8
  br label %done
wait:
  %n = phi i64 [ 0, %meet ], [ %more, %again ]
  %now = load atomic i64, ptr %sense acquire, align 8
  %opened = icmp ne i64 %now, %before
  br i1 %opened, label %done, label %again
again:
  call void @moment(i64 %n)
  %more = add i64 %n, 1
  br label %wait
done:
  ret void
}}

define void @dispatch(ptr %pool, ptr %entry, ptr %arguments, i64 %parts) {{
  %job = call ptr @word(ptr %pool, i64 {_JOB})
  store ptr %entry, ptr %job
  %slot = getelementptr i64, ptr %job, i64 1
  store ptr %arguments, ptr %slot
  %count = getelementptr i64, ptr %job, i64 2
  store i64 %parts, ptr %count
  %pending = call ptr @word(ptr %pool, i64 {_PENDING})
  %workers = sub i64 %parts, 1
  store atomic i64 %workers, ptr %pending monotonic, align 8
  call void @publish(ptr %pool)
  call void %entry(ptr %arguments, i64 0, i64 %parts, ptr %pool)
  br label %wait
wait:
  %n = phi i64 [ 0, %0 ], [ %more, %again ]
  %left = load atomic i64, ptr %pending acquire, align 8
  %finished = icmp eq i64 %left, 0
  br i1 %finished, label %done, label %again
again:
  call void @moment(i64 %n)
  %more = add i64 %n, 1
  br label %wait
done:
  ret void
}}

; Announce a job, or the end, to workers awake and asleep.
define void @publish(ptr %pool) {{
  %epoch = call ptr @word(ptr %pool, i64 {_EPOCH})
  %old = atomicrmw add ptr %epoch, i64 1 seq_cst
  %sleepers = call ptr @word(ptr %pool, i64 {_SLEEPERS})
  %asleep = load atomic i64, ptr %sleepers seq_cst, align 8
  %none = icmp eq i64 %asleep, 0
  br i1 %none, label %done, label %wake
wake:
  call i64 (i64, ...) @syscall(i64 {_FUTEX}, ptr %epoch, i64 {_WAKE}, i64 {MOST}, ptr null, ptr null, i64 0)
  br label %done
done:
  ret void
}}

define ptr @worker(ptr %start) {{
  %pool = load ptr, ptr %start
  %place = getelementptr i64, ptr %start, i64 1
  %index = load i64, ptr %place
  %epoch = call ptr @word(ptr %pool, i64 {_EPOCH})
  %sleepers = call ptr @word(ptr %pool, i64 {_SLEEPERS})
  %pending = call ptr @word(ptr %pool, i64 {_PENDING})
  %job = call ptr @word(ptr %pool, i64 {_JOB})
  %slot = getelementptr i64, ptr %job, i64 1
  %count = getelementptr i64, ptr %job, i64 2
  %stop = call ptr @word(ptr %pool, i64 {_STOP})
  %first = getelementptr i64, ptr %start, i64 2
  %begun = load i64, ptr %first
  br label %idle
idle:
  %last = phi i64 [ %begun, %0 ], [ %last, %slept ], [ %now, %ran ]
  br label %watch
watch:
  %n = phi i64 [ 0, %idle ], [ %more, %pause ]
  %now = load atomic i64, ptr %epoch acquire, align 8
  %changed = icmp ne i64 %now, %last
  br i1 %changed, label %announced, label %nothing
nothing:
  %more = add i64 %n, 1
  %tired = icmp sgt i64 %more, {_SPINS}
  br i1 %tired, label %sleep, label %pause
pause:
  call void @llvm.x86.sse2.pause()
  br label %watch
sleep:
  %in = atomicrmw add ptr %sleepers, i64 1 seq_cst
  %expected = and i64 %last, 4294967295
  call i64 (i64, ...) @syscall(i64 {_FUTEX}, ptr %epoch, i64 {_WAIT}, i64 %expected, ptr null, ptr null, i64 0)
  %out = atomicrmw sub ptr %sleepers, i64 1 seq_cst
  br label %slept
slept:
  br label %idle
announced:
  %ended = load atomic i64, ptr %stop acquire, align 8
  %ending = icmp ne i64 %ended, 0
  br i1 %ending, label %end, label %look
look:
  %parts = load i64, ptr %count
  %mine = icmp slt i64 %index, %parts
  br i1 %mine, label %run, label %ran
run:
  %entry = load ptr, ptr %job
  %arguments = load ptr, ptr %slot
  call void %entry(ptr %arguments, i64 %index, i64 %parts, ptr %pool)
  %one = atomicrmw sub ptr %pending, i64 1 acq_rel
  br label %ran
ran:
  br label %idle
end:
  ret ptr null
}}

define void @run(ptr %table, i64 %rows, ptr %pool) {{
  br label %head
head:
  %row = phi i64 [ 0, %0 ], [ %next, %done ]
  %more = icmp slt i64 %row, %rows
  br i1 %more, label %body, label %end
body:
  %offset = mul i64 %row, {ROW}
  %at = getelementptr i64, ptr %table, i64 %offset
  %entry = load ptr, ptr %at
  %second = getelementptr i64, ptr %at, i64 1
  %arguments = load ptr, ptr %second
  %third = getelementptr i64, ptr %at, i64 2
  %parts = load i64, ptr %third
  %several = icmp sgt i64 %parts, 1
  br i1 %several, label %together, label %alone
alone:
  call void %entry(ptr %arguments, i64 0, i64 1, ptr null)
  br label %done
together:
  call void @dispatch(ptr %pool, ptr %entry, ptr %arguments, i64 %parts)
  br label %done
done:
  %next = add i64 %row, 1
  br label %head
end:
  ret void
}}
"""


@lru_cache(maxsize=1)
def _engine() -> llvm.Engine:
    return llvm.Engine(llvm.object_code(_TEXT, 1), (BARRIER, "run", "worker", "publish"))


@lru_cache(maxsize=1)
def provide() -> None:
    """Let kernels call the barrier."""
    llvm.provide_symbol(BARRIER, _engine().address(BARRIER))


def count() -> int:
    """The threads that a machine uses unless told: what the environment variable says, else one."""
    text = os.environ.get(VARIABLE, "1")
    return min(max(int(text), 1), MOST) if text.isdigit() else 1


@lru_cache(maxsize=1)
def _run() -> Any:
    prototype = ctypes.CFUNCTYPE(None, ctypes.c_void_p, ctypes.c_int64, ctypes.c_void_p)
    return prototype(_engine().address("run"))


def run(table: int, rows: int, threads: int) -> None:
    """Run the kernels of a table in order, each a row of :data:`ROW` words.

    ``threads`` is what its rows ask for at most. Python's other threads run meanwhile.
    """
    if threads < 2:
        _run()(table, rows, None)
        return
    pool = _pool(threads)
    with pool.lock:
        _run()(table, rows, pool.address)


def run_one(entry: int, arguments: Sequence[int], threads: int) -> None:
    """Run one kernel on several threads."""
    words = (ctypes.c_int64 * (ROW + len(arguments)))(entry, 0, threads, *arguments)
    address = ctypes.addressof(words)
    words[1] = address + 8 * ROW
    run(address, 1, threads)


def available(threads: int) -> int:
    """How many of so many threads there can be here."""
    return min(threads, MOST) if sys.platform == "linux" and os.uname().machine == "x86_64" else 1


class _Pool:
    """The workers of this process."""

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self._words = np.zeros(_WORDS + _LINE, np.int64)
        start = self._words.ctypes.data
        self.address = start + -start % (8 * _LINE)
        self._view = self._words[(self.address - start) // 8 :]
        self._starts: list[np.ndarray[Any, np.dtype[np.int64]]] = []
        self._handles: list[ctypes.c_void_p] = []
        self._library = ctypes.CDLL(None)

    def grow(self, threads: int) -> None:
        """Have at least so many threads, the caller's included."""
        with self.lock:
            for index in range(len(self._handles) + 1, threads):
                start = np.array([self.address, index, self._view[_EPOCH]], np.int64)
                handle = ctypes.c_void_p()
                code = ctypes.c_void_p(_engine().address("worker"))
                if self._library.pthread_create(ctypes.byref(handle), None, code, ctypes.c_void_p(start.ctypes.data)):
                    raise RuntimeError("the system gives no more threads")
                self._starts.append(start)
                self._handles.append(handle)

    def end(self) -> None:
        """End the workers: their code must not go away under them."""
        with self.lock:
            self._view[_STOP] = 1
            prototype = ctypes.CFUNCTYPE(None, ctypes.c_void_p)
            prototype(_engine().address("publish"))(self.address)
            for handle in self._handles:
                self._library.pthread_join(handle, None)
            self._handles.clear()


_pools: list[_Pool] = []


def _pool(threads: int) -> _Pool:
    if not _pools:
        pool = _Pool()
        _pools.append(pool)
        atexit.register(pool.end)
    _pools[0].grow(threads)
    return _pools[0]


def _forget() -> None:
    """A forked process has none of its parent's threads."""
    for pool in _pools:
        atexit.unregister(pool.end)
    _pools.clear()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_forget)
