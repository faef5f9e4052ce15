import random

import jsonschema_rs
import pytest
from pydantic import BaseModel

from tests.nonsense import make_nonsense
from toolworlds.records.tasks import Row
from toolworlds.records.tools import EnvSpec, Proposal
from toolworlds.records.trajectories import Trajectory


@pytest.mark.parametrize("record", [EnvSpec, Proposal, Row, Trajectory])
def test_nonsense_fits_its_schema(record: type[BaseModel]) -> None:
    """For references, unions, patterns and bounds as this project's schemas use them."""
    schema = record.model_json_schema()
    validator = jsonschema_rs.validator_for(schema)
    for seed in range(50):
        value = make_nonsense(schema, random.Random(seed))
        assert validator.is_valid(value), next(iter(validator.iter_errors(value))).message
