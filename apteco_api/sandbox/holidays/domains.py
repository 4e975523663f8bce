"""The values of selectors, in listing order, and the frequency of each.

Weights are shares of the records, in any unit; a weight of `unclassified` comes first.
"""

from __future__ import annotations

from typing import NamedTuple

Weighted = list[tuple[str, str, float]]
"""(code, description, weight) of each value, in listing order."""


class Destination(NamedTuple):
    """A destination with its continent, type, grade, manager and facilities."""

    code: str
    name: str
    weight: float
    continent: str
    type: str
    grade: str
    manager: str
    facilities: str
    cost: int


NO_DESTINATION = 67012.0

# Facilities: F food, E entertainment, K kids' club, T trips.
DESTINATIONS = [
    Destination("01", "Australia", 282719, "AU", "B", "G", "AH", "FEK", 620),
    Destination("02", "New Zealand", 879, "AU", "T", "G", "AH", "FK", 690),
    Destination("05", "Denmark", 1510, "EU", "C", "S", "BS", "FE", 260),
    Destination("06", "France", 524474, "EU", "T", "G", "BS", "FK", 270),
    Destination("07", "Germany", 461260, "EU", "T", "S", "BS", "FE", 280),
    Destination("08", "Greece", 112092, "EU", "B", "B", "CM", "FEKT", 300),
    Destination("12", "Italy", 36881, "EU", "C", "G", "CM", "FT", 340),
    Destination("15", "Latvia", 645, "EU", "C", "B", "CM", "F", 240),
    Destination("24", "Portugal", 21632, "EU", "T", "B", "CM", "FK", 290),
    Destination("29", "Sweden", 25207, "EU", "C", "S", "BS", "FE", 330),
    Destination("35", "Jamaica", 179, "AM", "B", "G", "DW", "FEK", 560),
    Destination("38", "United States", 561842, "AM", "T", "G", "DW", "FEKT", 480),
    Destination("41", "Kuwait", 23548, "AS", "C", "S", "ET", "FK", 450),
    Destination("44", "Mongolia", 154, "AS", "T", "B", "ET", "T", 520),
    Destination("51", "Mali", 974, "AF", "T", "B", "FN", "FT", 430),
    Destination("53", "Namibia", 2349, "AF", "W", "S", "FN", "F", 440),
    Destination("56", "Senegal", 981, "AF", "B", "B", "FN", "F", 400),
    Destination("57", "Sierra Leone", 4787, "AF", "W", "B", "FN", "", 410),
    Destination("58", "South Africa", 956, "AF", "T", "G", "FN", "FET", 510),
]
CONTINENTS = [("AU", "Australasia"), ("EU", "Europe"), ("AM", "Americas"), ("AS", "Asia"), ("AF", "Africa")]
DESTINATION_TYPES = [("T", "Tour"), ("B", "Beach"), ("C", "City"), ("W", "Work")]
GRADES = [("G", "Gold"), ("S", "Silver"), ("B", "Bronze")]
MANAGERS = [
    ("AH", "Anita Hughes"), ("BS", "Ben Sutherland"), ("CM", "Carla Mendes"),
    ("DW", "Dwight Wallace"), ("ET", "Elif Tekin"), ("FN", "Femi Nwosu"),
]  # fmt: skip
# The codes are the words, as in the real system; a destination has the first letters of its facilities.
FACILITIES = [(word, word) for word in ("Food", "Entertainment", "Kidsclub", "Trips")]

PRODUCTS: Weighted = [
    ("0", "Accommodation Only", 3.2), ("1", "Package Holiday", 70.7), ("2", "Flight Only", 26.1),
]  # fmt: skip
RESPONSE_CODES = [
    (code, code)
    for code in sorted(
        a + b + c
        for a in ("CC", "CR", "DM", "EM", "NL")
        for b in ("HI", "LO", "MI", "UN")
        for c in ("1001", "1234", "2002", "2222", "3456")
    )
]
BUSY_DATES = [
    (day, f"{day[6:]}-{day[4:6]}-{day[:4]}")
    for day in (
        "20160325", "20160829", "20161225", "20161231", "20170414", "20170828", "20171225", "20171231",
        "20180330", "20180827", "20181225", "20181231", "20190419", "20190826", "20191225", "20191231",
        "20200410", "20200831", "20201225", "20201231", "20210402", "20210830", "20211225", "20211231",
    )
]  # fmt: skip

