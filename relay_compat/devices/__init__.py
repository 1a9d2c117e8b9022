"""Which device holds each value of a program: how PlanDevices finds it (TVM 0.19)."""
