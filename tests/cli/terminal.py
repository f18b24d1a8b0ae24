"""What a command writes to a terminal."""

from __future__ import annotations

import os


def read_all(leader: int) -> bytes:
    """Read the leading end of a terminal until its other end is closed, and close it."""
    said = b""
    while True:
        try:
            chunk = os.read(leader, 4096)
        except OSError:  # the terminal is closed
            break
        if not chunk:
            break
        said += chunk
    os.close(leader)
    return said