INCOMES: Weighted = [
    ("01", "<£10k", 317970), ("02", "£10-20k", 530311), ("03", "£20-30k", 125945), ("04", "£30-40k", 127109),
    ("05", "£40-50k", 20158), ("06", "£50-60k", 19926), ("07", "£60-70k", 3168), ("08", "£70-80k", 3018),
    ("09", "£80-90k", 460), ("10", "£90-100k", 415), ("11", "£100k+", 53),
]  # fmt: skip
NO_INCOME = 8020.0
OCCUPATIONS: Weighted = [
    ("0", "Manual Worker", 73700), ("1", "Director", 16426), ("2", "Manager", 67578),
    ("3", "Professional", 24872), ("4", "Student", 126845), ("5", "Sales Executive", 410608),
    ("6", "Retail Worker", 77814), ("7", "Public Sector", 191018), ("8", "Unemployed", 65113),
    ("9", "Retired", 101534),
]  # fmt: skip
NO_OCCUPATION = 1045.0
# In the real system 05, 09, 10, 12 and 27 together are some 1.5 % of the people, so the common sources have
# other codes.
SOURCES: Weighted = [
    ("01", "DRTV", 3604), ("05", "MyOffers.com", 1028), ("06", "Website", 522931),
    ("07", "Telephone Enquiry", 213860), ("08", "Travel Agent", 108981), ("09", "Times Promotion", 7561),
    ("10", "Virgin Trains Offer", 80), ("12", "Lastminute.com", 5281), ("14", "Google", 346),
    ("20", "Website Referral", 14680), ("27", "Yell.com Referral", 4778), ("28", "Telemarketing", 22265),
    ("30", "Expedia", 183280),
]  # fmt: skip
NO_SOURCE = 67878.0
GENDERS: Weighted = [("F", "Female", 764796), ("M", "Male", 378567), ("U", "Unknown", 13190)]
TITLES = [("1", "Mr"), ("2", "Mrs"), ("3", "Miss"), ("4", "Ms"), ("5", "Dr")]
NEWSPAPERS = [
    ("Financial Times", 0.01), ("The Times", 0.06), ("Daily Telegraph", 0.07), ("The Guardian", 0.08),
    ("Independent", 0.04), ("Daily Express", 0.05), ("The Sun", 0.17), ("Daily Mirror", 0.11),
    ("Daily Mail", 0.14), ("Record", 0.03),
]  # fmt: skip
CONTACT = [
    ("EPS", "Email Preference Service", 0.081), ("MPS", "Mailing Preference Service", 0.12),
    ("TPS", "Telephone Preference Service", 0.19), ("FPS", "Fax Preference Service", 0.03),
]  # fmt: skip
CAR_MAKES = [
    ("ASM", "Aston Martin", 0.001), ("AUD", "Audi", 0.012), ("CHE", "Chevrolet", 0.06),
    ("CIT", "Citroen", 0.02), ("DAI", "Daihatsu", 0.055), ("FER", "Ferrari", 0.0008), ("FIA", "Fiat", 0.085),
    ("FOR", "Ford", 0.0695), ("KIA", "Kia", 0.075), ("MAZ", "Mazda", 0.0048), ("PEU", "Peugeot", 0.03),
    ("REN", "Renault", 0.028), ("SUZ", "Suzuki", 0.058), ("TOY", "Toyota", 0.024), ("VAU", "Vauxhall", 0.045),
    ("VLK", "Volkswagen", 0.02), ("VOL", "Volvo", 0.0167),
]  # fmt: skip

