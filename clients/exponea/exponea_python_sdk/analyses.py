"""Analyses: the rows of saved reports, funnels and segmentations."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from .client.api import AnalysesApi
from .client.models import AnalysisRequest
from .exceptions import APIException, needed
from .naming import named

if TYPE_CHECKING:
    from .exponea import Exponea


class AnalysisType:
    """The kinds of analysis that `Analyses.get_analysis` takes."""

    FUNNEL = "funnel"
    REPORT = "report"
    SEGMENTATION = "segmentation"


ANALYSIS_TYPES = {AnalysisType.FUNNEL, AnalysisType.REPORT, AnalysisType.SEGMENTATION}


@named
class Analyses:
    """The analyses of the project.

    Args:
        client: the client; a call uses its project and credentials at that time.
    """

    def __init__(self, client: Exponea) -> None:
        self.client = client

    @property
    def endpoint_base(self) -> str:
        """The path of the analyses, relative to the instance's address."""
        return f"/data/v2/projects/{self.client.project_token}/analyses"

    def get_analysis(
        self,
        analysis_type: str,
        analysis_id: str,
        *,
        execution_time: float | None = None,
        timezone: str | None = None,
    ) -> dict[str, Any]:
        """Read the table of a saved analysis.

        Args:
            analysis_type: one of `ANALYSIS_TYPES`.
            analysis_id: the analysis' id.
            execution_time: time of the data, in seconds since 1970-01-01 UTC; now by default. The result may
                be up to ten minutes old.
            timezone: time zone of days and hours, such as `Europe/Bratislava`; the project's by default.

        Returns:
            `name`, and `data` with one dictionary a row. Columns of the same name: the last one wins.

        Raises:
            AssertionError: the type is not one of `ANALYSIS_TYPES`.
            APIException: the call failed; with status 404 if no analysis has this id.
        """
        if analysis_type not in ANALYSIS_TYPES:
            raise AssertionError(f'Unknown analysis type "{analysis_type}"')
        request = AnalysisRequest(
            analysis_id=analysis_id, format="table_json", execution_time=execution_time, timezone=timezone
        )
        api = self.client.api(AnalysesApi)
        table = api.run_analysis(self.client.project_token, analysis_type, request)
        rows = [needed(row, "rows") for row in needed(table.rows, "rows")]
        header = needed(table.header, "header") if rows else []
        if any(len(row) != len(header) for row in rows):
            raise APIException(f"a row has more or less values than the {len(header)} columns", status=200)
        return {"name": table.name, "data": [dict(zip(header, row, strict=True)) for row in rows]}

    def get_funnel(
        self, funnel_id: str, *, execution_time: float | None = None, timezone: str | None = None
    ) -> dict[str, Any]:
        """Read a funnel: one row a drill-down. See `get_analysis`."""
        return self.get_analysis(
            AnalysisType.FUNNEL, funnel_id, execution_time=execution_time, timezone=timezone
        )

    def get_report(
        self, report_id: str, *, execution_time: float | None = None, timezone: str | None = None
    ) -> dict[str, Any]:
        """Read a report: one dictionary a row. See `get_analysis`."""
        return self.get_analysis(
            AnalysisType.REPORT, report_id, execution_time=execution_time, timezone=timezone
        )

    def get_segmentation(
        self, segmentation_id: str, *, execution_time: float | None = None, timezone: str | None = None
    ) -> dict[str, Any]:
        """Read a segmentation: one row a segment. See `get_analysis`."""
        return self.get_analysis(
            AnalysisType.SEGMENTATION, segmentation_id, execution_time=execution_time, timezone=timezone
        )
