"""The JSON Schemas of the files that people edit: they know the files as they stand, and refuse
what our own readers refuse, so that an editor and a night never differ.
"""

import json
import re
import shutil
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import yaml
from jsonschema import Draft202012Validator
from referencing import Registry, Resource

from pipelines.core import dictionary as core_dictionary
from pipelines.core.errors import FilingsError
from pipelines.core.limits import read_limits
from pipelines.core.settings import EXPECTATIONS, PROJECT_ROOT
from pipelines.s3_models.timeliness.filing_calendar import read_calendar
from pipelines.s4_findings.catalogue import Catalogue, read_rules
from pipelines.s4_findings.editor_names import main as editor_names
from pipelines.s4_findings.language.records import records
from pipelines.s4_findings.lifecycle import read_waivers
from pipelines.s6_gate.suites import load_suites
from pipelines.s8_county.channels import read_channels

SCHEMAS = EXPECTATIONS / "schemas"
NAMES = "names.schema.json"
DICTIONARY = Path(core_dictionary.__file__).parent


class PlainDates(yaml.CSafeLoader):
    """Dates stay text, as in an editor: JSON, which schemas speak of, has no dates."""


PlainDates.yaml_implicit_resolvers = {
    first: [(tag, pattern) for tag, pattern in resolvers if not tag.endswith(":timestamp")]
    for first, resolvers in yaml.CSafeLoader.yaml_implicit_resolvers.items()
}


def as_json(value: Any) -> Any:
    """What JSON has of it: the keys are text."""
    if isinstance(value, dict):
        return {str(key): as_json(each) for key, each in value.items()}
    return [as_json(each) for each in value] if isinstance(value, list) else value


@cache
def validator(name: str) -> Draft202012Validator:
    texts = {path.name: json.loads(path.read_text("utf-8")) for path in SCHEMAS.glob("*.json")}
    known = Registry().with_resources(
        [(file, Resource.from_contents(content)) for file, content in texts.items()]
    )
    return Draft202012Validator(texts[name], registry=known)


def faults(name: str, text: str) -> list[str]:
    body = as_json(yaml.load(text, Loader=PlainDates))
    return [f"{fault.json_path}: {fault.message}" for fault in validator(name).iter_errors(body)]


def connected() -> dict[str, str]:
    """Schema → the files it is for, as VS Code is told."""
    settings = json.loads((PROJECT_ROOT / ".vscode" / "settings.json").read_text("utf-8"))
    return {Path(schema).name: files for schema, files in settings["yaml.schemas"].items()}


def test_every_schema_is_connected_to_files_that_are_there() -> None:
    assert set(connected()) == {path.name for path in SCHEMAS.glob("*.json")} - {NAMES}
    for files in connected().values():
        assert list(PROJECT_ROOT.glob(files)), files


@pytest.mark.parametrize("schema", sorted(connected()))
def test_every_file_as_it_stands_is_right(schema: str) -> None:
    for path in sorted(PROJECT_ROOT.glob(connected()[schema])):
        assert faults(schema, path.read_text("utf-8")) == [], path.name


def test_every_yaml_of_expectations_and_dictionary_has_a_schema() -> None:
    covered = {path for files in connected().values() for path in PROJECT_ROOT.glob(files)}
    assert {*EXPECTATIONS.rglob("*.yml"), *DICTIONARY.rglob("*.yml")} <= covered


def properties(schema: Any) -> Iterator[tuple[str, Any]]:
    """Every field that a schema describes, wherever it stands."""
    if isinstance(schema, list):
        for each in schema:
            yield from properties(each)
    if isinstance(schema, dict):
        for key, value in schema.items():
            if key == "properties":
                yield from value.items()
            # Conditions name fields that are described elsewhere.
            if key not in ("if", "then", "else", "oneOf"):
                yield from properties(value)


@pytest.mark.parametrize("schema", sorted(connected()))
def test_every_field_is_explained_in_both_languages(schema: str) -> None:
    body = json.loads((SCHEMAS / schema).read_text("utf-8"))
    Draft202012Validator.check_schema(body)
    for name, field in [("", body), *properties(body)]:
        for text in (field["title"], field["description"]):
            chinese, _, english = text.partition("| ")
            assert re.search("[一-鿿]", chinese), (name, text)
            assert re.search("[A-Za-z]{2}", english), (name, text)


def test_the_names_that_an_editor_offers_are_those_in_use() -> None:
    assert editor_names([]) == 0


def read_dictionary(folder: Path) -> None:
    core_dictionary.load(folder)


def read_catalogue(folder: Path) -> None:
    Catalogue(read_rules(folder))


