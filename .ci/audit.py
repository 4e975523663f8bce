"""Ask public services for known vulnerabilities of the dependencies: the pins, the floors, and the pins of
the extras.

    python .ci/audit.py

The exit code is 1 if there are any. If no service can be reached, or none knows a package, a line says that
the file was not audited, and the exit code is 0.
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
    """Return what a service knows of each package of a file; None if it does not answer."""
    command = [sys.executable, "-m", "pip_audit", "-s", service, "-r", str(ROOT / name), *FILES[name]]
    options = ["--disable-pip", "--format", "json", "--progress-spinner", "off"]
    done = subprocess.run([*command, *options], capture_output=True, text=True, check=False)  # noqa: S603
    try:
        found: list[dict[str, Any]] = json.loads(done.stdout)["dependencies"]
    except (ValueError, KeyError, TypeError):
        return None
    return found


def audited(name: str) -> tuple[str, bool]:
    """Return a line about a file, and whether vulnerabilities are known."""
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
            return f"{name}: known vulnerabilities: {', '.join(holes)}", True
        if not skipped:
            return f"{name}: {len(packages)} packages, no known vulnerabilities ({service})", False
        unknown.append(f"{service} does not know {', '.join(skipped)}")
    return f"{name}: NOT AUDITED: {'; '.join(unknown[1:] or unknown)}", False


def main() -> int:
    """Audit each file and print a line about it; return the exit code."""
    found = [audited(name) for name in FILES]
    for line, _ in found:
        print(line)
    return int(any(holes for _, holes in found))


if __name__ == "__main__":
    sys.exit(main())
