"""A demonstration made ready and served: its people, its answers, a free port."""

from __future__ import annotations

import os
import socket
from collections.abc import Callable
from functools import partial
from itertools import product
from pathlib import Path

from upwards.core.errors import UserError
from upwards.web.serving import prepare, serve_prepared

HOST, FIRST_PORT, PORTS_TRIED = "127.0.0.1", 8000, 20
ANSWER = "/where-are-we/"
Say = Callable[[str], None]

# A demonstration is reached on this machine only, and writes into its own folder only.
_NOT_HERE = ("DATABASE_URL", "UPWARDS_HTTPS")


def make_ready(workspace: Path, *, say: Say) -> tuple[str, int]:
    """Set the web application up, make its people once, and return its passphrase and a free port."""
    for name in _NOT_HERE:
        if os.environ.pop(name, None) is not None:
            say(f"{name} is set and does not count here: a demonstration keeps to its own folder.")
    from upwards.web.demonstration.passphrase import new_passphrase

    port = free_port(say)
    prepare(workspace, host=HOST, port=port, https=False)
    say("Making up people who work in these schools")
    passphrase = new_passphrase(workspace)
    _fill(passphrase)
    return passphrase, port


def free_port(say: Say, first: int = FIRST_PORT) -> int:
    """Return the first port that nobody listens on."""
    for port in range(first, first + PORTS_TRIED):
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind((HOST, port))
            except OSError:
                say(f"Port {port} is busy; trying {port + 1}.")
                continue
        return port
    raise UserError(
        f"The ports {first} to {first + PORTS_TRIED - 1} are all busy. Stop a server that uses one of them."
    )


def compute_answers(say: Say) -> None:
    """Compute what the pages ask for each who can sign in, so that nobody waits at the first look."""
    from upwards.web.access import audience, reader_for
    from upwards.web.answers import QUESTIONS, compute
    from upwards.web.demonstration.cast import LOGINS
    from upwards.web.demonstration.people import user_of

    say("Computing what each of them asks")
    readers = [reader_for(user_of(one.name)) for one in LOGINS]
    asked = ("value-added", "disparity", "bright-spots", "stage", "coverage", "plan", "record")
    done = set()
    for reader, question in product(readers, asked):
        own = audience(reader).schools if QUESTIONS[question].by_school else None
        if not reader.may(QUESTIONS[question].capability) or (question, own) in done:
            continue
        done.add((question, own))
        compute(question, {} if own is None else {"schools": sorted(own)})


def serve(passphrase: str, port: int, *, say: Say, stay: bool) -> int:
    """Serve until interrupted, or until the server has answered once."""
    from django.conf import settings

    from upwards.web.demonstration.cast import LOGINS

    address = f"http://{HOST}:{port}"
    say(f"\nOpen {address}/account/login/?next={ANSWER}")
    say(f"and sign in with the passphrase {passphrase} as")
    for one in LOGINS:
        where = f" of {one.school}" if one.school else ""
        say(f"  {one.email:<24} {one.role.label.lower()}{where}")
    log = Path(settings.UPWARDS_WORKSPACE) / "server.log"
    say(f"\nWhat the server writes down: {log}")
    once = None if stay else partial(say, "The server has answered, and ends as was asked for.")
    return serve_prepared(address, host=HOST, port=port, say=say, once=once, log=log)


def _fill(passphrase: str) -> None:
    """Make people and what they do, and give it to the data; importable only once Django is set up."""
    from upwards.web.demonstration.initiatives import make_initiatives
    from upwards.web.demonstration.people import make_people
    from upwards.web.demonstration.term_dates import make_term_dates
    from upwards.web.demonstration.together import make_partnerships
    from upwards.web.partnerships.handover import hand_over

    make_people(passphrase)
    make_term_dates()
    make_partnerships()
    make_initiatives()
    hand_over()
