"""Totals that add up: counts of lists, nights between days, prices times quantities, converted amounts."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import date, datetime
from itertools import chain

from conversations.execution.calls import Call
from conversations.execution.fields import Field
from conversations.execution.names import load_pools
from conversations.execution.shapes import Group, Leaf
from conversations.execution.values import fit_type
from toolworlds.language.words import gather, split_name
from toolworlds.records.base import Json

_EXTRAS = ("tax", "fee", "shipping", "tip")
_COUNTING = gather("count total results num")
_SUMS = gather("total subtotal amount cost charged charge")
_UNIT_PRICES = gather("price fare rate")
_NO_UNIT_PRICES = gather("total exchange min max range")
_PEOPLE = gather("guests people participants adults party_size")
_TIMES = gather("quantity qty tickets seats passengers units num_tickets ticket_count travelers")


def settle(
    filled: dict[str, Json],
    fresh: set[str],
    shape: Group,
    call: Call,
    background: Sequence[Mapping[str, Json]],
) -> None:
    """Replaces fresh values by what follows from the others; counts of lists always."""
    leaves = {m.name: m for m in shape.members if isinstance(m, Leaf)}
    fields = {**call.fields, **{name: leaf.field for name, leaf in leaves.items()}}
    sided = [(fields[n], v) for n, v in chain(filled.items(), call.arguments.items()) if n in fields]
    _settle_spans(filled, fresh, leaves, sided)
    _settle_rates(filled, fresh, leaves, sided, call.arguments.get("amount"))
    _settle_way(filled)
    if "characters" in filled and isinstance(call.arguments.get("text"), str):
        filled["characters"] = len(call.arguments["text"])
    for leaf in leaves.values():
        if leaf.name in fresh and leaf.kind == "money":
            value = _work_out(leaf.name, filled, call.arguments, background, _count_days(sided))
            if value is not None:
                filled[leaf.name] = fit_type(_round(value), leaf.field)
        elif leaf.kind in ("count", "quantity") and _COUNTING & set(split_name(leaf.name)):
            _settle_count(filled, leaf)


def _round(value: float) -> float | int:
    rounded = round(value, 2)
    return int(rounded) if rounded == int(rounded) else rounded


def _settle_count(filled: dict[str, Json], leaf: Leaf) -> None:
    lists = [value for value in filled.values() if isinstance(value, list)]
    if len(lists) == 1 and "review" not in leaf.name:
        filled[leaf.name] = len(lists[0])


def _settle_spans(
    filled: dict[str, Json], fresh: set[str], leaves: Mapping[str, Leaf], sided: Sequence[tuple[Field, Json]]
) -> None:
    days, minutes = _count_days(sided), _count_minutes(sided)
    for leaf in leaves.values():
        length = {"nights": days, "days": days and days + 1, "minutes": minutes}.get(leaf.kind, 0)
        if leaf.name in fresh and length:
            filled[leaf.name] = length


def _settle_way(filled: dict[str, Json]) -> None:
    """A way is as long as its steps, and takes as long as such a way does."""
    steps = next((v for v in filled.values() if isinstance(v, list) and v and isinstance(v[0], dict)), [])
    measured = [step for step in steps if isinstance(step.get("distance_m"), int | float)]
    if "distance_km" not in filled:
        return
    for step in measured:
        if step["distance_m"] < 40:
            step["distance_m"] = max(40, round(step["distance_m"] * 60, -1))
    if measured:
        filled["distance_km"] = round(sum(step["distance_m"] for step in measured) / 1000, 1)
    pace = {"walking": 12, "cycling": 4, "driving": 2.5}.get(str(filled.get("travel_mode")), 5)
    if "duration_minutes" in filled:
        filled["duration_minutes"] = max(2, round(filled["distance_km"] * pace))


def _count_days(sided: Iterable[tuple[Field, Json]]) -> int:
    """Days from the first start to the first end among the values; 0 without both."""
    start, end = _find_ends(sided, ("date", "moment"))
    try:
        return max(0, (date.fromisoformat(end[:10]) - date.fromisoformat(start[:10])).days)
    except ValueError:
        return 0


def _count_minutes(sided: Iterable[tuple[Field, Json]]) -> int:
    """The same in minutes."""
    start, end = _find_ends(sided, ("moment", "time"))
    try:
        length = datetime.fromisoformat(end.rstrip("Z")) - datetime.fromisoformat(start.rstrip("Z"))
    except ValueError:
        return 0
    return max(0, round(length.total_seconds() / 60))


def _find_ends(sided: Iterable[tuple[Field, Json]], kinds: Collection[str]) -> tuple[str, str]:
    """The first start and the first end of these kinds; empty where there is none."""
    texts = [(field.side, value) for field, value in sided if field.kind in kinds and isinstance(value, str)]
    start, end = (next((v for side, v in texts if side == wanted), "") for wanted in ("start", "end"))
    return start, end


def _settle_rates(
    filled: dict[str, Json],
    fresh: set[str],
    leaves: Mapping[str, Leaf],
    sided: Sequence[tuple[Field, Json]],
    amount: Json,
) -> None:
    """An exchange rate between the two currencies that are named, and the amount converted by it."""
    rates = load_pools()["rates"]
    first, last = _find_ends(sided, ("currency",))
    if first.upper() not in rates or last.upper() not in rates:
        return
    rate = round(rates[last.upper()] / rates[first.upper()], 4)
    for leaf in leaves.values():
        if leaf.kind == "rate":
            filled[leaf.name] = rate
        is_result = leaf.name in fresh and {"converted", "result"} & set(split_name(leaf.name))
        if is_result and isinstance(amount, int | float):
            filled[leaf.name] = fit_type(_round(amount * rate), leaf.field)
            fresh.discard(leaf.name)


def _work_out(
    name: str,
    filled: Mapping[str, Json],
    arguments: Mapping[str, Json],
    background: Sequence[Mapping[str, Json]],
    days: int,
) -> float | None:
    """What an amount must be; None where nothing says so."""
    words = set(split_name(name))
    if "refund" in words:
        return _find_total(background)
    if not words & _SUMS:
        return None
    lines = [
        value for value in filled.values() if isinstance(value, list) and value and isinstance(value[0], dict)
    ]
    if lines and (sums := [_sum_line(line) for line in lines[0]]) and all(s is not None for s in sums):
        return sum(s for s in sums if s is not None) + _sum_extras(name, filled)
    subtotal = filled.get("subtotal")
    if name != "subtotal" and isinstance(subtotal, int | float):
        return subtotal + _sum_extras(name, filled)
    if name == "amount" and (owed := _find_total(background)) is not None:
        return owed
    unit = _find_unit(filled, background, name)
    if unit is None:
        return None
    price, unit_name = unit
    return price * _count_units(unit_name, {**arguments, **filled}, days) + _sum_extras(name, filled)


def _sum_line(line: Mapping[str, Json]) -> float | None:
    price = next((v for n, v in line.items() if "price" in n or n in ("amount", "cost")), None)
    if not isinstance(price, int | float) or isinstance(price, bool):
        return None
    return price * next((v for n, v in line.items() if n in ("quantity", "qty") and isinstance(v, int)), 1)


def _sum_extras(name: str, filled: Mapping[str, Json]) -> float:
    if name == "subtotal":
        return 0
    extras = [
        v for n, v in filled.items() if any(word in n for word in _EXTRAS) and isinstance(v, int | float)
    ]
    off = filled.get("discount")
    return sum(extras) - (off if isinstance(off, int | float) else 0)


def _find_total(background: Sequence[Mapping[str, Json]]) -> float | None:
    """What is owed: the total of whatever has one, before any single price."""
    for key in ("total_price", "total", "total_amount", "total_cost", "amount", "price", "fare"):
        for values in background:
            value = values.get(key)
            if isinstance(value, int | float):
                return value
    return None


def _find_unit(
    filled: Mapping[str, Json], background: Sequence[Mapping[str, Json]], name: str
) -> tuple[float, str] | None:
    """The price of one, in the reply itself or of what it is about."""
    for values in (filled, *background):
        for key, value in values.items():
            words = set(split_name(key))
            is_price = words & _UNIT_PRICES and not words & _NO_UNIT_PRICES
            if key != name and is_price and isinstance(value, int | float) and not isinstance(value, bool):
                return value, key
    return None


def _count_units(unit_name: str, known: Mapping[str, Json], days: int) -> int:
    length = known.get("days") if "day" in unit_name else known.get("nights")
    nights = length or days
    count = nights if isinstance(nights, int) and nights and "person" not in unit_name else 1
    for name, value in known.items():
        people = "person" in unit_name and name in _PEOPLE
        if (name in _TIMES or people) and isinstance(value, int) and not isinstance(value, bool):
            return count * value
    return count
