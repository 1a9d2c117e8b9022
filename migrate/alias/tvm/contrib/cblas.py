"""tvm.contrib.cblas: functions of other libraries are not covered."""
