"""The reference page of the interface for programs, from its OpenAPI description."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from typing import Any

# Django is set up in a process of its own: whoever asks for this page may have other settings in mind.
DESCRIBE = (
    "import django, json; django.setup(); from upwards.web.api.api import description; "
    "print(json.dumps(description()))"
)
OURS = ("UPWARDS_WORKSPACE", "DATABASE_URL")


def render() -> str:
    said = _description()
    parts: dict[str, list[str]] = {}
    for path, methods in said["paths"].items():
        for method, one in methods.items():
            parts.setdefault(one["tags"][0], []).append(_operation(method.upper(), path, one))
    chapters = "\n".join(f"## {tag.capitalize()}\n\n" + "\n".join(found) for tag, found in parts.items())
    return f"""# The interface for programs

Version {said["info"]["version"]}. The same as a file that programs read stands on a running server at
`/api/v1/openapi.json` (OpenAPI {said["openapi"]}); it is open, since it holds no data.
[How to use it](../how-to/use-the-api.md) says how to get a token.

{chapters}
## Shapes

{_shapes(said["components"]["schemas"])}"""


def _description() -> dict[str, Any]:
    kept = {name: value for name, value in os.environ.items() if name not in OURS}
    place = {**kept, "DJANGO_SETTINGS_MODULE": "upwards.web.settings"}
    done = subprocess.run([sys.executable, "-c", DESCRIBE], env=place, capture_output=True, check=True)
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def _operation(method: str, path: str, one: dict[str, Any]) -> str:
    scope = one["x-scope"]
    opened = f"Scope `{scope}`" if scope else "Any token"
    said = [f"### {method} {path}", one.get("description", one["summary"]), f"{opened}; {_gives(one)}."]
    if one["parameters"]:
        head = "| parameter | in | needed | values | meaning |\n|---|---|---|---|---|"
        said.append("\n".join([head, *(_parameter(given) for given in one["parameters"])]))
    return "\n\n".join(said) + "\n"


def _gives(one: dict[str, Any]) -> str:
    content = one["responses"].get("200", {}).get("content", {}).get("application/json", {})
    gives = _kind(content.get("schema", {}))
    return f"gives {gives}" + (", or 202 and a job while it is computed" if "202" in one["responses"] else "")


def _parameter(given: dict[str, Any]) -> str:
    shape = given["schema"]
    needed = "yes" if given["required"] else ""
    return f"| {given['name']} | {given['in']} | {needed} | {_kind(shape)} | {shape.get('description', '')} |"


def _kind(shape: dict[str, Any]) -> str:
    if "$ref" in shape:
        return shape["$ref"].rsplit("/", 1)[-1].strip("_").replace("Listed_", "list of ").rstrip("_")
    if "enum" in shape:
        return ", ".join(map(str, shape["enum"]))
    if "anyOf" in shape:
        return " or ".join("nothing" if one.get("type") == "null" else _kind(one) for one in shape["anyOf"])
    if shape.get("type") == "array":
        return f"list of {_kind(shape.get('items', {}))}"
    bounds = [str(shape[end]) for end in ("minimum", "maximum") if end in shape]
    kind = shape.get("format") or shape.get("type", "any")
    return f"{kind} ({' to '.join(bounds)})" if bounds else str(kind)


def _shapes(schemas: dict[str, Any]) -> str:
    return "\n".join(
        _shape(name, shape)
        for name, shape in sorted(schemas.items())
        if shape.get("properties") and _is_answer(name, schemas)
    )


def _is_answer(name: str, schemas: dict[str, Any]) -> bool:
    """Say whether something that is given out holds it; the shapes of questions stand with the parameters."""
    return name not in ("Paging", "OfSchools", "Limited", "Following", "Scored", "Beside", "Between")


def _shape(name: str, shape: dict[str, Any]) -> str:
    rows = "\n".join(
        f"| {key} | {_kind(one)} | {one.get('description', '')} |" for key, one in shape["properties"].items()
    )
    title = name.replace("Listed_", "List of ").rstrip("_")
    said = shape.get("description", "").split("\n")[0]
    return f"### {title}\n\n{said}\n\n| key | type | meaning |\n|---|---|---|\n{rows}\n".replace(
        "\n\n\n", "\n"
    )
