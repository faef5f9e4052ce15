"""The one place where a catalogue's mess ends: from raw entries to a registry of plain records."""

import hashlib
import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import islice

from toolworlds.catalogue.ingest import RawCatalogue, RawEndpoint, RawParameter, RawTool
from toolworlds.catalogue.intents import PLAIN_VERBS, read_intent
from toolworlds.catalogue.kinds import Kind, name_container, name_subject, read_kind
from toolworlds.catalogue.spans import Named, read_spans, split_sided
from toolworlds.catalogue.value_kinds import read_held_kind, read_value_kind
from toolworlds.catalogue.values import (
    MAX_FIELDS,
    MAX_NAME,
    coerce,
    find_value,
    is_outline,
    list_leaves,
    read_outline,
    read_reply,
    read_schema,
    read_truth,
    read_type,
    tidy_text,
    trim,
    type_of,
)
from toolworlds.language.nouns import same_noun, to_plural
from toolworlds.language.words import gather, raise_first, split_name
from toolworlds.records.base import Json
from toolworlds.records.catalogues import Endpoint, Parameter, Registry, ResponseField, Span, Tool, ValueType

METHODS = gather("GET POST PUT PATCH DELETE HEAD OPTIONS")
MAX_TAGS = 20
STOP_WORDS = gather("the and for with from that this are was all any its into your you can will")
TITLE_WORDS = re.compile(r"[^\W_]+", re.UNICODE)


@dataclass(slots=True)
class Names:
    """Ids given so far; one that is taken gets a number."""

    taken: set[str] = field(default_factory=set)
    renamed: int = 0

    def give(self, name: str, fallback: str) -> str:
        """A plain id of `a-z0-9_` made of the name; of its hash where nothing of it is plain."""
        plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode()
        slug = re.sub(r"[^a-z0-9]+", "_", plain.lower()).strip("_")[:64].strip("_")
        if not slug:
            slug = f"{fallback}_{hashlib.sha256(name.encode()).hexdigest()[:8]}" if name else fallback
        chosen, number = slug, 1
        while chosen in self.taken:
            number += 1
            chosen = f"{slug}_{number}"
        self.renamed += chosen != slug
        self.taken.add(chosen)
        return chosen


@dataclass(slots=True)
class Repairs:
    """How often what was mended."""

    counts: Counter[str] = field(default_factory=Counter)

    def note(self, what: str, happened: bool) -> None:
        """Counts it if it happened."""
        if happened:
            self.counts[what] += 1

    def to_json(self) -> dict[str, int]:
        """What happened at all, sorted."""
        return {what: count for what, count in sorted(self.counts.items()) if count}


def build_registry(catalogue: RawCatalogue) -> tuple[Registry, dict[str, int]]:
    """The registry, and what was mended how often. Entries said twice, word for word, are rejected."""
    repairs = Repairs()
    names = Names()
    seen: dict[str, str] = {}
    tools: list[Tool] = []
    endpoints: list[Endpoint] = []
    for raw in catalogue.tools:
        print_ = _fingerprint(raw)
        if print_ in seen:
            catalogue.reject(raw.place, f"the same as {seen[print_]}, word for word")
            continue
        seen[print_] = raw.place
        tool, own = _build_tool(raw, names, repairs, catalogue)
        tools.append(tool)
        endpoints.extend(own)
    repairs.counts["tools renamed"] += names.renamed
    tools.sort(key=lambda tool: tool.tool_id)
    endpoints.sort(key=lambda endpoint: endpoint.endpoint_id)
    return Registry(tools=tools, endpoints=endpoints), repairs.to_json()


def _fingerprint(raw: RawTool) -> str:
    parts = [raw.name, raw.category, raw.description]
    for endpoint in raw.endpoints:
        parts += [endpoint.name, endpoint.description, endpoint.parameters, endpoint.schema, endpoint.body]
        parts += [endpoint.template, endpoint.method]
    return hashlib.sha256(repr(parts).encode("utf-8", "surrogatepass")).hexdigest()


def _build_tool(
    raw: RawTool, names: Names, repairs: Repairs, catalogue: RawCatalogue
) -> tuple[Tool, list[Endpoint]]:
    name = tidy_text(raw.name, MAX_NAME)
    repairs.note("tools without a name", not name)
    tool_id = names.give(name, "unknown_tool")
    category = _title(tidy_text(raw.category, MAX_NAME))
    own = Names()
    prints: set[str] = set()
    endpoints = []
    for entry in raw.endpoints:
        if (print_ := repr(_content(entry))) in prints:
            catalogue.reject(entry.place, "an endpoint said twice, word for word")
            continue
        prints.add(print_)
        endpoints.append(_build_endpoint(entry, tool_id, name or tool_id, category, own, repairs))
    repairs.counts["endpoints renamed"] += own.renamed
    endpoints = _unify_nouns(endpoints)
    tool = Tool(
        tool_id=tool_id,
        tool_name=name or tool_id,
        category=category,
        description=tidy_text(raw.description) or f"{name or tool_id}.",
        endpoint_ids=sorted(endpoint.endpoint_id for endpoint in endpoints),
    )
    return tool, endpoints


