"""The kinds of objects in the sandbox, and their relations."""

from __future__ import annotations

KINDS: tuple[str, ...] = (
    "account-manager",
    "advertiser",
    "app",
    "appstore",
    "bidder",
    "browser",
    "campaign-debug-reason",
    "campaign",
    "category",
    "connection-type",
    "city",
    "conversion-pixel",
    "country",
    "creative",
    "creative-attribute",
    "datacenter",
    "device-type",
    "domain",
    "dma",
    "dsp",
    "fallback",
    "isp",
    "languages",
    "network",
    "operating-system",
    "placement",
    "placement-type",
    "price-model",
    "profile",
    "publisher",
    "reason",
    "segment",
    "seller-profile",
    "site",
    "size",
    "ssp",
    "ssp-result-type",
    "ssp-suspicious",
    "timezone",
    "user",
    "visibility",
    "zipcode",
)

# kind -> attribute that holds one id -> the kind of that id
TO_ONE: dict[str, dict[str, str]] = {
    "advertiser": {"network": "network"},
    "app": {"appstore": "appstore"},
    "bidder": {"datacenter": "datacenter"},
    "campaign": {"advertiser": "advertiser", "profile": "profile"},
    "category": {"parent": "category"},
    "city": {"country": "country"},
    "conversion-pixel": {"advertiser": "advertiser"},
    "creative": {"advertiser": "advertiser", "category": "category", "size": "size", "modified_by": "user"},
    "domain": {"category": "category", "language": "languages"},
    "fallback": {"placement": "placement"},
    "network": {"seller_profile": "seller-profile"},
    "placement": {"site": "site"},
    "profile": {"advertiser": "advertiser"},
    "publisher": {"network": "network", "seller_profile": "seller-profile", "ssp": "ssp"},
    "segment": {"advertiser": "advertiser"},
    "site": {"publisher": "publisher", "domain": "domain", "seller_profile": "seller-profile"},
    "ssp-suspicious": {"ssp": "ssp"},
    "user": {"timezone": "timezone"},
    "zipcode": {"country": "country"},
}

# kind -> attribute that holds a list of ids -> the kind of those ids
TO_MANY: dict[str, dict[str, str]] = {
    "campaign": {"creatives": "creative", "conversion_pixels": "conversion-pixel"},
    "creative": {"attributes": "creative-attribute"},
    "profile": {
        "countries_filter": "country",
        "device_types_filter": "device-type",
        "operating_systems_filter": "operating-system",
        "browsers_filter": "browser",
        "networks_filter": "network",
        "publishers_filter": "publisher",
        "domains_filter": "domain",
        "domain_categories_filter": "category",
        "connection_types_filter": "connection-type",
    },
    "user": {"networks": "network", "publishers": "publisher", "advertisers": "advertiser"},
}

# kind -> the attribute with the id of its owner: deleted with the owner, and visible to the owner's users
OWNER: dict[str, str] = {
    "campaign": "advertiser",
    "conversion-pixel": "advertiser",
    "creative": "advertiser",
    "profile": "advertiser",
    "segment": "advertiser",
    "site": "publisher",
    "placement": "site",
    "fallback": "placement",
}

SEARCHED: tuple[str, ...] = ("advertisers", "campaigns", "creatives", "placements", "publishers", "sites")


def plural(kind: str) -> str:
    """Return the plural that paths and envelopes use, with underscores: ``category`` -> ``categories``."""
    name = kind.replace("-", "_")
    if name == "languages":
        return name
    if name.endswith("y") and name != "display":
        return name[:-1] + "ies"
    return name + "s"


_BY_NAME: dict[str, str] = {}
for _kind in KINDS:
    for _name in (_kind.replace("-", "_"), plural(_kind), plural(_kind) + "_list"):
        _BY_NAME[_name] = _kind


def find_kind(name: str) -> str | None:
    """Return the kind that a path segment names, in any accepted spelling; singular or plural."""
    return _BY_NAME.get(name.lower().replace("-", "_"))
