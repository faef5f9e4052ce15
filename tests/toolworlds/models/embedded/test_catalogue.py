"""Every field of the catalogue is deep, sound, and does what the format promises."""

from pathlib import Path

import pytest

from toolworlds.errors import UserError
from toolworlds.models.embedded.archetypes.compile import compile_tool
from toolworlds.models.embedded.catalogue import Subfield, UnknownField, known_fields, load_field, read_field
from toolworlds.models.embedded.entities import CatalogueError, Domain
from toolworlds.models.embedded.relations import Ref, TallyField


def test_known_fields_are_named_as_people_write_them() -> None:
    """The slug is the file, the name stands in its first line."""
    assert known_fields()["logistics"] == "Logistics"


def test_any_spelling_of_a_name_finds_the_field() -> None:
    """Case and blanks do not matter."""
    assert load_field("  LOGISTICS ").field == "Logistics"


def test_an_unknown_field_is_told_the_known_ones() -> None:
    """One line with the name asked for and every field there is."""
    with pytest.raises(UnknownField, match=r"no field 'Basket Weaving'; choose one of: .*Logistics"):
        load_field("Basket Weaving")


def test_a_mistake_in_a_file_is_named_with_its_place(tmp_path: Path) -> None:
    """File, path within it, and the value."""
    broken = tmp_path / "bakery.yml"
    broken.write_text("field: Bakery\nsubfields: [{name: Ovens}, {}, {}, {}]\n")
    with pytest.raises(UserError, match=r"bakery.yml: subfields.0.description: Field required"):
        read_field(broken)


def test_a_file_that_is_no_yaml_is_named(tmp_path: Path) -> None:
    """The parser's own words in one line."""
    broken = tmp_path / "bakery.yml"
    broken.write_text("field: [Bakery\n")
    with pytest.raises(UserError, match="is not YAML"):
        read_field(broken)


def test_words_like_on_and_no_stay_words(tmp_path: Path) -> None:
    """YAML's old booleans would turn `on: orders` into `true: orders`."""
    broken = tmp_path / "bakery.yml"
    broken.write_text("field: on\nsubfields: []\n")
    with pytest.raises(UserError, match="subfields: List should have at least 4"):
        read_field(broken)


def test_subfields_are_deep(subfield: Subfield) -> None:
    """At least three entity types, a status machine, an invariant, references, many archetypes."""
    domain = Domain(subfield.entities)
    entities = subfield.entities.values()
    assert len(subfield.entities) >= 3
    assert any(entity.status for entity in entities)
    assert any(entity.rules for entity in entities)
    assert any(isinstance(field, Ref) for entity in entities for field in entity.fields.values())
    assert all(8 <= entity.count[0] <= entity.count[1] <= 30 for entity in entities)
    assert len({operation.archetype for operation in subfield.operations}) >= 10
    effects = [compile_tool(domain, operation).spec.effect for operation in subfield.operations]
    assert effects.count("read") >= 5
    assert effects.count("write") >= 6


def test_names_of_a_subfield_are_consistent(subfield: Subfield) -> None:
    """Prefixes and tool names are unique, scenarios favour what exists, tallies count what refers back."""
    domain = Domain(subfield.entities)
    names = [compile_tool(domain, operation).spec.tool_name for operation in subfield.operations]
    assert len(set(names)) == len(names)
    assert len({entity.prefix for entity in subfield.entities.values()}) == len(subfield.entities)
    assert [name for scenario in subfield.scenarios for name in scenario.favours if name not in names] == []
    for collection, entity in subfield.entities.items():
        for field in entity.fields.values():
            if isinstance(field, TallyField):
                assert domain.references(field.tally)[field.by] == collection


def test_an_operation_that_does_not_fit_is_refused() -> None:
    """The message names the collection and what is missing."""
    subfield = load_field("Logistics").subfields[0]
    move = next(held for held in subfield.operations if held.archetype == "transition")
    wrong = move.model_copy(update={"to": "evaporated"})
    with pytest.raises(CatalogueError, match="no step from"):
        compile_tool(Domain(subfield.entities), wrong)


def test_what_is_acted_on_is_found_by_its_label(subfield: Subfield) -> None:
    """People name things by label: every labelled collection that a write takes has a find or a search."""
    domain = Domain(subfield.entities)
    tools = [compile_tool(domain, operation) for operation in subfield.operations]
    needed = {
        meaning.collection
        for tool in tools
        if tool.spec.effect == "write"
        for meaning in tool.arguments.values()
        if meaning.kind == "entity" and domain[meaning.collection].label
    }
    found = {
        tool.collection
        for tool in tools
        for meaning in tool.arguments.values()
        if meaning.kind == "filter" and meaning.field == domain[tool.collection].label
    }
    assert needed <= found
