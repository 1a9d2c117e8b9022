"""What separates tvm.relax from relax_core: constructors that take what TVM's take."""
