"""Whether a request was made on the machine itself: pages about the machine are for nobody else."""

from __future__ import annotations

from django.http import HttpRequest

HERE = ("127.0.0.1", "::1")
FORWARDING = ("forwarded", "via", "x-real-ip", "x-client-ip", "x-cluster-client-ip", "true-client-ip")
"""What proxies add, in small letters, besides everything that begins with ``x-forwarded``."""


def from_this_machine(request: HttpRequest) -> bool:
    """Say whether it comes from this machine and through no proxy that says it is one."""
    if request.META.get("REMOTE_ADDR") not in HERE:
        return False
    names = {name.lower() for name in request.headers}
    return names.isdisjoint(FORWARDING) and not any(name.startswith("x-forwarded") for name in names)
