"""tvm.rpc: programs run in this process; there are no sessions elsewhere."""