REGIONS = [
    ("01", "North"), ("02", "North West (Excluding Gtr Manchester)"), ("03", "South East (Outside M25 )"),
    ("04", "South West"), ("05", "East Midlands"), ("06", "West Midlands"), ("07", "East Anglia"),
    ("08", "Yorkshire and Humber"), ("09", "South East (Inside M25 )"), ("10", "Scotland"), ("11", "Wales"),
    ("12", "Northern Ireland"), ("13", "Greater Manchester"), ("14", "Channel Islands"),
]  # fmt: skip
# Postcode area, town, dialling code, region, share of the households (in tenths of a per cent or so).
TOWNS: list[tuple[str, str, str, str, float]] = [
    ("AB", "Aberdeen", "01224", "10", 14), ("AB", "Alford", "01975", "10", 1),
    ("AB", "Huntly", "01466", "10", 1),
    ("AB", "Macduff", "01261", "10", 1), ("AL", "St Albans", "01727", "03", 12),
    ("B", "Birmingham", "0121", "06", 55), ("B", "Cradley Heath", "01384", "06", 4),
    ("B", "Redditch", "01527", "06", 7), ("B", "Sutton Coldfield", "01675", "06", 8),
    ("BA", "Bath", "01225", "04", 14), ("BA", "Wells", "01749", "04", 3), ("BA", "Yeovil", "01935", "04", 7),
    ("BB", "Accrington", "01254", "02", 9), ("BB", "Nelson", "01282", "02", 6),
    ("BD", "Bradford", "01274", "08", 25), ("BD", "Settle", "01729", "08", 2),
    ("BD", "Shipley", "01535", "08", 7),
    ("BH", "Bournemouth", "01202", "04", 20), ("BH", "Ferndown", "01425", "04", 5),
    ("BL", "Bolton", "01204", "13", 24), ("BN", "Brighton", "01273", "03", 26),
    ("BN", "Hove", "01323", "03", 9),
    ("BN", "Worthing", "01903", "03", 12), ("BS", "Bristol", "0117", "04", 40),
    ("BT", "Belfast", "028", "12", 18),
    ("BT", "Craigavon", "02838", "12", 5), ("BT", "Newry", "02830", "12", 4),
    ("CA", "Carlisle", "01228", "01", 18),
    ("CB", "Cambridge", "01223", "07", 24), ("CF", "Cardiff", "029", "11", 26),
    ("CH", "Chester", "01244", "02", 15), ("CO", "Colchester", "01206", "07", 20),
    ("CR", "Croydon", "020", "09", 30), ("CV", "Coventry", "024", "06", 26),
    ("DA", "Dartford", "01322", "09", 22),
    ("DD", "Dundee", "01382", "10", 13), ("DE", "Derby", "01332", "05", 26),
    ("EH", "Edinburgh", "0131", "10", 28),
    ("EX", "Exeter", "01392", "04", 18), ("G", "Glasgow", "0141", "10", 38),
    ("GU", "Guildford", "01483", "03", 26),
    ("GY", "Guernsey", "01481", "14", 0.7), ("HU", "Hull", "01482", "08", 22),
    ("IP", "Ipswich", "01473", "07", 18),
    ("JE", "Jersey", "01534", "14", 0.7), ("KY", "Glenrothes", "01592", "10", 10),
    ("L", "Liverpool", "0151", "02", 34), ("LE", "Leicester", "0116", "05", 28),
    ("LS", "Leeds", "0113", "08", 32),
    ("M", "Manchester", "0161", "13", 40), ("ME", "Maidstone", "01622", "03", 24),
    ("NE", "Newcastle-upon-Tyne", "0191", "01", 34), ("NG", "Nottingham", "0115", "05", 30),
    ("NR", "Norwich", "01603", "07", 24), ("OX", "Oxford", "01865", "03", 24),
    ("PO", "Portsmouth", "02392", "03", 28),
    ("RG", "Reading", "0118", "03", 28), ("S", "Sheffield", "0114", "08", 30),
    ("SA", "Swansea", "01792", "11", 20),
    ("SE", "London", "0207", "09", 70), ("TS", "Middlesbrough", "01642", "01", 20),
    ("WR", "Worcester", "01905", "06", 14),
]  # fmt: skip

