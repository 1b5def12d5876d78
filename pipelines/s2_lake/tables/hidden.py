"""What a sheet hides and is read all the same: the sentences that tell it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import polars as pl

from pipelines.s2_lake.files.sheet import Sheet, row_runs
from pipelines.s2_lake.tables.recognise import Recognised

_TOLD = 5


def hidden_remarks(
    sheet: Sheet, found: Recognised, accepted: pl.Series, others: Sequence[int]
) -> Iterator[str]:
    """Yield a sentence for hidden records and one for hidden columns.

    Records are the accepted rows and others (1-based): a hidden blank row is nobody's matter.
    """
    rows = sorted(sheet.hidden_rows.intersection([*accepted, *others])) if sheet.hidden_rows else []
    if rows:
        yield f"第 {_shown(rows)} 行是隐藏的(如筛选、折叠),已照常读取;不应报送的请删除后重报"
    headed = {at for item in found.fields for at in item.positions} | {
        at for at, _ in found.unknown
    }
    columns = sorted(sheet.hidden_columns & headed)
    if columns:
        shown = "、".join(map(sheet.letter, columns[:_TOLD]))
        more = f"等 {len(columns)} 列" if len(columns) > _TOLD else " 列"
        yield f"{shown}{more}是隐藏的,已照常读取;不应报送的请删除后重报"


def _shown(rows: Sequence[int]) -> str:
    """Return 3、5–9; of many runs the first ones, with how many rows there are in all."""
    runs = row_runs(rows)
    return "、".join(runs[:_TOLD]) + (f" 等 {len(rows)}" if len(runs) > _TOLD else "")
