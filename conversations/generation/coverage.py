"""Coverage of domains and patterns while a run goes on, as bars; domains that came up short at its end."""

import sys
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field

from rich.console import Console
from rich.live import Live

BAR = 24
SECONDS_BETWEEN_LINES = 10.0
SHORT_SHARE = 0.5
"""A domain with less than this share of the mean is underrepresented."""


@dataclass(slots=True)
class Coverage:
    """What came up how often."""

    names: Sequence[str]
    """All domains of the catalogue."""
    total: int
    domains: Counter[str] = field(default_factory=Counter)
    patterns: Counter[str] = field(default_factory=Counter)

    def add(self, domain: str, pattern: str) -> None:
        """Counts one conversation."""
        self.domains[domain] += 1
        self.patterns[pattern] += 1

    def describe(self) -> str:
        """All bars, as lines."""
        rows = [(name, self.domains[name]) for name in self.names]
        lines = [f"{self.domains.total()} of {self.total} conversations", "domains", *draw_bars(rows)]
        return "\n".join([*lines, "patterns", *draw_bars(sorted(self.patterns.items()))])

    def describe_shortly(self) -> str:
        """One line."""
        seen = sum(self.domains[name] > 0 for name in self.names)
        patterns = ", ".join(f"{name} {count}" for name, count in sorted(self.patterns.items()))
        return f"{self.domains.total()} of {self.total}: {seen} of {len(self.names)} domains; {patterns}"

    def list_underrepresented(self) -> list[str]:
        """Domains with less than half the mean, the rarest first."""
        mean = self.domains.total() / max(1, len(self.names))
        rare = [name for name in self.names if self.domains[name] < SHORT_SHARE * mean]
        return sorted(rare, key=lambda name: (self.domains[name], name))


def draw_bars(rows: Sequence[tuple[str, int]]) -> list[str]:
    """`Travel        ███████  12`, the longest bar for the most."""
    most = max((count for _, count in rows), default=0) or 1
    width = max((len(name) for name, _ in rows), default=0)
    return [f"  {name:{width}} {'█' * round(BAR * count / most):{BAR}} {count}" for name, count in rows]


@contextmanager
def show_coverage(coverage: Coverage) -> Iterator[None]:
    """Bars on a terminal's stderr while the block runs; now and then a line elsewhere, by `tick`."""
    if not sys.stderr.isatty():
        yield
        return
    with Live(get_renderable=coverage.describe, console=Console(stderr=True), transient=True):
        yield


class Ticker:
    """Says a line now and then where there is no terminal."""

    def __init__(self, coverage: Coverage) -> None:
        self._coverage = coverage
        self._last = time.monotonic()

    def tick(self) -> None:
        """Called after each conversation."""
        if not sys.stderr.isatty() and time.monotonic() - self._last >= SECONDS_BETWEEN_LINES:
            self._last = time.monotonic()
            sys.stderr.write(f"{self._coverage.describe_shortly()}\n")
