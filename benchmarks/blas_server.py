"""Run by the Python of the bench environment (see measure_gemm): multiplies matrices or runs one convolution on demand.

    python blas_server.py openblas|mkl FOLDER THREADS     the matrices of a.npy and b.npy
    python blas_server.py conv FOLDER THREADS             the convolution of conv.json on x.npy and w.npy

It runs on demand (see on_demand); the result is saved as out.PEER.npy in the folder.
"""

# pyright: reportMissingImports=false

import ctypes
import json
import os
import sys
from pathlib import Path

import numpy as np
import on_demand

ROW_MAJOR, PLAIN = 101, 111


def openblas(threads):
    import scipy_openblas32

    library = ctypes.CDLL(str(Path(scipy_openblas32.get_lib_dir(), "libscipy_openblas.so")))
    library.scipy_openblas_set_num_threads(threads)
    return library.scipy_cblas_sgemm


def mkl(threads):
    # Its threads spin after their work for 200 ms otherwise, and would hinder the peer that runs next.
    os.environ.setdefault("KMP_BLOCKTIME", "10")
    library = ctypes.CDLL(str(next(Path(sys.prefix, "lib").glob("libmkl_rt.so*"))))
    library.MKL_Set_Num_Threads(threads)
    return library.cblas_sgemm


def product(kind, folder, threads):
    """A call of sgemm on the two matrices, and where its result is."""
    sgemm = {"openblas": openblas, "mkl": mkl}[kind](threads)
    a, b = np.load(folder / "a.npy"), np.load(folder / "b.npy")
    (rows, inner), columns = a.shape, b.shape[1]
    out = np.zeros((rows, columns), np.float32)
    one, zero = ctypes.c_float(1), ctypes.c_float(0)

    def run():
        left, right, result = (ctypes.c_void_p(array.ctypes.data) for array in (a, b, out))
        sgemm(ROW_MAJOR, PLAIN, PLAIN, rows, columns, inner, one, left, inner, right, columns, zero, result, columns)
        return out

    return run


def convolution(folder, threads):
    """A model of one convolution in ONNX Runtime; its input and result are NCHW."""
    import onnx
    import onnxruntime
    from onnx import helper, numpy_helper

    data, weight = np.load(folder / "x.npy"), np.load(folder / "w.npy")
    attributes = json.loads((folder / "conv.json").read_text())
    float_ = onnx.TensorProto.FLOAT
    graph = helper.make_graph(
        [helper.make_node("Conv", ["x", "w"], ["y"], **attributes)],
        "conv",
        [helper.make_tensor_value_info("x", float_, data.shape)],
        [helper.make_tensor_value_info("y", float_, None)],
        [numpy_helper.from_array(weight, "w")],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 18)], ir_version=9)
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    compiled = onnxruntime.InferenceSession(model.SerializeToString(), options, providers=["CPUExecutionProvider"])
    return lambda: compiled.run(None, {"x": data})[0]


def serve(kind, folder, threads):
    """Run on demand."""
    run = convolution(folder, threads) if kind == "conv" else product(kind, folder, threads)
    run()
    on_demand.serve({}, run, lambda: np.save(folder / f"out.{kind}.npy", run()))


if __name__ == "__main__":
    serve(sys.argv[1], Path(sys.argv[2]), int(sys.argv[3]))
