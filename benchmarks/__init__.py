"""How long one night's job takes, beside programs that do the same without the library."""

import os

__all__ = ["ENVIRONMENT"]

ENVIRONMENT = dict(os.environ)
"""The environment before polars is imported, which writes its settings of memory into it: a process that was given those would be taken for one with settings of its own."""
