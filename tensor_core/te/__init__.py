"""Tensor expressions: tensors given element by element, and the tensor programs that compute them (tvm.te).

There are no schedules: :func:`tensor_core.te.create.create_prim_func` writes one loop nest with one block for every
computed tensor, as TVM's te.create_prim_func does.
"""
