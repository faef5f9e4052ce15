"""Which of several servers of one model gets the next call."""

import time
from collections import OrderedDict
from collections.abc import Sequence

from toolworlds.models.clients.capacity import Limiter

SESSIONS_KEPT = 65_536
FAILURES_BEFORE_REST = 3
REST_S = 10.0


class Replica:
    """One server of the model."""

    def __init__(self, url: str, limiter: Limiter) -> None:
        self.url = url
        self.limiter = limiter
        self._failures = 0
        self._rests_until = float("-inf")

    def fail(self) -> None:
        """Counts a broken connection. The server rests after three in a row, and after each further one."""
        self._failures += 1
        if self._failures >= FAILURES_BEFORE_REST:
            self._rests_until = time.monotonic() + REST_S

    def succeed(self) -> None:
        """Counts a served call."""
        self._failures = 0
        self.limiter.succeed()

    def rests(self) -> bool:
        """Whether the rest still lasts."""
        return time.monotonic() < self._rests_until


class Balancer:
    """Least in flight; the calls of one session stay together, for the sake of the prefix cache."""

    def __init__(self, replicas: Sequence[Replica]) -> None:
        self._replicas = replicas
        self._sessions: OrderedDict[str, Replica] = OrderedDict()

    def choose(self, session: str) -> Replica:
        """The session's replica, or the least busy one; resting replicas only when all rest."""
        if len(self._replicas) == 1:
            return self._replicas[0]
        kept = self._sessions.get(session)
        if kept is None or kept.rests():
            kept = min(self._replicas, key=lambda replica: (replica.rests(), replica.limiter.load))
        if session:
            self._sessions[session] = kept
            self._sessions.move_to_end(session)
            if len(self._sessions) > SESSIONS_KEPT:
                self._sessions.popitem(last=False)
        return kept
