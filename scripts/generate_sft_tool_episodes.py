"""The same as `python -m episodes generate`, with the same flags."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from episodes.run import main

if __name__ == "__main__":
    sys.exit(main())
