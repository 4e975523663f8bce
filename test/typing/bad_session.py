"""Mistakes with a session: mypy and pyright must both report each line that is marked, and no other."""

from __future__ import annotations

import apteco_api as aa


def mistakes(session: aa.Session) -> None:
    session.queries.queries_perform_query_count_synchronously("holidays", query=None)  # WRONG
    session.queries.queries_perform_query_count_synchronously(qery=None)  # WRONG
    session.fast_stats_systems.fast_stats_systems_get_fast_stats_table()  # WRONG
    session.fast_stats_systems.fast_stats_systems_get_fast_stats_table(5)  # WRONG
    session.count(5)  # WRONG
    session.export("Bookings", 5)  # WRONG
    aa.paginate(session.about.about_get_version)  # WRONG
    session.map(session.count, [1, 2])  # WRONG
    aa.where(5)  # WRONG
    name: str = session.count("Bookings")  # WRONG
    session.audiences.audiences_get_audience("seven")  # WRONG
    aa.login("http://localhost/OrbitAPI", "holidays", "user", "password", mfa=123456)  # WRONG
    session.dashboards["Sales"].transfer(7)  # WRONG
    session.people_stage.element(7)  # WRONG
    session.audience_export_templates.create("Mailing")  # WRONG
    print(name)


async def awaited(session: aa.aio.AsyncSession) -> int:
    await session.map(session.count, [1, 2])  # WRONG
    await session.run(lambda plain: plain.no_such_thing)  # WRONG
    return session.count("Bookings")  # WRONG
