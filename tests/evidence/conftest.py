"""What stands here to be run by other processes is not collected."""

from __future__ import annotations

# It needs Django's settings, which its own process has.
collect_ignore = ["served_people.py"]
