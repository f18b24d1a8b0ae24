"""The second process: takes jobs one after the other. Run as ``python -m upwards.web.jobs.worker``."""

from __future__ import annotations

import fcntl
import os
import sys
import uuid
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import django

INTERVAL_SECONDS = 0.5
# Who reads a page waits for it; who asked for a computation is told that it needs a moment.
NICENESS = 19
# Linux shares processors between sessions first: without this, niceness counts inside the worker's own only.
OF_THE_SESSION = Path("/proc/self/autogroup")


@contextmanager
def only_worker(workspace: Path) -> Iterator[bool]:
    """Hold the place of the one worker; the system frees it when the process dies, however it dies."""
    with (workspace / "worker.lock").open("w") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            yield False
            return
        yield True


def give_way() -> None:
    """Take only what the processes that answer readers leave."""
    os.nice(NICENESS)
    if os.getsid(0) != os.getpid():  # begun by hand, it would slow down the whole terminal for good
        return
    with suppress(OSError):  # other systems, and kernels without such groups
        OF_THE_SESSION.write_text(str(NICENESS))


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "upwards.web.settings")
    give_way()
    django.setup()
    from django.conf import settings
    from django_tasks_db.management.commands.db_worker import Worker

    from upwards.web.jobs.work_again import put_back_lost

    with only_worker(settings.UPWARDS_WORKSPACE) as alone:
        if not alone:
            sys.exit("upwards: another worker already serves this workspace.")
        put_back_lost()
        worker = Worker(
            queue_names=["default"],
            interval=INTERVAL_SECONDS,
            batch=False,
            backend_name="default",
            startup_delay=False,
            max_tasks=None,
            worker_id=uuid.uuid4().hex,
            excluded_queue_names=[],
        )
        worker.configure_signals()
        worker.run()


if __name__ == "__main__":
    main()
