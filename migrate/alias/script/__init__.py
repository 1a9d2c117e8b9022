"""TVMScript as Python code: decorated functions and classes, whose source is read and never executed."""
