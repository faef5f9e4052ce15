"""Ids: safe as file names, and the same hash and shard for the same id in every process."""

import hashlib
import re

from toolworlds.errors import UserError

SLUG = re.compile(r"[a-z0-9][a-z0-9_.-]{0,199}")


def slugify(text: str) -> str:
    """A file-safe id part: lower case, words joined by underscores. Raises UserError if nothing is left."""
    slug = re.sub(r"[^a-z0-9]+", "_", text.lower()).strip("_")[:80].strip("_")
    if not slug:
        raise UserError(f"name {text!r} holds no letter or digit of a-z, 0-9; give it a plain name")
    return slug


def require_slug(value: str) -> str:
    """`value` itself if it is safe as a file name; raises UserError otherwise."""
    if not SLUG.fullmatch(value) or ".." in value:
        raise UserError(f"id {value!r} is not a slug ([a-z0-9_.-], at most 200 long); rename it")
    return value


def stable_hash(*parts: object) -> int:
    """A 64-bit hash of the parts' text: the same in every process and on every machine."""
    text = "\x1f".join(str(part) for part in parts)
    return int.from_bytes(hashlib.sha256(text.encode()).digest()[:8], "big")


def in_shard(item_id: str, shard: tuple[int, int]) -> bool:
    """Whether this id belongs to shard (index, count), index from 0."""
    index, count = shard
    return count == 1 or stable_hash("shard", item_id) % count == index
