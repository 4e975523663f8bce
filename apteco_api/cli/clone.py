"""`apteco-api clone`: copy dashboards and collections on the server."""

from __future__ import annotations

from argparse import Namespace
from pathlib import PurePosixPath
from typing import TYPE_CHECKING

from .output import note
from .streams import say

if TYPE_CHECKING:
    from ..session.session import Session


def clone_dashboard(session: Session, options: Namespace) -> None:
    """Copy a dashboard: queries, charts, layout, theme; print the id of the copy."""
    from .. import models

    made = session.dashboards.dashboards_copy_dashboard(
        options.id, dashboard_detail=models.CopyDashboardDetail(new_title=options.title)
    )
    say(made.id)
    note(f"{len(made.dashboard_items or ())} items copied")


def clone_collection(session: Session, options: Namespace) -> None:
    """Copy a collection and the file that holds its parts; print the id of the copy.

    Raises:
        ValueError: a file with the path of the copy exists already.
    """
    import datetime as dt

    from .. import models
    from .._runtime.paging import paginate

    section = session.collections
    source = section.collections_get_collection(options.id)
    path = PurePosixPath(source.file_path.replace("\\", "/"))
    name = "".join(char if char.isalnum() or char in " -_" else "_" for char in options.title).strip()
    target = options.file or str(path.with_name(f"{name}{path.suffix}"))
    if target in {each.path for each in session.files.entries(str(PurePosixPath(target).parent).strip("."))}:
        raise ValueError(f"the file {target} exists already: give another path with --file")
    session.files.files_copy_file(target, from_file_path=str(path))
    section.collections_create_collection(
        collection_detail=models.UpsertCollectionDetail(
            title=options.title,
            description=source.description,
            creation_date=dt.datetime.now(dt.UTC),
            file_path=target,
        )
    )
    # the user's own collections, as only an administrator may list all
    own = paginate(session.users.users_get_user_collections, session.user_name)
    say(max(each.id for each in own if each.title == options.title))
    note(f"{source.number_of_parts} parts copied")
