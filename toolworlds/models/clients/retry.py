"""When a call is tried again, how often, and when it is given up.

Two policies, kept apart. *Transport*: the connection failed or the server broke down; wait a little longer
each time. *Capacity*: the server is alive and full; its limiter (`capacity.py`) holds all calls back. What
a model writes is no concern of this file: unusable replies are asked again by the roles.
"""

import random
import re
import time
from collections.abc import Mapping
from dataclasses import dataclass
from email.utils import parsedate_to_datetime

from toolworlds.records.completions import ProviderError

CAPACITY_STATUSES = frozenset({429, 503, 529})
LONGEST_BACKOFF_S = 8.0


@dataclass(frozen=True, slots=True)
class Patience:
    """How long a call is kept alive; waits in seconds."""

    tries: int = 5
    """Broken tries, the first one included."""
    total_s: float = 60.0
    """No new try this long after the first one broke, nor for a server that asks for a longer wait."""
    refusals: int = 20
    """How often a full server may refuse the call; with its pauses that is about a minute."""
    connect_s: float = 10.0
    reply_s: float = 1800.0
    """One try, from sending to the last byte of the reply."""
    backoff_s: float = 0.5
    """Wait after the first broken try; doubled after each further one."""
    pause_s: float = 2.0
    """How long a full server is left alone when it does not say itself."""


class UnservedError(Exception):
    """One try brought no reply."""


class TransportError(UnservedError):
    """No connection, a broken one, a timeout, or a server that failed."""


class CapacityError(UnservedError):
    """The server is full. `retry_after` is the wait in seconds that it asks for, if it states one."""

    def __init__(self, message: str, retry_after: float | None) -> None:
        super().__init__(message)
        self.retry_after = retry_after


class Tries:
    """The failed tries of one call."""

    def __init__(self, request_id: str, patience: Patience) -> None:
        self._request_id = request_id
        self._patience = patience
        self._broken = 0
        self._refused = 0
        self._first_break = 0.0

    @property
    def failed(self) -> int:
        """Failed tries so far."""
        return self._broken + self._refused

    def fail(self, fault: UnservedError) -> float:
        """Counts a failed try and returns the seconds to wait; raises ProviderError at the bound.

        After a capacity error that is 0: the server's limiter holds the call back.
        """
        wait = self._refuse(fault) if isinstance(fault, CapacityError) else self._break()
        if wait is None:
            raise ProviderError(
                f"{self._request_id} not served after {self.failed} tries: {fault}"
            ) from fault
        return wait

    def _refuse(self, fault: CapacityError) -> float | None:
        self._refused += 1
        asked = fault.retry_after or 0.0
        return None if self._refused >= self._patience.refusals or asked > self._patience.total_s else 0.0

    def _break(self) -> float | None:
        now = time.monotonic()
        self._first_break = self._first_break or now
        self._broken += 1
        longest = min(self._patience.backoff_s * 2.0 ** (self._broken - 1), LONGEST_BACKOFF_S)
        # Calls that broke together must not come back together.
        wait = longest * random.Random(f"{self._request_id}/{self._broken}").uniform(0.5, 1.0)
        late = now - self._first_break + wait > self._patience.total_s
        return None if late or self._broken >= self._patience.tries else wait


def read_retry_after(headers: Mapping[str, str]) -> float | None:
    """The Retry-After header in seconds, given as a number or a date; None when absent or unreadable."""
    text = headers.get("retry-after", "").strip()
    if re.fullmatch(r"[0-9]{1,9}(\.[0-9]{1,9})?", text):
        return float(text)
    try:
        return max(0.0, parsedate_to_datetime(text).timestamp() - time.time())
    except (ValueError, OverflowError):
        return None
