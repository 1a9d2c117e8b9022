"""Record how real TVM prints arrays among a module's attributes, with the metadata section.

    PYTHON_WITH_TVM tests/corpus/record_attribute_arrays.py

Writes tests/golden/relax_metadata/arrays-RELEASE.txt for the TVM of this Python.
"""

from pathlib import Path

import tvm  # pyright: ignore[reportMissingImports]

RELEASE = ".".join(tvm.__version__.split(".")[:2])
FILE = Path(__file__).parents[1] / "golden" / "relax_metadata" / f"arrays-{RELEASE}.txt"
ELEMENTS = "value" if RELEASE == "0.27" else "data"
SCRIPT = """
@I.ir_module
class Module:
    I.module_attrs({"state": [
        R.const([[1.5, 2.0]], "float32").data, R.const(7, "int64").data, R.const([True, False], "bool").data
    ]})
    @R.function
    def main(x: R.Tensor((2,), "float32")):
        return x
"""

if __name__ == "__main__":
    FILE.write_text(tvm.script.from_source(SCRIPT.replace(".data", f".{ELEMENTS}")).script(show_meta=True) + "\n")
