"""Record which operators a real TVM registers, and which of them have a gradient: writes operators-RELEASE.tsv.

PYTHON_WITH_TVM tests/corpus/record_operators.py

A line is a name and, where FPrimalGradient is registered, the word "gradient". Those of tensor programs are left out.
"""

from pathlib import Path

import tvm  # pyright: ignore[reportMissingImports]

OTHERS = ("tir.", "tirx.", "script.", "tl.", "ir.", "te.", "prim.")


def main() -> None:
    release = ".".join(tvm.__version__.split(".")[:2])
    names = sorted(name for name in map(str, tvm.ir.Op.list_op_names()) if not name.startswith(OTHERS))
    lines = [name + "\tgradient" * (tvm.ir.Op.get(name).get_attr("FPrimalGradient") is not None) for name in names]
    (Path(__file__).parent / f"operators-{release}.tsv").write_text("\n".join(lines) + "\n")


if __name__ == "__main__":
    main()
