"""`make run` and `make test`: one machine, from nothing to the running platform.

Started with a bare Python 3.11; only the standard library is imported here, since this is what installs the rest.
"""