RULE = """\
- id: Z001
  title: 主要致贫原因又填在其他致贫原因中
  grain: household
  severity: warn
  effect: note
  must: not list_contains(other_causes, main_cause)
  cells: [main_cause, other_causes]
  owner: 扶贫办
  message: 主要致贫原因“{main_cause}”重复。
  advice: 删去该项。
  basis: 例
  valid: {from: 2014-01-01}
  examples:
    - fires: {main_cause: 因病, other_causes: [因病]}
"""
WAIVER = """\
- rule: X006
  county: "990101"
  object: "9901010001"
  reason: 车辆已报废
  approved_by: 数据组
  expires_on: 2020-12-31
"""
CHANNELS = """\
default: []
"990101": ["mailto://office@example.org"]
"""
SUITE = """\
title: 甲
table: indicators.gate_candidate
effect: hold
expectations:
  - name: base
    type: expect_column_values_to_be_between
    kwargs: {column: base, min_value: 0}
    reason: 分母为零
"""
CALENDAR = """\
- area: "000000"
  tables: [hh, p]
  frequency: yearly
  months: [6, 12]
  due_days: 30
  valid: {from: 2010-01-01}
  basis: 约定
- area: "990101"
  tables: [agg]
  frequency: weekly
  due: {weekday: 5, time: "12:00"}
  valid: {from: 2018-06-11, to: 2018-09-30}
  basis: 约定
"""


def file(path: str) -> str:
    return (PROJECT_ROOT / path).read_text("utf-8")


