"""The content of a new sandbox: the names in the documentation's examples, so that these run as printed."""

from __future__ import annotations

from typing import Any

from .store import Event, Store

PROJECT_TOKEN = "project_token"  # noqa: S105 - the example's name, not a secret
USERNAME = "basic_auth_username"
PASSWORD = "basic_auth_password"  # noqa: S105 - as above
PUBLIC_TOKEN = "public_token"  # noqa: S105 - as above
LIMITED = ("limited_username", "limited_password")
"""A private key that may not see or change the property `email`, nor see the consent `other`."""

_START = 1533495529.9268496
_PURCHASES = {"event": "purchase", "function": "count"}

_DEFINITIONS: tuple[tuple[str, str, str, dict[str, Any]], ...] = (
    ("aggregate", "agg_id", "Spent", {"event": "purchase", "function": "sum", "property": "price"}),
    ("expression", "expr_id", "Full name", {"join": ["first_name", "last_name"], "with": " "}),
    ("prediction", "pred_id", "Will buy", {"event": "purchase"}),
    (
        "segmentation",
        "segm_id",
        "Buyers",
        {
            "segments": [
                {"name": "several", "aggregate": _PURCHASES, "at_least": 2},
                {"name": "one", "aggregate": _PURCHASES, "at_least": 1},
                {"name": "none", "aggregate": _PURCHASES, "at_least": 0},
            ]
        },
    ),
    ("report", "report_id", "Purchases by category", {"event": "purchase", "by": "category"}),
    ("funnel", "funnel_id", "From visit to purchase", {"steps": ["visit", "purchase"]}),
    ("retention", "retention_id", "Visitors who come back", {"first": "visit", "again": "visit"}),
)

_Steps = tuple[tuple[str, float, dict[str, Any]], ...]
_CUSTOMERS: tuple[tuple[dict[str, Any], dict[str, Any], _Steps], ...] = (
    (
        {"registered": "test", "cookie": "123", "ga": "sample_id"},
        {"first_name": "Lukas", "last_name": "Cerny", "email": "lukas@example.com"},
        (
            ("visit", 0, {"page": "/"}),
            ("purchase", 600, {"price": 25.5, "category": "books"}),
            ("event_type", 900, {"foo": "baz"}),
            ("visit", 90_000, {"page": "/books"}),
            ("purchase", 90_300, {"price": 10, "category": "music"}),
            ("test", 90_400, {}),
            ("consent", 90_500, {"category": "newsletter", "action": "accept"}),
            ("consent", 90_600, {"category": "other", "action": "reject"}),
        ),
    ),
    (
        {"registered": "second", "cookie": ["456", "789"]},
        {"first_name": "Eva"},
        (("visit", 50, {"page": "/"}), ("purchase", 350, {"price": 8, "category": "books"})),
    ),
    ({"cookie": "000"}, {}, (("visit", 75, {"page": "/"}),)),
)


def fill(store: Store) -> None:
    """Put the demonstration project into a store that does not have it yet."""
    with store.transaction():
        if store.has_project(PROJECT_TOKEN):
            return
        store.add_access(PROJECT_TOKEN, "private", USERNAME, PASSWORD)
        store.add_access(PROJECT_TOKEN, "private", *LIMITED, hidden=["property:email", "consent:other"])
        store.add_access(PROJECT_TOKEN, "public", PUBLIC_TOKEN)
        # "fiel_one" is how the published documentation spells this column where it renames the catalog.
        store.create_catalog(PROJECT_TOKEN, "test_catalog", ["fiel_one", "field_two"], id="catalog_id")
        store.put_item("catalog_id", "1", {"field_one": "foo", "field_two": "baz"})
        store.put_item("catalog_id", "2", {"field_one": "bar", "field_two": "qux"})
        for kind, id, name, body in _DEFINITIONS:
            store.define(PROJECT_TOKEN, kind, id, name, body)
            if kind == "segmentation":
                store.define(PROJECT_TOKEN, kind, "segmentation_id", name, body)
        for ids, properties, events in _CUSTOMERS:
            customer = store.identify(PROJECT_TOKEN, ids)
            store.set_properties(customer, properties)
            for kind, after, details in events:
                store.add_event(Event(customer, kind, _START + after, details))
