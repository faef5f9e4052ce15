"""What stages and factories need of files, ids and errors, at one address.

The code stands in the engine, which imports nothing from this folder: `toolworlds/errors.py`, `ids.py`,
`files.py`.
"""

from toolworlds.errors import ItemError, ToolworldsError, UserError
from toolworlds.files import (
    append_line,
    create_json,
    dump_line,
    explain_os_error,
    explain_os_errors,
    list_stems,
    open_atomic,
    read_json,
    read_lines,
    write_bytes_atomic,
    write_json,
)
from toolworlds.ids import in_shard, require_slug, slugify, stable_hash

__all__ = [
    "ItemError",
    "ToolworldsError",
    "UserError",
    "append_line",
    "create_json",
    "dump_line",
    "explain_os_error",
    "explain_os_errors",
    "in_shard",
    "list_stems",
    "open_atomic",
    "read_json",
    "read_lines",
    "require_slug",
    "slugify",
    "stable_hash",
    "write_bytes_atomic",
    "write_json",
]
