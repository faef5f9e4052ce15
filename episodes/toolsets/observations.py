"""`obs.*`: count, aggregate, search, trace and drill down over a local store of log events."""

from episodes.toolsets.base import Argument, Arguments, Result, ToolError, Toolset, ToolSpec
from episodes.toolsets.log_store import COLUMNS, LogStore

GROUPS = ("service", "level", "status", "day", "hour", "message")
FILTERS = (
    Argument("service", "string", "only this service"),
    Argument("level", "string", "only this level", choices=("DEBUG", "INFO", "WARN", "ERROR")),
    Argument("start", "string", "from this time on, e.g. 2026-05-04T10:00"),
    Argument("end", "string", "before this time"),
    Argument("contains", "string", "only messages that hold this text"),
)
LIMIT = Argument("limit", "integer", "how many at most (default 5)", minimum=1, maximum=50)
COUNT = ToolSpec("obs.count", "Count log events.", FILTERS)
AGGREGATE = ToolSpec(
    "obs.aggregate",
    "Count log events in groups, with durations.",
    (Argument("group_by", "string", "by what", required=True, choices=GROUPS), *FILTERS, LIMIT),
    empty={"groups": []},
)
TRACE = ToolSpec(
    "obs.trace",
    "All events of one trace, in order.",
    (Argument("trace_id", "string", "the trace's id", required=True),),
    empty={"events": []},
)
DRILLDOWN = ToolSpec("obs.drilldown", "Show the latest events that match.", (*FILTERS, LIMIT))
GROUP_SQL = {"day": "substr(ts, 1, 10)", "hour": "substr(ts, 1, 13)"}
SPECS = (COUNT, AGGREGATE, TRACE, DRILLDOWN)


class ObsTools(Toolset):
    """The tools over one log store."""

    def __init__(self, store: LogStore) -> None:
        tools = (self.count, self.aggregate, self.trace, self.drilldown)
        super().__init__(list(zip(SPECS, tools, strict=True)))
        self.store = store

    def count(self, arguments: Arguments) -> Result:
        """How many events match, and when the first and the last of them happened."""
        where, values = self._filter(arguments)
        number, first, last = self.store.fetch(
            f"SELECT count(*), min(ts), max(ts) FROM events{where}", values
        )[0]
        return {"count": number, "first": first, "last": last}

    def aggregate(self, arguments: Arguments) -> Result:
        """The largest groups; `total` counts all events that match."""
        where, values = self._filter(arguments)
        group = GROUP_SQL.get(arguments["group_by"], arguments["group_by"])
        rows = self.store.fetch(
            f"SELECT {group} AS grouped, count(*), round(avg(duration_ms), 1), max(duration_ms)"
            f" FROM events{where} GROUP BY grouped ORDER BY count(*) DESC, grouped",
            values,
        )
        keys = ("key", "count", "average_ms", "slowest_ms")
        shown = [dict(zip(keys, row, strict=True)) for row in rows[: arguments.get("limit", 5)]]
        return {"groups": shown, "groups_total": len(rows), "total": sum(row[1] for row in rows)}

    def trace(self, arguments: Arguments) -> Result:
        """The events of a trace; a fault for an unknown one."""
        rows = self.store.fetch(
            f"SELECT {', '.join(COLUMNS)} FROM events WHERE trace_id = ? ORDER BY ts, rowid",
            [arguments["trace_id"]],
        )
        if not rows:
            raise ToolError(f"Trace not found: {arguments['trace_id']}", events=[])
        return {"events": [_show(row) for row in rows], "total": len(rows)}

    def drilldown(self, arguments: Arguments) -> Result:
        """The latest matching events; `total` counts all that match."""
        where, values = self._filter(arguments)
        total = self.store.fetch(f"SELECT count(*) FROM events{where}", values)[0][0]
        rows = self.store.fetch(
            f"SELECT {', '.join(COLUMNS)} FROM events{where} ORDER BY ts DESC, rowid DESC LIMIT ?",
            [*values, arguments.get("limit", 5)],
        )
        return {"events": [_show(row) for row in rows], "total": total}

    def _filter(self, arguments: Arguments) -> tuple[str, list[str]]:
        self._check_window(arguments)
        parts, values = [], []
        for name, condition in (
            ("service", "service = ?"),
            ("level", "level = ?"),
            ("start", "ts >= ?"),
            ("end", "ts < ?"),
            ("contains", "instr(lower(message), lower(?)) > 0"),
        ):
            if name in arguments:
                parts.append(condition)
                values.append(arguments[name])
        return (f" WHERE {' AND '.join(parts)}" if parts else ""), values

    def _check_window(self, arguments: Arguments) -> None:
        """A window that ends before it begins, or lies outside of what is stored, is the caller's mistake."""
        start, end = arguments.get("start"), arguments.get("end")
        first, last = self.store.first, self.store.last
        for name in ("start", "end"):
            if name in arguments and not self.store.is_time(arguments[name]):
                raise ToolError(f"Invalid time: {name} = {arguments[name]}; write it like {first[:16]}")
        if start and end and start >= end:
            raise ToolError(f"Wrong time window: start {start} is not before end {end}")
        if (start and start > last) or (end and end <= first):
            raise ToolError(f"Wrong time window: events reach from {first} to {last}", first=first, last=last)


def _show(row: tuple[str | int | None, ...]) -> dict[str, str | int]:
    return {name: value for name, value in zip(COLUMNS, row, strict=True) if value not in (None, "")}
