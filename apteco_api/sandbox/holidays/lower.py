"""SQL of the tables below people."""

# ruff: noqa: S608 - the statements are made of this package's own constants
from __future__ import annotations

from . import domains as d
from .draws import Draws, numbers, place, words
from .tables import SCHEMA

# Bookings peak in January, when people plan the year, and again in December.
_MONTHS = [14, 11, 10, 8, 7, 7, 8, 7, 6, 6, 6, 10]
# Bookings by the year of booking, 2016 to 2021.
_YEARS = [216330, 246229, 509880, 349015, 413352, 395275]


def _weights(values: d.Weighted, unclassified: float = 0.0) -> list[float]:
    return [unclassified, *(weight for _, _, weight in values)]


def booking_keys(count: int, people: int, draws: Draws) -> list[str]:
    """Return the person of each booking: each person once, then random people, often regular customers."""
    # (x // 7) * 7 sends 45 in 100 further bookings to every seventh person: these are the regular customers
    extra = max(0, count - people)
    drawn = f"""SELECT CASE WHEN {draws.chance(0.55)} THEN {draws.bits()} % {people}
                          ELSE (({draws.bits()} % {people}) // 7) * 7 END FROM raw"""
    return [
        f"""CREATE OR REPLACE TEMP TABLE booking_keys AS
        WITH {draws.over(f"SELECT i AS id FROM range({extra}) r(i)")}
        SELECT (row_number() OVER (ORDER BY person) - 1)::INTEGER AS id, person::INTEGER AS person
        FROM (SELECT i AS person FROM range({min(count, people)}) r(i)
              UNION ALL {drawn})
        ORDER BY id"""
    ]


def bookings(draws: Draws) -> str:
    """Return the bookings, with destination, product, dates and cost."""
    # The price is based on the mean cost of the destination. 0.35 + 1.7 u^2 + 3 u^8 makes many cheap, some
    # expensive and a few very expensive bookings. The product scales it (accommodation most, only a flight
    # least), and persons with better incomes spend more. `odd` adds errors as in a real system: one booking
    # in 10,000 costs nothing, some cost five times as much (a typing error), and some are round sums.
    # Bookings are 3 to 193 days before travel, most of them close to it (wait^2). The last 2 in 100 days of a
    # month move a day back, so that months end unevenly.
    places = [d.NO_DESTINATION, *(place.weight for place in d.DESTINATIONS)]
    cost = [300, *(place.cost for place in d.DESTINATIONS)]
    year = place(draws.share(), _YEARS, 2016)
    busy = " | ".join(
        f"(CASE WHEN travel_date > DATE '{day[0]}' - 14 AND travel_date <= DATE '{day[0]}'"
        f" THEN {1 << bit} ELSE 0 END)"
        for bit, day in enumerate((f"{code[:4]}-{code[4:6]}-{code[6:]}", code) for code, _ in d.BUSY_DATES)
    )
    body = f"""drawn AS NOT MATERIALIZED (
            SELECT raw.id, person, p.household, p.income,
                   {place(draws.share(), places, 0)} AS destination,
                   {place(draws.share(), _weights(d.PRODUCTS)[1:])} AS product,
                   make_date(({year})::BIGINT,
                             ({place(draws.share(), _MONTHS)})::BIGINT, 1) AS month,
                   {draws.share()} AS day,
                   {draws.share()} AS wait,
                   {draws.share()} AS u,
                   {draws.below(10000)} AS odd,
                   {draws.share()} AS margin,
                   CASE WHEN {draws.chance(0.8)} THEN 0
                        ELSE 1 + {draws.below(100)} END AS response_code
            FROM raw JOIN temp.people_base p ON p.id = raw.person),
        dated AS NOT MATERIALIZED (
            SELECT *, greatest(month + (day * date_part('day', last_day(month)))::INTEGER
                               - CASE WHEN day > 0.98 THEN 1 ELSE 0 END, DATE '2016-01-02') AS booking_date,
                   {numbers("destination", cost)} * (0.35 + 1.7 * u * u + 3 * u * u * u * u * u * u * u * u)
                   * (CASE product WHEN 1 THEN 1.15 WHEN 2 THEN 0.75 ELSE 0.55 END)
                   * (1.53 + 0.162 * income)
                   * (CASE WHEN odd = 0 THEN 0 WHEN odd < 9 THEN 5 ELSE 1 END) AS price
            FROM drawn),
        priced AS NOT MATERIALIZED (
            SELECT *, booking_date + (3 + wait * wait * 190)::INTEGER AS travel_date,
                   CAST(least(CASE WHEN odd BETWEEN 100 AND 114 THEN round(price / 100) * 100
                                   WHEN odd BETWEEN 200 AND 500 THEN floor(price) ELSE price END, 28400.99)
                        AS DECIMAL(9, 2)) AS cost
            FROM dated)
        SELECT id::INTEGER AS id, person, household, (10001265 + id)::INTEGER AS urn,
               destination::UTINYINT AS destination,
               {_by_destination("continent", [code for code, _ in d.CONTINENTS])},
               product::UTINYINT AS product, booking_date::DATE AS booking_date, travel_date::DATE AS
                   travel_date,
               cost,
               CASE WHEN destination = 0 THEN NULL
                    ELSE CAST(cost * (0.05 + 0.2 * margin) AS DECIMAL(9, 2)) END AS profit,
               response_code::UTINYINT AS response_code,
               {_by_destination("type", [code for code, _ in d.DESTINATION_TYPES])},
               {_by_destination("grade", [code for code, _ in d.GRADES])},
               {_by_destination("manager", [code for code, _ in d.MANAGERS])},
               {numbers("destination", [0, *map(_facilities, d.DESTINATIONS)])}::UTINYINT AS facilities,
               ({busy})::UINTEGER AS busy_dates
        FROM priced ORDER BY id"""
    return f"CREATE TABLE {SCHEMA}.bookings AS WITH {draws.over('FROM temp.booking_keys')}, {body}"


