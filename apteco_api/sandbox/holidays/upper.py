"""SQL of the two upper tables: households and people."""

# ruff: noqa: S608 - the statements are made of this package's own constants
from __future__ import annotations

from . import domains as d
from .draws import Draws, mask, numbers, place, text
from .tables import SCHEMA

NAMES = 800
"""The number of slots for surnames."""


def person_keys(households: int, people: int, draws: Draws) -> list[str]:
    """Return the household of each person: 99 of 100 households get one person, then persons are random."""
    # k + k // 99 skips every hundredth household, which imitates an empty flat
    lived_in = households - households // 100
    extra = max(0, people - lived_in)
    drawn = f"SELECT k + k // 99 FROM (SELECT {draws.bits()} % {lived_in} AS k FROM raw)"
    return [
        f"""CREATE OR REPLACE TEMP TABLE person_keys AS
        WITH {draws.over(f"SELECT i AS id FROM range({extra}) r(i)")}
        SELECT (row_number() OVER (ORDER BY household) - 1)::INTEGER AS id, household::INTEGER AS household
        FROM (SELECT i + i // 99 AS household FROM range({min(lived_in, people)}) r(i)
              UNION ALL {drawn})
        ORDER BY id"""
    ]


def lists(households: int) -> list[str]:
    """Return temporary tables of surnames and towns, which are too long to repeat in statements.

    A surname has a number of slots by its frequency; a town has a range of the households' keys.
    """
    total = sum(share for _, share in d.SURNAMES)
    names = [name for name, share in d.SURNAMES for _ in range(max(1, round(share / total * NAMES)))]
    names = (names + [d.SURNAMES[0][0]] * NAMES)[:NAMES]
    dialling = sorted({town[2] for town in d.TOWNS})
    region_codes = [code for code, _ in d.REGIONS]
    total = sum(town[4] for town in d.TOWNS)
    rows: list[str] = []
    mark, first = 0.0, 0
    for number, (area, _, code, region, share) in enumerate(d.TOWNS, 1):
        mark += share / total
        last = households if number == len(d.TOWNS) else round(households * mark)
        place_codes = f"{region_codes.index(region) + 1}, {dialling.index(code) + 1}"
        rows.append(f"({number}, {first}, {last}, {text(area)}, {text(code)}, {place_codes})")
        first = last
    listed = f"unnest([{', '.join(map(text, names))}]) AS name, unnest(range({NAMES})) AS slot"
    return [
        f"CREATE OR REPLACE TEMP TABLE names AS SELECT {listed}",
        "CREATE OR REPLACE TEMP TABLE towns AS SELECT * FROM (VALUES "
        + ", ".join(rows)
        + ") t(town, first, last, area, dialling, region, area_code)",
    ]


def households(count: int, draws: Draws) -> str:
    """Return the households, in order of place."""
    region_codes = [code for code, _ in d.REGIONS]
    nation = {"10": 2, "11": 3, "12": 4, "14": 5}
    nations = [0, *(nation.get(code, 1) for code in region_codes)]
    makes = [chance for _, _, chance in d.CAR_MAKES]
    placed = (
        "SELECT unnest(range(first, last)) AS id, town, area, dialling, region AS home, area_code"
        " FROM temp.towns"
    )
    # urn = 3 id + 1, as keys of a real system have gaps. One household in a thousand is `nowhere`: its
    # postcode has no known region. A house number that 29 divides is dropped, as for houses that have only a
    # name. Postcodes end in two of the twenty letters that British postcodes use. 6 in 100 households have no
    # telephone. `size` and `cars` are bands of counts; the last band includes all larger numbers.
    body = f"""drawn AS NOT MATERIALIZED (
            SELECT id, town, area, dialling, home, area_code, {draws.chance(0.001)} AS nowhere,
                   {draws.below(28)} + 1 AS district, {draws.below(9)} + 1 AS sector,
                   {draws.below(20)} AS first_letter, {draws.below(20)} AS second_letter,
                   {mask(draws, makes)} AS makes, {draws.chance(0.94)} AS with_telephone,
                   {draws.below(900000)} + 100000 AS line, {draws.below(180)} + 1 AS house,
                   {draws.one_of(d.STREETS)} AS street,
                   {draws.pick([30, 52, 18])} AS area_type
            FROM raw),
        sizes AS (SELECT household, count(*) AS people FROM temp.person_keys GROUP BY household)
        SELECT id::INTEGER AS id, (id * 3 + 1)::INTEGER AS urn,
               (CASE WHEN nowhere THEN 0 ELSE home END)::UTINYINT AS region,
               town::UTINYINT AS town,
               CASE WHEN house % 29 = 0 THEN split_part(street, ' ', 1) ELSE house || ' ' || street END
                   AS address,
               area || district || ' ' || sector || substr('ABDEFGHJLNPQRSTUWXYZ', first_letter + 1, 1)
                   || substr('ABDEFGHJLNPQRSTUWXYZ', second_letter + 1, 1) AS postcode,
               area || district || ' ' || sector AS sector,
               CASE WHEN with_telephone
                    THEN rpad(dialling || line, 11, '0') ELSE '' END AS telephone,
               makes::UINTEGER AS car_makes,
               area_code::UTINYINT AS area_code,
               (id * 10 + district % 10)::INTEGER AS sort_sequence,
               (least(coalesce(people, 0), 5) + 1)::UTINYINT AS size,
               {numbers("CASE WHEN nowhere THEN 0 ELSE home END", nations)}::UTINYINT AS nation,
               (least(bit_count(makes), 3) + 1)::UTINYINT AS cars,
               area_type::UTINYINT AS area_type
        FROM drawn LEFT JOIN sizes ON sizes.household = drawn.id
        ORDER BY id"""
    return f"CREATE TABLE {SCHEMA}.households AS WITH {draws.over(placed)}, {body}"


