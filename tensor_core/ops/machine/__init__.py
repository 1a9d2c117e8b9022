"""What the virtual machine's memory planning and calling conventions leave in a program."""
