"""A window that is given one page: the browser asks, and what Django's test client got is the answer."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from django.contrib.staticfiles import finders

HOUSE = "http://localhost"
PICTURE = '<svg xmlns="http://www.w3.org/2000/svg" width="700" height="300"/>'  # in place of each chart
TYPES = {".css": "text/css", ".js": "text/javascript", ".svg": "image/svg+xml"}


@dataclass
class Window:
    """A window, and the one page that it is given."""

    page: Any
    body: str = ""
    headers: dict[str, str] = field(default_factory=dict)
    complaints: list[str] = field(default_factory=list)

    def show(self, address: str, answer: Any) -> Any:
        self.body = answer.content.decode()
        self.headers = {name: str(text) for name, text in answer.headers.items()}
        self.page.goto(address)
        return self.page

    def answer(self, route: Any) -> None:
        path = urlsplit(route.request.url).path
        if path.startswith("/static/"):
            file = finders.find(path.removeprefix("/static/"))
            route.fulfill(path=file, content_type=TYPES.get(Path(file).suffix, ""))
        elif route.request.resource_type == "document":
            route.fulfill(body=self.body, headers=self.headers)
        elif route.request.resource_type == "image":
            route.fulfill(body=PICTURE, content_type=TYPES[".svg"])
        else:
            route.fulfill(status=204)  # what htmx asks for later stays as it is

    def hear(self, message: Any) -> None:
        if message.type == "error":
            self.complaints.append(message.text)
