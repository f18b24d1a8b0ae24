"""What the worker does for pages: computes answers, so that the next reading finds them."""

from __future__ import annotations

from typing import Any

from django.conf import settings

from upwards.actions.describe_workspace import workspace_state
from upwards.actions.workspace_answer import NotYetComputed, kept_only
from upwards.core.errors import UserError
from upwards.web.answers import ask_again, compute
from upwards.web.jobs.registry import Progress, work

NOT_KEPT = (
    "The answer was computed and could not be kept, so no page can show it. The folder of the workspace is "
    "not writable, or its disk is full: whoever runs this server can mend that."
)


@work("answer", again=ask_again)
def answer(arguments: dict[str, Any], progress: Progress) -> None:
    question, asked = arguments["question"], arguments["arguments"]
    before = workspace_state(settings.UPWARDS_WORKSPACE)
    compute(question, asked, progress)
    try:
        with kept_only():
            compute(question, asked)
    except NotYetComputed:
        # Otherwise the page would ask for it again and again. New data meanwhile are asked for anew by right.
        if workspace_state(settings.UPWARDS_WORKSPACE) == before:
            raise UserError(NOT_KEPT) from None
