"""The reference language, form by form: what it resolves to and what it refuses."""

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.toolworlds.world.rehearsal_house import make_state
from toolworlds.records.base import Json
from toolworlds.world.environment import Environment
from toolworlds.world.references import Scope, UnresolvedReference, resolve, resolve_conditions

ARGUMENTS: dict[str, Json] = {"band": "bd_01", "hours": 3, "levels": [0, 3], "word": "the"}
PARAMETERS = ("band", "hours", "levels", "word", "level")


@pytest.fixture
def scope(env: Environment) -> Scope:
    """A call that sees the whole house and inserts two sessions; `level` is omitted."""
    return Scope(
        arguments=ARGUMENTS,
        parameters=PARAMETERS,
        state=make_state(),
        collections=env.collections,
        minted={"sessions": ["se_aa", "se_bb"]},
    )


def each(**options: Json) -> Json:
    return {"$each": "studios", "fields": ["id"], **options}


def op(kind: str, **options: Json) -> Json:
    return {"$op": kind, "of": "studios", **options}


def ids(*numbers: int) -> Json:
    return [{"id": f"st_0{number}"} for number in numbers]


CASES: list[tuple[Json, Json]] = [
    ({"$arg": "hours"}, 3),
    ({"$arg": "level"}, None),
    ({"$entity": ["bands", {"$arg": "band"}, "name"]}, "Salt Ferry"),
    ({"$entity": ["studios", {"$entity": ["sessions", {"$var": "s"}, "studio_id"]}, "rate"]}, 32),
    ({"$entity": ["studios", {"$var": "c"}, "gear"]}, None),
    (each(), ids(1, 2, 3, 4, 5)),
    (each(sort="level"), ids(1, 3, 4, 5, 2)),
    (each(sort="-level"), ids(2, 3, 4, 5, 1)),
    (each(sort="-rate", offset={"$calc": "1"}, limit={"$calc": "2"}), ids(5, 1)),
    (each(offset={"$calc": "9"}), []),
    (each(limit={"$arg": "level"}), ids(1, 2, 3, 4, 5)),
    (each(where=[["level", "=", {"$arg": "level"}]]), ids(1, 2, 3, 4, 5)),
    (each(where=[["level", "in", {"$arg": "levels"}]]), ids(1, 2)),
    (each(where=[["name", "contains", {"$arg": "word"}]]), []),
    (each(where=[["name", "contains", "ATT"]]), ids(2)),
    (each(where=[["status", "!=", "open"]]), ids(3)),
    (each(where=[["rate", ">", {"$calc": "30"}], ["rate", "<=", {"$calc": "47.5"}]]), ids(1, 5)),
    (each(where=[["gear", "contains", "amp"]]), []),
    (op("count", where=[["status", "=", "open"]]), 4),
    (op("sum", field="rate"), 198),
    (op("mean", field="rate"), 39.6),
    (op("min", field="name"), "Annex"),
    (op("max", field="seats", where=[["status", "=", "open"]]), 12),
    (op("max", field="seats", where=[["status", "=", "shut"]]), None),
    (op("sum", field="seats", where=[["status", "=", "shut"]]), 0),
    ({"$op": "max", "of": "sessions", "field": "start", "where": []}, "2026-05-09T14:00:00"),
    ({"$calc": "h * 2 + 0.5", "vars": {"h": {"$arg": "hours"}}}, 6.5),
    ({"$new": "sessions"}, "se_aa"),
    ({"$new": "sessions", "index": 1}, "se_bb"),
    ({"$now": True}, "2026-05-04T08:30:00"),
    ({"$let": {"b": {"$arg": "band"}}, "in": [{"$var": "b"}, {"$var": "b"}]}, ["bd_01", "bd_01"]),
    (
        {
            "$let": {"a": {"$arg": "hours"}, "b": {"$calc": "a + 1", "vars": {"a": {"$var": "a"}}}},
            "in": {"$var": "b"},
        },
        4,
    ),
    ({"$op": "count", "of": "studios", "where": [["status", "in", ["open", "shut"]]]}, 4),
    ({"words": ["open", True, None, 3, "bd_01"]}, {"words": ["open", True, None, 3, "bd_01"]}),
]


@pytest.mark.parametrize(("reference", "value"), CASES)
def test_what_references_resolve_to(scope: Scope, reference: Json, value: Json) -> None:
    """Every form, with the omitted argument and the nested reference."""
    named = {
        "$let": {
            "s": {"$calc": "min(a, a)", "vars": {"a": {"$op": "min", "of": "sessions", "field": "id"}}},
            "c": {"$op": "min", "of": "studios", "field": "id"},
        },
        "in": reference,
    }
    assert resolve(named, scope, "checked") == value


