"""Run by a Python that has NNSmith: draws graphs with its default method, and prints how many a second, as JSON.

python nnsmith_peer.py COUNT NODES
"""

# pyright: reportMissingImports=false

import json
import statistics
import sys
import time
import warnings

warnings.filterwarnings("ignore")

from nnsmith.graph_gen import model_gen  # noqa: E402
from nnsmith.materialize import Model  # noqa: E402
from nnsmith.narrow_spec import auto_opset  # noqa: E402


def main():
    count, nodes = map(int, sys.argv[1:])
    kind = Model.init("torch")
    kind.add_seed_setter()
    # Finds by trial what each operator takes; kept in a file afterwards, and not timed.
    opset = auto_opset(kind, None)
    sizes = []
    start = time.process_time()
    for seed in range(count):
        drawn = model_gen(opset=opset, method="symbolic-cinit", seed=seed, max_nodes=nodes, max_elem_per_tensor=65536)
        sizes.append(drawn.make_concrete().n_compute_inst())
    spent = time.process_time() - start
    print(json.dumps({"programs": count, "per_second": count / spent, "median_calls": statistics.median(sizes)}))


main()
