"""Run the fast tests of the source distribution that tox has built and installed, in its unpacked folder.

python test/support/run_sdist.py FOLDER [ARGUMENT OF PYTEST ...]
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path


def main(folder: Path, arguments: list[str]) -> int:
    """Unpack `TOX_PACKAGE` into a folder and return pytest's exit status there."""
    shutil.rmtree(folder, ignore_errors=True)
    shutil.unpack_archive(os.environ["TOX_PACKAGE"], folder, filter="data")
    (place,) = folder.iterdir()
    return subprocess.run([sys.executable, "-m", "pytest", *arguments], cwd=place, check=False).returncode


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]), sys.argv[2:]))
