"""Run by a real TVM 0.19: what checking Relay against Relax costs there, as JSON.

    python checks_peer.py FOLDER

FOLDER holds NUMBER.relay and NUMBER.npz. Each program is built by `relay.build`, translated by
`tvm.relax.testing.relay_translator` and built by `relax.build`; both run and are compared. Reading is not timed. A
program that TVM does not take on both roads is told apart and does not count.
"""

# pyright: reportMissingImports=false

import json
import os
import sys
import time
from collections import Counter
from pathlib import Path

import numpy as np
import tvm
from tvm import relax, relay
from tvm.contrib import graph_executor
from tvm.relax.testing import relay_translator


def flat(value):
    if isinstance(value, tvm.nd.NDArray):
        return [value.numpy()]
    return [leaf for item in value for leaf in flat(item)]


def check(module, args):
    device, given = tvm.cpu(), [tvm.nd.array(arg) for arg in args]
    names = [param.name_hint for param in module["main"].params]
    executor = graph_executor.GraphModule(relay.build(module, "llvm")["default"](device))
    translated = relay_translator.from_relay(module["main"], tvm.target.Target("llvm"))
    machine = relax.VirtualMachine(relax.build(translated, "llvm"), device)
    executor.run(**dict(zip(names, given, strict=True)))
    ours = [executor.get_output(place).numpy() for place in range(executor.get_num_outputs())]
    for a, b in zip(ours, flat(machine["main"](*given)), strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-3, atol=1e-5)


def outcome(text, args):
    """What comes of a program and the seconds of CPU, from a process of its own: some end it."""
    reader, writer = os.pipe()
    child = os.fork()
    if child == 0:
        module = relay.fromtext(text)
        start, found = time.process_time(), "agree"
        try:
            check(module, args)
        except AssertionError:
            found = "differ"
        except Exception:
            found = "refused"
        os.write(writer, json.dumps([found, time.process_time() - start]).encode())
        os._exit(0)
    os.close(writer)
    with os.fdopen(reader, "rb") as stream:
        told = stream.read()
    os.waitpid(child, 0)
    return json.loads(told) if told else ["end the process", 0.0]


def main():
    outcomes, seconds = Counter(), []
    # What all need is loaded before the first fork.
    check(
        relay.fromtext('#[version = "0.0.5"]\ndef @main(%x: Tensor[(4), float32]) { tanh(%x) }'),
        [np.ones(4, "float32")],
    )
    for path in sorted(Path(sys.argv[1]).glob("*.relay")):
        with np.load(path.with_suffix(".npz")) as arrays:
            args = [arrays[name] for name in sorted(arrays)]
        found, spent = outcome(path.read_text(), args)
        outcomes[found] += 1
        if found in ("agree", "differ"):
            seconds.append(spent)
    print(json.dumps({"programs": len(seconds), "seconds": seconds, "outcomes": outcomes}))


main()