@pytest.mark.parametrize(
    ("reference", "reason"),
    [
        ({"$arg": "colour"}, "no argument 'colour'"),
        ({"$arg": "band", "default": "x"}, "default may not stand beside"),
        ({"$entity": ["bands", {"$arg": "word"}, "name"]}, "bands has no entity 'the'"),
        ({"$entity": ["bands", {"$arg": "band"}, "colour"]}, "bands has no field 'colour'"),
        ({"$entity": ["bands"]}, "collection, id, field"),
        ({"$entity": [["bands"], 1, 2]}, "footprint"),
        ({"$entity": ["bands", {"$arg": "band"}, ["name"]]}, "no field"),
        ({"$each": "halls"}, "'halls' is not in the tool's footprint"),
        (each(where=[["colour", "=", "red"]]), "studios has no field 'colour'"),
        (each(where=[["name", "like", "a"]]), "operators"),
        (each(where=[["name", ["="], "a"]]), "operators"),
        (each(where=[[["name"], "=", "a"]]), "no field"),
        (each(where=["name"]), "field, operator, value"),
        (each(where="name"), "list"),
        (each(where=[["rate", "<", "cheap"]]), "order"),
        (each(where=[["name", "in", "Attic"]]), "list"),
        (each(sort="colour"), "no field 'colour'"),
        (each(fields="id"), "list"),
        (each(limit={"$calc": "0 - 1"}), "whole number"),
        (each(offset={"$calc": "1.5"}), "whole number"),
        (each(limit="many"), "whole number"),
        (op("median", field="rate"), "count, sum, mean, min, max"),
        (op("sum"), "no field None"),
        (op("sum", field="name"), "not a number"),
        ({"$op": "count"}, "footprint"),
        ({"$calc": "a + b", "vars": {"a": {"$arg": "hours"}}}, "'b' is not among vars"),
        ({"$calc": 7}, "as text"),
        ({"$calc": "a + 1", "vars": {"a": {"$arg": "level"}}}, "None is not a number"),
        ({"$new": "bands"}, "inserts 0"),
        ({"$new": "sessions", "index": 2}, "inserts 2"),
        ({"$new": ["sessions"]}, "inserts 0"),
        ({"$var": "x"}, "no \\$let"),
        ({"$var": ["x"]}, "no \\$let"),
        ({"$let": {"a": {"$arg": "levels"}}, "in": {"$var": "a"}}, "single values"),
        ({"$let": {"a": True}}, "give"),
        ({"$if": True}, "no reference '\\$if'"),
        ({"plain": {"$then": 1}}, "no reference '\\$then'"),
        (4, "literal number 4"),
        (3.5, "literal number 3.5"),
        ("bd_02", "'bd_02' is data"),
        ("2026-05-09", "'2026-05-09' is data"),
        ("12.50", "'12.50' is data"),
        (each(limit=2), "literal number 2"),
        (each(where=[["id", "=", "st_01"]]), "'st_01' is data"),
    ],
)
def test_what_is_refused(scope: Scope, reference: Json, reason: str) -> None:
    """Each with a reason that names the part."""
    with pytest.raises(UnresolvedReference, match=reason):
        resolve(reference, scope, "checked")


def test_trusted_code_may_say_numbers_and_ids(scope: Scope) -> None:
    """What a twin computed needs no reference; binary noise is taken off its floats."""
    assert resolve({"a": [4, "bd_02", 0.1 + 0.2]}, scope, "free") == {"a": [4, "bd_02", 0.3]}


def test_numbers_out_of_bounds_are_refused(scope: Scope) -> None:
    """From a twin too."""
    for number in (float("inf"), float("nan"), 10**16):
        with pytest.raises(UnresolvedReference, match="beyond"):
            resolve([number], scope, "free")


def test_a_footprint_hides_the_rest(env: Environment, scope: Scope) -> None:
    """What is not in the closed footprint cannot be pointed at."""
    narrow = replace(scope, collections={"bands": env.collections["bands"]})
    assert resolve({"$op": "count", "of": "bands"}, narrow, "checked") == 3
    with pytest.raises(UnresolvedReference, match=r"footprint \(bands\)"):
        resolve(each(), narrow, "checked")


def test_conditions_come_back_plain_without_the_dropped(scope: Scope) -> None:
    """The form in which a bulk change is committed."""
    conditions: Json = [["level", "=", {"$arg": "level"}], ["seats", ">", {"$arg": "hours"}]]
    assert resolve_conditions("studios", conditions, scope, "checked") == [("seats", ">", 3)]


PLAIN = st.recursive(
    st.none() | st.booleans() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.text(max_size=3).filter(lambda key: "$" not in key), inner, max_size=3)
    ),
)


@given(PLAIN)
def test_plain_words_resolve_to_themselves(value: Any) -> None:
    """Text, truth values and null in any shape are left alone."""
    house = Scope(arguments={}, parameters=(), state=make_state(), collections={})
    assert resolve(value, house, "free") == value
