"""A county's pack for one period: a cover and a template per table, filled with what is on file.

The rows are those of the county's newest filing of the table that is not after the period, as the
lake holds them: whole names and numbers. So every file is its owner's alone (mode 600), and nothing
but the command that was asked for the pack ever writes or sends one.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import polars as pl

from pipelines.core.dictionary import Column, Dictionary, Table, dictionary
from pipelines.core.papers import SAMPLE_MARK, Paper
from pipelines.core.settings import Home
from pipelines.core.workbook import Cell, SheetColumn, Workbook
from pipelines.s2_lake import SubmissionResult, in_force, results, standing
from pipelines.s2_lake.rows.changes import canonical
from pipelines.s2_lake.tables.titles import (
    NO_DATA,
    ORIGINALS_SHEET,
    sheet_name,
    version_mark,
)
from pipelines.s3_models.timeliness.filing_calendar import Due, bounds, read_calendar
from pipelines.s8_county.templates import (
    ROWS_TO_FILL,
    VERSION_PROPERTY,
    instruction,
    template_shapes,
)

_COVER_SHEET = "封面"
_COVER_COLUMNS = (
    SheetColumn("序号", 6),
    SheetColumn("表", 26),
    SheetColumn("应报日", 14),
    SheetColumn("预填内容", 30, wrap=True),
    SheetColumn("文件", 34),
    SheetColumn("填报人(签字)", 14, write_here=True),
    SheetColumn("审核人(签字)", 14, write_here=True),
    SheetColumn("日期", 12, write_here=True),
)
_SIGNATURES = (
    "单位负责人(签字):                    单位(盖章):                    报出日期:    年  月  日",
    "本填报包含有姓名、证件号码等个人信息,只限经办人使用,不得转发;填好后放入收件箱本县本期的文件夹。",
)


@dataclass(frozen=True)
class _OnFile:
    """A table's newest filing that is not after the pack's period."""

    period: str
    deliveries: tuple[SubmissionResult, ...]
    frame: pl.DataFrame

    @property
    def is_sample(self) -> bool:
        """Whether a simulated delivery is among them."""
        return any(result.is_sample for result in self.deliveries)

    @property
    def told(self) -> str:
        """Say what the template is filled with."""
        versions = "、".join(str(result.version) for result in self.deliveries)
        return f"{self.period} 期第 {versions} 次报送,{self.frame.height} 行"


def write_pack(home: Home, county_code: str, period: str, folder: Path) -> list[Path]:
    """Write the pack into ``folder`` (mode 700) and return the paths, the cover first.

    Holds the tables that the calendar asks for and those that are on file. A table that was never
    filed is blank. Raises FilingsError where the archive's records cannot be read.
    """
    words, dues = dictionary(), _dues(county_code, period)
    on_file = _on_file(home, county_code, period, words)
    folder.mkdir(parents=True, exist_ok=True)
    folder.chmod(0o700)
    lines: list[Sequence[Cell]] = []
    paths: list[Path] = []
    for alias, table in words.tables.items():
        filed, due = on_file.get(alias), dues.get(alias)
        if filed is None and due is None:
            continue
        path = folder / f"{len(paths) + 1:02d}-{sheet_name(table.title_zh)}.xlsx"
        _write(path, table, period, filed, words)
        paths.append(path)
        lines.append(_line(len(paths), table, due, filed, path))
    cover = folder / f"00-{_COVER_SHEET}.xlsx"
    is_sample = any(filed.is_sample for filed in on_file.values())
    _write_cover(cover, county_code, period, lines, is_sample=is_sample)
    return [cover, *paths]


def _dues(county_code: str, period: str) -> dict[str, Due]:
    """Return by table the last moment at which the calendar expects it of the county."""
    calendar = read_calendar().of_county(county_code)
    expected = {
        alias: [due for due in calendar.dues(alias, period) if due.is_expected]
        for alias in dictionary().tables
    }
    return {alias: dues[-1] for alias, dues in expected.items() if dues}


def _on_file(home: Home, county_code: str, period: str, words: Dictionary) -> dict[str, _OnFile]:
    """Return by table the newest filing of a county up to a period, where there is one."""
    found = {}
    for (county, filed, alias), deliveries in sorted(
        standing(in_force(home, results(home))).items()
    ):
        part = home.lake / alias / f"period={filed}" / f"county={county}" / "part.parquet"
        if county == county_code and filed <= period and alias in words.tables and part.exists():
            frame = pl.read_parquet(part, hive_partitioning=False).sort("row_no")
            found[alias] = _OnFile(filed, tuple(deliveries), frame)
    return found


def _write(path: Path, table: Table, period: str, filed: _OnFile | None, words: Dictionary) -> None:
    """Write one table's template, filled with what is on file."""
    version = words.templates.current.version
    mark = f"({SAMPLE_MARK})" if filed and filed.is_sample else ""
    title = f"{table.title_zh}({version_mark(version)}){mark}"
    body = _cells(filed.frame, table) if filed else []
    shapes = [
        replace(shape, locked=bool(body) and _is_code(column, table))
        for shape, column in zip(template_shapes(table, words), table.columns, strict=True)
    ]
    top = [title, _told(table, filed)]
    with Workbook(
        path, title, f"{bounds(period)[1]}T00:00:00", Paper.TEMPLATE, private=True
    ) as book:
        book.note_property(VERSION_PROPERTY, version)
        book.sheet(
            sheet_name(table.title_zh),
            top,
            shapes,
            body,
            rows_to_fill=ROWS_TO_FILL,
            originals=ORIGINALS_SHEET if body else None,
        )
        if body:
            book.hidden_copy(ORIGINALS_SHEET, [f"预填时的原值,{NO_DATA}", ""], body)


