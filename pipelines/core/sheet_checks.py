"""What a spreadsheet asks of a cell while it is filled in: numbers, dates, months, ids, phones.

A check warns and can be overruled: what is unusual and true must stay fileable (a passport number
in a column of ids).
"""

from __future__ import annotations

from enum import StrEnum
from typing import Any

_LARGEST = 10**13


class SheetCheck(StrEnum):
    """One kind of check, by the Chinese words that a warning says."""

    WHOLE = "请填整数,不写单位"
    NUMBER = "请填数字,不写单位"
    YEAR = "请填四位年份,如 2020"
    DATE = "请填存在的日期,如 2020-06-30 或 20200630"
    MONTH = "请填年月,如 202006"
    MOMENT = "请填日期和时间,如 2020-06-19 12:00"
    ID = "证件号码的位数或校验码不对,请逐位核对;不是身份证或残疾人证的可以保留"
    PHONE = "请填 11 位手机号码;固定电话可以保留"


# Each is a formula about one cell; text and numbers pass alike where intake reads both.
_FORMULAS = {
    SheetCheck.DATE: (
        '=IF(LEN({0})=8,ISNUMBER(DATEVALUE(TEXT({0},"0000-00-00"))),'
        "OR(ISNUMBER({0}),ISNUMBER(DATEVALUE({0}))))"
    ),
    SheetCheck.MONTH: (
        "=IF(LEN({0})=6,AND(ISNUMBER(--{0}),--RIGHT({0},2)>=1,--RIGHT({0},2)<=12),"
        "OR(ISNUMBER({0}),ISNUMBER(DATEVALUE({0}))))"
    ),
    SheetCheck.MOMENT: "=OR(ISNUMBER({0}),ISNUMBER(DATEVALUE(LEFT({0},10))))",
    # The check digit of a citizen number (GB 11643); certificates of the disabled begin with one.
    SheetCheck.ID: (
        '=AND(OR(LEN({0})=18,LEN({0})=20,LEN({0})=22),MID("10X98765432",MOD(SUMPRODUCT('
        "MID({0},ROW($1:$17),1)*2^(18-ROW($1:$17))),11)+1,1)=UPPER(MID({0},18,1)))"
    ),
    SheetCheck.PHONE: '=AND(LEN({0})=11,ISNUMBER(--{0}),LEFT({0},1)="1")',
}
_BOUNDS = {
    SheetCheck.WHOLE: ("integer", -_LARGEST, _LARGEST),
    SheetCheck.NUMBER: ("decimal", -_LARGEST, _LARGEST),
    SheetCheck.YEAR: ("integer", 1900, 2100),
}


def validation(check: SheetCheck, first_cell: str) -> dict[str, Any]:
    """Return a check as xlsxwriter takes it, for a column of which ``first_cell`` (A4) is first."""
    said = {"error_title": "请核对", "error_message": str(check), "error_type": "warning"}
    if check in _BOUNDS:
        kind, least, most = _BOUNDS[check]
        return {"validate": kind, "criteria": "between", "minimum": least, "maximum": most, **said}
    return {"validate": "custom", "value": _FORMULAS[check].format(first_cell), **said}