Reader = Callable[[Path], object]
# Schema → text that is right, the file it is written to, and who reads that file or its folder.
KINDS: dict[str, tuple[str, str, Reader]] = {
    "rules": (RULE, "a.yml", lambda path: read_catalogue(path.parent)),
    "records": (file("expectations/records.yml"), "records.yml", records),
    "gate": (SUITE, "holds.yml", lambda path: load_suites(path.parent)),
    "limits": (file("expectations/limits.yml"), "limits.yml", read_limits),
    "filing_calendar": (CALENDAR, "filing_calendar.yml", read_calendar),
    "channels": (CHANNELS, "channels.yml", lambda path: read_channels(path, b"")),
    "waivers": (WAIVER, "waivers.yml", read_waivers),
    **{
        f"dictionary_{kind}": (
            (DICTIONARY / name).read_text("utf-8"),
            name,
            lambda path: read_dictionary(
                path.parents[1] if path.parent.name == "tables" else path.parent
            ),
        )
        for kind, name in (
            ("table", "tables/hh.yml"),
            ("codes", "codes.yml"),
            ("units", "units.yml"),
            ("templates", "templates.yml"),
        )
    },
}
FAULTS = [
    ("rules", "id: Z001", "id: Z1"),
    ("rules", "  owner: 扶贫办\n", ""),
    ("rules", "advice: 删去该项。", 'advice: ""'),
    ("rules", "grain: household\n", "grain: household\n  recrod: person\n"),
    ("rules", "grain: household\n", "grain: household\n  record: household_of_two\n"),
    ("rules", "severity: warn", "severity: fatal"),
    ("rules", "effect: note", "effect: stop"),
    ("rules", "effect: note", "effect: hold"),
    ("rules", "effect: note", "effect: note\n  holds: [i_inc1]"),
    ("rules", "effect: note", "effect: hold\n  holds: [i_inc_unknown]"),
    ("rules", "{from: 2014-01-01}", "{form: 2014-01-01}"),
    ("rules", "{from: 2014-01-01}", "{from: 2014年}"),
    ("records", "title_zh: 户\n", "titel_zh: 户\n"),
    ("records", "  key: [household_code]\n  entity", "  entity"),
    ("records", "income: {record: income,", "income: {record: incomes,"),
    ("records", "income: {record: income, keys:", "income: {record: income, on:"),
    ("records", "any_row: true", "anyrow: true"),
    ("gate", "effect: hold\n", "effect: maybe\n"),
    ("gate", "title: 甲\n", ""),
    ("gate", "table: indicators.gate_candidate\n", ""),
    ("gate", "    reason: 分母为零\n", ""),
    ("gate", "  - name: base\n    type", "  - type"),
    ("gate", "    kwargs:", "    kwarg:"),
    ("gate", "effect: hold\n", "effect: hold\nnote: 乙\n"),
    ("gate", "    type: expect_column_values_to_be_between\n", ""),
    ("limits", "least_share: 50", "least_share: 500"),
    ("limits", "least_share: 50", "least_share: 半数"),
    ("limits", "least_share: 50", "least_shares: 50"),
    ("limits", "from_rows: 50", "from_rows: true"),
    ("limits", "free_disk_gib: 5", "free_disk_gib: 5.5"),
    ("limits", "most_taken_away: 30", "most_taken_away: 30\n    more: 1"),
    ("limits", "from: 2010-01-01", "from: 起初"),
    ("limits", "renewed: [agg]", "renewed: [aggregates]"),
    ("limits", "renewed: [agg]", "renewed: agg"),
    ("filing_calendar", 'area: "990101"', 'area: "9901"'),
    ("filing_calendar", "tables: [hh, p]", "tables: [hh, households]"),
    ("filing_calendar", "tables: [hh, p]", "tables: []"),
    ("filing_calendar", "frequency: yearly", "frequency: daily"),
    ("filing_calendar", "frequency: yearly", "frequency: monthly"),
    ("filing_calendar", "months: [6, 12]", "months: [13]"),
    ("filing_calendar", "  due_days: 30\n", ""),
    ("filing_calendar", "  due_days: 30\n", '  due_days: 30\n  due: {weekday: 5, time: "12:00"}\n'),
    ("filing_calendar", "weekday: 5", "weekday: 8"),
    ("filing_calendar", 'time: "12:00"', "time: noon"),
    ("filing_calendar", "tables: [agg]", "tables: [hh]"),
    ("filing_calendar", "{from: 2010-01-01}", "{to: 2010-01-01}"),
    ("filing_calendar", ", to: 2018-09-30", ", until: 2018-09-30"),
    ("filing_calendar", "from: 2010-01-01", "from: 2010年"),
    ("channels", '"990101"', '"9901"'),
    ("channels", "default: []", "all: []"),
    ("channels", '["mailto://office@example.org"]', "mailto://office@example.org"),
    ("channels", '["mailto://office@example.org"]', "[1234]"),
    ("waivers", "  reason: 车辆已报废\n", ""),
    ("waivers", "reason:", "reasons:"),
    ("waivers", "expires_on: 2020-12-31", "expires_on: 2020年底"),
    ("waivers", "expires_on: 2020-12-31", "expires_on: 2020-12-31\n  until: 2021-12-31"),
    ("dictionary_table", "type: month,", "type: moon,"),
    ("dictionary_table", "codes: id_standard", "codes: no_such_list"),
    ("dictionary_table", "type: code, codes: id_standard,", "type: code,"),
    ("dictionary_table", "sensitive: phone", "sensitive: telephone"),
    ("dictionary_table", "type: dec, unit: ㎡", "type: dec, unit: 顷"),
    ("dictionary_table", "en: County code", "english: County code"),
    ("dictionary_table", "{header: 所在组, ", "{"),
    ("dictionary_table", 'natural_village: {header: 自然村, type: str, required: "N"',
     'natural_village: {header: 自然村, type: str, required: "no"'),
    ("dictionary_table", "grain_zh:", "grain_cn:"),
    ("dictionary_table", "key: [household_code]\n", ""),
    ("dictionary_codes", "{zh: 省定标准}", "{label: 省定标准}"),
    ("dictionary_codes", "also: [一般]", "aslo: [一般]"),
    ("dictionary_codes", "blank: [无]", "empty: [无]"),
    ("dictionary_codes", "  title: 识别标准\n", ""),
    ("dictionary_units", '百元: "100"', '百元: "一百"'),
    ("dictionary_units", '百元: "100"', '百元: "-100"'),
    ("dictionary_units", '百元: "100"', '百元: "0"'),
    ("dictionary_units", "also: [块", "aslo: [块"),
    ("dictionary_templates", 'version: "2026.1"', 'version: "第一版"'),
    ("dictionary_templates", "from: 2026-01-01", "from: 年初"),
    ("dictionary_templates", "from: 2026-01-01", "since: 2026-01-01"),
    ("dictionary_templates", "hh: {county_name: 县", "households: {county_name: 县"),
]  # fmt: skip


def written(folder: Path, kind: str, text: str) -> Path:
    name = KINDS[kind][1]
    if kind.startswith("dictionary"):
        shutil.copytree(DICTIONARY, folder, dirs_exist_ok=True)
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return path


@pytest.mark.parametrize("kind", KINDS)
def test_what_is_right_is_right_for_schema_and_reader(tmp_path: Path, kind: str) -> None:
    text, _, read = KINDS[kind]
    assert faults(f"{kind}.schema.json", text) == []
    read(written(tmp_path, kind, text))


@pytest.mark.parametrize(("kind", "right", "wrong"), FAULTS)
def test_what_the_reader_refuses_the_schema_refuses(
    tmp_path: Path, kind: str, right: str, wrong: str
) -> None:
    text, _, read = KINDS[kind]
    assert right in text
    text = text.replace(right, wrong, 1)
    path = written(tmp_path, kind, text)
    with pytest.raises(FilingsError):
        read(path)
    assert faults(f"{kind}.schema.json", text)
