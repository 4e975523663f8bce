"""Client of TONalytica, a Redash server: queries, results, jobs, dashboards, visualizations and alerts.

    from tonalytica_client import TonalyticaAPIClient

    tonalytica = TonalyticaAPIClient(API_KEY)
    tonalytica.queries()

``tonalytica_client.client`` is the generated part: typed sections, models, and the runtime below them.
``tonalytica_client.sandbox`` is a server to try the client on.
"""

from __future__ import annotations

from .client.package_info import INFO as _INFO
from .date_ranges import get_frontend_vals
from .errors import (
    AmbiguousSlugError,
    BadRequestError,
    ConflictError,
    ForbiddenError,
    JobError,
    KeyRefusedError,
    NoAnswerError,
    NotFoundError,
    PollingTimeoutError,
    QueryCancelledError,
    QueryFailedError,
    RateLimitedError,
    RequestError,
    RequestTimeoutError,
    ServerError,
    TonalyticaError,
    UnexpectedAnswerError,
)
from .facade import TonalyticaAPIClient
from .results import Result, ResultArray, ResultObject
from .visualizations import VisualizationError

name = "tonalytica_client-api-client"
__version__ = _INFO.version

__all__ = [
    "AmbiguousSlugError",
    "BadRequestError",
    "ConflictError",
    "ForbiddenError",
    "JobError",
    "KeyRefusedError",
    "NoAnswerError",
    "NotFoundError",
    "PollingTimeoutError",
    "QueryCancelledError",
    "QueryFailedError",
    "RateLimitedError",
    "RequestError",
    "RequestTimeoutError",
    "Result",
    "ResultArray",
    "ResultObject",
    "ServerError",
    "TonalyticaAPIClient",
    "TonalyticaError",
    "UnexpectedAnswerError",
    "VisualizationError",
    "get_frontend_vals",
    "name",
]
