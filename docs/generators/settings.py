"""The reference page of the settings."""

from __future__ import annotations

from upwards.core.settings import Setting, Settings


def render() -> str:
    settings = Settings.load()
    entries = "\n".join(_entry(name, setting) for name, setting in settings.items())
    return f"""# Settings

Every threshold is a setting, printed with each answer that depended on it. A workspace replaces one in
its `upwards.toml`, under `[settings]`, with a reason of its own:

```toml
[settings.bright_spot.size]
value = 0.15
reason = "agreed by the heads in September"
date = 2026-09-01
```

{entries}"""


def _entry(name: str, setting: Setting) -> str:
    value = ", ".join(map(str, setting.value)) if isinstance(setting.value, tuple) else str(setting.value)
    bounds = "" if setting.lower is None else f" ({setting.lower} to {setting.upper})"
    said = f"**{value}{bounds}**, {setting.unit}. {setting.reason}"
    return f"## {name}\n\n{said}\n\nSource: {setting.source}, {setting.date}.\n"
