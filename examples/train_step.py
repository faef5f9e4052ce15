"""Exports rows for TRL and trains one step on their reference solutions, on the assistant's tokens alone.

    pip install '.[trainers]'
    python examples/train_step.py --rows output/demo/task_content.jsonl --model Qwen/Qwen3-0.6B

The model is a name on the hub or a folder; its chat template must mark the assistant's tokens
({% generation %}), or TRL must know a variant of it that does.
"""

import argparse
import sys
import tempfile

import dataset_export.run


def main(argv: list[str] | None = None) -> int:
    """Exports and trains; returns the exit code."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--rows", required=True)
    parser.add_argument("--model", required=True)
    parser.add_argument(
        "--max-length", type=int, default=8192, help="tokens (%(default)s); longer rows are left out"
    )
    arguments = parser.parse_args(argv)
    import datasets
    import trl

    with tempfile.TemporaryDirectory() as folder:
        flags = ["--input", arguments.rows, "--format", "trl", "--output", f"{folder}/export"]
        code = dataset_export.run.main([*flags, "--include-procedural"])
        if code != 0:
            return code
        rows = datasets.load_dataset(f"{folder}/export", split="train", cache_dir=f"{folder}/cache")
        config = trl.SFTConfig(
            output_dir=f"{folder}/trained",
            max_steps=1,
            per_device_train_batch_size=1,
            max_length=arguments.max_length,
            assistant_only_loss=True,
            report_to=[],
        )
        trainer = trl.SFTTrainer(model=arguments.model, args=config, train_dataset=rows)
        print(f"loss of the step: {trainer.train().training_loss:.3f}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