def _unify_nouns(endpoints: list[Endpoint]) -> list[Endpoint]:
    """Replies name things as the tool's parameters do: `bases` are what a `basis_id` is of."""
    taken = sorted({parameter.entity for endpoint in endpoints for parameter in endpoint.parameters})
    given = {one.entity for endpoint in endpoints for one in endpoint.returns_fields} - {*taken}
    nouns = {one: other for one in given for other in reversed(taken) if same_noun(to_plural(one), other)}
    if not nouns:
        return endpoints
    return [
        endpoint.model_copy(
            update={
                "returns_fields": [
                    one.model_copy(update={"entity": nouns.get(one.entity, one.entity)})
                    for one in endpoint.returns_fields
                ]
            }
        )
        for endpoint in endpoints
    ]


def _content(entry: RawEndpoint) -> list[Json]:
    return [entry.name, entry.description, entry.method, entry.parameters, entry.schema, entry.body]


def _build_endpoint(
    raw: RawEndpoint, tool_id: str, tool_name: str, category: str, own: Names, repairs: Repairs
) -> Endpoint:
    name = tidy_text(raw.name, MAX_NAME) or "unknown_endpoint"
    description = tidy_text(raw.description)
    repairs.note("endpoints without a name", name == "unknown_endpoint")
    repairs.note("endpoints without a description", not description)
    method = tidy_text(raw.method).upper()
    method = method if method in METHODS else "GET"
    subject = name_subject(name, tool_name, PLAIN_VERBS)
    example, schema = _read_reply(raw)
    repairs.note("endpoints that say nothing of their replies", not schema)
    about = split_name(f"{name} {description}")
    parameters, spans = _tell_parameters(list(_build_parameters(raw.parameters, subject, repairs)), about)
    fields = _build_fields(schema, example, _name_returned(schema, parameters, subject), parameters)
    fields, returned_spans = _tell_fields(fields, about)
    return Endpoint(
        endpoint_id=f"{tool_id}::{own.give(name, 'unknown_endpoint')}",
        tool_id=tool_id,
        name=name,
        description=description or f"{' '.join(split_name(name)).capitalize() or 'Calls the tool'}.",
        category=category,
        intent=read_intent(name, description, method),
        method=method,
        parameters=parameters,
        returns_schema=schema,
        returns_example=example,
        returns_fields=fields,
        spans=spans,
        returned_spans=returned_spans,
        tags=_list_tags(name, description, category),
    )


def _tell_parameters(parameters: list[Parameter], about: Sequence[str]) -> tuple[list[Parameter], list[Span]]:
    """The parameters with their sides, and with the kinds that only their neighbours tell; their spans."""
    named = [Named(p.name, split_sided(p.name), p.type, p.kind, p.description) for p in parameters]
    sided, spans = read_spans(named, about)
    pairs = zip(parameters, sided, strict=True)
    return [p.model_copy(update={"kind": one.kind, "side": one.side}) for p, one in pairs], spans


def _tell_fields(fields: list[ResponseField], about: Sequence[str]) -> tuple[list[ResponseField], list[Span]]:
    """The same of the fields of a reply."""
    sided, spans = read_spans([Named(f.path, split_sided(f.name), f.type, f.kind) for f in fields], about)
    pairs = zip(fields, sided, strict=True)
    return [f.model_copy(update={"kind": one.kind, "side": one.side}) for f, one in pairs], spans


def _read_reply(raw: RawEndpoint) -> tuple[Json, dict[str, Json]]:
    """An example, where there is one, and the schema of what the endpoint returns."""
    template, example = trim(read_reply(raw.template)), trim(read_reply(raw.body))
    if template is not None and is_outline(template):
        return example, read_schema(raw.schema, example) or read_outline(template)
    example = example if example is not None else template
    return example, read_schema(raw.schema, example)


def _build_parameters(raws: Iterable[RawParameter], subject: str, repairs: Repairs) -> Iterator[Parameter]:
    """Required ones first; of two with one name the first."""
    seen: set[str] = set()
    for raw in sorted(raws, key=lambda raw: not read_truth(raw.required)):
        name = tidy_text(raw.name, MAX_NAME)
        if not name or name in seen:
            repairs.note("parameters without a name of their own", True)
            name = name or f"unnamed_param{f'_{len(seen)}' if 'unnamed_param' in seen else ''}"
            if name in seen:
                continue
        seen.add(name)
        yield _build_parameter(raw, name, subject, repairs)


