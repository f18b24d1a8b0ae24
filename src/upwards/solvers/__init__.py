"""Optimisation on plain data."""
