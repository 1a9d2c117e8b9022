"""tvm.support: helpers around compilers and processes; here there is neither."""
