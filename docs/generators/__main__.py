"""Write every generated page of the reference: python docs/generators."""

from __future__ import annotations

import runpy
from pathlib import Path

HERE = Path(__file__).parent


def pages() -> dict[Path, str]:
    """Return each generated page with the text it should have."""
    generators = sorted(path for path in HERE.glob("*.py") if path.name != "__main__.py")
    reference = HERE.parent / "reference"
    return {reference / f"{path.stem}.md": runpy.run_path(str(path))["render"]() for path in generators}


if __name__ == "__main__":
    for page, text in pages().items():
        if not page.exists() or page.read_text(encoding="utf-8") != text:
            page.write_text(text, encoding="utf-8")
