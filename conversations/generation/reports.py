"""What came back, in words: lists, details, confirmations. No id is read out, no field is named as code."""

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace

from conversations.execution.agreement import is_imperial
from conversations.execution.shapes import Group, Leaf, Listing, Shape
from conversations.generation.descriptions import PREPOSITIONS, describe_action
from conversations.generation.facts import word_fact
from conversations.generation.phrasing import Voice, load_phrases
from conversations.generation.spelling import Spelling, plain_name, spell_measure, spell_money
from toolworlds.catalogue.value_kinds import PEOPLE
from toolworlds.language.nouns import is_plural, to_plural, to_singular
from toolworlds.language.numbers import write_rounded
from toolworlds.language.phrases import fill, list_places
from toolworlds.language.words import gather, join_words, raise_first, split_name
from toolworlds.records.base import Json
from toolworlds.records.catalogues import Endpoint

_LABELS = ("name", "person", "company", "symbol")
_SKIPPED = gather("id url latitude longitude past_moment timezone object postcode page limit")
_MEASURED = gather("temperature wind distance weight")
_IMPERIAL = gather("f fahrenheit mph miles mi lb lbs feet ft")
_FOREIGN = {
    "m": "m", "meters": "m", "metres": "m", "f": "°F", "fahrenheit": "°F", "mph": "mph", "miles": "miles",
    "mi": "miles", "lb": "lb", "lbs": "lb", "feet": "ft", "ft": "ft",
}  # fmt: skip
"""Units in names of fields, beside the usual ones of their kind."""
_CONVERTED = gather("convert converted conversion result to")
_STAMPS = gather("timestamp epoch unix")
_AT = gather("at time date created updated taken published")
_ORDER = (
    "money",
    "rating",
    "date",
    "moment",
    "time",
    "minutes",
    "condition",
    "temperature",
    "cuisine",
    "genre",
    "address",
    "city",
)
_PLAIN_STATUSES = gather("confirmed cancelled completed updated success deleted active")
_WRAPPERS = gather(
    "results result items data entries matches response responses hits api list rows records payload output"
)
"""Lists and objects whose names say nothing of what they hold."""
_ENVELOPE = gather("status success ok code message error errors time timestamp version copyright took")
"""Words of fields that say how a call went, not what it found."""
_ITEM_FACTS = 4
_FACTS = 7
_INNER_FACTS = 5
_OWN_FACTS = 3
"""Facts of a thing, at least, that are told before a list that it holds."""
_SHOWN = 6


Own = Mapping[str, Json]
"""An endpoint's own phrases, as in `endpoints.yml`."""
NO_PHRASES: Own = {}


