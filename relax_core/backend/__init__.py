"""Building and running Relax modules as tvm.relax does: build, executables, the virtual machine."""
