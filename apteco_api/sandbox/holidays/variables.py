"""The 94 variables of the Holidays system, in listing order: table by table.

77 belong to the data and 17 are virtual, that is, derived from others.
"""

from __future__ import annotations

from collections.abc import Sequence

from . import domains as d
from .model import Code, Kind, Variable, code_list

_Pairs = Sequence[tuple[str, str]] | Sequence[tuple[str, str, float]]


def _pairs(values: _Pairs) -> list[tuple[str, str]]:
    return [(value[0], value[1]) for value in values]


def _coded(
    name: str,
    description: str,
    table: str,
    column: str,
    values: _Pairs,
    *,
    kind: Kind = Kind.SELECTOR,
    array: bool = False,
    dates: bool = False,
    virtual: bool = False,
) -> Variable:
    pairs = _pairs(values)
    length = max(len(code) for code, _ in pairs)
    codes = code_list(pairs, length)
    if dates:
        codes = (Code("0" * length, codes[0].description), *codes[1:])
    positions = {code.code.strip(): place for place, code in enumerate(codes)}
    positions["!"] = 0
    return Variable(
        name, description, table, kind, column, codes, length,
        virtual=virtual, array=array, dates=dates, positions=positions,
    )  # fmt: skip


def _plain(name: str, description: str, table: str, column: str, kind: Kind) -> Variable:
    return Variable(name, description, table, kind, column, code_length=8 if kind is Kind.DATE else 0)


def _number(
    name: str, description: str, table: str, column: str, *, decimals: int = 0, currency: bool = False
) -> Variable:
    return Variable(
        name,
        description,
        table,
        Kind.NUMERIC,
        column,
        decimals=2 if currency else decimals,
        currency=currency,
    )


def _text(name: str, description: str, table: str, column: str, length: int) -> Variable:
    return Variable(name, description, table, Kind.TEXT, column, text_length=length)


def _same(values: Sequence[tuple[str, float]]) -> list[tuple[str, str]]:
    return [(value, value) for value, _ in values]


AGE_BANDS = [
    ("1", "18-24"), ("2", "25-34"), ("3", "35-44"), ("4", "45-54"), ("5", "55-64"), ("6", "65+"),
]  # fmt: skip
GENERATIONS = [
    ("1", "Silent Generation"), ("2", "Baby Boomers"), ("3", "Generation X"), ("4", "Millennials"),
    ("5", "Generation Z"),
]  # fmt: skip
INCOME_GROUPS = [("1", "Low"), ("2", "Middle"), ("3", "High")]
PAPER_TYPES = [("Q", "Quality"), ("M", "Mid-market"), ("P", "Popular")]
VALUES = [("1", "Under £500"), ("2", "£500-999"), ("3", "£1000-1999"), ("4", "£2000-4999"), ("5", "£5000+")]
FREQUENCIES = [("1", "One booking"), ("2", "Two bookings"), ("3", "Three or four"), ("4", "Five or more")]
CONTACTABLE = [("1", "By any channel"), ("2", "By some channels"), ("3", "By no channel")]
SIZES = [("0", "Nobody"), ("1", "One"), ("2", "Two"), ("3", "Three"), ("4", "Four"), ("5", "Five or more")]
NATIONS = [
    ("E", "England"),
    ("S", "Scotland"),
    ("W", "Wales"),
    ("N", "Northern Ireland"),
    ("C", "Channel Islands"),
]
CAR_NUMBERS = [("0", "No car"), ("1", "One make"), ("2", "Two makes"), ("3", "Three or more")]
AREA_TYPES = [("1", "City"), ("2", "Town"), ("3", "Rural")]
PREMIUM_BANDS = [("1", "Under £20"), ("2", "£20-49.99"), ("3", "£50-99.99"), ("4", "£100+")]
DAYS_OF_WEEK = [
    ("1", "Monday"), ("2", "Tuesday"), ("3", "Wednesday"), ("4", "Thursday"), ("5", "Friday"),
    ("6", "Saturday"), ("7", "Sunday"),
]  # fmt: skip
WAITS = [("1", "No wait"), ("2", "1-3 days"), ("3", "4-6 days"), ("4", "A week or more")]

