"""Toolworlds' engine: released rows, their worlds, and the reward, without any model.

from toolworlds import Session, load_rows, score

for row in load_rows("task_content.jsonl"):
    session = Session(row)
    reply = session.step({"name": "search_desks", "arguments": {"max_rate": 4}})
    reward = session.score("The cheapest desk is ...")
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

from toolworlds.version import __version__

if TYPE_CHECKING:
    from toolworlds.batch.dataset import load_rows
    from toolworlds.sessions.score import score
    from toolworlds.sessions.session import Session

__all__ = ["Session", "__version__", "load_rows", "score"]

_HOMES = {
    "Session": "toolworlds.sessions.session",
    "load_rows": "toolworlds.batch.dataset",
    "score": "toolworlds.sessions.score",
}


def __getattr__(name: str) -> Any:
    """Imports what is asked for and no more: worker processes start from inside this package."""
    if name not in _HOMES:
        raise AttributeError(f"module 'toolworlds' has no attribute {name!r}; it offers {', '.join(__all__)}")
    return getattr(import_module(_HOMES[name]), name)
