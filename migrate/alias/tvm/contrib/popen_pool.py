"""tvm.contrib.popen_pool: nothing runs in other processes here."""
