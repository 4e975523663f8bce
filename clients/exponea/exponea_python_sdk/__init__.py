"""Client of the Exponea (Bloomreach Engagement) Data API and Tracking API.

    from exponea_python_sdk import Exponea

    exponea = Exponea("project_token", username="...", password="...")
    exponea.tracking.add_event({"registered": "ann@example.com"}, "purchase", {"price": 12.5})

`exponea_python_sdk.client` is the generated client of the whole API, `exponea_python_sdk.sandbox` a small
server to try both on.
"""

from __future__ import annotations

from .exponea import Exponea

name = "exponea_python_sdk"

__all__ = ["Exponea", "name"]
