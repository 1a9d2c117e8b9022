"""tvm.testing.plugin: the pytest plugin that TVM's own tests load."""
