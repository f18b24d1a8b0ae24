"""A publisher's server on this machine that behaves, and misbehaves, as it is told."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

Answer = Callable[["Visit"], None]
CSV = b"URN,READPROG\n" + b"".join(b"%d,0.5\n" % n for n in range(100000, 104000))


@dataclass
class Visit:
    """One request, and the means to answer it."""

    handler: BaseHTTPRequestHandler

    @property
    def headers(self) -> dict[str, str]:
        return {name.lower(): value for name, value in self.handler.headers.items()}

    def head(self, status: int, **headers: str | int) -> None:
        self.handler.send_response_only(status)
        for name, value in headers.items():
            self.handler.send_header(name.replace("_", "-"), str(value))
        self.handler.end_headers()

    def send(self, body: bytes, status: int = 200, **headers: str | int) -> None:
        self.head(status, Content_Length=len(body), **headers)
        self.body(body)

    def body(self, body: bytes) -> None:
        self.handler.wfile.write(body)
        self.handler.wfile.flush()

    def hang_up(self) -> None:
        self.handler.close_connection = True


@dataclass
class Publisher:
    """Its address, what it answers where, and who asked what."""

    address: str
    answers: dict[str, list[Answer]] = field(default_factory=dict)
    visits: list[tuple[str, dict[str, str]]] = field(default_factory=list)

    def at(self, path: str, *answers: Answer) -> str:
        """Answer at this path, one after the other, the last for ever; return the address."""
        self.answers[path] = list(answers)
        return self.address + path

    def count(self, path: str) -> int:
        return sum(found == path for found, _ in self.visits)


def whole(body: bytes = CSV, **headers: str | int) -> Answer:
    return lambda visit: visit.send(body, **headers)


def status(code: int, **headers: str | int) -> Answer:
    return lambda visit: visit.send(b"<p>\x1b[31mno\x1b[0m</p>", code, **headers)


def redirect(to: str) -> Answer:
    return lambda visit: visit.send(b"", 302, Location=to)


def cut(body: bytes = CSV, at: int = 20000, **headers: str | int) -> Answer:
    """Promise the whole, send a part, hang up."""

    def answer(visit: Visit) -> None:
        visit.head(200, Content_Length=len(body), **headers)
        visit.body(body[:at])
        visit.hang_up()

    return answer


def ranges(body: bytes = CSV, etag: str = '"one"') -> Answer:
    """Serve what was asked for, also from the middle, and 304 where it is held."""

    def answer(visit: Visit) -> None:
        asked = visit.headers
        if asked.get("if-none-match") == etag:
            visit.head(304, ETag=etag)
        elif "range" in asked and asked.get("if-range") == etag:
            start = int(asked["range"].removeprefix("bytes=").removesuffix("-"))
            said = f"bytes {start}-{len(body) - 1}/{len(body)}"
            visit.send(body[start:], 206, ETag=etag, Content_Range=said)
        else:
            visit.send(body, ETag=etag)

    return answer


@contextmanager
def open_publisher() -> Iterator[Publisher]:
    """Open its server on loopback for as long as it is needed."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:  # noqa: N802
            publisher.visits.append((self.path, {k.lower(): v for k, v in self.headers.items()}))
            answers = publisher.answers.get(self.path) or [status(404)]
            answer = answers.pop(0) if len(answers) > 1 else answers[0]
            try:
                answer(Visit(self))
            except (BrokenPipeError, ConnectionResetError):
                self.close_connection = True

        def log_message(self, *_: object) -> None:
            pass

    class Server(ThreadingHTTPServer):
        daemon_threads = True
        block_on_close = False

        def handle_error(self, *_: object) -> None:  # who broke off is no news
            pass

    with Server(("127.0.0.1", 0), Handler) as server:
        publisher = Publisher(f"http://127.0.0.1:{server.server_port}")
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
        thread.start()
        try:
            yield publisher
        finally:
            server.shutdown()
            thread.join()
