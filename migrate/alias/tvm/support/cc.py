"""tvm.support.cc: there is no C compiler here; modules are exported as they are."""