_H, _P, _B, _PO = "Households", "People", "Bookings", "Policies"
_W, _C, _J, _CT, _R = "WebVisits", "Communications", "Journey History", "Content", "Responses Attributed"
_TOWNS = [(f"{place:03d}", town[1]) for place, town in enumerate(d.TOWNS, 1)]
_DIALLING = [(code, code) for code in sorted({town[2] for town in d.TOWNS})]
_REF, _DATE, _DATETIME = Kind.REFERENCE, Kind.DATE, Kind.DATETIME

VARIABLES: tuple[Variable, ...] = (
    _plain("hoURN", "Household URN", _H, "urn", _REF),
    _coded("hoRegion", "Region", _H, "region", d.REGIONS),
    _coded("hoTown", "Town", _H, "town", _TOWNS),
    _text("hoAddr", "Address", _H, "address", 40),
    _text("hoPCode", "Postcode", _H, "postcode", 8),
    _text("hoPSect", "Postcode Sector", _H, "sector", 6),
    _text("hoTel", "Telephone", _H, "telephone", 12),
    _coded("HHCarmak", "Car Make Code", _H, "car_makes", d.CAR_MAKES, kind=Kind.FLAGS, array=True),
    _coded("hoJustAC", "Just Area Code", _H, "area_code", _DIALLING),
    _plain("fs$PSS", "Postal Sort Sequence", _H, "sort_sequence", _REF),
    _coded("hoHHSize", "Household Size", _H, "size", SIZES, virtual=True),
    _coded("hoNation", "Nation", _H, "nation", NATIONS, virtual=True),
    _coded("hoCars", "Number of Car Makes", _H, "cars", CAR_NUMBERS, virtual=True),
    _coded("hoArea", "Area Type", _H, "area_type", AREA_TYPES, virtual=True),
    _plain("peURN", "Person URN", _P, "urn", _REF),
    _coded("peTitle", "Title", _P, "title", d.TITLES),
    _text("peInit", "Initial", _P, "initial", 1),
    _text("peSName", "Surname", _P, "surname", 24),
    _plain("peDOB", "DOB", _P, "dob", _DATE),
    _coded("peIncome", "Income", _P, "income", d.INCOMES),
    _coded("peOccu", "Occupation", _P, "occupation", d.OCCUPATIONS),
    _coded("peSource", "Source", _P, "source", d.SOURCES),
    _coded("peNews", "Newspapers", _P, "newspapers", _same(d.NEWSPAPERS), kind=Kind.FLAGS),
    _coded("peContac", "Contact Permission", _P, "contact", d.CONTACT, kind=Kind.FLAGS),
    _text("peEmail", "Email Address", _P, "email", 48),
    _coded("peGender", "Gender", _P, "gender", d.GENDERS, virtual=True),
    _coded("peAgeBnd", "Age Band", _P, "age_band", AGE_BANDS, virtual=True),
    _coded("peGenera", "Generation", _P, "generation", GENERATIONS, virtual=True),
    _coded("peIncGrp", "Income Group", _P, "income_group", INCOME_GROUPS, virtual=True),
    _coded("pePaper", "Newspaper Types", _P, "paper_types", PAPER_TYPES, kind=Kind.FLAGS, virtual=True),
    _coded("peValue", "Customer Value", _P, "value_band", VALUES, virtual=True),
    _coded("peFreq", "Booking Frequency", _P, "frequency_band", FREQUENCIES, virtual=True),
    _coded("peMail", "Email Provider", _P, "mail_provider", d.MAIL_DOMAINS, virtual=True),
    _coded("peContbl", "Contactable", _P, "contactable", CONTACTABLE, virtual=True),
    _plain("boURN", "Booking URN", _B, "urn", _REF),
    _coded("boDest", "Destination", _B, "destination", [(x.code, x.name) for x in d.DESTINATIONS]),
    _coded("boCont", "Continent", _B, "continent", d.CONTINENTS),
    _coded("boProd", "Product", _B, "product", d.PRODUCTS),
    _plain("boDate", "Booking Date", _B, "booking_date", _DATE),
    _plain("boTrav", "Travel Date", _B, "travel_date", _DATE),
    _number("boCost", "Cost", _B, "cost", currency=True),
    _number("boProfit", "Profit", _B, "profit", currency=True),
    _coded("boKeyCd", "Response Code", _B, "response_code", d.RESPONSE_CODES),
    _coded("deType", "Type", _B, "type", d.DESTINATION_TYPES),
    _coded("deGrade", "Grade", _B, "grade", d.GRADES),
    _coded("deMgr", "Manager", _B, "manager", d.MANAGERS),
    _coded("deFacil", "Facilities", _B, "facilities", d.FACILITIES, kind=Kind.FLAGS),
    _coded(
        "bo1O9ZTR", "Busy dates", _B, "busy_dates", d.BUSY_DATES, kind=Kind.FLAGS, dates=True, virtual=True
    ),
    _plain("PoPolicy", "Policy Number", _PO, "number", _REF),
    _plain("PoPolic1", "Policy Date", _PO, "policy_date", _DATE),
    _plain("PoTrave1", "Policy Travel Date", _PO, "travel_date", _DATE),
    _plain("PoBooki1", "Policy Booking Date", _PO, "booking_date", _DATE),
    _number("PoPremiu", "Premium", _PO, "premium", currency=True),
    _number("PoDaysUn", "Days Until Travel", _PO, "days_until"),
    _number("PoDaysSi", "Days Since Booking", _PO, "days_since"),
    _coded("PoCover", "Cover", _PO, "cover", d.COVERS),
    _coded("PoPremBd", "Premium Band", _PO, "premium_band", PREMIUM_BANDS, virtual=True),
    _plain("wvURN", "Web URN", _W, "urn", _REF),
    _text("wvURL", "URL", _W, "url", 40),
    _plain("wvTime", "Web Visit Time", _W, "visit_time", _DATETIME),
    _coded("wvDevice", "Device Type", _W, "device", d.DEVICES),
    _number("wvDuratn", "Duration", _W, "duration"),
    _coded("wvSource", "Original Source", _W, "source", d.WEB_SOURCES),
    _plain("cmURN", "Communication URN", _C, "urn", _REF),
    _plain("cmCommDt", "Date of Communication", _C, "sent", _DATETIME),
    _plain("cmTime", "Communication Time", _C, "received", _DATETIME),
    _number("cmRun", "Run", _C, "run"),
    _coded("cmCampgn", "Campaign", _C, "campaign", d.CAMPAIGNS),
    _coded("cmChannl", "Channel", _C, "channel", d.CHANNELS),
    _coded("cmMessag", "Message", _C, "message", d.MESSAGES),
    _coded("cmStatus", "Delivery Status", _C, "status", d.STATUSES),
    _text("cmKey", "Communication Key", _C, "key_text", 12),
    _coded("cmDay", "Day of Communication", _C, "weekday", DAYS_OF_WEEK, virtual=True),
    _plain("jhURN", "Journey URN", _J, "urn", _REF),
    _coded("jhJourny", "Journey Name", _J, "journey", d.JOURNEYS),
    _coded("jhPool", "Pool", _J, "pool", d.POOLS),
    _plain("jhEntry", "Entry Date", _J, "entry_date", _DATE),
    _plain("jhExit", "Exit Date", _J, "exit_date", _DATE),
    _number("fWaitDay", "Days Waiting", _J, "days_waiting"),
    _number("jhStep", "Step", _J, "step"),
    _coded("jhWaitBd", "Waiting Band", _J, "waiting_band", WAITS, virtual=True),
    _plain("ctURN", "Content URN", _CT, "urn", _REF),
    _coded("ctType", "Content Type", _CT, "type", d.CONTENT_TYPES),
    _coded("ctOffer", "Offer Made", _CT, "offer", d.OFFERS),
    _text("ctName", "Content Name", _CT, "name", 40),
    _number("ctPos", "Content Position", _CT, "place"),
    _number("ctCost", "Cost of Content", _CT, "cost", decimals=2),
    _plain("raURN", "Response URN", _R, "urn", _REF),
    _plain("raRspDat", "Response Date", _R, "response_date", _DATE),
    _coded("raRspTyp", "Response Type", _R, "type", d.RESPONSE_TYPES),
    _number("raRspRev", "Revenue", _R, "revenue", currency=True),
    _number("raPercen", "Percentage Attributed", _R, "percentage", decimals=2),
    _plain("ReCommun", "Communication Date", _R, "communication_date", _DATE),
    _coded("raModel", "Attribution Model", _R, "model", d.MODELS),
)
"""All variables, in the order in which the API lists them."""

BY_NAME: dict[str, Variable] = {variable.name: variable for variable in VARIABLES}
