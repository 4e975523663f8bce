"""The facts about servers after 1.9.19, and the spec that they are compared with."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import yaml

ROOT = Path(__file__).resolve().parents[2]
DATA = ROOT / "test" / "data"
FACTS: list[dict[str, Any]] = json.loads((DATA / "newer_api.json").read_text("utf-8"))["facts"]
SPEC: Any = yaml.load((ROOT / "specs" / "apteco.yaml").read_text("utf-8"), yaml.CSafeLoader)
SCHEMAS: dict[str, Any] = SPEC["components"]["schemas"]
