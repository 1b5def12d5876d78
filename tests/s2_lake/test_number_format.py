"""What number formats show of a number, and which of them say another thing than is stored."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipelines.s2_lake.files.number_format import is_percent, number_format


def shown(code: str, number: str) -> str | None:
    form = number_format(code)
    return form.shown(Decimal(number)) if form else None


@pytest.mark.parametrize(
    ("code", "number", "text"),
    [
        ("0!.0,", "3300000", "330.0"),
        ('0"."0,', "3300000", "330.0"),
        ("0\\.0,", "3300000", "330.0"),
        ('0!.0,"万"', "3304567", "330.5万"),
        ('0!.0000"万元"', "3304567", "330.4567万元"),
        ("#,##0,", "3300000", "3,300"),
        ("#,##0,,", "3300000", "3"),
        ("0.00,,", "3300000", "3.30"),
        ("0.0,", "-3300", "-3.3"),
        ("0000000000", "901900001", "0901900001"),
        ('"990196"0000', "1", "9901960001"),
        ('0000"01"', "12", "001201"),
        ("\\X\\M000", "7", "XM007"),
        ("000-0000-0000", "13900001234", "139-0000-1234"),
        (";;;", "5", ""),
        ("0;;", "-5", ""),
        ('"保密"', "5", "保密"),
        ('General"元"', "5.5", "5.5元"),
        ('G/通用格式"元"', "5", "5元"),
        ('0"万元"', "330", "330万元"),
        ("0万", "330", "330万"),
        ('[>=10000]0!.0,"万";0', "3300000", "330.0万"),
        ('[=1]"是";[=2]"否";0', "2", "否"),
        ('0000"年"00"月"', "201903", "2019年03月"),
        ('"9901"@', "5", "99015"),
        ("??0,", "3300000", "3300"),
        ("[$USD-409] 0", "5", "USD 5"),
    ],
)
def test_what_is_shown_is_not_what_is_stored(code, number, text):
    assert shown(code, number) == text


@pytest.mark.parametrize(
    ("code", "number"),
    [
        ("General", "3300000.123"),
        ("0", "9901990001"),
        ("0", "1234.5678"),
        ("#,##0.00", "1234.5678"),
        ("#,##0.00;[Red]-#,##0.00", "-1234.5678"),
        ("0_);(0)", "-5"),
        ("¥#,##0.00", "12"),
        ("[$¥-804]#,##0.00", "12"),
        ("0;-0;;@", "0"),
        ('_-* #,##0_-;-* #,##0_-;_-* "-"??_-;_-@_-', "0"),
        ('_-* #,##0_-;-* #,##0_-;_-* "-"??_-;_-@_-', "1234567"),
        ("0.00%", "0.125"),
        ("0.00E+00", "990199000101"),
        ("# ??/??", "12.5"),
        ("yyyy-mm-dd", "43221"),
        ('yyyy"年"m"月"d"日"', "43221"),
        ("[h]:mm", "1.5"),
        ("@", "5"),
        ("00", "15"),
        ("#", "0.4"),
        ('[>=10000]0!.0,"万";0', "330"),
        ('"unclosed', "0"),
        ("", "5"),
    ],
)
def test_grouped_rounded_and_decorated_numbers_say_nothing_of_their_own(code, number):
    assert shown(code, number) is None


def test_a_percent_sign_that_is_a_text_scales_nothing():
    codes = ["0%", "0.0%;-0.0%", '0"%"', "0\\%", "0!%", '"%"0']
    assert [is_percent(code) for code in codes] == [True, True, False, False, False, False]


def test_what_is_shown_of_a_text():
    assert number_format('"9901"@').shown_text("960001") == "9901960001"
    assert number_format('0;0;0;@"号"').shown_text("5") == "5号"
    assert number_format("@") is None and number_format(" @ ") is None
    assert number_format("0000").shown_text("5") is None


@given(st.text(alphabet='0#?.,;"!\\[]<>=@%_*Ee/年万Gy-+ ', max_size=25), st.decimals(-1e12, 1e12))
def test_no_format_breaks(code, number):
    form = number_format(code)
    assert form is None or form.shown(number) is None or isinstance(form.shown(number), str)


@given(st.integers(0, 10**9), st.integers(1, 14))
def test_noughts_pad_to_their_width(number, width):
    text = shown("0" * width, str(number))
    assert (text or str(number)) == str(number).zfill(width)
