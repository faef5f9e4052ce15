from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.toolworlds.world.lending_library import SCHEMA, make_state
from toolworlds.records.base import Entity
from toolworlds.records.tasks import Fact
from toolworlds.records.worlds import WorldState
from toolworlds.world.differences import compare_states
from toolworlds.world.json_paths import rename

NEW_BOOKS = ["bk_aaaaaaa1", "bk_aaaaaaa2", "bk_aaaaaaa3"]
NEW_LOANS = ["ln_bbbbbbb1", "ln_bbbbbbb2", "ln_bbbbbbb3", "ln_bbbbbbb4"]
INITIAL = make_state()


def _book(key: str, title: str) -> Entity:
    return {"id": key, "title": title, "author": "N. N.", "shelf": 1, "copies": 1, "lent": 0}


def _loan(key: str, book: str, member: str, note: str | None) -> Entity:
    return {
        "id": key,
        "book_id": book,
        "member_id": member,
        "due": "2026-04-01",
        "status": "open",
        "note": note,
    }


def change(state: WorldState, edit: Callable[[dict[str, dict[str, Entity]]], None]) -> WorldState:
    """The state with its entities, by collection and id, edited."""
    entities = {
        name: {entity["id"]: dict(entity) for entity in found} for name, found in state.collections.items()
    }
    edit(entities)
    collections = {
        name: sorted(found.values(), key=lambda entity: str(entity["id"])) for name, found in entities.items()
    }
    return state.model_copy(update={"collections": collections})


@st.composite
def grown_states(draw: st.DrawFn) -> WorldState:
    """The library with new books, new loans of old and new books, and an old loan that moved to some book."""

    def grow(entities: dict[str, dict[str, Entity]]) -> None:
        for key in draw(st.sets(st.sampled_from(NEW_BOOKS))):
            entities["books"][key] = _book(key, draw(st.sampled_from(["Tides", "Moss"])))
        books = sorted(entities["books"])
        for key in draw(st.sets(st.sampled_from(NEW_LOANS), min_size=1)):
            member = draw(st.sampled_from(["mb_01", "mb_02"]))
            entities["loans"][key] = _loan(
                key, draw(st.sampled_from(books)), member, draw(st.none() | st.just("hm"))
            )
        entities["loans"]["ln_01"]["book_id"] = draw(st.sampled_from(books))

    return change(INITIAL, grow)


def rename_ids(state: WorldState, renaming: dict[str, str]) -> WorldState:
    """The state with ids renamed wherever they stand."""

    def edit(entities: dict[str, dict[str, Entity]]) -> None:
        renamed = rename({name: list(found.values()) for name, found in entities.items()}, renaming)
        entities.clear()
        entities.update({name: {entity["id"]: entity for entity in found} for name, found in renamed.items()})

    return change(state, edit)


def differences(expected: WorldState, actual: WorldState, facts: tuple[Fact, ...] = ()) -> list[str]:
    """What tells `actual` from `expected`."""
    return compare_states(SCHEMA, INITIAL, expected, actual, facts).differences


@given(grown_states(), st.permutations(NEW_LOANS), st.permutations(NEW_BOOKS), st.booleans())
def test_renaming_minted_ids_changes_nothing(
    state: WorldState, loans: list[str], books: list[str], fresh: bool
) -> None:
    """Whatever the minted ids are called, swapped among themselves or new, the states are the same."""
    renaming = dict(zip([*NEW_LOANS, *NEW_BOOKS], [*loans, *books], strict=True))
    if fresh:
        renaming = {key: f"{value}ff" for key, value in renaming.items()}
    comparison = compare_states(SCHEMA, INITIAL, state, rename_ids(state, renaming))
    assert comparison.differences == []


@given(grown_states(), grown_states(), st.permutations(NEW_LOANS))
def test_a_renaming_never_hides_a_difference(one: WorldState, other: WorldState, loans: list[str]) -> None:
    """States that are called the same agree in what no renaming changes."""
    renamed = rename_ids(other, dict(zip(NEW_LOANS, loans, strict=True)))
    if differences(one, renamed) == []:
        assert _summary(one) == _summary(renamed)


def _summary(state: WorldState) -> Any:
    """What no renaming changes: who lent a book of which title, and how often."""
    titles = {book["id"]: book["title"] for book in state.collections["books"]}
    loans = [(loan["member_id"], titles[loan["book_id"]]) for loan in state.collections["loans"]]
    return sorted(loans), sorted(titles.values())


CHANGES = [("due", "2026-04-02"), ("status", "returned"), ("member_id", "mb_04"), ("book_id", "bk_04")]


