"""The figures of a checkout: what counts as a line, a shared name, a function with one caller."""

import subprocess
import sys
from pathlib import Path

SCRIPT = Path(__file__).resolve().parents[2] / "scripts" / "measure_house.py"
FILES = {
    "pyproject.toml": '[project]\ndependencies = ["orjson"]\n',
    "shop/one.py": 'class Order:\n    pass\n\n\ndef _add(a):\n    """+1"""\n    return a + 1\n\n\n_add(1)\n',
    "shop/two.py": "class Order:\n    pass\n\n\ndef _twice(a):\n    return 2 * a\n\n\n_twice(_twice(1))\n",
    "shop/words.yml": "a: 1\nb: 2\n",
    "tests/test_one.py": "class Order:\n    pass\n",
    "left_out.py": "class Order:\n    pass\n",
}


def test_counts_what_git_tracks_outside_tests(tmp_path: Path) -> None:
    """Two classes of one name, one function with one caller, and no file of the tests or outside git."""
    for path, text in FILES.items():
        (tmp_path / path).parent.mkdir(exist_ok=True)
        (tmp_path / path).write_text(text)
    for command in (["init", "-q"], ["add", "pyproject.toml", "shop", "tests"]):
        subprocess.run(["git", *command], cwd=tmp_path, check=True)
    shown = subprocess.run([sys.executable, SCRIPT, tmp_path], capture_output=True, text=True, check=True)
    lines = {line.split("  ")[0]: line for line in shown.stdout.splitlines()}
    assert "Python 19, YAML 2" in lines["lines"]
    assert "median 2 lines" in lines["functions"]
    assert "longest 3 (shop/one.py:5 _add)" in lines["functions"]
    assert " 1 classes" in lines["shared names"]
    assert " 1 private" in lines["one caller"]
    assert " 2 at the top level" in lines["folders"]
    assert shown.stdout.splitlines()[-1] == "  Order: shop/one.py:1, shop/two.py:1"
