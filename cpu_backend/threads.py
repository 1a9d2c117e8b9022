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
from cpu_backend.emit.kernel import STAGES
from tensor_core.execution import THREADS, told

MOST = 64
"""Threads that a pool has at most."""

_LINE = 8
"""Words in a cache line: what different threads write lies that far apart."""

# Words of a pool: how many workers sleep; the job (entry, arguments, stage, the processor it comes from, its threads);
# how many of its parts are done; whether workers are to end; the processors that may be used, a bit each; and a ticket
# for each thread, a line apart. A ticket is the job's number, how many parts it has for that thread, and the number of
# the next one to run, so that whoever draws one knows in one step whether it is a part. Who has run all of its own
# parts draws those of others: as a rule a thread finds in its cache what it made in the kernel before.
_SLEEPERS, _JOB, _DONE, _STOP, _ALLOWED = (_LINE * n for n in range(5))
_MASK = 16
_TICKETS = _ALLOWED + _MASK
_WORDS = _TICKETS + _LINE * MOST

ROW = 3
"""Words of a row of the table that :func:`run` takes: a kernel's entry, its arguments, its stages."""

_PARTS = 4
"""Parts for each thread: one that the system holds up leaves the others little to wait for."""

_FUTEX, _WAIT, _WAKE = 202, 128, 129
_SPINS, _YIELDS = 2000, 20000
"""How often a worker looks for a job before it sleeps: some microseconds at any price, then some milliseconds in which
everybody else goes first. Waking a processor that has gone idle takes longer than many a kernel.
"""
_PATIENCE = 2000

