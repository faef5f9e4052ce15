"""Figures of an export, counted while it is written: what the card says is what the data holds."""

from collections import Counter
from dataclasses import dataclass, field

from dataset_export.dialogue import TrainingDialogue
from toolworlds.records.base import Json


@dataclass(slots=True)
class Figures:
    """Counts of one split."""

    records: int = 0
    totals: Counter[str] = field(default_factory=Counter)
    """messages, calls, tokens, …"""
    tools: Counter[str] = field(default_factory=Counter)
    """tool -> calls of it"""
    labels: dict[str, Counter[str]] = field(default_factory=dict)
    """label -> value -> records"""

    def add(self, dialogue: TrainingDialogue | None) -> None:
        """Counts a row in, and what the dialogue holds that it was made from."""
        self.records += 1
        if dialogue is None:
            return
        calls = list(dialogue.calls)
        for piece in dialogue.pieces:
            self.totals.update(tokens=len(piece.input_ids), trained_tokens=sum(piece.loss_mask))
        self.totals.update(messages=len(dialogue.messages), calls=len(calls))
        self.totals.update(parallel_messages=sum(len(m.calls) > 1 for m in dialogue.messages))
        self.tools.update(call.name for call in calls)
        for label, value in dialogue.labels.items():
            if label in COUNTED:
                self.labels.setdefault(label, Counter())[str(value)] += 1

    def to_json(self) -> dict[str, Json]:
        """As the manifest holds them."""
        return {
            "records": self.records,
            **dict(sorted(self.totals.items())),
            "distinct_tools": len(self.tools),
            **{label: dict(sorted(values.items())) for label, values in sorted(self.labels.items())},
        }


COUNTED = ("field", "solved", "language", "pattern")
"""Labels of few values, counted value by value."""