def _by_destination(column: str, codes: list[str]) -> str:
    positions = [0, *(codes.index(getattr(place, column)) + 1 for place in d.DESTINATIONS)]
    return f"{numbers('destination', positions)}::UTINYINT AS {column}"


def _facilities(place: d.Destination) -> int:
    letters = [code[0] for code, _ in d.FACILITIES]
    return sum(1 << letters.index(letter) for letter in place.facilities)


def policies(draws: Draws) -> str:
    """Return the policies: about every tenth booking is insured."""
    # A premium is a base, a part of the price and, from the fourth cover on, an extra for the risk; at most
    # 625. People insure 1 to 100 days before they travel, most of them late (moment^2).
    body = f"""insured AS NOT MATERIALIZED (
            SELECT urn, person, household, booking_date, travel_date, cost, product,
                   {draws.share()} AS u, {draws.share()} AS moment,
                   {place(draws.share(), _weights(d.COVERS)[1:])} AS cover
            FROM raw WHERE {draws.chance(0.1003)}),
        dated AS NOT MATERIALIZED (
            SELECT *, least(1 + (moment * moment * (travel_date - booking_date - 1))::INTEGER, 100) AS until,
                   CAST(2.33 + 24 * u + cost * 0.03 * (0.3 + u)
                        + (CASE WHEN cover >= 4 THEN 45 * u * u ELSE 0 END) AS DECIMAL(9, 2)) AS drawn_premium
            FROM insured),
        priced AS NOT MATERIALIZED (SELECT *, least(drawn_premium, 625.00) AS premium FROM dated)
        SELECT (row_number() OVER (ORDER BY urn) - 1)::INTEGER AS id, person, household, urn AS number,
               (travel_date - until)::DATE AS policy_date, travel_date, booking_date,
               premium::DECIMAL(9, 2) AS premium, until::INTEGER AS days_until,
               (travel_date - until - booking_date)::INTEGER AS days_since, cover::UTINYINT AS cover,
               (CASE WHEN premium < 20 THEN 1 WHEN premium < 50 THEN 2 WHEN premium < 100 THEN 3 ELSE 4 END)
                   ::UTINYINT AS premium_band
        FROM priced ORDER BY id"""
    return f"CREATE TABLE {SCHEMA}.policies AS WITH {draws.over(f'FROM {SCHEMA}.bookings')}, {body}"


def _below_people(count: int, people: int, keys: Draws, step: int) -> str:
    """Return keys of a table below people: `count` records for every `step`-th person, drawn at random."""
    # x // step * step leaves most people without a record, as few visit a site or answer a mailing
    person = f"{keys.bits()} % {people} // {step} * {step}"
    return f"""SELECT k.id, k.person, p.household FROM (
            WITH {keys.over(f"SELECT i AS id FROM range({count}) r(i)")}
            SELECT (row_number() OVER (ORDER BY person, i) - 1)::INTEGER AS id, person::INTEGER AS person
            FROM (SELECT id AS i, {person} AS person FROM raw)) k
        JOIN temp.people_base p ON p.id = k.person"""