COVERS: Weighted = [
    ("1", "Individual", 34), ("2", "Single Trip", 31), ("3", "Family", 24), ("4", "Multi Trip", 9),
    ("5", "Group", 2),
]  # fmt: skip
DEVICES: Weighted = [("1", "Desktop", 52), ("2", "Tablet", 19), ("3", "Mobile", 29)]
WEB_SOURCES: Weighted = [
    ("D", "Direct", 28), ("E", "Email", 21), ("G", "Search Engine", 33), ("R", "Referral", 6),
    ("S", "Social Media", 11),
]  # fmt: skip
NO_WEB_SOURCE = 1.0
HOSTS = [
    "www.where2.net", "www.teakoholidays.com", "www.shabbychichotels.co.uk", "www.schoolsoutbreaks.net",
    "www.holidays4real.tv", "www.onecheapholiday.co.uk",
]  # fmt: skip
CAMPAIGNS: Weighted = [
    ("01", "Early Bird", 22), ("02", "Summer Sun", 38), ("03", "City Breaks", 17), ("04", "Win Back", 9),
    ("05", "Welcome", 14),
]  # fmt: skip
CHANNELS: Weighted = [
    ("1", "Email", 61), ("2", "Direct Mail", 18), ("3", "SMS", 9), ("4", "Telemarketing", 7),
    ("5", "Push Notification", 0),
]  # fmt: skip
MESSAGES: Weighted = [
    ("01", "Offer", 44), ("02", "Reminder", 21), ("03", "Newsletter", 25), ("04", "Survey", 10),
]  # fmt: skip
STATUSES: Weighted = [("D", "Delivered", 90), ("B", "Bounced", 5), ("O", "Opted Out", 2)]
NO_STATUS = 3.0
CONTENT_TYPES: Weighted = [
    ("1", "Banner", 24), ("2", "Destination Article", 33), ("3", "Voucher", 17), ("4", "Video", 12),
    ("5", "Footer", 14),
]  # fmt: skip
OFFERS: Weighted = [
    ("A", "10% off", 18), ("B", "Free transfer", 12), ("C", "Late deal", 21), ("D", "Kids go free", 9),
]  # fmt: skip
NO_OFFER = 40.0
RESPONSE_TYPES: Weighted = [
    ("1", "Open", 31), ("2", "Click", 24), ("3", "Web Visit", 12), ("4", "Brochure Request", 7),
    ("5", "Call", 5), ("6", "Booking", 9), ("7", "Unsubscribe", 3), ("8", "Provisional Booking", 4),
    ("9", "Complaint", 2), ("10", "Upgrade", 3),
]  # fmt: skip
MODELS: Weighted = [("F", "First Touch", 25), ("L", "Last Touch", 55), ("S", "Shared", 20)]
POOLS: Weighted = [
    ("01", "Await TM Pool", 5), ("02", "Received Introduction", 24), ("03", "Await Response Pool", 18),
    ("04", "Responders Pool", 9), ("05", "Await Further Response", 7), ("06", "Await TM", 6),
    ("07", "Pool", 0),
    ("08", "Keycoded Responders", 4), ("09", "Non Keycoded Responses", 3), ("10", "Follow Up", 8),
    ("11", "Await Response 1 Pool", 6), ("12", "Shown Interest", 5), ("13", "Await Response 2 Pool", 3),
    ("14", "Await Response 3 Pool", 0), ("15", "Objective Achieved Pool", 2),
]  # fmt: skip
JOURNEYS: Weighted = [
    ("1", "Welcome Journey", 41), ("2", "Cross Sell Journey", 27), ("3", "Reactivation Journey", 20),
    ("4", "Loyalty Journey", 12),
]  # fmt: skip

