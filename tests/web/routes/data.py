"""Data, and what programs ask."""

from __future__ import annotations

from collections.abc import Mapping

from tests.web.routes.objects import a_failed_answer, a_token, an_upload
from tests.web.routes.rows import GROUP, WHO_READS_DATA, Row, for_all, for_some, open_to

ROUTES: Mapping[str, Row] = {
    # data
    "data": Row(for_some(*WHO_READS_DATA)),
    "data_start": Row(for_some("owner", "group_lead"), post=for_some(*GROUP)),
    "data_upload": Row(for_some("owner", "group_lead"), post=for_some(*GROUP, status=422)),
    "data_uploaded": Row({**for_some("owner"), "group_lead": 404}, an_upload),
    "data_mapping": Row(
        {**for_some("owner", status=302), "group_lead": 404},
        an_upload,
        post={**for_some("owner", status=302), "group_lead": 404},
    ),
    "data_mapping_text": Row(
        for_all(405), an_upload, post={**for_some("owner", status=302), "group_lead": 404}
    ),
    "data_decide": Row(for_all(405), an_upload, post={**for_some("owner", status=302), "group_lead": 404}),
    "data_again": Row(for_all(405), an_upload, post={**for_some("owner", status=302), "group_lead": 404}),
    "data_coverage": Row(for_some(*WHO_READS_DATA)),
    "data_sources": Row(for_some(*WHO_READS_DATA)),
    "data_snapshots": Row(for_some(*WHO_READS_DATA)),
    "data_changes": Row(for_some(*WHO_READS_DATA, status=404)),
    "data_undo": Row(for_some("owner", "group_lead"), post=for_some(*GROUP, status=302)),
    "data_tables": Row(for_some("owner", "group_lead", "researcher")),
    "data_table_csv": Row(for_some("owner", "group_lead", "researcher"), ("results",)),
    "data_table_xlsx": Row(for_some("owner", "group_lead", "researcher"), ("results",)),
    # programs: a session is no token
    "tokens": Row(for_all()),
    "token_make": Row(for_all(302), post=for_all(302)),
    "token_revoke": Row(for_all(405), a_token, post=for_some("owner", status=302, others=404)),
    "api-description": Row(open_to()),
    "api-nowhere": Row(open_to(404), ("nothing",), post=open_to(404)),
    "api-token": Row(open_to(401)),
    "api-schools": Row(open_to(401)),
    "api-school": Row(open_to(401), ("Alder",)),
    "api-snapshots": Row(open_to(401)),
    "api-tables": Row(open_to(401)),
    "api-partnerships": Row(open_to(401)),
    "api-term-dates": Row(open_to(401)),
    "api-practices": Row(open_to(401)),
    "api-value-added": Row(open_to(401)),
    "api-disparity": Row(open_to(401)),
    "api-bright-spots": Row(open_to(401)),
    "api-stage": Row(open_to(401)),
    "api-plan": Row(open_to(401)),
    "api-convergence": Row(open_to(401)),
    "api-groups": Row(open_to(401)),
    "api-school-scores": Row(open_to(401)),
    "api-regions": Row(open_to(401)),
    "api-record": Row(open_to(401)),
    "api-coverage": Row(open_to(401)),
    "api-snapshot-changes": Row(open_to(401)),
    "api-jobs": Row(open_to(401)),
    "api-job": Row(open_to(401), a_failed_answer),
    "api-job-again": Row(open_to(405), a_failed_answer, post=open_to(401)),
}
