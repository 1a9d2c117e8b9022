"""tvm.topi.nn.qnn."""

from relay_compat.qnn.op.qnn import CODES as SQNN_DTYPE_TO_CODE

SQNN_CODE_TO_DTYPE = {code: dtype for dtype, code in SQNN_DTYPE_TO_CODE.items()}

__all__ = ["SQNN_CODE_TO_DTYPE", "SQNN_DTYPE_TO_CODE"]
