"""Who works with whom, on what, for how many hours."""
