"""tvm.contrib.cublas: functions of other libraries are not covered."""
