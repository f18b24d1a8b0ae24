"""Bringing data in and looking after it: uploads, mappings, coverage, states and sources."""
