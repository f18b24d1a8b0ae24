"""What axe, and a ruler, find wrong with the page that a browser shows."""

from __future__ import annotations

from typing import Any

from axe_playwright_python.sync_playwright import Axe

RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]
OPTIONS = {
    "runOnly": {"type": "tag", "values": RULES},
    "rules": {"target-size": {"enabled": True}},  # off by default
    "resultTypes": ["violations"],
}
WIDER = "document.documentElement.scrollWidth - document.documentElement.clientWidth"
WHAT_IS_WIDER = """() => [...document.querySelectorAll('main *, header *, footer *')]
  .filter(one => !one.closest('.scroll') && one.getBoundingClientRect().right > innerWidth + 1)
  .map(one => one.outerHTML.slice(0, 120))"""
BEGINS_BELOW = """() => { const heading = document.querySelector('main h1');
  const next = heading && (heading.nextElementSibling || heading.parentElement.nextElementSibling);
  return [heading, next].filter(one => one && one.getBoundingClientRect().top + scrollY + 24 > innerHeight)
    .map(one => one.outerHTML.slice(0, 120)) }"""
# What it finds besides is long, and nobody reads it.
ASK = "options => axe.run(options).then(found => found.violations)"
_AXE = Axe()


def violations(page: Any) -> list[str]:
    """Return each rule that is broken, with the first places."""
    if not page.evaluate("'axe' in window"):
        page.evaluate(_AXE.axe_script)
    found = page.evaluate(ASK, OPTIONS)
    return [
        f"{one['id']}: {one['help']}: " + " | ".join(node["html"][:160] for node in one["nodes"][:3])
        for one in found
    ]


def scrolls_sideways(page: Any) -> list[str]:
    """Return what makes the page wider than its window; within a region that scrolls by itself it may be."""
    return page.evaluate(WHAT_IS_WIDER)[:3] or ["something"] if page.evaluate(WIDER) > 0 else []


def begins_below(page: Any) -> list[str]:
    """Return the heading, or what follows it, where one must scroll to see it."""
    found: list[str] = page.evaluate(BEGINS_BELOW)
    return found