class Reporter:
    """Puts replies into words; one for a conversation, so that its days keep one spelling."""

    def __init__(self, voice: Voice, spelling: Spelling, *, imperial: bool = False) -> None:
        self._voice = voice
        self._spelling = spelling
        self._imperial = imperial

    def measured_by(self, arguments: Mapping[str, Json]) -> "Reporter":
        """This reporter, in the units that a call asked for."""
        return Reporter(self._voice, self._spelling, imperial=is_imperial(arguments))

    def label(self, item: Json, shape: Shape | None, own: Own = NO_PHRASES) -> str:
        """What a thing is called: its name, title, or whoever stands for it; empty if nothing does."""
        if not isinstance(item, dict) or not isinstance(shape, Group):
            return ""
        if "item" in own and (text := self._fill_own(own["item"], item, shape)):
            return text
        said = [m for m in shape.members if isinstance(m, Leaf) and isinstance(item.get(m.name), str)]
        for kind in _LABELS:
            named = [
                m for m in said if m.kind == kind and not (kind == "person" and _is_of_another(m, shape))
            ]
            for leaf in sorted(named, key=lambda m: _is_of_another(m, shape)):
                return str(item[leaf.name])
        return ""

    def tell(self, endpoint: Endpoint, output: Json, shape: Shape | None) -> str:
        """A whole reply."""
        own = find_own(endpoint)
        if "report" in own and isinstance(output, dict) and (text := self._tell_own(own, output, shape)):
            return text
        output, shape = unwrap(output, shape)
        listing, items = find_items(output, shape)
        if listing is not None and items and not self._is_thing(endpoint, output, shape):
            return self._tell_list(endpoint, listing, items)
        if not isinstance(output, dict) or not isinstance(shape, Group):
            return self._voice.choose(load_phrases("assistant")["bare"])
        return self._tell_thing(endpoint, output, shape)

    def _is_thing(self, endpoint: Endpoint, output: Json, shape: Shape | None) -> bool:
        """Whether a reply tells of one thing first of all, whatever lists it holds besides."""
        if not isinstance(output, dict) or not isinstance(shape, Group) or endpoint.intent == "search":
            return False
        asked = {parameter.name for parameter in endpoint.parameters}
        leaves = [
            m for m in shape.members if isinstance(m, Leaf) and m.name not in asked and m.kind != "count"
        ]
        facts = [m for m in leaves if self.list_facts(output, Group("", [m]))]
        return len(facts) >= _OWN_FACTS

    def _tell_own(self, own: Own, output: dict[str, Json], shape: Shape | None) -> str:
        places = self._spell_wanted(own["report"], output, shape)
        listing, items = find_items(output, shape)
        if listing is not None and items:
            places |= {"list": self._write_list(listing, items, own), "count": str(len(items))}
        return self._voice.say(own["report"], **places)

    def _fill_own(self, template: str, item: dict[str, Json], shape: Shape) -> str:
        places = self._spell_wanted([template], item, shape)
        return fill(template, places, self._voice.rng) if list_places(template) <= places.keys() else ""

    def _spell_wanted(
        self, templates: Sequence[str], output: dict[str, Json], shape: Shape | None
    ) -> dict[str, str]:
        """The fields that templates speak of, where they can be said."""
        places: dict[str, str] = {}
        for name in frozenset().union(*map(list_places, templates)):
            value = output.get(name)
            if _is_said(value) and not _holds_things(value):
                places[name] = self.spell_fact(name, value, shape, output)
        return {place: text for place, text in places.items() if text}

    def spell_fact(self, name: str, value: Json, shape: Shape | None, beside: dict[str, Json]) -> str:
        """One value of a reply as it is said."""
        kind = (
            next((m.kind for m in shape.members if isinstance(m, Leaf) and m.name == name), "")
            if isinstance(shape, Group)
            else ""
        )
        return self._spell(name, value, kind, beside, euros=True)

    def _spell(
        self, name: str, value: Json, kind: str, beside: dict[str, Json], *, euros: bool = False
    ) -> str:
        """`euros`: an amount whose currency nobody names is one of euros."""
        if isinstance(value, list):
            return join_words(
                [self._spell(name, one, kind, beside) for one in value if not isinstance(one, dict | list)]
            )
        if isinstance(value, str):
            return self._spelling.spell_text(value)
        if isinstance(value, bool):
            return "yes" if value else "no"
        if kind == "money":
            return spell_money(value, _find_currency(name, beside) or ("EUR" if euros else ""))
        if kind == "year":
            return str(int(value))
        if kind == "percent" and isinstance(value, float) and 0 < value < 1:
            return write_rounded(value)
        words = split_name(name)
        if unit := next((_FOREIGN[word] for word in words if word in _FOREIGN), ""):
            return f"{write_rounded(value)} {unit}".replace(" °", "°")
        if kind == "distance" and not set(words) & {"km", "kilometers", "kilometres"}:
            return write_rounded(value)
        return spell_measure(value, kind, imperial=self._imperial) or write_rounded(value)

    def _tell_list(self, endpoint: Endpoint, listing: Listing, items: Sequence[Json]) -> str:
        phrases = load_phrases("assistant")
        noun = name_items(listing, endpoint)
        kind = "here" if not is_plural(noun) else "found_one" if len(items) == 1 else "found"
        thing = to_singular(noun)
        lead = self._voice.say(phrases[kind], count=str(len(items)), things=noun, thing=thing)
        return f"{lead}\n{self._write_list(listing, items)}"

    def _write_list(self, listing: Listing, items: Sequence[Json], own: Own = NO_PHRASES) -> str:
        lines = [self._write_item(i, listing.item, own) for i in items[:_SHOWN] if isinstance(i, dict)]
        return "\n".join(f"{number}. {line}" for number, line in enumerate(lines, start=1))

    def _write_item(self, item: dict[str, Json], shape: Shape, own: Own) -> str:
        if "line" in own and (text := self._fill_own(own["line"], item, shape)):
            return raise_first(text)
        label = self.label(item, shape)
        facts = self.list_facts(item, shape, label)[:_ITEM_FACTS]
        return (
            f"{label}: {', '.join(facts)}"
            if label and facts
            else label or raise_first(", ".join(facts)) or "no details"
        )

    def list_facts(self, item: dict[str, Json], shape: Shape, label: str = "") -> list[str]:
        """The facts of a thing, what matters most first."""
        if not isinstance(shape, Group):
            return []
        leaves = [
            m
            for m in shape.members
            if isinstance(m, Leaf) and m.kind not in _SKIPPED and _is_worth_saying(m.name, item.get(m.name))
        ]
        metric = {m.kind for m in leaves if not set(split_name(m.name)) & _IMPERIAL}
        leaves = [m for m in leaves if not set(split_name(m.name)) & _STAMPS]
        leaves = [
            m for m in leaves if m.kind not in _MEASURED & metric or not set(split_name(m.name)) & _IMPERIAL
        ]
        leaves = [m for m in leaves if "id" not in split_name(m.name) and not _is_told(item[m.name], label)]
        whole = " ".join(item[m.name] for m in leaves if m.kind == "address")
        leaves = [m for m in leaves if not (m.kind in ("city", "country") and item[m.name] in whole)]
        if any(m.kind == "money" for m in leaves):
            leaves = [m for m in leaves if m.kind != "currency"]
        if item.get("status") in _PLAIN_STATUSES:
            leaves = [m for m in leaves if m.kind != "status"]
        leaves.sort(key=lambda m: _ORDER.index(m.kind) if m.kind in _ORDER else len(_ORDER))
        named = [
            f"{plain_name(m.name)} {one}"
            for m in shape.members
            if isinstance(m, Group) and (one := self.label(item.get(m.name), m)) and one != label
        ]
        facts = [self._word_fact(m, item, shape) for m in leaves]
        own = [fact for fact in facts if fact and not (label and fact in label)]
        return [*(own + named if label else named + own), *self._list_words(item, shape)]

    def _list_words(self, item: dict[str, Json], shape: Group) -> list[str]:
        """Lists of plain values: `synonyms: pretty and charming`."""
        found = []
        for member in shape.members:
            values = item.get(member.name)
            if isinstance(member, Listing) and isinstance(member.item, Leaf) and isinstance(values, list):
                if member.item.kind in _SKIPPED or not values:
                    continue
                text = self._spell(member.name, values[:_SHOWN], member.item.kind, item)
                name = re.sub(r" names?$", "", plain_name(member.name))
                found.append(f"{name if len(values) == 1 else to_plural(name)} {text}")
        return found

    def _word_fact(self, leaf: Leaf, item: dict[str, Json], shape: Group) -> str:
        value = item[leaf.name]
        return word_fact(_shorten(leaf, shape), value, self._spell(leaf.name, value, leaf.kind, item))

    def _tell_thing(self, endpoint: Endpoint, output: dict[str, Json], shape: Group) -> str:
        phrases = load_phrases("assistant")
        label = self.label(output, shape)
        asked = {parameter.name for parameter in endpoint.parameters}
        news = Group(shape.name, [m for m in shape.members if m.name not in asked], shape.owner, shape.key)
        facts = self.list_facts(output, news, label)[:_FACTS] + self._list_inner(output, shape, asked)
        facts = facts or self.list_facts(output, shape, label)
        if not facts:
            return self._voice.choose(phrases["bare"])
        text = join_words(facts)
        kind = {"create": "created", "update": "updated", "delete": "deleted"}.get(
            endpoint.intent, "details" if label else "facts"
        )
        places = {"facts": text, **({"it": label} if label else {})}
        return self._voice.say(phrases[kind], **places)

    def _list_inner(self, output: dict[str, Json], shape: Group, asked: Collection[str]) -> list[str]:
        """Facts of objects that a thing holds and that have no name of their own, at any depth, and names
        of the items of its first list."""
        facts: list[str] = []
        for member in shape.members:
            inner = output.get(member.name)
            if isinstance(member, Group) and isinstance(inner, dict) and not self.label(inner, member):
                news = Group(member.name, [m for m in member.members if m.name not in asked])
                own = self.list_facts(inner, news)[:_INNER_FACTS]
                if len(own) == 1 and re.match(r"price |\W?\d[\d,.]*\W?$", own[0]):
                    own = [f"{plain_name(member.name)} {own[0].removeprefix('price ')}"]
                facts += own + self._list_inner(inner, member, asked)
            elif isinstance(member, Listing) and isinstance(inner, list):
                labels = [one for item in inner[:_SHOWN] if (one := self.label(item, member.item))]
                facts += [f"{plain_name(member.name)} {join_words(labels)}"] if labels else []
        return facts[:_FACTS]


