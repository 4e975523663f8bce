"""Asks the public services for known holes in what the package is built on: its pins, its floors,
and the pins of its extras.

    python .ci/audit.py

Exit code 1 if there are any. A service that can't be reached, or doesn't know a package, proves nothing:
then that is said, and the exit code is 0.
"""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
FILES = {
    "requirements.lock": ["--require-hashes"],
    "constraints-min.txt": ["--no-deps"],
    "extras.lock": ["--no-deps"],
}
SERVICES = ("pypi", "osv")


def asked(service: str, name: str) -> list[dict[str, Any]] | None:
    """What a service says of each package of a file; None if it does not answer."""
    command = [sys.executable, "-m", "pip_audit", "-s", service, "-r", str(ROOT / name), *FILES[name]]
    options = ["--disable-pip", "--format", "json", "--progress-spinner", "off"]
    done = subprocess.run([*command, *options], capture_output=True, text=True, check=False)  # noqa: S603
    try:
        found: list[dict[str, Any]] = json.loads(done.stdout)["dependencies"]
    except (ValueError, KeyError, TypeError):
        return None
    return found


def audited(name: str) -> tuple[str, bool]:
    """A line about a file, and whether holes are known."""
    unknown = ["no service answers from here"]
    for service in SERVICES:
        packages = asked(service, name)
        if packages is None:
            continue
        holes = [
            f"{each['name']} {each['version']} {hole['id']}"
            for each in packages
            for hole in each.get("vulns", [])
        ]
        skipped = [each["name"] for each in packages if "skip_reason" in each]
        if holes:
            return f"{name}: known holes: {', '.join(holes)}", True
        if not skipped:
            return f"{name}: {len(packages)} packages, no known holes ({service})", False
        unknown.append(f"{service} does not know {', '.join(skipped)}")
    return f"{name}: NOT AUDITED: {'; '.join(unknown[1:] or unknown)}", False


def main() -> int:
    """Ask for each file; the exit code."""
    found = [audited(name) for name in FILES]
    for line, _ in found:
        print(line)
    return int(any(holes for _, holes in found))


if __name__ == "__main__":
    sys.exit(main())
