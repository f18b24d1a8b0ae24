"""Tokens: how somebody lets a program act for them."""
