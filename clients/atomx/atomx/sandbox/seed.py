"""The objects of a new sandbox, always the same."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta

from .kinds import KINDS
from .store import Row, Store

PASSWORD = "password"  # noqa: S105 - the sandbox's public password
TOTP_SECRET = "JBSWY3DPEHPK3PXP"  # noqa: S105 - the same for every sandbox; see Sandbox.totp
OWNERS = 50
START = datetime(2024, 1, 1)

NAMES: dict[str, tuple[str, ...]] = {
    "account-manager": ("Ann Archer", "Ben Bell"),
    "appstore": ("Orchard Store", "Robot Store"),
    "browser": ("Firefox", "Chrome", "Safari", "Edge", "Opera"),
    "campaign-debug-reason": ("no budget", "no creative", "not targeted"),
    "category": ("News", "Sports", "Games", "Music", "Travel"),
    "connection-type": ("Wi-Fi", "Mobile", "Cable"),
    "country": ("Germany", "Malaysia", "Netherlands", "United States", "United Kingdom"),
    "creative-attribute": ("Sound", "Video", "Animation", "Pop-up"),
    "datacenter": ("Amsterdam", "Singapore"),
    "device-type": ("Phone", "Tablet", "Desktop", "Television"),
    "dma": ("New York", "Los Angeles", "Chicago"),
    "dsp": ("First buyer", "Second buyer"),
    "isp": ("North Net", "South Net"),
    "languages": ("English", "German", "Malay"),
    "network": ("atomx network", "Other network"),
    "operating-system": ("Linux", "Windows", "Android", "iOS", "macOS"),
    "placement-type": ("Banner", "Pop-under", "Video"),
    "price-model": ("CPM", "DCPM", "CPC", "CPA"),
    "reason": ("Malware", "Adult content", "Wrong category"),
    "seller-profile": ("Open to all", "Private"),
    "ssp": ("First seller", "Second seller"),
    "ssp-result-type": ("won", "lost", "timeout"),
    "timezone": ("UTC", "Europe/Amsterdam", "America/Los_Angeles", "Asia/Kuala_Lumpur"),
    "visibility": ("Above the fold", "Below the fold", "Unknown"),
}

# email, name, networks, publishers, advertisers, where the one-time code goes ("" none, "login", "step")
USERS: tuple[tuple[str, str, list[int], list[int], list[int], str], ...] = (
    ("user@example.com", "Network User", [1], [], [], ""),
    ("apiuser@example.com", "API User", [1], [], [], ""),
    ("publisher@example.com", "Publisher User", [], [23, 42], [], ""),
    ("advertiser@example.com", "Advertiser User", [], [], [23, 42], ""),
    ("both@example.com", "Trader", [], [42], [42], ""),
    ("nobody@example.com", "Nobody", [], [], [], ""),
    ("totp@example.com", "Two Steps", [1], [], [], "step"),
    ("totp-in-login@example.com", "One Step", [1], [], [], "login"),
)


def fill(store: Store) -> None:
    """Put the first objects and users into an empty store."""
    store.sql.execute("BEGIN")
    for kind in KINDS:
        store.fill(kind, rows_of(kind))
    store.sql.executemany(
        "INSERT INTO login VALUES (?, ?, ?, ?)",
        [(number, email, PASSWORD, totp) for number, (email, *_, totp) in enumerate(USERS, 1)],
    )
    first: Row = {"id": 1, "name": "Network User", "ip": "127.0.0.1", "user_agent": "seed"}
    for number in range(1, OWNERS + 1):
        store.note("advertiser", number, first, {"name": f"Advertiser {number}"})
        store.note("advertiser", number, first, {"state": "ACTIVE"})
    store.sql.execute("COMMIT")


def rows_of(kind: str) -> Iterator[Row]:
    """Return the first objects of a kind."""
    special = SPECIAL.get(kind)
    if special is not None:
        yield from special()
        return
    names = NAMES.get(
        kind, (f"{kind.replace('-', ' ').capitalize()} one", f"{kind.replace('-', ' ').capitalize()} two")
    )
    for number, name in enumerate(names, 1):
        yield {"id": number, "name": name}


def day(number: int) -> str:
    """Return a different time for every number, as the API writes times."""
    return (START + timedelta(days=number * 37 % 700, hours=number % 24, minutes=number % 60)).strftime(
        "%Y-%m-%dT%H:%M:%S"
    )


def advertisers() -> Iterator[Row]:
    """Return fifty advertisers: the last five do not belong to the first network."""
    for n in range(1, OWNERS + 1):
        yield {
            "id": n,
            "name": f"Advertiser {n}",
            "state": "ACTIVE" if n % 7 else "INACTIVE",
            "network": 1 if n <= 45 else 2,
            "budget": 1000.0 * n,
            "budget_cap_amount": 100.0,
            "budget_cap_pacing": "EVEN" if n % 2 else "ASAP",
            "trusted": n % 3 == 0,
            "is_dsp": False,
            "adult": False,
            "updated_at": day(n),
        }


def campaigns() -> Iterator[Row]:
    """Yield two campaigns an advertiser, each with the advertiser's profile and two creatives."""
    for n in range(1, 2 * OWNERS + 1):
        yield {
            "id": n,
            "name": f"atomx campaign {n}",
            "advertiser": (n - 1) % OWNERS + 1,
            "profile": n,
            "state": "ACTIVE" if n % 5 else "INACTIVE",
            "start_time": day(n),
            "budget": 250.5 * n,
            "daily_budget_amount": 25.0,
            "daily_budget_per": 86400,
            "pricemodel": ("CPM", "DCPM", "CPC", "CPA")[n % 4],
            "bid": 0.5 + n % 10 / 10,
            "creatives": [n, (n + OWNERS - 1) % (2 * OWNERS) + 1],
            "conversion_pixels": [(n - 1) % OWNERS + 1],
            "brokerfee": 0.1,
        }