def people_base(draws: Draws) -> str:
    """Return the people with the columns that do not depend on their bookings."""
    keep = {  # probability with which an occupation moves a person up or down the income scale
        "up": [2, 3, 4],
        "down": [5, 7, 9],
    }
    # The greater of two draws, 1 - (1 - luck)^2, raises the incomes of well-paid occupations, and the lesser
    # one, luck^2, lowers others. The mean of two draws puts most birthdays in the middle years. Students (5)
    # were born from 1995 to 2002, the retired (10) from 1927 to 1955, and 13 in 100 people give no birthday.
    # One surname in 33 is double-barrelled, and one in 50 is in capitals, as if typed with caps lock on.
    gender = place(draws.share(), [weight for _, _, weight in d.GENDERS])
    incomes = [d.NO_INCOME, *(weight for _, _, weight in d.INCOMES)]
    occupations = [d.NO_OCCUPATION, *(weight for _, _, weight in d.OCCUPATIONS)]
    sources = [d.NO_SOURCE, *(weight for _, _, weight in d.SOURCES)]
    up, down = (", ".join(map(str, keep[way])) for way in ("up", "down"))
    body = f"""drawn AS NOT MATERIALIZED (
            SELECT id, household, {gender} AS gender, {draws.share()} AS luck,
                   {place(draws.share(), occupations, 0)} AS occupation,
                   {place(draws.share(), sources, 0)} AS source, {draws.bits()} AS title,
                   {draws.below(26)} AS initial,
                   {draws.below(NAMES)} AS first_slot, {draws.below(NAMES)} AS second_slot,
                   {draws.chance(0.03)} AS double_barrelled, {draws.chance(0.02)} AS shouted,
                   {draws.chance(0.13)} AS ageless, {draws.share()} AS age, {draws.share()} AS older,
                   ({mask(draws, [chance for _, chance in d.NEWSPAPERS])})::UINTEGER AS newspapers,
                   ({mask(draws, [chance for _, _, chance in d.CONTACT])})::UTINYINT AS contact
            FROM raw),
        named AS NOT MATERIALIZED (
            SELECT drawn.*, CASE WHEN double_barrelled THEN one.name || '-' || other.name
                                 ELSE one.name END AS name,
                   CASE WHEN occupation IN ({up}) THEN 1 - (1 - luck) * (1 - luck)
                        WHEN occupation IN ({down}) THEN luck * luck ELSE luck END AS standing,
                   CASE WHEN ageless THEN NULL
                        WHEN occupation = 5 THEN DATE '1995-01-01' + (age * 2600)::INTEGER
                        WHEN occupation = 10 THEN DATE '1927-01-20' + (age * 10500)::INTEGER
                        ELSE DATE '1944-01-01' + ((age + older) / 2 * 20600)::INTEGER END AS dob
            FROM drawn JOIN temp.names one ON one.slot = first_slot
                 JOIN temp.names other ON other.slot = second_slot)
        SELECT id::INTEGER AS id, household::INTEGER AS household, (id * 7 + 1000)::INTEGER AS urn,
               (CASE WHEN title % 50 = 0 THEN 5 WHEN gender = 2 THEN 1
                     WHEN gender = 1 THEN 2 + title % 3 ELSE 0 END)::UTINYINT AS title,
               chr((65 + initial)::INTEGER) AS initial,
               CASE WHEN shouted THEN upper(name) ELSE name END AS surname, dob,
               {place("standing", incomes, 0)}::UTINYINT AS income, occupation::UTINYINT AS occupation,
               source::UTINYINT AS source, newspapers, contact, gender::UTINYINT AS gender
        FROM named ORDER BY id"""
    return (
        "CREATE OR REPLACE TEMP TABLE people_base AS WITH "
        f"{draws.over('SELECT id, household FROM temp.person_keys')}, {body}"
    )