def web_visits(count: int, people: int, draws: Draws, keys: Draws) -> str:
    """Return the visits to the web sites; their keys are not in order."""
    # 31,449,600 seconds are 52 weeks. 15485863 is a prime, so that id * prime % count gives each key once,
    # out of order, as web logs come. Visits last 14 seconds to seven minutes, most of them short (u^2), and 3
    # in 100 were not measured.
    pages = [place.name.replace(" ", "_") for place in d.DESTINATIONS]
    weights = [place.weight for place in d.DESTINATIONS]
    owned = _below_people(count, people, keys, 2)
    body = f"""drawn AS NOT MATERIALIZED (
            SELECT *, {draws.one_of(d.HOSTS)} AS host, {place(draws.share(), weights, 0)} AS page,
                   {place(draws.share(), _YEARS, 2016)} AS year, {draws.below(31_449_600)} AS second,
                   {place(draws.share(), _weights(d.DEVICES)[1:])} AS device,
                   {place(draws.share(), _weights(d.WEB_SOURCES, d.NO_WEB_SOURCE), 0)} AS source,
                   {draws.chance(0.031)} AS unmeasured, {draws.share()} AS u
            FROM raw)
        SELECT id, person, household, (30000000 + id::BIGINT * 15485863 % {count})::INTEGER AS urn,
               host || '/' || {words("page", pages)} AS url,
               make_timestamp(year::BIGINT, 1, 1, 0, 0, 0) + to_seconds(second) AS visit_time,
               device::UTINYINT AS device,
               CASE WHEN unmeasured THEN NULL ELSE (14 + 407 * u * u)::INTEGER END AS duration,
               source::UTINYINT AS source
        FROM drawn ORDER BY id"""
    return f"CREATE TABLE {SCHEMA}.web_visits AS WITH {draws.over(owned)}, {body}"


def communications(count: int, people: int, draws: Draws, keys: Draws) -> str:
    """Return the mailings of 2016, in weekly runs with a peak in July."""
    # Sixteen weekly runs from 2016-04-25, on Monday to Friday from 8 to 18 h; the thirteenth is the July
    # sale.
    runs = [3, 2, 2, 2, 3, 3, 4, 4, 5, 5, 6, 6, 30, 8, 3, 3]
    owned = _below_people(count, people, keys, 3)
    body = f"""drawn AS NOT MATERIALIZED (
            SELECT *, {place(draws.share(), runs)} AS run, {draws.below(5)} AS day, {draws.below(36000)}
                AS second,
                   {draws.below(7200)} AS delay, {place(draws.share(), _weights(d.CAMPAIGNS)[1:])}
                       AS campaign,
                   {place(draws.share(), _weights(d.CHANNELS, 5), 0)} AS channel,
                   {place(draws.share(), _weights(d.MESSAGES)[1:])} AS message,
                   {place(draws.share(), _weights(d.STATUSES, d.NO_STATUS), 0)} AS status
            FROM raw),
        timed AS NOT MATERIALIZED (
            SELECT *, TIMESTAMP '2016-04-25 08:00:00' + to_days((7 * (run - 1) + day)::INTEGER)
                       + to_seconds(second)
                       AS sent
            FROM drawn)
        SELECT id, person, household, (40000000 + id)::INTEGER AS urn, sent, sent + to_seconds(delay)
            AS received,
               run::INTEGER AS run, campaign::UTINYINT AS campaign, channel::UTINYINT AS channel,
               message::UTINYINT AS message, status::UTINYINT AS status,
               CASE WHEN status = 0 THEN '' ELSE 'R' || lpad(run::VARCHAR, 2, '0') || '-' || campaign
                   || channel || message END
                   AS key_text,
               date_part('isodow', sent)::UTINYINT AS weekday
        FROM timed ORDER BY id"""
    return f"CREATE TABLE {SCHEMA}.communications AS WITH {draws.over(owned)}, {body}"


