"""The rows of people: who they are, what they learned and offer, agreements, and their classes' checks.

Rows only, without pages, so that `access` can ask for agreements; the pages are in `directory` and `rosters`.
"""
