"""What the server calls."""

from __future__ import annotations

import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "upwards.web.settings")
application = get_wsgi_application()

# Here, in the process that starts the others: they count together.
from django.urls import get_resolver  # noqa: E402

from upwards.web.request_counts import begin_counting  # noqa: E402

begin_counting(name for name in get_resolver().reverse_dict if isinstance(name, str))
