"""Programmes: what participants should come to know and do, sessions, attendance, costs."""