# Surnames and their frequencies, in about thousandths of the people.
SURNAMES: list[tuple[str, float]] = [
    ("Smith", 60), ("Brown", 31), ("Jones", 29), ("Taylor", 27), ("Patel", 25), ("Williams", 22),
    ("Wilson", 20),
    ("Johnson", 18), ("Davies", 17), ("Robinson", 16), ("Wright", 15), ("Thompson", 15), ("Evans", 14),
    ("Walker", 13), ("White", 13), ("Roberts", 12), ("Green", 12), ("Hall", 11), ("Wood", 11),
    ("Jackson", 10),
    ("Clarke", 10), ("Clark", 9), ("Harrison", 9), ("Scott", 9), ("Cooper", 9), ("Morris", 8), ("Ward", 8),
    ("Moore", 8), ("King", 8), ("Watson", 8), ("Baker", 8), ("Morgan", 7), ("Allen", 7), ("Young", 7),
    ("Mitchell", 7), ("Anderson", 7), ("Phillips", 7), ("Lee", 7), ("Bell", 6), ("Davis", 6), ("Parker", 6),
    ("Bennett", 6), ("Miller", 6), ("Shaw", 6), ("Cook", 6), ("Simpson", 6), ("Richardson", 6), ("Carter", 6),
    ("Collins", 6), ("Marshall", 5), ("Gray", 5), ("Cox", 5), ("Adams", 5), ("Campbell", 5), ("Stewart", 5),
    ("Murphy", 5), ("Murray", 5), ("Price", 5), ("Mason", 5), ("Palmer", 5), ("Hughes", 5), ("Edwards", 5),
    ("Turner", 5), ("Hill", 5), ("Singh", 5), ("Khan", 5), ("Begum", 4), ("Ali", 4), ("Fox", 4),
    ("Knight", 4),
    ("MacDonald", 4), ("McDonald", 4), ("McKenzie", 3), ("MacLeod", 3), ("McGregor", 3), ("McCarthy", 3),
    ("O'Brien", 3), ("O'Connor", 3), ("Kowalski", 2), ("Nowak", 2), ("Fernandez", 2), ("Gomez", 2),
    ("Lopez", 2),
    ("Nguyen", 2), ("Okafor", 2), ("Zhang", 2), ("Rahman", 2), ("Browne", 2), ("Brownlow", 1),
    ("Whitehead", 2),
    ("Smyth", 2), ("Smythe", 1), ("Nicholson", 2), ("Norris", 2), ("Newton", 2), ("Osborne", 2), ("Quinn", 2),
    ("Reynolds", 2), ("Underwood", 1), ("Vaughan", 1), ("Xavier", 0.4), ("Yates", 1), ("Zeller", 0.3),
    ("Abbott", 1), ("Dixon", 2), ("Ellis", 2), ("Fletcher", 2), ("Ingram", 1), ("Jarvis", 1), ("Lowe", 1),
    ("Müller", 0.3), ("Núñez", 0.2), ("Tremblay", 0.3), ("Ferguson", 2), ("Henderson", 2), ("Lawson", 1),
]  # fmt: skip
STREETS = [
    "High Street", "Station Road", "Church Lane", "Victoria Road", "Park Avenue", "Mill Lane", "Green Close",
    "Queens Drive", "School Lane", "The Crescent Close", "Albert Road", "Manor Drive", "Kingsway", "Broadway",
]  # fmt: skip
MAIL_DOMAINS: list[tuple[str, str, float]] = [
    ("1", "gmail.com", 30), ("2", "hotmail.co.uk", 20), ("3", "quickmail.com", 18),
    ("4", "netpost.co.uk", 10),
    ("5", "homemail.uk.com", 7), ("6", "bluepost.com", 5), ("7", "parishmail.co.uk", 4),
]  # fmt: skip
NO_MAIL = 6.0
