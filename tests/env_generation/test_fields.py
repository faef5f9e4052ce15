from pathlib import Path

import pytest

from env_generation.fields import collect_fields
from utils import UserError


def test_flags_and_file_add_up(tmp_path: Path) -> None:
    """Every field once, in the order given, blank lines and odd spacing aside."""
    file = tmp_path / "fields.txt"
    file.write_text("Travel\n\n  Legal   Services \nLogistics\n")
    assert collect_fields(["Logistics", "Travel"], file) == ["Logistics", "Travel", "Legal Services"]


@pytest.mark.parametrize("name", ["../../etc", "a/b", "C:\\x", "Tra\x00vel", "x" * 81, "物流", ".."])
def test_path_like_and_unusable_names_are_refused(name: str) -> None:
    """A field's name becomes part of file names."""
    with pytest.raises(UserError, match=r"rename it|plain name"):
        collect_fields([name], None)


def test_names_with_one_slug_are_refused() -> None:
    """Their spec ids would collide."""
    with pytest.raises(UserError, match="same spec ids"):
        collect_fields(["Real-Estate", "Real Estate"], None)


def test_no_field_is_refused() -> None:
    """There is nothing to do without one."""
    with pytest.raises(UserError, match="--field"):
        collect_fields([], None)
