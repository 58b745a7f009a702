"""How long one night's job takes, beside programs that do the same without the library."""
