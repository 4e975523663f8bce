"""The policies of a client, and the spec's facts in errors."""

from __future__ import annotations

from typing import Any

import pytest
from support import lab

import apteco_api as aa
from apteco_api._runtime import policies

VERSION = lab.answer(body={"version": "1"})


def test_a_policy_of_the_users_own_changes_each_request(serve: Any, client: Any) -> None:
    def stamp(call: Any, request: Any, onward: Any) -> Any:
        return (yield from onward(request.copy(headers={**request.headers, "X-Team": "7"})))

    server = serve(VERSION)
    made = client(server)
    assert [policy.__name__ for policy in made.policies] == ["retry", "redirect", "auth", "log"]
    made.policies = (stamp, *made.policies)
    aa.AboutApi(made).about_get_version()
    aa.AboutApi(client(server)).about_get_version()
    assert ["x-team" in str(request.headers).lower() for request in server.requests] == [True, False]


def test_a_policy_everywhere_reaches_clients_that_are_there_until_it_ends(serve: Any, client: Any) -> None:
    seen: list[str] = []

    def note(call: Any, request: Any, onward: Any) -> Any:
        seen.append(request.label)
        return (yield from onward(request))

    made = client(serve(VERSION))
    end = policies.add_everywhere(note)
    try:
        aa.AboutApi(made).about_get_version()
    finally:
        end()
        end()
    aa.AboutApi(made).about_get_version()
    assert seen == ["About_GetVersion"]
    assert policies.everywhere() == ()


def test_a_403_names_the_role_that_the_operation_needs(serve: Any, client: Any) -> None:
    made = client(serve(lab.answer(403, body={})))
    with pytest.raises(aa.ApiForbidden) as caught:
        aa.AboutApi(made).about_get_process_details()
    assert "OrbitAdmin" in caught.value.hint


def test_a_declared_error_body_is_decoded(serve: Any, client: Any) -> None:
    from apteco_api.api.about_api import AboutApi

    name = next(name for name, each in AboutApi.operations.items() if each.errors)
    for body, kind in (({"message": "broken"}, "ErrorMessage"), (b"<html>", "NoneType")):
        made = client(serve(lab.answer(500, body=body)), retries=False)
        with pytest.raises(aa.ApiServerError) as caught:
            getattr(AboutApi(made), name)()
        assert type(caught.value.details).__name__ == kind
