"""Fills the shape of a reply: with what the call says, what is known of the things in it, and new values."""

import random
from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta

from conversations.execution.agreement import (
    draw_temperature,
    find_giver,
    find_home,
    find_own_city,
    keep_above,
    keep_asked,
    keep_told,
    list_streets,
    name_item,
)
from conversations.execution.calls import Call
from conversations.execution.fitting import choose_word, fit, fits
from conversations.execution.names import load_cities, load_pools
from conversations.execution.order import keep_bounds, keep_order, keep_weather
from conversations.execution.shapes import Group, Leaf, Listing, Shape
from conversations.execution.sums import settle
from conversations.execution.values import Scene, draw_code, draw_value
from conversations.execution.world import Thing, World, key_of
from toolworlds.language.nouns import to_singular
from toolworlds.language.words import gather, split_name, write_email
from toolworlds.records.base import Json

_TRUE = gather(
    "success ok available confirmed valid open sent updated deleted cancelled enrolled added saved stock"
)
_MEATS = ("chicken", "beef", "lamb", "fish", "salmon", "pad thai", "steak")
_DESCRIBING = frozenset(["name", "person", "address", "city", "phone", "email", "company"])
"""Kinds of fields that tell of the entity they are said to be of, wherever they stand."""
_DONE = {"create": "confirmed", "update": "updated", "delete": "cancelled", "execute": "completed"}
_SAID = {
    "create": "The {noun} was set up.",
    "update": "The {noun} was changed.",
    "delete": "The {noun} was cancelled.",
    "execute": "Done.",
}


