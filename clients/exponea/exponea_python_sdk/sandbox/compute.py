"""Compute customers' attributes and the tables of analyses from events and properties.

The body of a definition says what to compute:

    aggregate     {"event": type, "function": "count" | "sum" | "min" | "max" | "last", "property": name}
    expression    {"join": [property, ...], "with": text}
    prediction    {"event": type}                       probability that the customer repeats it, 0 to 1
    segmentation  {"segments": [{"name": text, "aggregate": {...}, "at_least": number}, ...]}, first match
    report        {"event": type, "by": event property}
    funnel        {"steps": [event type, ...]}
    retention     {"first": event type, "again": event type}
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from datetime import datetime, tzinfo
from statistics import mean
from typing import Any, NamedTuple

from .store import Event, Store

Body = dict[str, Any]


class Table(NamedTuple):
    """The result of an analysis."""

    header: list[str]
    rows: list[list[Any]]


class Moment(NamedTuple):
    """The project as it was at a time."""

    store: Store
    project: str
    until: float | None
    zone: tzinfo

    def events(self, customer: int | None = None, types: list[str] | None = None) -> list[Event]:
        """Return the events up to the moment."""
        return self.store.events(self.project, customer, types, self.until)


def aggregate(moment: Moment, customer: int, body: Body) -> Any:
    """Return one figure from a customer's events; None without events or values."""
    events = moment.events(customer, [body["event"]])
    if body["function"] == "count":
        return len(events)
    values = [event.properties[body["property"]] for event in events if body["property"] in event.properties]
    if body["function"] == "last":
        return values[-1] if values else None
    numbers = [value for value in values if isinstance(value, int | float)]
    functions: dict[str, Callable[[list[Any]], Any]] = {"sum": sum, "min": min, "max": max}
    return functions[body["function"]](numbers) if numbers else None


def expression(moment: Moment, customer: int, body: Body) -> Any:
    """Return properties joined to one text; null when the customer has none of them."""
    properties = moment.store.properties_of(customer)
    values = [str(properties[name]) for name in body["join"] if properties.get(name) is not None]
    return body["with"].join(values) if values else None


def prediction(moment: Moment, customer: int, body: Body) -> Any:
    """Return the probability that the customer does something again, by Laplace's rule of succession."""
    did = len(moment.events(customer, [body["event"]]))
    return (did + 1) / (did + 2)


def segment(moment: Moment, customer: int, body: Body) -> Any:
    """Return the name of the first segment that the customer belongs to, or None."""
    for each in body["segments"]:
        value = aggregate(moment, customer, each["aggregate"])
        if value is not None and value >= each["at_least"]:
            return each["name"]
    return None


def report(moment: Moment, body: Body) -> Table:
    """Return events of a type, counted by one of their properties, most frequent first."""
    events = moment.events(types=[body["event"]])
    counts = Counter(event.properties.get(body["by"]) for event in events)
    customers: dict[Any, set[int]] = {}
    for event in events:
        customers.setdefault(event.properties.get(body["by"]), set()).add(event.customer)
    rows = [[value, count, len(customers[value])] for value, count in counts.most_common()]
    return Table([body["by"], f"count({body['event']})", "count(customers)"], rows)


def funnel(moment: Moment, body: Body) -> Table:
    """Return how many customers did the steps in order, and the average time of each step."""
    steps: list[str] = body["steps"]
    reached = [0] * len(steps)
    durations: list[list[float]] = [[] for _ in steps]
    for customer in moment.store.customers(moment.project):
        step, last = 0, 0.0
        for event in moment.events(customer):
            if step < len(steps) and event.type == steps[step]:
                reached[step] += 1
                durations[step].append(event.timestamp - last)
                step, last = step + 1, event.timestamp
    header, row = ["serie"], ["All customers"]
    figures: list[Any] = []
    for number, (step_name, count) in enumerate(zip(steps, reached, strict=True), start=1):
        header.append(f"step {number} {step_name} count")
        figures.append(count)
        if number > 1:
            header.append(f"step {number} {step_name} duration from previous")
            figures.append(mean(durations[number - 1]) if durations[number - 1] else None)
    return Table(header, [[*row, *figures]])


def segmentation(moment: Moment, body: Body) -> Table:
    """Return how many customers are in each segment."""
    counts = Counter(segment(moment, customer, body) for customer in moment.store.customers(moment.project))
    return Table(["segment", "#"], [[each["name"], counts[each["name"]]] for each in body["segments"]])


def retention(moment: Moment, body: Body) -> Table:
    """Return customers by the day of their first event, and how many of them came back later."""
    cohorts: dict[str, list[bool]] = {}
    for customer in moment.store.customers(moment.project):
        first = moment.events(customer, [body["first"]])
        if first:
            day = datetime.fromtimestamp(first[0].timestamp, moment.zone).date().isoformat()
            later = [
                each
                for each in moment.events(customer, [body["again"]])
                if each.timestamp > first[0].timestamp
            ]
            cohorts.setdefault(day, []).append(bool(later))
    rows = [[day, len(returned), sum(returned)] for day, returned in sorted(cohorts.items())]
    return Table(["day", "customers", "returned"], rows)


def consent(moment: Moment, customer: int, category: str) -> bool:
    """Return whether the customer's latest consent to a category is yes; False without any."""
    given = [
        event
        for event in moment.events(customer, ["consent"])
        if event.properties.get("category") == category
    ]
    return bool(given) and given[-1].properties.get("action") == "accept"


ATTRIBUTES: dict[str, Callable[[Moment, int, Body], Any]] = {
    "aggregate": aggregate,
    "expression": expression,
    "prediction": prediction,
    "segmentation": segment,
}
ANALYSES: dict[str, Callable[[Moment, Body], Table]] = {
    "report": report,
    "funnel": funnel,
    "segmentation": segmentation,
    "retention": retention,
}
