import argparse
from collections.abc import Callable

import pytest

from toolworlds.batch.flag_values import (
    read_count,
    read_faults,
    read_folder,
    read_judge,
    read_range,
    read_rate,
    read_role_model,
    read_role_sampling,
    read_seed,
    read_shard,
    read_urls,
)


@pytest.mark.parametrize(
    ("reader", "text", "value"),
    [
        (read_count, "3", 3),
        (read_seed, "-5", -5),
        (read_judge, "big", ("big", None)),
        (read_judge, "a/big@http://h/v1", ("a/big", "http://h/v1")),
        (read_rate, "0.5", 0.5),
        (read_range, "5-20", (5, 20)),
        (read_range, "4", (4, 4)),
        (read_shard, "1/16", (0, 16)),
        (read_shard, "16/16", (15, 16)),
        (read_urls, "http://a:1/v1/,https://b/v1", ["http://a:1/v1", "https://b/v1"]),
        (read_role_model, "task_judge=Qwen/Qwen3-32B", ("task_judge", "Qwen/Qwen3-32B", None)),
        (read_role_model, "task_judge=m@rev@http://a/v1", ("task_judge", "m@rev", "http://a/v1")),
        (read_role_sampling, "x=temperature:0.7,max_tokens:9", ("x", {"temperature": 0.7, "max_tokens": 9})),
        (read_faults, "malformed_json=0.1,wrong_delta=1", {"malformed_json": 0.1, "wrong_delta": 1.0}),
    ],
)
def test_values_are_read(reader: Callable[[str], object], text: str, value: object) -> None:
    """Each reader understands its own notation."""
    assert reader(text) == value


@pytest.mark.parametrize(
    ("reader", "text"),
    [
        (read_count, "0"),
        (read_count, "x"),
        (read_count, "9" * 5000),
        (read_seed, "1.5"),
        (read_seed, "-" + "9" * 19),
        (read_judge, "@http://h/v1"),
        (read_rate, "1.5"),
        (read_rate, "nan"),
        (read_range, "9-5"),
        (read_range, "5-"),
        (read_shard, "0/4"),
        (read_shard, "5/4"),
        (read_shard, "2"),
        (read_urls, "localhost:8000"),
        (read_role_model, "task_judge"),
        (read_role_model, "task_judge=@http://a"),
        (read_role_sampling, "x=temperature:hot"),
        (read_role_sampling, "x=top_k:4"),
        (read_role_sampling, "x=temperature:nan"),
        (read_role_sampling, "x=top_p:7"),
        (read_role_sampling, "x=max_tokens:-3"),
        (read_folder, ""),
        (read_faults, "malformed_json"),
        (read_faults, "malformed_json=2"),
    ],
)
def test_wrong_values_are_refused_with_the_value(reader: Callable[[str], object], text: str) -> None:
    """The complaint quotes what was given."""
    with pytest.raises(argparse.ArgumentTypeError, match="is no"):
        reader(text)
