"""What a search lists, the matching look-up takes, whatever the noun's plural is."""

import pytest

from toolworlds.catalogue.ingest import RawCatalogue, _read_tools
from toolworlds.catalogue.projected import project
from toolworlds.catalogue.registry import build_registry

NOUNS = """
    movie movies, cookie cookies, series series, species species, analysis analyses, crisis crises,
    thesis theses, category categories, city cities, company companies, library libraries, story
    stories, party parties, bus buses, class classes, address addresses, process processes, box
    boxes, tax taxes, match matches, branch branches, dish dishes, quiz quizzes, leaf leaves, knife
    knives, shelf shelves, wolf wolves, life lives, person people, child children, man men, woman
    women, mouse mice, tooth teeth, foot feet, goose geese, criterion criteria, phenomenon
    phenomena, curriculum curricula, medium media, index indices, matrix matrices, vertex vertices,
    appendix appendices, basis bases, nucleus nuclei, axis axes, hero heroes, potato potatoes, photo
    photos, video videos, status statuses, virus viruses, menu menus, cache caches, invoice
    invoices, course courses, house houses, lens lenses, bonus bonuses
"""
PAIRS = [tuple(pair.split()) for pair in " ".join(NOUNS.split()).split(",")]


def is_linked(one: str, many: str, entry: dict[str, object]) -> bool:
    """Whether the graph leads from `search_<many>` to `get_<one>` with the id."""
    listed = {many: [{**entry, "title": "A"}]}
    tool = {
        "tool_name": "shelf",
        "api_list": [
            {"name": f"search_{many}", "method": "GET", "template_response": listed},
            {
                "name": f"get_{one}",
                "method": "GET",
                "required_parameters": [{"name": f"{one}_id", "type": "STRING"}],
                "template_response": {"title": "A"},
            },
        ],
    }
    catalogue = RawCatalogue()
    _read_tools([tool], "t.json", None, catalogue)
    graph = project(build_registry(catalogue)[0])
    return any(
        edge.edge_type == "data_link"
        and (edge.from_endpoint, edge.to_endpoint) == (f"shelf::search_{many}", f"shelf::get_{one}")
        and [mapping.target_param for mapping in edge.field_mappings] == [f"{one}_id"]
        for edge in graph.edges
    )


@pytest.mark.parametrize(("one", "many"), PAIRS)
def test_a_search_is_linked_to_its_look_up(one: str, many: str) -> None:
    """By the list's name alone, and by the id's."""
    assert is_linked(one, many, {"id": "a1"})
    assert is_linked(one, many, {f"{one}_id": "a1"})


def test_there_are_enough_nouns() -> None:
    """At least 55 pairs."""
    assert len(set(PAIRS)) >= 55


def test_different_things_stay_apart() -> None:
    """An id of another thing is no argument, however alike the words are."""
    assert not is_linked("class", "clauses", {"id": "a1"})
    assert not is_linked("room", "hotels", {"hotel_id": "a1"})