def _build_parameter(raw: RawParameter, name: str, subject: str, repairs: Repairs) -> Parameter:
    choices = _read_choices(raw.enum)
    written = read_type(raw.type)
    repairs.note("parameters without a known type", written is None)
    first = choices[0] if choices else raw.default
    type_ = written or (type_of(first) if first not in (None, "") else None) or "string"
    enum = list(dict.fromkeys(choice for some in choices if (choice := coerce(some, type_)) is not None))
    default = trim(coerce(raw.default, type_)) if raw.default != "" else None
    repairs.note("defaults that do not fit", raw.default not in (None, "") and default is None)
    kind = read_kind(name, subject, type_ == "string")
    description = tidy_text(raw.description)
    return Parameter(
        name=name,
        type=type_,
        required=read_truth(raw.required),
        description=description or f"{' '.join(split_name(name)).capitalize()}.",
        enum=enum if type_ in ("string", "integer", "number") else [],
        default=default if not enum or default in enum else None,
        entity=kind.entity,
        aspect=kind.aspect,
        kind=_read_kind(raw, name, type_, kind, description, bool(enum), default),
        natural=kind.natural or bool(enum) or type_ == "boolean",
    )


def _read_kind(
    raw: RawParameter, name: str, type_: ValueType, of: Kind, description: str, chosen: bool, default: Json
) -> str:
    """Of a parameter; a type such as `DATE (YYYY-MM-DD)` says more than that it is a text."""
    written = raw.type.lower() if isinstance(raw.type, str) else ""
    says_day = type_ == "string" and re.match(r"date(?!.?time)", written)
    return read_value_kind(
        name,
        type_,
        of.entity,
        of.aspect,
        "YYYY-MM-DD" if says_day else description,
        chosen=chosen and type_ in ("string", "integer", "number"),
        example=default if isinstance(default, str) else None,
    )


def _read_choices(written: Json) -> list[Json]:
    """The values of an enum, also of one written as `a, b`; only scalars can be chosen."""
    if isinstance(written, str):
        written = [part.strip() for part in written.split(",") if part.strip()]
    if not isinstance(written, list):
        return []
    return [choice for choice in written if isinstance(choice, str | int | float)]


def _name_returned(schema: Json, parameters: list[Parameter], subject: str) -> str:
    """What a reply is about: what it gives an id to, else what it was asked for by id, else the subject."""
    taken = [some.entity for some in parameters if some.aspect == "id" and some.required]
    for path, type_, _ in islice(list_leaves(schema), MAX_FIELDS):
        kind = read_kind(path, subject, type_ == "string")
        if "." not in path and "[]" not in path and kind.aspect == "id" and kind.entity not in taken:
            return kind.entity
    return taken[0] if taken else subject


def _build_fields(
    schema: Json, example: Json, subject: str, parameters: list[Parameter]
) -> list[ResponseField]:
    chosen = {parameter.name for parameter in parameters if parameter.enum}
    fields = []
    for path, type_, choices in islice(list_leaves(schema), MAX_FIELDS):
        holder, _, name = path.replace("[]", "").rpartition(".")
        of = read_kind(name, name_container(path, subject), type_ == "string")
        value = find_value(example, path)
        text = value if isinstance(value, str) else None
        kind = read_value_kind(name, type_, of.entity, of.aspect, chosen=choices, example=text)
        if name in chosen and type_ == "string" and kind != "id":
            kind = "choice"
        kind = read_held_kind(kind, name, holder.rpartition(".")[2]) if type_ == "string" else kind
        fields.append(
            ResponseField(path=path, name=name, type=type_, entity=of.entity, aspect=of.aspect, kind=kind)
        )
    return sorted(_settle_amounts(fields), key=lambda some: some.path)


def _settle_amounts(fields: list[ResponseField]) -> Iterator[ResponseField]:
    """Beside a currency a low is an amount, no temperature; a whole total without one is a count."""
    beside: dict[str, set[str]] = {}
    for one in fields:
        kind = "" if one.kind == "money" and one.name == "total" else one.kind
        beside.setdefault(one.path.rpartition(".")[0], set()).add(kind)
    for one in fields:
        kinds = beside[one.path.rpartition(".")[0]]
        if one.kind == "temperature" and "currency" in kinds:
            yield one.model_copy(update={"kind": "money"})
        elif one.name == "total" and one.type == "integer" and not {"currency", "money"} & kinds:
            yield one.model_copy(update={"kind": "count"})
        else:
            yield one


def _title(category: str) -> str:
    words = TITLE_WORDS.findall(category)
    return " ".join(map(raise_first, words)) or "General"


def _list_tags(*texts: str) -> list[str]:
    words = dict.fromkeys(word for text in texts for word in split_name(text))
    return [word for word in words if len(word) >= 3 and word not in STOP_WORDS][:MAX_TAGS]
