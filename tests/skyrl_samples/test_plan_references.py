from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from skyrl_samples.plan_references import (
    PlanReference,
    ReferenceFault,
    find_references,
    parse_extract,
    parse_reference,
    resolve,
    walk_references,
)
from toolworlds.world.json_paths import format_path

NAMES = st.text("abcXYZ019_-éß", min_size=1, max_size=6)
PATHS = st.lists(NAMES | st.integers(0, 99), max_size=5).map(tuple)
LEAVES = st.none() | st.booleans() | st.integers() | st.text("ab $", max_size=5)
VALUES = st.recursive(LEAVES, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(NAMES, inner))


@given(st.integers(1, 16), PATHS)
def test_a_reference_is_read_as_it_was_written(step: int, path: tuple[str | int, ...]) -> None:
    """Writing and parsing are inverse."""
    reference = PlanReference(step, path)
    assert parse_reference(str(reference)) == reference


@given(st.from_regex(r"[a-z][a-z0-9_]{0,8}", fullmatch=True), PATHS.filter(bool))
def test_an_extract_is_read_as_it_was_written(name: str, path: tuple[str | int, ...]) -> None:
    """The same paths, within one step's output."""
    assert parse_extract(f"{name} = {format_path(path)}") == (name, path)


@given(VALUES)
def test_a_value_without_references_stays_as_it_is(value: Any) -> None:
    """Resolving touches nothing but references."""
    assert resolve(value, {}) == value


@given(VALUES, PATHS)
def test_a_lone_reference_takes_the_value_with_its_type(held: Any, path: tuple[str | int, ...]) -> None:
    """Whatever stands there: a list, a number, null."""
    output: Any = held
    for step in reversed(path):
        output = {step: output} if isinstance(step, str) else [None] * step + [output]
    assert resolve({"a": [str(PlanReference(1, path))]}, {1: output}) == {"a": [held]}


def test_references_within_a_text_are_filled_in_as_text() -> None:
    """Numbers and booleans as JSON writes them."""
    output = {"id": 7, "late": True, "names": ["Ida"]}
    said = resolve("order ${1.id} late: ${1.late} for ${1.names[0]}", {1: output})
    assert said == "order 7 late: true for Ida"


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("${1.orders[0].id", "is no reference"),
        ("${orders.id}", "is no reference"),
        ("${1.}", "is no reference"),
        ("${1.a b}", "is no reference"),
        ("${1[x]}", "is no reference"),
        ("${0.id}", "is no reference"),
        ("${01.id}", "is no reference"),
        ("${١.id}", "is no reference"),
        ("${1.rows[-1]}", "is no reference"),
        ("costs ${price}", "is no reference"),
        ("${2.id}", "step 2 has no output yet"),
        ("${1.nothing}", "returned an object with id, rows, nothing there"),
        ("${1.rows[3]}", "nothing there"),
        ("all: ${1.rows}", "cannot stand within a text"),
    ],
)
def test_a_bad_reference_is_refused_with_a_reason(text: str, why: str) -> None:
    """It is quoted, and what is wrong is said."""
    with pytest.raises(ReferenceFault, match="\\$") as fault:
        resolve({"x": text}, {1: {"id": 1, "rows": [1]}})
    assert why in str(fault.value)


@pytest.mark.parametrize("text", ["orders[0].id", "Id = a", "a =", "a = .b", "a = b c", "a = ${1.b}", ""])
def test_a_bad_extract_is_refused(text: str) -> None:
    """It is `name = path` and nothing else."""
    with pytest.raises(ReferenceFault):
        parse_extract(text)


def test_all_references_of_params_are_found_with_their_places() -> None:
    """At any depth, several in one text."""
    params = {"a": "${1}", "b": [{"c": "x ${1.y} ${2[0]}"}], "d": 4}
    assert dict(walk_references(params)) == {
        ("a",): [PlanReference(1)],
        ("b", 0, "c"): [PlanReference(1, ("y",)), PlanReference(2, (0,))],
    }
    assert find_references("no $ reference {1}") == []
    with pytest.raises(ReferenceFault, match="only values can"):
        list(walk_references({"${1.y}": "x"}))
