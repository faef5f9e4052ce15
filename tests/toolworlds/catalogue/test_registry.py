"""The registry: a catalogue's mess in one plain form."""

from typing import Any

import jsonschema_rs
import pytest

from conversations.execution.offline import OfflineExecutor
from toolworlds.catalogue.artifacts import SEED_TOOLS, build_catalogue
from toolworlds.catalogue.ingest import RawCatalogue, _read_tools
from toolworlds.catalogue.registry import build_registry
from toolworlds.catalogue.values import coerce, infer_schema, read_type
from toolworlds.records.catalogues import Endpoint, Registry


def build(*tools: dict[str, Any]) -> tuple[Registry, dict[str, int], RawCatalogue]:
    catalogue = RawCatalogue()
    _read_tools(list(tools), "t.json", None, catalogue)
    return *build_registry(catalogue), catalogue


def build_endpoint(**entry: Any) -> Endpoint:
    registry, _, _ = build({"tool_name": "shop", "api_list": [{"name": "get_item", **entry}]})
    return registry.endpoints[0]


def test_names_that_occur_twice_get_a_number() -> None:
    """Tools and endpoints; ids stay unique, whatever the alphabet."""
    first = {
        "tool_name": "Zoë's Shop",
        "api_list": [{"name": "Get item"}, {"name": "get-item", "method": "PUT"}],
    }
    registry, repairs, _ = build(first, {"tool_name": "zoe s shop", "api_list": [{"name": "天气"}]})
    ids = [endpoint.endpoint_id for endpoint in registry.endpoints]
    assert ids[:2] == ["zoe_s_shop::get_item", "zoe_s_shop::get_item_2"]
    assert ids[2].startswith("zoe_s_shop_2::unknown_endpoint_")
    assert repairs["tools renamed"] == 1


def test_what_is_said_twice_word_for_word_is_rejected() -> None:
    """Once as a tool, once as an endpoint."""
    tool = {"tool_name": "shop", "api_list": [{"name": "a"}, {"name": "a"}]}
    registry, _, catalogue = build(tool, tool)
    assert len(registry.endpoints) == 1
    assert sorted(reject.place for reject in catalogue.rejects) == ["t.json#0/1", "t.json#1"]


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("STRING", "string"),
        ("NUMBER", "number"),
        ("Integer", "integer"),
        ("ENUM", "string"),
        ("DATE (YYYY-MM-DD)", "string"),
        (["null", "boolean"], "boolean"),
        ("", None),
        (None, None),
        (7, None),
    ],
)
def test_types_are_read(written: Any, read: str | None) -> None:
    """ToolBench's words, JSON Schema's, and none."""
    assert read_type(written) == read


def test_strings_for_booleans_and_numbers_are_understood() -> None:
    """Of flags, defaults and enums; what does not fit is no default."""
    assert coerce("true", "boolean") is True
    assert coerce("10", "integer") == 10
    assert coerce("abc", "number") is None
    listed = [
        {"name": "q", "type": "STRING", "required": "false"},
        {"name": "n", "required": "true", "enum": "1, 2"},
    ]
    endpoint = build_endpoint(parameters=listed)
    assert [(some.name, some.required, some.enum) for some in endpoint.parameters] == [
        ("n", True, ["1", "2"]),
        ("q", False, []),
    ]


def test_replies_are_read_from_schema_body_or_template() -> None:
    """All three name the same fields; a schema that the body contradicts is not believed."""
    body = {"items": [{"item_id": "I1", "price": 2.5}]}
    expected = [("items[].item_id", "string"), ("items[].price", "number")]
    wrong = {"type": "object", "properties": {"items": {"type": "string"}}}
    for entry in (
        {"schema": infer_schema(body)},
        {"body": body, "schema": "{}"},
        {"template_response": '{"items": [{"item_id": "I1", "price": 2.5}]}'},
        {"body": body, "schema": wrong},
    ):
        endpoint = build_endpoint(**entry)
        assert [(some.path, some.type) for some in endpoint.returns_fields] == expected, entry


def test_templates_may_name_types_instead_of_values() -> None:
    """As the queries of ToolBench do; that is a schema and no example."""
    films = [{"imdbid": "str", "rating": "float", "genre": ["list of str with length 3"], "_list_length": 50}]
    endpoint = build_endpoint(template_response={"page": "int", "films": films, "checks": "empty list"})
    assert endpoint.returns_example is None
    assert [(some.path, some.type) for some in endpoint.returns_fields] == [
        ("films[].genre[]", "string"),
        ("films[].imdbid", "string"),
        ("films[].rating", "number"),
        ("page", "integer"),
    ]


@pytest.mark.parametrize(
    "odd",
    [
        {"$ref": "file:///etc/hosts"},
        {"$id": "::no", "$schema": "http://nowhere.example/x", "type": "string"},
        {"type": "string", "pattern": "("},
        {"type": "objekt", "enum": [1, {}]},
        {"$dynamicRef": "#x", "allOf": [{"$recursiveRef": "#"}]},
    ],
)
def test_only_the_plain_part_of_a_schema_is_believed(odd: dict[str, Any]) -> None:
    """References and patterns could open files or a network, or never end; what is left can be checked."""
    written = {"$schema": "http://nowhere.example/x", "type": "object", "properties": {"a": odd, "b": {}}}
    schema = build_endpoint(schema=written).returns_schema
    assert schema["properties"]["a"] in ({}, {"type": "string"})
    assert jsonschema_rs.validator_for(schema).is_valid({"a": "x", "b": 1})


