"""Stage 8: every county office learns what changed: a findings workbook and a message.

``write_reports`` writes the workbooks of a publication and the messages that go with them,
``send_messages`` sends what has not arrived yet. Both can be repeated at any time.
``write_receipts`` makes the receipts of deliveries, ``write_notices`` the short texts about what
became no submission.
"""

from pipelines.s8_county.findings_workbook import (
    ReportResult,
    are_reports_written,
    workbook_path,
    write_report_again,
    write_reports,
)
from pipelines.s8_county.inbox_notice import write_notices
from pipelines.s8_county.prefilled import write_pack
from pipelines.s8_county.receipt import are_receipts_written, receipt_path, write_receipts
from pipelines.s8_county.sending import (
    SendResult,
    deliveries,
    due,
    keep_channels,
    send_messages,
    torn_messages,
)
from pipelines.s8_county.states import CountyState, county_states
from pipelines.s8_county.steward import tell_steward
from pipelines.s8_county.templates import write_templates

__all__ = [
    "CountyState",
    "ReportResult",
    "SendResult",
    "are_receipts_written",
    "are_reports_written",
    "county_states",
    "deliveries",
    "due",
    "keep_channels",
    "receipt_path",
    "send_messages",
    "tell_steward",
    "torn_messages",
    "workbook_path",
    "write_notices",
    "write_pack",
    "write_receipts",
    "write_report_again",
    "write_reports",
    "write_templates",
]
