"""What the worker does for pages: computes answers, so that the next reading finds them."""

from __future__ import annotations

from typing import Any

from upwards.web.answers import compute
from upwards.web.jobs.registry import Progress, work


@work("answer")
def answer(arguments: dict[str, Any], progress: Progress) -> None:
    compute(arguments["question"], arguments["arguments"], progress)
