"""Named school quantities with their uncertainty, unit, source and version."""
