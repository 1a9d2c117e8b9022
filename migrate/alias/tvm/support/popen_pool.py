"""tvm.support.popen_pool: nothing runs in other processes here."""