def find_own(endpoint: Endpoint) -> Own:
    """The endpoint's own phrases, if it has any."""
    own: Own = load_phrases("endpoints").get(endpoint.endpoint_id, NO_PHRASES)
    return own


def unwrap(output: Json, shape: Shape | None) -> tuple[Json, Shape | None]:
    """What a reply is about, out of the objects that only hold it: `{"status": …, "data": {"coin": {…}}}`."""
    while isinstance(shape, Group) and isinstance(output, dict) and not shape.owner:
        inner = [m for m in shape.members if isinstance(m, Group) and isinstance(output.get(m.name), dict)]
        lists = [m for m in shape.members if isinstance(m, Listing)]
        leaves = [m for m in shape.members if isinstance(m, Leaf) and not set(split_name(m.name)) & _ENVELOPE]
        if len(inner) != 1 or lists or leaves:
            break
        output, shape = output[inner[0].name], inner[0]
    return output, shape


def find_items(output: Json, shape: Shape | None) -> tuple[Listing | None, list[Json]]:
    """A reply's first list of objects and what stands in it, with the currency that stands beside it."""
    if isinstance(shape, Listing) and isinstance(shape.item, Group):
        return shape, output if isinstance(output, list) else []
    if isinstance(shape, Group) and isinstance(output, dict):
        shared = {name: value for name, value in output.items() if name == "currency"}
        for member in shape.members:
            listing, items = find_items(output.get(member.name), member)
            if listing is not None:
                return listing, [{**shared, **one} if isinstance(one, dict) else one for one in items]
    return None, []


