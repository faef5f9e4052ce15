"""Makes certified tasks about a field and shows the first one.

With a language model behind an OpenAI-compatible server, about any field:

    python examples/make_rows.py --field "Marine Insurance" --output-dir output/marine \
        --model Qwen/Qwen3-32B --server-url http://127.0.0.1:8000/v1

Without --model the embedded model makes tasks about one of its twelve fields, such as Logistics. All flags
are those of `python -m pipeline.run`.
"""

import sys
from pathlib import Path

import pipeline.run
from toolworlds import load_rows
from toolworlds.records.tasks import Row


def main(flags: list[str]) -> int:
    """Runs the five stages; returns their exit code."""
    code = pipeline.run.main(flags)
    if code != 0:
        return code
    folder = Path(flags[flags.index("--output-dir") + 1])
    row = next(iter(load_rows(folder / "task_content.jsonl")))
    assert isinstance(row, Row)  # rows that the pipeline released are certified
    print(f"\n{row.id}\n\n{row.summary}\n\nexpected calls:")
    for call in row.gt_calls:
        print(f"  {call.name} {call.arguments}")
    print(f"expected answer: { {fact.name: fact.value for fact in row.expected_answer} }")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
