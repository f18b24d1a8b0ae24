"""Who answers for which school's data, and what they agreed to share.

Rows and their rule only, without pages, so that `access` can ask for them; the pages are in `sharing`.
"""