@given(grown_states(), st.sampled_from(CHANGES), st.data())
def test_any_changed_field_is_named(state: WorldState, changed: tuple[str, str], data: st.DataObject) -> None:
    """One field of one loan, old or new, that is no prose tells the states apart."""
    field, value = changed
    key = data.draw(
        st.sampled_from([loan["id"] for loan in state.collections["loans"] if loan[field] != value])
    )
    other = change(state, lambda entities: entities["loans"][key].update({field: value}))
    found = differences(state, other)
    assert found
    assert all(text.startswith("loans") for text in found)


@given(grown_states(), st.data())
def test_an_entity_too_few_or_too_many_is_seen(state: WorldState, data: st.DataObject) -> None:
    """Dropping any loan makes a difference in either direction."""
    key = data.draw(st.sampled_from([loan["id"] for loan in state.collections["loans"]]))
    fewer = change(state, lambda entities: entities["loans"].__delitem__(key))
    assert differences(state, fewer)
    assert differences(fewer, state)


def test_reasons_name_entity_and_field() -> None:
    """Old entities by id, new ones by their likeness."""
    loan = _loan("ln_bbbbbbb1", "bk_04", "mb_01", None)
    expected = change(INITIAL, lambda entities: entities["loans"].update(ln_bbbbbbb1=loan))
    wrong = change(
        INITIAL,
        lambda entities: entities["loans"].update(
            ln_ccccccc1={**loan, "id": "ln_ccccccc1", "due": "2026-05-01"}
        ),
    )
    moved = change(expected, lambda entities: entities["members"]["mb_01"].update(fees=0))
    assert differences(expected, wrong) == ["loans (new): due is '2026-05-01', should be '2026-04-01'"]
    assert differences(expected, moved) == ["members 'mb_01': fees is 0, should be 4.5"]
    assert differences(INITIAL, expected)[0].startswith("loans: a new entity should not be there: {")
    assert differences(expected, INITIAL)[0].startswith("loans: a new entity is missing: {")


def test_swapped_references_among_new_entities_are_seen() -> None:
    """Equal new books are one another's doubles only as long as the same loans refer to them."""

    def lend(first: str, second: str) -> WorldState:
        def edit(entities: dict[str, dict[str, Entity]]) -> None:
            for key in NEW_BOOKS[:2]:
                entities["books"][key] = _book(key, "Tides")
            entities["loans"]["ln_x1"] = _loan("ln_x1", first, "mb_01", None)
            entities["loans"]["ln_x2"] = _loan("ln_x2", second, "mb_02", None)

        return change(INITIAL, edit)

    one, two = NEW_BOOKS[:2]
    assert differences(lend(one, two), lend(two, one)) == []
    assert differences(lend(one, two), lend(one, one))


FACT = Fact(name="day", type="date", value="2026-04-01", call=0, path=["due"])


@pytest.mark.parametrize(
    ("expected", "given_note", "problem"),
    [
        ("due 2026-04-01", "Back on the 1st of April", None),
        ("due 2026-04-01", "Back in May", "does not hold day"),
        ("ask her", "Please ask", None),
        ("ask her", None, "note is None"),
        ("ask her", "for the school", "note is 'for the school'"),
        (None, "for the school", "note is 'for the school'"),
        ("for the school", "changed", "should not have been changed"),
    ],
)
def test_prose_may_be_in_other_words(
    expected: str | None, given_note: str | None, problem: str | None
) -> None:
    """Where the ground truth wrote prose, something must be written and hold its facts."""
    states = [_annotate(note) for note in (expected, given_note)]
    found = differences(states[0], states[1], (FACT,))
    assert (found == []) if problem is None else (problem in found[0])


def _annotate(note: str | None) -> WorldState:
    return change(INITIAL, lambda entities: entities["loans"]["ln_02"].update(note=note))


def test_new_entities_may_bear_remarks() -> None:
    """A note on a new loan is no difference where the ground truth left none."""

    def lend(note: str | None) -> WorldState:
        loan = _loan("ln_x", "bk_04", "mb_01", note)
        return change(INITIAL, lambda entities: entities["loans"].update(ln_x=loan))

    assert differences(lend(None), lend("in a hurry")) == []


def test_clock_counts_and_mint_counters_do_not() -> None:
    """Only the world's data and its clock make an end state."""
    assert differences(INITIAL, INITIAL.model_copy(update={"minted": {"loans": 3}})) == []
    assert differences(INITIAL, INITIAL.model_copy(update={"now": "2026-03-11T09:00:00"}))


def test_empty_lists_of_changed_entities_are_no_mentions() -> None:
    """A new entity is found by where old ones name it; what is no id is passed over."""

    def edit(entities: dict[str, dict[str, Entity]]) -> None:
        entities["books"]["bk_new"] = _book("bk_new", "Tides")
        entities["loans"]["ln_01"] |= {"book_id": "bk_new", "tags": []}

    state = change(INITIAL, edit)
    assert differences(state, rename_ids(state, {"bk_new": "bk_other"})) == []