def name_items(listing: Listing, endpoint: Endpoint | None = None) -> str:
    """A list's plural noun: its name, else what its items are, else what the endpoint is about."""
    name = plain_name(listing.name)
    if name and name not in _WRAPPERS:
        return name
    owner = to_plural(plain_name(listing.item.owner)) if isinstance(listing.item, Group) else ""
    if endpoint is None:
        return owner or "results"
    asked = {to_plural(to_singular(split_name(p.name)[-1])) for p in endpoint.parameters if p.natural}
    _, thing = describe_action(endpoint)
    noun = re.sub(r"^(?:the|a|an|all) (?:list of )?", "", re.split(rf" (?:{PREPOSITIONS}) ", thing)[0])
    noun = re.sub(r"^\w+'s ", "", noun)
    named = is_plural(noun) and len(noun.split()) <= 3
    return next((one for one in (noun if named else "", owner) if one and one not in asked), "results")


def _find_currency(name: str, beside: dict[str, Json]) -> str:
    """The currency of an amount: of the two that are converted, the one on its side."""
    named = {
        n: v
        for n, v in beside.items()
        if isinstance(v, str) and re.fullmatch("[A-Z]{3}", v) and ("urrency" in n or n in ("from", "to"))
    }
    if len(named) < 2:
        return next(iter(named.values()), "")
    words = set(split_name(name))
    wanted = {"to", "target"} if words & _CONVERTED else {"from", "base", "source"}
    return next((v for n, v in named.items() if set(split_name(n)) & wanted), "")


def _is_of_another(leaf: Leaf, shape: Group) -> bool:
    """Whether a name in a thing is that of somebody or something else: a ride's driver, a team's venue."""
    if shape.owner in PEOPLE:
        return False
    if not shape.owner:
        return leaf.name in ("author", "director")
    return shape.owner not in leaf.field.entity


def _is_told(value: Json, label: str) -> bool:
    """Whether a label says a value already; what is true or false is never worth its words beside one."""
    return bool(label) and (isinstance(value, bool) or (isinstance(value, str) and value in label))


def _holds_things(value: Json) -> bool:
    return isinstance(value, list) and any(isinstance(one, dict | list) for one in value)


def _is_said(value: Json) -> bool:
    return value is not None and value != "" and value != [] and not isinstance(value, dict)


def _shorten(leaf: Leaf, shape: Group) -> Leaf:
    """Without the word that all fields of a thing begin with: `product_price` of a product."""
    first, *rest = split_name(leaf.name) or ("",)
    alike = [m for m in shape.members if split_name(m.name)[:1] == (first,)]
    return replace(leaf, name="_".join(rest)) if rest and len(alike) > 2 else leaf


def _is_worth_saying(name: str, value: Json) -> bool:
    """Whether a person would want to hear it: no code such as `NS`, no flag, no address of a picture."""
    if isinstance(value, int) and 900_000_000 < value < 2_500_000_000 and _AT & set(split_name(name)):
        return False
    coded = isinstance(value, str) and re.fullmatch(r"[A-Z]{1,2}|\S*/\S*|\S*[_#{}<>]\S*", value) is not None
    return _is_said(value) and not coded
