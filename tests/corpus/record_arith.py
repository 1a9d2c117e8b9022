"""Record what the integer analyser of real TVM 0.27 says of generated expressions, to compare ours with.

    PYTHON tests/corpus/record_arith.py PYTHON_WITH_TVM

Each row of arith.tsv: what is known of the variables, the expression, its simplified form, bounds, and remainders; all
expressions as JSON lists [operator, operand, operand].
"""

import json
import random
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).parent
COUNT = 400

ASK = """
import json, sys
import tvm
from tvm import tirx as tir, sym as arith
OPERATORS = {"+": tir.Add, "-": tir.Sub, "*": tir.Mul, "//": tir.FloorDiv, "%": tir.FloorMod, "min": tir.Min,
             "max": tir.Max, "<": tir.LT, "<=": tir.LE, "==": tir.EQ, "!=": tir.NE, "and": tir.And, "or": tir.Or,
             "tdiv": tir.Div, "tmod": tir.Mod}
def build(expr, variables):
    if isinstance(expr, str): return variables[expr]
    if isinstance(expr, int): return tir.IntImm("int64", expr)
    return OPERATORS[expr[0]](*(build(part, variables) for part in expr[1:]))
def shown(expr):
    if isinstance(expr, tir.Var): return expr.name
    if isinstance(expr, tir.IntImm): return int(expr.value)
    if isinstance(expr, tir.Not): return ["not", shown(expr.a)]
    name = next(name for name, kind in OPERATORS.items() if isinstance(expr, kind))
    return [name, shown(expr.a), shown(expr.b)]
answers = []
for facts, expr in json.load(sys.stdin):
    analyzer, variables = arith.Analyzer(), {name: tir.Var(name, "int64") for name in "nmk"}
    for name, kind, number in facts:
        var = variables[name]
        if kind == "size": analyzer.update(var, arith.ConstIntBound(0, arith.ConstIntBound.POS_INF))
        elif kind == "below": analyzer.bind(var, tvm.ir.Range(0, number))
        else: analyzer.update(var, arith.ModularSet(number, 0))
    built = build(expr, variables)
    bound, remainders = analyzer.const_int_bound(built), analyzer.modular_set(built)
    answers.append([shown(analyzer.simplify(built)), [int(bound.min_value), int(bound.max_value)],
                    [int(remainders.coeff), int(remainders.base)]])
json.dump(answers, sys.stdout)
"""


def expression(draw: random.Random, names: str, depth: int) -> object:
    """A random expression over these variables. Divisors are constants, or now and then a variable."""
    if depth == 0 or draw.random() < 0.1:
        return draw.choice(names) if draw.random() < 0.65 else draw.choice([0, 1, 2, 3, 4, 5, 7, 8, 16, -1, -2, 32])
    operator = draw.choice(["+", "+", "+", "-", "-", "*", "*", "//", "//", "%", "min", "max"])
    left = expression(draw, names, depth - 1)
    if operator in ("//", "%"):
        return [operator, left, draw.choice([2, 3, 4, 8, 16]) if draw.random() < 0.85 else draw.choice(names)]
    if operator == "*" and draw.random() < 0.6:
        return [operator, left, draw.choice([2, 3, 4, 8, -1, -2])]
    return [operator, left, expression(draw, names, depth - 1 if operator != "*" else min(depth - 1, 1))]


def case(draw: random.Random) -> tuple[list[list[object]], object]:
    """What is known of the variables, and an expression or a comparison."""
    names = "nmk"[: draw.choice([1, 2, 2, 3])]
    depth = draw.choice([2, 2, 3, 3, 4])
    expr = expression(draw, names, depth)
    if draw.random() < 0.35:
        expr = [draw.choice(["<", "<=", "==", "!="]), expr, expression(draw, names, depth - 1)]
    known: list[list[object]] = []
    for name in names:
        if draw.random() < 0.7:
            known.append([name, draw.choice(["size", "size", "below", "multiple"]), draw.choice([4, 8, 16])])
    return known, expr


def main() -> None:
    """Write arith.tsv."""
    draw = random.Random(2027)
    cases = [case(draw) for _ in range(COUNT)]
    asked = subprocess.run(
        [sys.argv[1], "-c", ASK], input=json.dumps(cases), capture_output=True, text=True, check=True
    )
    rows = [
        "\t".join(json.dumps(item, separators=(",", ":")) for item in (known, expr, *answer))
        for (known, expr), answer in zip(cases, json.loads(asked.stdout), strict=True)
    ]
    (HERE / "arith.tsv").write_text("\n".join(rows) + "\n")


if __name__ == "__main__":
    main()
