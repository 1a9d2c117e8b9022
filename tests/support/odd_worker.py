"""A process for `migrate.verify.oracles.process` that answers, fails, hangs, ends and eats memory on demand."""

import os
import sys
import time

sys.path.insert(0, sys.argv[sys.argv.index("--path") + 1])

import serve  # pyright: ignore[reportMissingImports]

serve.prepare()


@serve.operation
def double(values):
    return "doubled", tuple([value * 2 for value in values])


@serve.operation
def fail(_values, text):
    print("told on the way")
    raise ValueError(text)


@serve.operation
def end(_values):
    print("a check failed", file=sys.stderr)
    os.abort()


@serve.operation
def hang(_values):
    time.sleep(60)


@serve.operation
def eat(_values, megabytes):
    return len(bytearray(megabytes << 20)), None


if __name__ == "__main__":
    serve.serve()
