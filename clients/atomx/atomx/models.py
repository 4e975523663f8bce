"""The kinds of objects that the API has, one class each, and its reports."""

from __future__ import annotations

from .exceptions import APIError as APIError
from .exceptions import ModelNotFoundError as ModelNotFoundError
from .exceptions import NoPandasInstalledError as NoPandasInstalledError
from .exceptions import NoSessionError as NoSessionError
from .model import AtomxModel as AtomxModel
from .reports import Report, ScheduledReport


class AccountManager(AtomxModel):
    """A person of the platform who manages customers."""


class Advertiser(AtomxModel):
    """A buyer of impressions: owns campaigns, creatives and profiles."""


class App(AtomxModel):
    """A mobile application in which impressions are sold."""


class Appstore(AtomxModel):
    """A store of mobile applications."""


class Bidder(AtomxModel):
    """A machine that answers bid requests."""


class Browser(AtomxModel):
    """A web browser that profiles can target."""


class CampaignDebugReason(AtomxModel):
    """A reason why a campaign did not bid."""


class Campaign(AtomxModel):
    """A purchase of an advertiser: its budget, its price and its creatives."""


class Category(AtomxModel):
    """A subject of a domain or a creative."""


class ConnectionType(AtomxModel):
    """How a device is connected, for instance Wi-Fi."""


class City(AtomxModel):
    """A city that profiles can target."""


class ConversionPixel(AtomxModel):
    """An image of one pixel that counts conversions of viewers."""


class Country(AtomxModel):
    """A country that profiles can target."""


class Creative(AtomxModel):
    """An advertisement: an image, a script or a page."""


class CreativeAttribute(AtomxModel):
    """A property that publishers may refuse, for instance sound."""


class Datacenter(AtomxModel):
    """A data center of bidders."""


class DeviceType(AtomxModel):
    """A kind of device, for instance a telephone."""


class Domain(AtomxModel):
    """A site's host name and its details."""


class Dma(AtomxModel):
    """A designated market area: a television region of the United States."""


class Dsp(AtomxModel):
    """A demand-side platform that buys on the exchange."""


class Fallback(AtomxModel):
    """The content of a placement when nobody buys the impression."""


class Isp(AtomxModel):
    """An internet service provider."""


class Languages(AtomxModel):
    """A language of pages."""


class Network(AtomxModel):
    """A company on the platform: owns advertisers and publishers."""


class OperatingSystem(AtomxModel):
    """An operating system that profiles can target."""


class Placement(AtomxModel):
    """A place on a site where an impression is sold."""


class PlacementType(AtomxModel):
    """A form of placement, for instance a banner."""


class PriceModel(AtomxModel):
    """A unit that a bid pays for, for instance a thousand impressions."""


class Profile(AtomxModel):
    """The targeting of a campaign."""


class Publisher(AtomxModel):
    """A seller of impressions: owns sites."""


class Reason(AtomxModel):
    """A reason for a ban."""


class Segment(AtomxModel):
    """A group of users that profiles can target."""


class SellerProfile(AtomxModel):
    """The impressions that a publisher or a site sells, and their buyers."""


class Site(AtomxModel):
    """A site or application of a publisher."""


class Size(AtomxModel):
    """Width and height of a creative or a placement."""


class Ssp(AtomxModel):
    """A supply-side platform that sells on the exchange."""


class SspResultType(AtomxModel):
    """A response of a supply-side platform to a bid."""


class SspSuspicious(AtomxModel):
    """Traffic that a supply-side platform does not trust."""


class Timezone(AtomxModel):
    """A time zone that reports can use."""


class User(AtomxModel):
    """A person or program that may log in."""


class Visibility(AtomxModel):
    """The visible share of a placement."""


class Zipcode(AtomxModel):
    """A postal code that profiles can target."""


MODEL_NAMES: tuple[str, ...] = (
    "AccountManager",
    "Advertiser",
    "App",
    "Appstore",
    "Bidder",
    "Browser",
    "CampaignDebugReason",
    "Campaign",
    "Category",
    "ConnectionType",
    "City",
    "ConversionPixel",
    "Country",
    "Creative",
    "CreativeAttribute",
    "Datacenter",
    "DeviceType",
    "Domain",
    "Dma",
    "Dsp",
    "Fallback",
    "Isp",
    "Languages",
    "Network",
    "OperatingSystem",
    "Placement",
    "PlacementType",
    "PriceModel",
    "Profile",
    "Publisher",
    "Reason",
    "Segment",
    "SellerProfile",
    "Site",
    "Size",
    "Ssp",
    "SspResultType",
    "SspSuspicious",
    "Timezone",
    "User",
    "Visibility",
    "Zipcode",
)
"""The 42 kinds of objects; `Report` is not one of them."""

__all__ = [
    "AccountManager",
    "Advertiser",
    "App",
    "Appstore",
    "Bidder",
    "Browser",
    "Campaign",
    "CampaignDebugReason",
    "Category",
    "City",
    "ConnectionType",
    "ConversionPixel",
    "Country",
    "Creative",
    "CreativeAttribute",
    "Datacenter",
    "DeviceType",
    "Dma",
    "Domain",
    "Dsp",
    "Fallback",
    "Isp",
    "Languages",
    "Network",
    "OperatingSystem",
    "Placement",
    "PlacementType",
    "PriceModel",
    "Profile",
    "Publisher",
    "Reason",
    "Report",
    "ScheduledReport",
    "Segment",
    "SellerProfile",
    "Site",
    "Size",
    "Ssp",
    "SspResultType",
    "SspSuspicious",
    "Timezone",
    "User",
    "Visibility",
    "Zipcode",
]
