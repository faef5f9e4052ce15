"""When a call is tried again, how often, and when it is given up.

Two policies, kept apart. *Transport*: the connection failed or the server broke down; wait a little longer
each time. *Capacity*: the server is alive and full; its limiter (`capacity.py`) holds all calls back. What
a model writes is no concern of this file: unusable replies are asked again by the roles.
"""

import random
import time
from collections.abc import Mapping
from dataclasses import dataclass
from email.utils import parsedate_to_datetime

from llm import ProviderError

CAPACITY_STATUSES = frozenset({429, 503, 529})
LONGEST_BACKOFF_S = 8.0


@dataclass(frozen=True, slots=True)
class Patience:
    """How long a call is kept alive; seconds."""

    tries: int = 5
    total_s: float = 60.0
    """No new try once this long has passed since the first one failed."""
    connect_s: float = 10.0
    reply_s: float = 900.0
    """One try, from sending to the last byte of the reply."""
    backoff_s: float = 0.5
    """Wait after the first transport failure; doubled after each further one."""
    pause_s: float = 2.0
    """How long a full server is left alone when it does not say itself."""


class UnservedError(Exception):
    """One try brought no reply."""

    retry_after: float | None = None
    """Seconds after which the server wishes to be asked again, if it stated any."""


class TransportError(UnservedError):
    """No connection, a broken one, a timeout, or a server that failed."""


class CapacityError(UnservedError):
    """The server is full."""

    def __init__(self, message: str, retry_after: float | None) -> None:
        super().__init__(message)
        self.retry_after = retry_after


class Tries:
    """The failed tries of one call."""

    def __init__(self, request_id: str, patience: Patience) -> None:
        self.failed = 0
        self._request_id = request_id
        self._patience = patience
        self._first_failure = 0.0

    def fail(self, fault: UnservedError) -> float:
        """Counts a failed try and returns the seconds to wait; raises ProviderError at the bound.

        After a capacity error that is 0: the server's limiter holds the call back.
        """
        now = time.monotonic()
        self._first_failure = self._first_failure or now
        self.failed += 1
        wait = 0.0 if isinstance(fault, CapacityError) else self._backoff()
        late = now - self._first_failure + max(wait, fault.retry_after or 0.0) > self._patience.total_s
        if late or self.failed >= self._patience.tries:
            raise ProviderError(
                f"{self._request_id} not served after {self.failed} tries: {fault}"
            ) from fault
        return wait

    def _backoff(self) -> float:
        longest = self._patience.backoff_s * 2.0 ** (self.failed - 1)
        jitter = random.Random(f"{self._request_id}/{self.failed}").uniform(
            0.5, 1.0
        )  # no herd, no shared state
        return min(longest, LONGEST_BACKOFF_S) * jitter


def read_retry_after(headers: Mapping[str, str]) -> float | None:
    """The Retry-After header in seconds, given as a number or a date; None when absent or unreadable."""
    text = headers.get("retry-after", "").strip()
    if text.isdigit():
        return float(text)
    try:
        return max(0.0, parsedate_to_datetime(text).timestamp() - time.time())
    except ValueError:
        return None
