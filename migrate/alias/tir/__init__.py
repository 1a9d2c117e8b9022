"""What separates tvm.tir from the scalar expressions and tensor programs of tensor_core."""