def journeys(count: int, people: int, draws: Draws, keys: Draws) -> str:
    """Return the steps of people in journeys."""
    # 30 u^3 days of waiting: most people leave a pool within days, a few after a month, and 3 in 10 stay
    owned = _below_people(count, people, keys, 5)
    body = f"""drawn AS NOT MATERIALIZED (
            SELECT *, {place(draws.share(), _weights(d.JOURNEYS)[1:])} AS journey,
                   {place(draws.share(), _weights(d.POOLS)[1:])} AS pool, {draws.below(1200)} AS day,
                   {draws.share()} AS u, {draws.chance(0.3)} AS there, {draws.below(6)} + 1 AS step
            FROM raw),
        waited AS NOT MATERIALIZED (SELECT *, (u * u * u * 30)::INTEGER AS wait FROM drawn)
        SELECT id, person, household, (50000000 + id)::INTEGER AS urn, journey::UTINYINT AS journey,
               pool::UTINYINT AS pool, (DATE '2016-04-25' + day::INTEGER)::DATE AS entry_date,
               CASE WHEN there THEN NULL ELSE (DATE '2016-04-25' + day::INTEGER + wait)::DATE END
                   AS exit_date,
               wait AS days_waiting, step::INTEGER AS step,
               (CASE WHEN wait = 0 THEN 1 WHEN wait <= 3 THEN 2 WHEN wait <= 6 THEN 3 ELSE 4 END)::UTINYINT
                   AS waiting_band
        FROM waited ORDER BY id"""
    return f"CREATE TABLE {SCHEMA}.journey_history AS WITH {draws.over(owned)}, {body}"


def _below_communications(keys: Draws, items: list[float]) -> str:
    """Return keys of a table below communications; `items` are the weights of none, one, two … records."""
    number = place(keys.share(), items, 0)
    return f"""SELECT (row_number() OVER (ORDER BY communication, n) - 1)::INTEGER
        AS id, communication, person,
               household, sent, n
        FROM (WITH {keys.over(f"FROM {SCHEMA}.communications")}
              SELECT id AS communication, person, household, sent, unnest(range({number})) AS n FROM raw)"""


def content(draws: Draws, keys: Draws) -> str:
    """Return the content of the communications: one to four items each, for some none."""
    names = [place.name for place in d.DESTINATIONS]
    keyed = _below_communications(keys, [4, 21, 37, 28, 10])
    body = f"""drawn AS NOT MATERIALIZED (
            SELECT *, {place(draws.share(), _weights(d.CONTENT_TYPES)[1:])} AS type,
                   {place(draws.share(), _weights(d.OFFERS, d.NO_OFFER), 0)} AS offer,
                   {draws.one_of(names)} AS subject, {draws.share()} AS u
            FROM raw)
        SELECT id, communication, person, household, (60000000 + id)::INTEGER AS urn, type::UTINYINT AS type,
               offer::UTINYINT AS offer, CASE WHEN u < 0.05 THEN '' ELSE subject || ' ' || (n + 1) END
                   AS name,
               (n + 1)::INTEGER AS place,
               CASE WHEN u > 0.95 THEN NULL ELSE CAST(0.05 + u * u * 4 AS DECIMAL(9, 2)) END AS cost
        FROM drawn ORDER BY id"""
    return f"CREATE TABLE {SCHEMA}.content AS WITH {draws.over(keyed)}, {body}"


def responses(draws: Draws, keys: Draws) -> str:
    """Return the responses to communications; about one communication in nine had one or two."""
    keyed = _below_communications(keys, [89, 8, 3])
    body = f"""drawn AS NOT MATERIALIZED (
            SELECT *, {place(draws.share(), _weights(d.RESPONSE_TYPES)[1:])} AS type, {draws.below(30)}
                AS day,
                   {draws.share()} AS u, {draws.share()} AS credit,
                   {place(draws.share(), _weights(d.MODELS)[1:])} AS model
            FROM raw)
        SELECT id, communication, person, household, (70000000 + id)::INTEGER AS urn,
               (sent::DATE + day::INTEGER)::DATE AS response_date, type::UTINYINT AS type,
               CASE WHEN type IN (6, 8, 10) THEN CAST(120 + 1500 * u * u AS DECIMAL(9, 2)) END AS revenue,
               CAST(CASE WHEN model < 3 THEN 100 ELSE 100 * credit END AS DECIMAL(9, 2)) AS percentage,
               sent::DATE AS communication_date, model::UTINYINT AS model
        FROM drawn ORDER BY id"""
    return f"CREATE TABLE {SCHEMA}.responses AS WITH {draws.over(keyed)}, {body}"
