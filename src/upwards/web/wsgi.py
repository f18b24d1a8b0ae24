"""What the server calls."""

from __future__ import annotations

import gc
import os

from django.core.wsgi import get_wsgi_application
from django.urls import get_resolver

from upwards.charts.picture import stop_checking
from upwards.web.request_counts import begin_counting

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "upwards.web.settings")
application = get_wsgi_application()

# Here, in the process that starts the others: they count together.
begin_counting(name for name in get_resolver().reverse_dict if isinstance(name, str))

stop_checking()

# What is loaded now stays: looking through it again and again would cost a fifth of each request, and every
# process would soon have a copy of its own.
gc.collect()
gc.freeze()
gc.set_threshold(50_000, 20, 50)
