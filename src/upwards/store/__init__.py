"""Snapshots, and the one pass over pupil rows."""
