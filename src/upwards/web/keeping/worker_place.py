"""Whether a worker serves a workspace, asked without disturbing it."""

from __future__ import annotations

import fcntl
from pathlib import Path


def worker_is_alive(workspace: Path) -> bool:
    """Say whether somebody holds the worker's place; the system frees it however a worker dies."""
    try:
        with (workspace / "worker.lock").open("rb") as file:
            # Shared and given back at once; a worker that starts just then is started again.
            fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except FileNotFoundError:
        return False
    except BlockingIOError:
        return True
    return False
