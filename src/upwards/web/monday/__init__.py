"""The page the week starts with."""
