"""The errors that this project raises on purpose, all below `ToolworldsError`.

    ToolworldsError
    ├── UserError            bad input, wrong flags, full disk, dead server: one line, exit code 2
    └── ItemError            one item went wrong and is recorded as data in `_run/failures.jsonl`
        ├── ReplyError       a model's reply could not be used, after the bounded re-asks
        ├── ProviderError    a model's server did not serve this call; the item stays owed
        └── RefusalError     a model's server takes other requests but not this one

The last three stand in `records/completions.py`; packages add their own below UserError and ItemError.
"""


class ToolworldsError(Exception):
    """Base of all errors that this project raises on purpose."""


class UserError(ToolworldsError):
    """The run cannot go on until the user acts; its text is the one line the user sees."""


class ItemError(ToolworldsError):
    """One item failed; the run goes on and the item is recorded. `kind` is a short word for counting."""

    kind = "item"

    def __init__(self, message: str, raw: str = "") -> None:
        super().__init__(message)
        self.raw = raw
