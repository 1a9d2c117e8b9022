"""Calls of operators with the arguments of TVM's C++ functions (tvm.relay.op._make in TVM 0.19): inputs, then
attributes in the order of their declaration.
"""

from relay_compat.op.wrappers import derived

__getattr__ = derived("")
