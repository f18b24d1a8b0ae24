"""The practice library: what works, written so that others can do it, and who uses it."""
