"""Readers of flag values. Each raises ArgumentTypeError, which argparse reports with the flag's name."""

import argparse
from pathlib import Path

import orjson

from toolworlds.records.base import Json

SAMPLING = {"temperature": (float, 0.0, 2.0), "top_p": (float, 0.001, 1.0), "max_tokens": (int, 1, 1 << 20)}
"""key -> type, least, most."""
MAX_DIGITS = 18
"""Of whole numbers; those of 64 bits have 19."""


def read_count(text: str) -> int:
    """A whole number of at least 1."""
    if not text.isdecimal() or len(text) > MAX_DIGITS or int(text) < 1:
        raise argparse.ArgumentTypeError(f"{text[:40]!r} is not a whole number of at least 1")
    return int(text)


def read_seed(text: str) -> int:
    """A whole number that JSON can hold."""
    plain = text.removeprefix("-")
    if not plain.isdecimal() or len(plain) > MAX_DIGITS:
        raise argparse.ArgumentTypeError(
            f"{text[:40]!r} is not a whole number of at most {MAX_DIGITS} digits"
        )
    return int(text)


def read_rate(text: str) -> float:
    """A number from 0 to 1."""
    try:
        rate = float(text)
    except ValueError:
        rate = -1.0
    if not 0.0 <= rate <= 1.0:
        raise argparse.ArgumentTypeError(f"{text!r} is not a number from 0 to 1")
    return rate


def read_range(text: str) -> tuple[int, int]:
    """`MIN-MAX` or `N`, whole numbers of at least 1 in order."""
    first, dash, last = text.partition("-")
    low = read_count(first)
    high = read_count(last) if dash else low
    if low > high:
        raise argparse.ArgumentTypeError(f"{text!r} is no range: {low} is more than {high}")
    return low, high


def read_shard(text: str) -> tuple[int, int]:
    """`i/N` with i from 1 to N, as (index from 0, count)."""
    number, slash, count = text.partition("/")
    if not slash or not (number.isdecimal() and count.isdecimal()) or not 1 <= int(number) <= int(count):
        raise argparse.ArgumentTypeError(f"{text!r} is not i/N with i from 1 to N, e.g. 3/16")
    return int(number) - 1, int(count)


def read_json_object(text: str) -> dict[str, Json]:
    """A JSON object."""
    try:
        value = orjson.loads(text)
    except orjson.JSONDecodeError:
        value = None
    if not isinstance(value, dict):
        raise argparse.ArgumentTypeError(f"{text!r} is not a JSON object, e.g. '{{\"max_model_len\": 8192}}'")
    return value


def read_urls(text: str) -> list[str]:
    """`URL[,URL…]`, each http or https."""
    urls = [url.strip().rstrip("/") for url in text.split(",")]
    for url in urls:
        if not url.startswith(("http://", "https://")):
            raise argparse.ArgumentTypeError(f"{url!r} is not a URL, e.g. http://127.0.0.1:8000/v1")
    return urls


def read_role_model(text: str) -> tuple[str, str, str | None]:
    """`ROLE=MODEL[@URL]` as (role, model, url or None)."""
    role, equals, model = text.partition("=")
    name, at, address = model.partition("@http")
    if not (role and equals and name):
        raise argparse.ArgumentTypeError(f"{text!r} is not ROLE=MODEL or ROLE=MODEL@URL")
    return role, name, read_urls(f"http{address}")[0] if at else None


def read_judge(text: str) -> tuple[str, str | None]:
    """`MODEL[@URL]` as (model, url or None)."""
    if not text or text.startswith("@"):
        raise argparse.ArgumentTypeError(f"{text!r} is not MODEL or MODEL@URL")
    return read_role_model(f"judge={text}")[1:]


def read_role_sampling(text: str) -> tuple[str, dict[str, float | int]]:
    """`ROLE=temperature:0.7,top_p:0.9,max_tokens:2048`, any of the three, as (role, values)."""
    role, equals, settings = text.partition("=")
    pairs = [pair.partition(":") for pair in settings.split(",")]
    try:
        values = {key: SAMPLING[key][0](value) for key, _, value in pairs}
    except (KeyError, ValueError):
        values = {}
    if not (role and equals and values):
        raise argparse.ArgumentTypeError(
            f"{text!r} is not ROLE=temperature:NUMBER,top_p:NUMBER,max_tokens:COUNT (any of the three)"
        )
    for key, value in values.items():
        _, least, most = SAMPLING[key]
        if not least <= value <= most:
            raise argparse.ArgumentTypeError(f"{text!r}: {key} is not from {least} to {most}")
    return role, values


def read_faults(text: str) -> dict[str, float]:
    """`KIND=RATE,…` with rates from 0 to 1."""
    faults = {}
    for pair in text.split(","):
        kind, equals, rate = pair.partition("=")
        if not (kind and equals):
            raise argparse.ArgumentTypeError(f"{pair!r} is not KIND=RATE, e.g. malformed_json=0.1")
        faults[kind] = read_rate(rate)
    return faults


def read_folder(text: str) -> Path:
    """A path, made absolute so that a later change of directory does not matter."""
    if not text.strip():
        raise argparse.ArgumentTypeError(f"{text!r} is no path")
    return Path(text).expanduser().absolute()
