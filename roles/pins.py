"""Pinned prompts: `prompt_templates/versions.json` holds the version and hash of every prompt's text.

python -m roles.pins        # after raising the `version` of what was changed
"""

import sys

from roles.templates import FOLDER, load_template
from toolworlds.records.base import Json
from utils import UserError, read_json, write_json

PINS = FOLDER / "versions.json"


def current_prompts() -> dict[str, dict[str, Json]]:
    """Every prompt as it stands on disk: name -> version and sha256."""
    templates = [load_template(path.stem) for path in sorted(FOLDER.glob("*.yml"))]
    return {t.name: {"version": t.version, "sha256": t.sha256} for t in templates}


def find_unversioned(pinned: dict[str, dict[str, Json]], current: dict[str, dict[str, Json]]) -> list[str]:
    """Prompts whose text changed while their version stayed."""
    kept = [
        name for name in current if name in pinned and current[name]["version"] == pinned[name]["version"]
    ]
    return [name for name in kept if current[name]["sha256"] != pinned[name]["sha256"]]


def main() -> int:
    """Pins what stands on disk; refuses a changed text under its old version."""
    current = current_prompts()
    changed = find_unversioned(read_json(PINS), current)
    if changed:
        raise UserError(
            f"changed without a new version: {', '.join(changed)}; raise `version` in each header"
        )
    write_json(PINS, current)
    return 0


if __name__ == "__main__":
    try:
        sys.exit(main())
    except UserError as error:
        sys.exit(str(error))
