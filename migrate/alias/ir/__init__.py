"""What separates tvm.ir from the objects of both IRs."""
