"""A thousand counts on a Dask cluster: conditions go to the workers, and numbers come back.

APTECO_API_HOST=… APTECO_API_DATA_VIEW=… APTECO_API_USER=… APTECO_API_PASSWORD=… python dask_counts.py
"""

from dask.distributed import Client, LocalCluster

import apteco_api as aa


def count(token: str, condition: aa.Condition) -> int:
    """Count in a worker, which keeps one session for all its tasks."""
    return aa.Session.shared(token).count(condition)


def main() -> None:
    """Count the bookings over 1,000 amounts."""
    conditions = [aa.where("Cost") > amount for amount in range(0, 5_000, 5)]
    cluster = LocalCluster(n_workers=3, threads_per_worker=2, dashboard_address=None)
    with aa.login() as session, cluster, Client(cluster) as dask:
        futures = dask.map(count, [session.to_token()] * len(conditions), conditions, pure=False)
        wrong = dask.submit(count, session.to_token(), aa.where("Cots") > 1)
        counts = dask.gather(futures)
        processes = {worker for holders in dask.who_has(futures).values() for worker in holders}
        print(f"{len(counts)} counts on {len(processes)} processes, from {counts[0]} down to {counts[-1]}")
        print(f"together {sum(counts)}")
        print(f"and one that failed: {wrong.exception()}")


if __name__ == "__main__":
    main()
