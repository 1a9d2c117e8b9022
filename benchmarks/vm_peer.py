"""Run by a real TVM 0.19: checks programs as its own tests of passes do, and prints how many a second, as JSON.

    python vm_peer.py FOLDER

FOLDER holds NUMBER.relay and, where all arguments are tensors, NUMBER.npz. Each program is read, built by `relay.vm`
at opt_level 1 (the lowest it takes) and 3, run both times and compared.
"""

# pyright: reportMissingImports=false

import json
import os
import resource
import statistics
import sys
from collections import Counter
from pathlib import Path

import numpy as np
import tvm
from tvm import relay
from tvm.runtime.vm import VirtualMachine

WHO = (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)


def flat(value):
    """The arrays of a result, left to right."""
    if isinstance(value, tvm.nd.NDArray):
        return [value.numpy()]
    return [leaf for item in value for leaf in flat(item)]


def run(module, args, level):
    with tvm.transform.PassContext(opt_level=level):
        built = relay.vm.compile(module, target="llvm")
    machine = VirtualMachine(built, tvm.cpu())
    return flat(machine.invoke("main", *[tvm.nd.array(arg) for arg in args]))


def check(text, args):
    module = relay.fromtext(text)
    plain, optimised = run(module, args, 1), run(module, args, 3)
    for a, b in zip(plain, optimised, strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-3, atol=1e-5)


def calls(module):
    count = 0

    def seen(node):
        nonlocal count
        count += isinstance(node, relay.Call) and isinstance(node.op, tvm.ir.Op)

    for function in module.functions.values():
        relay.analysis.post_order_visit(function, seen)
    return count


def outcome(text, args):
    """What comes of a program, in a process of its own: some end it."""
    child = os.fork()
    if child == 0:
        code = 0
        try:
            check(text, args)
        except AssertionError:
            code = 1
        except Exception:
            code = 2
        os._exit(code)
    _, status = os.waitpid(child, 0)
    return ("agree", "differ", "refused")[os.WEXITSTATUS(status)] if os.WIFEXITED(status) else "end the process"


def spent():
    return sum(resource.getrusage(who).ru_utime + resource.getrusage(who).ru_stime for who in WHO)


def main():
    outcomes, sizes, seconds = Counter(), [], 0.0
    check('#[version = "0.0.5"]\ndef @main(%x: int32) { %x }', [np.int32(1)])
    for path in sorted(Path(sys.argv[1]).glob("*.relay")):
        arguments = path.with_suffix(".npz")
        if not arguments.exists():
            continue
        with np.load(arguments) as arrays:
            args = [arrays[name] for name in sorted(arrays)]
        text = path.read_text()
        start = spent()
        found = outcome(text, args)
        seconds += spent() - start
        outcomes[found] += 1
        if found in ("agree", "differ"):
            sizes.append(calls(relay.fromtext(text)))
    count = sum(outcomes.values())
    answer = {"programs": count, "per_second": count / seconds, "outcomes": outcomes}
    print(json.dumps({**answer, "median_calls": statistics.median(sizes)}))


main()
