"""Lists of tensors as programs converted from TensorFlow use them (tvm.relay.prelude in TVM 0.19).

A tensor in a list is a value of an algebraic data type, because all elements of a list have one type:
:mod:`~relay_compat.tensor_arrays.dynamic` has a constructor for every rank, :mod:`~relay_compat.tensor_arrays.static`
a type for every shape.
"""
