"""Drawn calls of every operator of Relay put to an outside party; whatever differs is printed.

    python tests/corpus/ask_drawn_calls.py relay [DRAWS]    Relay of TVM 0.19, at opt_level 0, then 3 where that differs
    python tests/corpus/ask_drawn_calls.py onnx [DRAWS]     ONNX Runtime, for the operators that have a form in ONNX

Needs the environments of `python -m oracle.environments 0.19 onnx`.
"""

import sys
import warnings
from collections import Counter
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "support"))

import asked_calls

from migrate.verify.oracles.onnx_oracle import OnnxOracle
from migrate.verify.oracles.onnx_spellings import SPELLINGS
from migrate.verify.oracles.opinions import opinions
from migrate.verify.oracles.process import Interpreter
from migrate.verify.oracles.relay_oracle import RelayOracle
from oracle import Oracle, environments


def main(who: str, draws: int) -> int:
    told: Counter[str] = Counter()
    if who == "onnx":
        oracles = [OnnxOracle(Interpreter(environments.interpreter(environments.ONNX)))]
        cards = frozenset(SPELLINGS)
    else:
        tvm = Oracle("0.19", 60, 6000)
        oracles, cards = [RelayOracle(tvm, "0.19", None, 0), RelayOracle(tvm, "0.19", None, 3)], None
    for name, program in asked_calls.programs(draws, cards):
        panel = opinions(program, oracles[:1], oracles[1:])
        for each in panel.opinions:
            told[each.said] += 1
            if each.said in ("different", "crashed"):
                print(f"#### {name}: {each.oracle}: {each.reason or each.answer.message}\n{program}", flush=True)
            elif not each.answer:
                print(f"---- {name}: {each.oracle}: {each.answer.message[:150]}", flush=True)
    print(dict(told))
    return 0


if __name__ == "__main__":
    warnings.simplefilter("ignore")
    sys.exit(main(sys.argv[1], int(sys.argv[2]) if len(sys.argv) > 2 else 8))