def creatives() -> Iterator[Row]:
    """Yield two creatives an advertiser."""
    for n in range(1, 2 * OWNERS + 1):
        yield {
            "id": n,
            "name": f"atomx creative {n}",
            "title": f"Title {n}",
            "state": "ACTIVE" if n % 4 else "INACTIVE",
            "advertiser": (n - 1) % OWNERS + 1,
            "attributes": [n % 4 + 1],
            "bans": [],
            "category": n % 5 + 1,
            "extension": "png",
            "content_type": "image/png",
            "click_url": f"https://www.example.com/click/{n}",
            "size": n % 4 + 1,
            "size_bytes": 1000 + n,
            "https": True,
            "audited_at": day(n),
            "updated_at": day(n + 3),
            "modified_by": 1,
        }


def profiles() -> Iterator[Row]:
    """Yield two profiles an advertiser."""
    for n in range(1, 2 * OWNERS + 1):
        yield {
            "id": n,
            "name": f"Profile {n}",
            "advertiser": (n - 1) % OWNERS + 1,
            "countries_filter": [n % 5 + 1],
            "countries_filter_action": "INCLUDE",
            "browsers_filter": [1, 2],
            "browsers_filter_action": "EXCLUDE",
            "publishers_filter": [],
            "click_frequency_cap_per": 3600,
            "updated_at": day(n + 11),
        }


def publishers() -> Iterator[Row]:
    """Return fifty publishers: the last five do not belong to the first network."""
    for n in range(1, OWNERS + 1):
        yield {
            "id": n,
            "name": f"atomx publisher {n}",
            "state": "ACTIVE",
            "revshare": 0.7,
            "network": 1 if n <= 45 else 2,
            "seller_profile": 1,
            "banned": False,
            "ssp": n % 2 + 1,
        }


def sites() -> Iterator[Row]:
    """Return one site a publisher."""
    for n in range(1, OWNERS + 1):
        yield {
            "id": n,
            "name": f"atomx site {n}",
            "state": "ACTIVE",
            "domain": n,
            "publisher": n,
            "seller_profile": 1,
        }


def placements() -> Iterator[Row]:
    """Yield two placements a site."""
    for n in range(1, 2 * OWNERS + 1):
        yield {"id": n, "name": f"atomx placement {n}", "state": "ACTIVE", "site": (n - 1) % OWNERS + 1}


def domains() -> Iterator[Row]:
    """Return sixty domains, every second one with ``atom`` in its host name."""
    for n in range(1, 61):
        host = f"atom-{n}.example.com" if n % 2 else f"news-{n}.example.com"
        yield {
            "id": n,
            "name": host,
            "hostname": host,
            "category": n % 5 + 1,
            "attributes": [],
            "language": n % 3 + 1,
        }


def users() -> Iterator[Row]:
    """Return the people who may log in; the password is the same for all."""
    for n, (email, name, networks, publishers_, advertisers_, _) in enumerate(USERS, 1):
        yield {
            "id": n,
            "name": name,
            "email": email,
            "networks": networks,
            "publishers": publishers_,
            "advertisers": advertisers_,
            "timezone": 1,
        }


def with_relation(kind: str, attribute: str, count: int) -> Iterator[Row]:
    """Return a few objects that belong to others."""
    for n in range(1, count + 1):
        yield {"id": n, "name": f"{kind} {n}", attribute: n}


def sizes() -> Iterator[Row]:
    """Return the usual sizes of banners."""
    for n, (width, height) in enumerate(((300, 250), (728, 90), (160, 600), (320, 50)), 1):
        yield {"id": n, "name": f"{width}x{height}", "width": width, "height": height}


SPECIAL: dict[str, Callable[[], Iterator[Row]]] = {
    "advertiser": advertisers,
    "app": lambda: with_relation("App", "appstore", 2),
    "bidder": lambda: with_relation("Bidder", "datacenter", 2),
    "campaign": campaigns,
    "city": lambda: with_relation("City", "country", 5),
    "conversion-pixel": lambda: with_relation("Conversion pixel", "advertiser", OWNERS),
    "creative": creatives,
    "domain": domains,
    "fallback": lambda: with_relation("Fallback", "placement", 10),
    "placement": placements,
    "profile": profiles,
    "publisher": publishers,
    "segment": lambda: with_relation("Segment", "advertiser", 10),
    "site": sites,
    "size": sizes,
    "ssp-suspicious": lambda: with_relation("Suspicious", "ssp", 2),
    "user": users,
    "zipcode": lambda: with_relation("Zip code", "country", 5),
}
