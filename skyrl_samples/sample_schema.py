"""The JSON Schema of a SkyRL sample, made from its record: what every sample is checked against.

python -m skyrl_samples.sample_schema        # prints it
"""

import sys
from functools import cache
from itertools import islice

import orjson

from toolworlds.records.base import Json
from toolworlds.records.samples import SkyRLSample
from toolworlds.world.json_paths import show_path
from toolworlds.world.json_schema import Misfit, compile_schema

MOST_PROBLEMS = 20


@cache
def sample_schema() -> dict[str, Json]:
    """The schema, without the words of its records."""
    schema = SkyRLSample.model_json_schema()
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **_strip(schema)}


def find_schema_problems(sample: Json) -> list[str]:
    """What the schema refuses in a sample as plain JSON; [] if nothing."""
    misfits = compile_schema(sample_schema()).list_misfits(sample)
    return [_explain(misfit) for misfit in islice(misfits, MOST_PROBLEMS)]


def _explain(misfit: Misfit) -> str:
    where = show_path(misfit.path) or "sample"
    return f"{where}: {misfit.message if len(misfit.message) < 200 else misfit.message[-120:]}"


def _strip(value: Json) -> Json:
    """Without titles, descriptions and defaults; a property of such a name stays."""
    if isinstance(value, list):
        return [_strip(member) for member in value]
    if not isinstance(value, dict):
        return value
    return {
        key: {name: _strip(held) for name, held in member.items()}
        if key in ("properties", "$defs")
        else _strip(member)
        for key, member in value.items()
        if key not in ("title", "description", "default")
    }


if __name__ == "__main__":
    sys.stdout.write(orjson.dumps(sample_schema(), option=orjson.OPT_INDENT_2).decode() + "\n")