@pytest.mark.parametrize(
    ("name", "description", "intent"),
    [
        ("search_jobs", "", "search"),
        ("get_job_details", "Details of one listing.", "retrieve"),
        ("getListing", "", "retrieve"),
        ("listing", "Returns a listing.", "retrieve"),
        ("list_orders", "", "search"),
        ("order_pizza", "", "create"),
        ("cancel_order", "", "delete"),
        ("update_order", "", "update"),
        ("detect_language", "", "execute"),
        ("top", "Compare two phones.", "compare"),
        ("top", "Searches the web.", "search"),
    ],
)
def test_intents_go_by_whole_words(name: str, description: str, intent: str) -> None:
    """No "list" in "listing"; a noun such as "order" only counts when no verb is there."""
    assert build_endpoint(name=name, description=description).intent == intent


@pytest.mark.parametrize(
    ("name", "entity", "aspect", "natural"),
    [
        ("hotelId", "hotel", "id", False),
        ("hotelid", "hotel", "id", False),
        ("id", "item", "id", False),
        ("destination_city", "city", "name", True),
        ("origin_city", "city", "origin name", True),
        ("check_in_date", "check_in", "date", True),
        ("start_date", "item", "start date", True),
        ("updated_fields", "updated_field", "name", True),
        ("country_code", "country", "code", True),
        ("tracking_number", "tracking", "number", False),
        ("page_token", "page", "token", False),
        ("stateIsoCode", "state_iso", "code", True),
        ("zip_code", "postcode", "name", True),
        ("valid", "valid", "name", True),
    ],
)
def test_names_tell_what_a_value_is_of(name: str, entity: str, aspect: str, natural: bool) -> None:
    """Entity, aspect, and whether a person would know the value."""
    parameter = build_endpoint(required_parameters=[{"name": name, "type": "STRING"}]).parameters[0]
    assert (parameter.entity, parameter.aspect, parameter.natural) == (entity, aspect, natural)


def test_what_an_endpoint_is_about_stands_before_the_preposition() -> None:
    """The name that a search by e-mail returns is the company's."""
    endpoint = build_endpoint(name="search_company_by_email", body={"name": "Kitework"})
    assert endpoint.returns_fields[0].entity == "company"


def test_the_seed_catalogue_is_sound() -> None:
    """Nothing is to be mended; every reply fits its schema, every default its type."""
    build_ = build_catalogue(SEED_TOOLS)
    registry = build_.catalogue.registry
    assert (len(registry.tools), len(registry.endpoints)) == (16, 43)
    assert len({tool.category for tool in registry.tools}) == 11
    assert build_.repairs == {} and build_.rejects == []
    for endpoint in registry.endpoints:
        assert jsonschema_rs.validator_for(endpoint.returns_schema).is_valid(endpoint.returns_example)
        assert endpoint.intent != "unknown"
        assert all(coerce(some.default, some.type) == some.default for some in endpoint.parameters)


def nest(levels: int) -> Any:
    value: Any = "leaf"
    for _ in range(levels):
        value = {"a": value}
    return value


@pytest.mark.parametrize("levels", [8, 9, 40])
def test_what_lies_too_deep_is_neither_promised_nor_kept(levels: int) -> None:
    """A reply's example, its schema and what the executor gives agree at any depth."""
    registry, _, _ = build({"name": "t", "api_list": [{"name": "find", "body": nest(levels)}]})
    reply = OfflineExecutor(registry, failure_rate=0, empty_rate=0).open("c", 1).execute("t::find", {})
    endpoint = registry.endpoints[0]
    validator = jsonschema_rs.validator_for(endpoint.returns_schema)
    assert validator.is_valid(reply) and validator.is_valid(endpoint.returns_example)
    written = build_endpoint(schema=infer_schema(nest(levels)))
    assert [field.path for field in written.returns_fields] == (["a" + ".a" * 7] if levels == 8 else [])


def test_wide_replies_and_long_texts_are_cut() -> None:
    """A page of text for a name or a table for a reply costs no more than a usual one."""
    endpoint = build_endpoint(
        name="n" * 500, description="word " * 5_000, body={str(i): i for i in range(900)}
    )
    assert (len(endpoint.name), len(endpoint.description)) == (200, 1_999)
    assert len(endpoint.returns_example) == 200


def test_a_deep_entry_is_rejected_and_a_deep_default_cut() -> None:
    """Neither could be written."""
    deep = "[" * 500 + "]" * 500
    parameter = {"name": "p", "type": "array", "default": deep}
    endpoints = [{"name": "a", "body": nest(300)}, {"name": "b", "optional_parameters": [parameter]}]
    registry, _, catalogue = build(
        {"name": "t", "api_list": endpoints}, {"name": nest(900), "api_list": endpoints}
    )
    assert [endpoint.name for endpoint in registry.endpoints] == ["b"] and registry.to_json()
    assert [reject.reason for reject in catalogue.rejects] == [
        "an endpoint may nest 100 levels deep at most",
        "a tool may nest 100 levels deep at most",
    ]