class Replier:
    """Answers calls of one conversation."""

    def __init__(self, world: World) -> None:
        self._world = world

    def answer(self, call: Call, shape: Shape) -> Json:
        """A reply of this shape."""
        if isinstance(shape, Group):
            return self._fill_group(call, shape, self._find_subject(call, shape), 0)
        if isinstance(shape, Listing):
            return self._fill_listing(call, shape, None)
        return self._fill_leaf(call, shape, None, None, {}, 0)

    def _find_subject(self, call: Call, shape: Group) -> Thing:
        """Whom the reply as a whole is about: what is made, what is named, or the reply itself."""
        if shape.owner in call.subjects and (call.endpoint.intent != "create" or shape.key in call.arguments):
            return call.subjects[shape.owner]
        if shape.owner:
            return self._make_thing(
                call, shape, call.cause, made=call.endpoint.intent in ("create", "execute")
            )
        if len(call.subjects) == 1:
            return next(iter(call.subjects.values()))
        return Thing("", call.cause)

    def _make_thing(self, call: Call, shape: Group, cause: str, made: bool) -> Thing:
        key = next(m for m in shape.members if isinstance(m, Leaf) and m.name == shape.key)
        if key.kind == "symbol":
            told = call.echo(key)
            symbol = told or self._world.roll(cause, "symbol").choice(load_pools()["symbols"])[0]
            thing = self._world.add(shape.owner, symbol)
            name = dict(load_pools()["symbols"]).get(symbol)
            thing.values |= {key_of(key.name, shape.owner): symbol, "name": name, "company_name": name}
            return thing
        thing = self._world.mint(shape.owner, replace(key.field, entity=shape.owner), cause)
        thing.made = made
        for subject in call.subjects.values():
            thing.links = {**subject.links, **thing.links}
        thing.links.update({entity: subject.id for entity, subject in call.subjects.items()})
        if made:
            self._keep_arguments(call, thing)
        return thing

    def _keep_arguments(self, call: Call, thing: Thing) -> None:
        for name, value in call.arguments.items():
            if name in call.fields and call.fields[name].aspect != "id":
                thing.values[key_of(name, thing.entity)] = value

    def _fill_group(self, call: Call, shape: Group, thing: Thing, place: int) -> dict[str, Json]:
        filled: dict[str, Json] = {}
        fresh: set[str] = set()
        if call.endpoint.intent == "update" and thing.entity in call.subjects:
            self._keep_arguments(call, thing)
        self._settle_city(call, shape, thing, place)
        for member in shape.members:
            if isinstance(member, Leaf):
                known = self._recall(call, member, thing)
                if known is None:
                    fresh.add(member.name)
                    known = self._fill_leaf(call, member, shape, thing, filled, place)
                    known = keep_told(known, member, filled, shape)
                filled[member.name] = known
            elif isinstance(member, Listing):
                filled[member.name] = self._fill_listing(call, member, thing)
            else:
                part = self._find_part(call, member, thing)
                if giver := find_giver(member.name, filled):
                    part.values.setdefault("name", giver)
                filled[member.name] = self._fill_group(call, member, part, place)
        settle(filled, fresh, shape, call, self._list_background(call, thing))
        self._remember(shape, thing, filled, fresh if thing.entity in call.subjects else set(filled))
        return filled

    def _settle_city(self, call: Call, shape: Group, thing: Thing, place: int) -> None:
        """Draws the city before the country and whatever else follows from it."""
        city = next((m for m in shape.members if isinstance(m, Leaf) and m.name == "city"), None)
        if city and city.kind == "city" and "city" not in thing.values:
            known = self._recall(call, city, thing)
            thing.values["city"] = known or self._fill_leaf(call, city, shape, thing, {}, place)

    def _list_background(self, call: Call, thing: Thing) -> list[dict[str, Json]]:
        """Values of the thing and of what it belongs to, for sums."""
        linked = [self._world.find(entity, link) for entity, link in thing.links.items()]
        return [
            thing.values,
            *(one.values for one in linked if one),
            *(s.values for s in call.subjects.values()),
        ]

    def _find_part(self, call: Call, shape: Group, thing: Thing) -> Thing:
        """The thing that a nested object describes: one of its own, or a part of the outer one."""
        if not shape.owner:
            return Thing(thing.entity, f"{thing.id}.{shape.name}", links=dict(thing.links))
        if shape.owner in call.subjects and thing.entity in ("", shape.owner):
            return call.subjects[shape.owner]
        link = thing.links.get(shape.owner)
        known = self._world.find(shape.owner, link) if link is not None else None
        return known or self._make_thing(call, shape, f"{thing.entity}:{thing.id}:{shape.name}", made=False)

    def _remember(self, shape: Group, thing: Thing, filled: dict[str, Json], fresh: set[str]) -> None:
        if not thing.entity:
            return
        for member in shape.members:
            if not isinstance(member, Leaf) or member.name not in fresh or member.kind in ("id", "message"):
                continue
            if self._find_other(member, thing) is None:
                thing.values.setdefault(key_of(member.name, thing.entity), filled[member.name])

    def _find_other(self, leaf: Leaf, thing: Thing) -> Thing | None:
        """The linked thing that a field such as `hotel_name` of a booking belongs to."""
        for entity, link in thing.links.items():
            words = entity.split("_")
            described = leaf.field.entity == entity and leaf.kind in _DESCRIBING
            if described or list(split_name(leaf.name))[: len(words)] == words:
                return self._world.find(entity, link) if entity != thing.entity else None
        return None

    def _recall(self, call: Call, leaf: Leaf, thing: Thing) -> Json:
        """What is known of a field, if it still fits; None if nothing."""
        if leaf.kind == "id":
            return None
        if leaf.kind == "status":
            return self._tell_status(call, leaf, thing)
        other = self._find_other(leaf, thing)
        told = call.echo(leaf)
        if told is not None and (other is None or leaf.name in call.arguments):
            return fit(told, leaf.field)
        owner = other or thing
        value = owner.values.get(key_of(leaf.name, owner.entity))
        if value is None and other is None:
            value = self._inherit(call, leaf, thing)
        return value if value is not None and fits(value, leaf.field) else None

    def _inherit(self, call: Call, leaf: Leaf, thing: Thing) -> Json:
        """What follows from the things that this one is made of: its day, address, price; None if nothing."""
        key = key_of(leaf.name, thing.entity)
        if (
            leaf.kind in ("message", "text")
            or (leaf.kind == "name" and not thing.made)
            or not (thing.made or (thing.links and thing.id not in call.listed))
        ):
            return None
        for entity, link in reversed(thing.links.items()):
            other = self._world.find(entity, link)
            for name in (key, "price") if leaf.kind == "money" and key == "unit_price" else (key,):
                if other and name in other.values and entity != thing.entity:
                    return other.values[name]
        return None

    def _tell_status(self, call: Call, leaf: Leaf, thing: Thing) -> str | None:
        """The word for where a thing stands; a call that changes it says so."""
        if thing.gone:
            return choose_word(leaf.field, thing.gone)
        done = _DONE.get(call.endpoint.intent) if thing.made or thing.entity in call.subjects else None
        if done is None or (call.endpoint.intent == "execute" and thing.values.get("status")):
            known = thing.values.get("status")
            return known if isinstance(known, str) and fits(known, leaf.field) else None
        usual = leaf.field.example if isinstance(leaf.field.example, str) else done
        thing.values.setdefault("status", choose_word(leaf.field, usual))
        return str(thing.values["status"])

    def _fill_leaf(
        self,
        call: Call,
        leaf: Leaf,
        shape: Group | None,
        thing: Thing | None,
        filled: Mapping[str, Json],
        place: int,
    ) -> Json:
        """A new value of a field of an object of this shape."""
        subject = thing or Thing("", call.cause)
        if leaf.kind == "id":
            return self._identify(call, leaf, subject)
        if leaf.kind == "object":
            return {}
        if leaf.kind == "boolean":
            return self._tell_truth(leaf, subject, filled)
        if leaf.kind == "email" and (name := _find_holder(leaf, filled)):
            return write_email(name)
        if leaf.kind == "language" and call.scene.language:
            return "English"
        if leaf.kind == "category" and leaf.name == "kind" and call.scene.theme:
            return call.scene.theme
        if leaf.kind == "message":
            noun = (subject.entity or "request").replace("_", " ")
            return _SAID.get(call.endpoint.intent, "Here is the {noun}.").format(noun=noun)
        assumed = call.find_default(leaf.name)
        if assumed is not None and fits(assumed, leaf.field):
            return assumed
        rng = self._world.roll(subject.entity, subject.id, leaf.name)
        owner = self._find_other(leaf, subject) or subject
        entity = (
            leaf.field.entity
            if leaf.kind == "name" and owner is subject and not owner.entity
            else owner.entity
        )
        value = draw_value(leaf.field, rng, self._set_scene(call, owner, place), entity)
        if leaf.kind == "temperature":
            value = draw_temperature(leaf, call.scene, self._world.roll("climate", call.scene.city), rng)
        if leaf.kind == "money" and subject.id in call.listed:
            value = keep_above(value, self._find_price(leaf, subject), place, rng)
        if (city := find_own_city(value, subject.entity)) and leaf.kind in ("name", "text", "topic"):
            subject.values.setdefault("city", city.name)
        value = keep_asked(value, leaf, call.arguments)
        value = keep_order(value, leaf, filled, shape, rng)
        value = keep_weather(value, leaf, filled)
        value = keep_bounds(value, leaf, call, rng)
        if owner is not subject:
            owner.values.setdefault(key_of(leaf.name, owner.entity), value)
        return value

    def _find_price(self, leaf: Leaf, thing: Thing) -> Json:
        """What the thing that a listed one belongs to was said to cost; None if nothing was said."""
        outer = [
            self._world.find(entity, link) for entity, link in thing.links.items() if entity != thing.entity
        ]
        key = key_of(leaf.name, thing.entity)
        return next((one.values[key] for one in outer if one and key in one.values), None)

    def _set_scene(self, call: Call, thing: Thing, place: int) -> Scene:
        """The call's scene, in the thing's own city; each of several days a day later."""
        own = find_home(self._list_background(call, thing))
        day = call.scene.day
        if not thing.entity and thing.id != call.cause:
            day = (day or call.scene.now.date()) + timedelta(days=place)
        of_caller = thing.id in call.listed and not call.arguments
        home = self._world.roll("home").choice(load_cities()) if of_caller else None
        theme = "" if thing.made or thing.entity in call.subjects else call.scene.theme
        if thing.entity:
            theme = str(thing.values.setdefault("·theme", theme))
        city = own or call.scene.city or home
        same = (city, day, theme) == (call.scene.city, call.scene.day, call.scene.theme)
        return call.scene if same else replace(call.scene, city=city, day=day, theme=theme)

    def _tell_truth(self, leaf: Leaf, thing: Thing, filled: Mapping[str, Json]) -> bool:
        if set(split_name(leaf.name)) & _TRUE:
            return True
        if leaf.name in ("vegetarian", "vegan"):
            return not any(word in str(filled.get("name")).lower() for word in _MEATS)
        usual = {True: 0.8, False: 0.25}.get(leaf.field.example, 0.6)
        return self._world.roll(thing.entity, thing.id, leaf.name).random() < usual

    def _identify(self, call: Call, leaf: Leaf, thing: Thing) -> Json:
        """The thing's own id or code, the id of a linked thing, or that of a new one."""
        if leaf.is_key and thing.entity and fits(thing.id, leaf.field):
            return thing.id
        named = call.arguments.get(leaf.name)
        if named is not None and fits(named, leaf.field) and not leaf.is_key:
            return named
        entity = leaf.field.entity or to_singular(split_name(leaf.name)[0])
        if leaf.field.last_aspect != "id":
            return self._draw_code(leaf, entity, thing)
        subject = call.subjects.get(entity)
        for known in (thing.links.get(entity), subject.id if subject else None, thing.id):
            if (
                known is not None
                and fits(known, leaf.field)
                and (known != thing.id or entity == thing.entity)
            ):
                return known
        if entity == thing.entity or entity in thing.links:
            return self._draw_code(leaf, entity, thing)
        cause = f"{thing.entity}:{thing.id}:{leaf.name}"
        made = self._world.mint(entity, replace(leaf.field, entity=entity), cause)
        if thing.entity:
            made.links = {**thing.links, thing.entity: thing.id}
        thing.links[entity] = made.id
        return made.id

    def _draw_code(self, leaf: Leaf, entity: str, thing: Thing) -> Json:
        """A code that from now on stands for the thing, e.g. a confirmation's."""
        if leaf.name not in thing.values:
            rng = self._world.roll(thing.entity, thing.id, leaf.name)
            thing.values[leaf.name] = draw_code(leaf.field, rng)
        if thing.entity:
            self._world.alias(entity, thing.values[leaf.name], thing)
        return thing.values[leaf.name]

    def _fill_listing(self, call: Call, shape: Listing, thing: Thing | None) -> list[Json]:
        if call.is_empty:
            return []
        told = call.arguments.get(shape.name)
        if isinstance(told, list) and not isinstance(shape.item, Group):
            return list(told)
        rng = self._world.roll(call.cause, thing.id if thing and thing.entity else "", shape.name)
        count = self._count_items(call, shape, rng)
        if isinstance(shape.item, Group):
            return self._fill_items(call, shape.item, thing, shape.name, count)
        if isinstance(shape.item, Listing):
            return [self._fill_listing(call, shape.item, thing) for _ in range(count)]
        return self._draw_distinct(call, shape.item, min(count, 4), rng)

    def _count_items(self, call: Call, shape: Listing, rng: random.Random) -> int:
        days = [
            v
            for name, field in call.fields.items()
            if field.kind == "days" and (v := call.arguments.get(name, call.find_default(name)))
        ]
        is_dated = isinstance(shape.item, Group) and any(
            isinstance(m, Leaf) and m.kind == "date" for m in shape.item.members
        )
        if is_dated and days and isinstance(days[0], int) and not shape.item.owner:  # type: ignore[union-attr]
            return max(1, min(days[0], 14))
        count = rng.randint(3, 6)
        return count if call.most is None else max(1, min(count, call.most))

    def _fill_items(self, call: Call, shape: Group, thing: Thing | None, name: str, count: int) -> list[Json]:
        items: list[Json] = []
        names: set[Json] = set(list_streets(call.arguments))
        for made in self._list_made(call, shape):
            items.append(self._fill_group(call, shape, made, 0))
        cause = f"{call.cause}:{thing.id if thing and thing.entity else ''}:{name}"
        for place in range(count - len(items)):
            one = (
                self._make_thing(call, shape, f"{cause}:{place}", made=False)
                if shape.owner
                else Thing("", f"{cause}:{place}")
            )
            if thing is not None:
                one.links = {**thing.links, **({thing.entity: thing.id} if thing.entity else {}), **one.links}
                one.links.pop(one.entity, None)
            call.listed.add(one.id)
            item = self._fill_group(call, shape, one, place)
            title = name_item(item, shape.members) or (place if shape.owner else str(item))
            if title not in names:
                names.add(title)
                items.append(item)
        when = [m.name for m in shape.members if isinstance(m, Leaf) and m.kind in ("date", "time")]
        return sorted(items, key=lambda item: [str(item[name]) for name in when]) if shape.owner else items

    def _list_made(self, call: Call, shape: Group) -> list[Thing]:
        """What this conversation made of the kind that is listed, where a list is asked for."""
        if not shape.owner or call.endpoint.intent not in ("search", "retrieve") or call.scene.theme:
            return []
        made = [
            thing for thing in self._world.list_things(shape.owner) if thing.made and thing.gone != "deleted"
        ]
        return [t for t in made if all(t.links.get(e, s.id) == s.id for e, s in call.subjects.items())]

    def _draw_distinct(self, call: Call, leaf: Leaf, count: int, rng: random.Random) -> list[Json]:
        if leaf.kind == "object":
            return []
        if leaf.examples and leaf.kind == "other":
            return rng.sample(leaf.examples, min(count, len(leaf.examples)))
        drawn = [draw_value(leaf.field, rng, call.scene, to_singular(leaf.name)) for _ in range(count)]
        return list(dict.fromkeys(drawn))


def _find_holder(leaf: Leaf, filled: Mapping[str, Json]) -> str:
    """The name beside an address that it is the address of; empty if there is none."""
    holder = leaf.name.removesuffix("email").rstrip("_")
    names = [filled.get(name) for name in ((holder, f"{holder}_name") if holder else ("name",))]
    return next((name.removeprefix("Dr. ") for name in names if isinstance(name, str)), "")