_TEXT = f"""
declare i64 @syscall(i64, ...)
declare i32 @sched_yield()
declare i32 @sched_getcpu()
declare i32 @sched_setaffinity(i32, i64, ptr)
declare void @llvm.x86.sse2.pause()
declare void @llvm.memcpy.p0.p0.i64(ptr, ptr, i64, i1)

define internal ptr @word(ptr %pool, i64 %n) alwaysinline {{
  %p = getelementptr i64, ptr %pool, i64 %n
  ret ptr %p
}}

define internal ptr @ticket(ptr %pool, i64 %thread) alwaysinline {{
  %offset = mul i64 %thread, {_LINE}
  %n = add i64 %offset, {_TICKETS}
  %p = call ptr @word(ptr %pool, i64 %n)
  ret ptr %p
}}

; Run the parts of a thread, then those that the others leave.
define internal void @work(ptr %pool, i64 %self) {{
entry:
  %job = call ptr @word(ptr %pool, i64 {_JOB})
  %done = call ptr @word(ptr %pool, i64 {_DONE})
  %second = getelementptr i64, ptr %job, i64 1
  %third = getelementptr i64, ptr %job, i64 2
  %fifth = getelementptr i64, ptr %job, i64 4
  %threads = load atomic i64, ptr %fifth monotonic, align 8
  br label %visit
visit:
  %visited = phi i64 [ 0, %entry ], [ %more, %following ]
  %place = add i64 %self, %visited
  %thread = urem i64 %place, %threads
  %ticket = call ptr @ticket(ptr %pool, i64 %thread)
  br label %draw
draw:
  %drawn = atomicrmw add ptr %ticket, i64 1 acq_rel
  %next = and i64 %drawn, 65535
  %high = lshr i64 %drawn, 16
  %own = and i64 %high, 65535
  %mine = icmp ult i64 %next, %own
  br i1 %mine, label %run, label %following
run:
  ; The job cannot be over before this part is, so it is not another one yet.
  %now = load atomic i64, ptr %fifth monotonic, align 8
  %parts = mul i64 %own, %now
  %first = mul i64 %own, %thread
  %part = add i64 %first, %next
  %entry.address = load ptr, ptr %job
  %arguments = load ptr, ptr %second
  %stage = load i64, ptr %third
  call i64 %entry.address(ptr %arguments, i64 %part, i64 %parts, i64 %stage)
  %before = atomicrmw add ptr %done, i64 1 acq_rel
  br label %draw
following:
  %more = add i64 %visited, 1
  %others = icmp ult i64 %more, %threads
  br i1 %others, label %visit, label %end
end:
  ret void
}}

; Have the parts of one stage run by whoever is there.
define internal void @share(ptr %pool, ptr %entry, ptr %arguments, i64 %stage, i64 %threads) {{
start:
  %job = call ptr @word(ptr %pool, i64 {_JOB})
  store ptr %entry, ptr %job
  %second = getelementptr i64, ptr %job, i64 1
  store ptr %arguments, ptr %second
  %third = getelementptr i64, ptr %job, i64 2
  store i64 %stage, ptr %third
  %fourth = getelementptr i64, ptr %job, i64 3
  %here = call i32 @sched_getcpu()
  store atomic i32 %here, ptr %fourth monotonic, align 4
  %fifth = getelementptr i64, ptr %job, i64 4
  store atomic i64 %threads, ptr %fifth monotonic, align 8
  %done = call ptr @word(ptr %pool, i64 {_DONE})
  store atomic i64 0, ptr %done monotonic, align 8
  call void @publish(ptr %pool, i64 %threads, i64 {_PARTS})
  call void @work(ptr %pool, i64 0)
  %parts = mul i64 %threads, {_PARTS}
  br label %wait
wait:
  %n = phi i64 [ 0, %start ], [ %more, %again ]
  %count = load atomic i64, ptr %done acquire, align 8
  %finished = icmp eq i64 %count, %parts
  br i1 %finished, label %end, label %pause
pause:
  call void @llvm.x86.sse2.pause()
  %long = icmp sgt i64 %n, {_PATIENCE}
  br i1 %long, label %yield, label %again
yield:
  call i32 @sched_yield()
  br label %again
again:
  %more = add i64 %n, 1
  br label %wait
end:
  ret void
}}

; Announce a job, or the end, to workers awake and asleep. They watch the first ticket, which is written last.
define void @publish(ptr %pool, i64 %threads, i64 %parts) {{
begin:
  %first = call ptr @ticket(ptr %pool, i64 0)
  %old = load atomic i64, ptr %first monotonic, align 8
  %number = lshr i64 %old, 32
  %next = add i64 %number, 1
  %high = shl i64 %next, 32
  %low = shl i64 %parts, 16
  %new = or i64 %high, %low
  br label %each
each:
  %left = phi i64 [ %threads, %begin ], [ %thread, %each ]
  %thread = sub i64 %left, 1
  %ticket = call ptr @ticket(ptr %pool, i64 %thread)
  store atomic i64 %new, ptr %ticket seq_cst, align 8
  %more = icmp ne i64 %thread, 0
  br i1 %more, label %each, label %written
written:
  %sleepers = call ptr @word(ptr %pool, i64 {_SLEEPERS})
  %asleep = load atomic i64, ptr %sleepers seq_cst, align 8
  %none = icmp eq i64 %asleep, 0
  br i1 %none, label %done, label %wake
wake:
  %half = getelementptr i32, ptr %first, i64 1
  call i64 (i64, ...) @syscall(i64 {_FUTEX}, ptr %half, i64 {_WAKE}, i64 {MOST}, ptr null, ptr null, i64 0)
  br label %done
done:
  ret void
}}

; Leave the processor that the job comes from: a scheduler that wakes threads where they slept may never do it.
define internal void @apart(ptr %pool) {{
begin:
  %job = call ptr @word(ptr %pool, i64 {_JOB})
  %fourth = getelementptr i64, ptr %job, i64 3
  %there = load atomic i32, ptr %fourth monotonic, align 4
  %here = call i32 @sched_getcpu()
  %same = icmp eq i32 %here, %there
  %known = icmp ult i32 %here, {64 * _MASK}
  %meets = and i1 %same, %known
  br i1 %meets, label %move, label %done
move:
  %mask = alloca [{_MASK} x i64], align 8
  %allowed = call ptr @word(ptr %pool, i64 {_ALLOWED})
  call void @llvm.memcpy.p0.p0.i64(ptr %mask, ptr %allowed, i64 {8 * _MASK}, i1 false)
  %wide = zext i32 %here to i64
  %place = lshr i64 %wide, 6
  %slot = getelementptr i64, ptr %mask, i64 %place
  %bits = load i64, ptr %slot
  %low = and i64 %wide, 63
  %bit = shl i64 1, %low
  %others = xor i64 %bit, -1
  %left = and i64 %bits, %others
  store i64 %left, ptr %slot
  ; Without another processor this is refused, and nothing happens.
  call i32 @sched_setaffinity(i32 0, i64 {8 * _MASK}, ptr %mask)
  br label %done
done:
  ret void
}}

define ptr @worker(ptr %start) {{
begin:
  %pool = load ptr, ptr %start
  %second = getelementptr i64, ptr %start, i64 1
  %first = load i64, ptr %second
  %third = getelementptr i64, ptr %start, i64 2
  %self = load i64, ptr %third
  %ticket = call ptr @ticket(ptr %pool, i64 0)
  %half = getelementptr i32, ptr %ticket, i64 1
  %sleepers = call ptr @word(ptr %pool, i64 {_SLEEPERS})
  %stop = call ptr @word(ptr %pool, i64 {_STOP})
  br label %idle
idle:
  %last = phi i64 [ %first, %begin ], [ %last, %sleep ], [ %number, %look ]
  br label %watch
watch:
  %n = phi i64 [ 0, %idle ], [ %more, %again ]
  %now = load atomic i64, ptr %ticket acquire, align 8
  %number = lshr i64 %now, 32
  %changed = icmp ne i64 %number, %last
  br i1 %changed, label %announced, label %nothing
nothing:
  %more = add i64 %n, 1
  %tired = icmp sgt i64 %more, {_SPINS + _YIELDS}
  br i1 %tired, label %sleep, label %awake
awake:
  %long = icmp sgt i64 %more, {_SPINS}
  br i1 %long, label %yield, label %pause
yield:
  call i32 @sched_yield()
  br label %again
pause:
  call void @llvm.x86.sse2.pause()
  br label %again
again:
  br label %watch
sleep:
  %in = atomicrmw add ptr %sleepers, i64 1 seq_cst
  call i64 (i64, ...) @syscall(i64 {_FUTEX}, ptr %half, i64 {_WAIT}, i64 %last, ptr null, ptr null, i64 0)
  %out = atomicrmw sub ptr %sleepers, i64 1 seq_cst
  br label %idle
announced:
  %ended = load atomic i64, ptr %stop acquire, align 8
  %ending = icmp ne i64 %ended, 0
  br i1 %ending, label %end, label %look
look:
  call void @apart(ptr %pool)
  call void @work(ptr %pool, i64 %self)
  br label %idle
end:
  ret ptr null
}}

define void @run(ptr %table, i64 %rows, ptr %pool, i64 %threads) {{
begin:
  %none = icmp eq ptr %pool, null
  br label %head
head:
  %row = phi i64 [ 0, %begin ], [ %next, %done ]
  %more = icmp slt i64 %row, %rows
  br i1 %more, label %body, label %end
body:
  %offset = mul i64 %row, {ROW}
  %at = getelementptr i64, ptr %table, i64 %offset
  %entry = load ptr, ptr %at
  %second = getelementptr i64, ptr %at, i64 1
  %arguments = load ptr, ptr %second
  %third = getelementptr i64, ptr %at, i64 2
  %stages = load i64, ptr %third
  %single = icmp eq i64 %stages, 0
  %alone = or i1 %none, %single
  br i1 %alone, label %whole, label %stage
whole:
  call i64 %entry(ptr %arguments, i64 0, i64 1, i64 -1)
  br label %done
stage:
  %n = phi i64 [ 0, %body ], [ %following, %passed ]
  %count = lshr i64 %stages, {STAGES}
  %left = icmp ult i64 %n, %count
  br i1 %left, label %which, label %done
which:
  %shifted = lshr i64 %stages, %n
  %bit = and i64 %shifted, 1
  %has.parts = icmp ne i64 %bit, 0
  br i1 %has.parts, label %together, label %one
together:
  call void @share(ptr %pool, ptr %entry, ptr %arguments, i64 %n, i64 %threads)
  br label %passed
one:
  call i64 %entry(ptr %arguments, i64 0, i64 1, i64 %n)
  br label %passed
passed:
  %following = add i64 %n, 1
  br label %stage
done:
  %next = add i64 %row, 1
  br label %head
end:
  ret void
}}
"""