def people(draws: Draws) -> str:
    """Return the complete people, with the columns that depend on their bookings."""
    # Ages are at the day of the build, 2019-11-27. The bands of value and frequency are computed from the
    # bookings. Masks of newspapers: 31 the broadsheets, 288 the mid-market papers, 704 the tabloids.
    providers = [weight for _, _, weight in d.MAIL_DOMAINS]
    domains = [text(domain) for _, domain, _ in d.MAIL_DOMAINS]
    body = f"""spent AS (
            SELECT person, sum(cost) AS spend, count(*) AS bookings FROM {SCHEMA}.bookings GROUP BY person),
        joined AS NOT MATERIALIZED (
            SELECT b.*, coalesce(spend, 0) AS spend, coalesce(bookings, 0) AS bookings,
                   date_sub('year', dob, DATE '2019-11-27') AS age,
                   {place(draws.share(), [d.NO_MAIL, *providers], 0)} AS provider,
                   {draws.below(1000)} AS number
            FROM raw b LEFT JOIN spent ON spent.person = b.id)
        SELECT id, household, urn, title, initial, surname, dob, income, occupation, source,
               newspapers, contact,
               CASE WHEN provider = 0 THEN '' ELSE
                   lower(initial) || '.' || lower(regexp_replace(surname, '[^A-Za-z]', '', 'g')) || number
                   || '@' || list_extract([{", ".join(domains)}], provider) END AS email,
               gender,
               (CASE WHEN age IS NULL THEN 0 WHEN age < 25 THEN 1 WHEN age < 35 THEN 2 WHEN age < 45 THEN 3
                     WHEN age < 55 THEN 4 WHEN age < 65 THEN 5 ELSE 6 END)::UTINYINT AS age_band,
               (CASE WHEN dob IS NULL THEN 0 WHEN dob < '1946-01-01' THEN 1 WHEN dob < '1965-01-01' THEN 2
                     WHEN dob < '1981-01-01' THEN 3 WHEN dob < '1997-01-01' THEN 4 ELSE 5 END)::UTINYINT
                   AS generation,
               (CASE WHEN income = 0 THEN 0 WHEN income <= 2 THEN 1 WHEN income <= 4 THEN 2
                   ELSE 3 END)::UTINYINT
                   AS income_group,
               ((CASE WHEN newspapers & 31 <> 0 THEN 1 ELSE 0 END) | (CASE WHEN newspapers & 288 <> 0 THEN 2
                   ELSE 0 END)
                | (CASE WHEN newspapers & 704 <> 0 THEN 4 ELSE 0 END))::UTINYINT AS paper_types,
               (CASE WHEN bookings = 0 THEN 0 WHEN spend < 500 THEN 1 WHEN spend < 1000 THEN 2
                     WHEN spend < 2000 THEN 3 WHEN spend < 5000 THEN 4 ELSE 5 END)::UTINYINT AS value_band,
               (CASE WHEN bookings <= 2 THEN bookings WHEN bookings <= 4 THEN 3 ELSE 4 END)::UTINYINT
                   AS frequency_band,
               provider::UTINYINT AS mail_provider,
               (CASE contact WHEN 0 THEN 1 WHEN 15 THEN 3 ELSE 2 END)::UTINYINT AS contactable
        FROM joined ORDER BY id"""
    return f"CREATE TABLE {SCHEMA}.people AS WITH {draws.over('FROM temp.people_base')}, {body}"
