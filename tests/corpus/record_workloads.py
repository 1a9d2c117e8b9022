"""Record a digest of each network of tvm.relay.testing as real TVM 0.19 prints it, with a digest of its weights.

    PYTHON_WITH_TVM tests/corpus/record_workloads.py

Writes workloads.tsv beside this file: call, number of operator calls, digest of the text, digest of the weights.
"""

from pathlib import Path

from tvm import relay  # pyright: ignore[reportMissingImports]
from workloads import CALLS, described


def main() -> None:
    rows = ["\t".join((call, *described(relay, call))) + "\n" for call in CALLS]
    Path(__file__).with_name("workloads.tsv").write_text("".join(rows))


main()