@lru_cache(maxsize=1)
def _engine() -> llvm.Engine:
    return llvm.Engine(llvm.object_code(_TEXT, 1), ("run", "worker", "publish"))


def count() -> int:
    """The threads that a machine uses unless told: what the environment variable says, else one."""
    return min(told(THREADS) or 1, MOST)


@lru_cache(maxsize=1)
def _run() -> Any:
    prototype = ctypes.CFUNCTYPE(None, ctypes.c_void_p, ctypes.c_int64, ctypes.c_void_p, ctypes.c_int64)
    return prototype(_engine().address("run"))


def run(table: int, rows: int, threads: int) -> None:
    """Run the kernels of a table in order, each a row of :data:`ROW` words.

    ``threads`` share those that have stages. Python's other threads run meanwhile.
    """
    if threads < 2:
        _run()(table, rows, None, 1)
        return
    pool = _pool(threads)
    with pool.lock:
        _run()(table, rows, pool.address, threads)


def run_one(entry: int, arguments: Sequence[int], stages: int, threads: int) -> None:
    """Run one kernel on several threads."""
    words = (ctypes.c_int64 * (ROW + len(arguments)))(entry, 0, stages, *arguments)
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
        for number in os.sched_getaffinity(0):
            if number < 64 * _MASK:
                words = self._view[_ALLOWED : _ALLOWED + _MASK].view(np.uint64)
                words[number // 64] |= np.uint64(1 << number % 64)
        self._starts: list[np.ndarray[Any, np.dtype[np.int64]]] = []
        self._handles: list[ctypes.c_void_p] = []
        self._library = ctypes.CDLL(None)

    def grow(self, threads: int) -> None:
        """Have at least so many threads, the caller's included."""
        with self.lock:
            for number in range(len(self._handles) + 1, threads):
                start = np.array([self.address, int(self._view[_TICKETS]) >> 32, number], np.int64)
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
            prototype = ctypes.CFUNCTYPE(None, ctypes.c_void_p, ctypes.c_int64, ctypes.c_int64)
            prototype(_engine().address("publish"))(self.address, 1, 0)
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