def _told(table: Table, filed: _OnFile | None) -> str:
    if filed is None or filed.frame.is_empty():
        return instruction(table)
    return (
        f"预填自 {filed.told}。改动的单元格显示为黄色;编号和代码已锁定,新增的行写在末尾;"
        "要删除行或改编号,先撤销工作表保护(无密码)。" + instruction(table)
    )


def _is_code(column: Column, table: Table) -> bool:
    """Tell whether a column identifies a row or a place, which nobody should change by a slip."""
    return column.name in table.key or column.name.endswith("_code")


def _cells(frame: pl.DataFrame, table: Table) -> list[tuple[Cell, ...]]:
    """Return a table's rows as they are filed again: typed where they could be, else as filed."""
    columns = [_column(frame, column).alias(column.name) for column in table.columns]
    return pl.DataFrame(columns).rows()


def _column(frame: pl.DataFrame, column: Column) -> pl.Series:
    """Return a column's cells: numbers as numbers, printed figures and all else as text."""
    name = Table.stored_name(column.name)
    if column.type == "str":
        return frame[name]
    text = frame[f"{name}_text"]
    if column.printed:
        return text
    if column.type in ("int", "dec"):
        # What could not be read stays as it was filed, beside numbers.
        typed = frame[name].cast(pl.Float64).to_list()
        cells = [n if n is not None else t for n, t in zip(typed, text.to_list(), strict=True)]
        return pl.Series(column.name, cells, dtype=pl.Object)
    return pl.select(pl.coalesce(canonical(frame[name], column), text)).to_series()


def _line(
    number: int, table: Table, due: Due | None, filed: _OnFile | None, path: Path
) -> Sequence[Cell]:
    day = f"{due.due_at:%Y-%m-%d}" if due and due.due_at else "本期不要求"
    told = filed.told if filed else "空白(此前没有报送过)"
    return (number, table.title_zh, day, told, path.name, None, None, None)


def _write_cover(
    path: Path, county_code: str, period: str, lines: Sequence[Sequence[Cell]], *, is_sample: bool
) -> None:
    mark = f"({SAMPLE_MARK})" if is_sample else ""
    title = f"{county_code} {period} 期填报包{mark}"
    heads = [title, f"本页是封面,不必报送。共 {len(lines)} 张表,逐表由填报人、审核人签字。"]
    with Workbook(path, title, f"{bounds(period)[1]}T00:00:00", Paper.COVER, private=True) as book:
        book.sheet(_COVER_SHEET, heads, _COVER_COLUMNS, lines, _SIGNATURES, filters=False)
