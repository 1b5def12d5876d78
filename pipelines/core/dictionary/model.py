"""The dictionary's classes and their loading from YAML, with every mistake refused by file."""

from __future__ import annotations

import hashlib
import re
import unicodedata
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from functools import cache, cached_property
from pathlib import Path
from typing import Any

import yaml

from pipelines.core.dictionary.templates import TemplateVersions, template_versions
from pipelines.core.dictionary.units import Unit, units
from pipelines.core.errors import CatalogueError
from pipelines.core.fields import checked_fields
from pipelines.core.files import parsed_yaml
from pipelines.core.ideographs import usual_ideographs
from pipelines.core.privacy import SENSITIVE_KINDS

FOLDER = Path(__file__).parent
TYPES = ("str", "int", "dec", "bool", "code", "codes", "date", "month", "datetime")
SENSITIVE = (None, *SENSITIVE_KINDS)
REQUIRED = ("Y", "N", "cond")
_TABLE_FIELDS = (
    "alias", "order", "name", "title", "titles", "title_en", "grain", "grain_zh", "key", "columns",
)  # fmt: skip
_COLUMN_OPTIONS = (
    "also", "unit", "codes", "blank_means_none", "sensitive", "printed", "national", "zh", "source",
    "unless", "numbered", "absent_means",
)  # fmt: skip

_BLANKS = re.compile(r"\s+")
_IDENTIFIER = re.compile(r"(_code|_no|_id|_account|phone|plate)$|^reversal_of$|^renewed_from$")
_WHEREABOUTS = frozenset(
    f"{place}_{what}" for place in ("county", "town", "village") for what in ("name", "code")
) | {"natural_village", "group_no", "year", "budget_year", "snapshot_month", "as_of"}
_TRANSLATION = str.maketrans(
    {"〔": "(", "〕": ")", "【": "(", "】": ")", "[": "(", "]": ")", "“": '"', "”": '"', "–": "-"}
)


def normal(text: str) -> str:
    """Return the form in which headers and labels are compared: narrow, without blanks, lower case.

    Width of brackets, digits and letters, line breaks in a cell and the star of a required field
    say nothing about which field it is.
    """
    narrow = unicodedata.normalize("NFKC", usual_ideographs(text)).translate(_TRANSLATION)
    return _BLANKS.sub("", narrow).strip("*").casefold()


@dataclass(frozen=True)
class Column:
    """One field of a table.

    ``header`` is the header that templates print, ``synonyms`` all others that are understood;
    ``unit`` the unit that the typed value is in; ``required`` Y, N or cond; ``unless`` names a
    column and a label for which an empty cell is in order (general farmers have no exit status);
    ``numbered`` n: headers ending in 1 … n are further columns of the same list; ``absent_means``
    what every row is taken for, by rules and figures, where the whole column is missing; without
    it nothing is asked that needs the column.
    """

    name: str
    header: str
    synonyms: tuple[str, ...]
    type: str
    unit: str | None
    codes: str | None
    required: str
    blank_means_none: bool
    sensitive: str | None
    printed: bool
    description_zh: str
    description_en: str
    source: str
    national: str | None = None
    unless: tuple[str, str] | None = None
    numbered: int = 0
    absent_means: str | None = None

    @property
    def headers(self) -> tuple[str, ...]:
        """All headers that name this column, the printed one first."""
        counted = (f"{self.header}{i}" for i in range(1, self.numbered + 1))
        return (self.header, *self.synonyms, *counted)

    @property
    def is_identifier(self) -> bool:
        """Whether the text is a number that nobody adds up, so that a lost digit ruins it."""
        return self.type == "str" and (
            self.sensitive in ("id", "phone", "account") or bool(_IDENTIFIER.search(self.name))
        )

    @property
    def is_whereabouts(self) -> bool:
        """Whether it says where and of which year a form is: by itself it makes no record."""
        return self.name in _WHEREABOUTS


@dataclass(frozen=True)
class Table:
    """One submission table. ``key``: identifies a row; its first column may not be empty.

    ``titles`` are further names that offices give it in sheet names and title rows.
    """

    alias: str
    name: str
    title_zh: str
    titles: tuple[str, ...]
    title_en: str
    grain: str
    grain_zh: str
    columns: tuple[Column, ...]
    key: tuple[str, ...]
    folder_county: str | None

    @cached_property
    def by_name(self) -> Mapping[str, Column]:
        """Columns by name."""
        return {column.name: column for column in self.columns}

    def column(self, name: str) -> Column:
        """Return a column. Raises KeyError."""
        return self.by_name[name]

    @staticmethod
    def stored_name(name: str) -> str:
        """Return the column's name in the lake, where ``county_code`` is the inbox folder's."""
        return "filed_county_code" if name == "county_code" else name

    @cached_property
    def by_stored_name(self) -> Mapping[str, Column]:
        """Columns by their name in the lake."""
        return {self.stored_name(column.name): column for column in self.columns}

    def titled(self, stored: str) -> str:
        """Return the table and header by which an office knows a lake column. Raises KeyError."""
        return f"{self.title_zh}“{self.by_stored_name[stored].header}”"


@dataclass(frozen=True)
class Code:
    """One label of a code list, with its other spellings and the years in which it was in use."""

    label: str
    code: str | None
    synonyms: tuple[str, ...]
    valid_from: int | None
    valid_to: int | None


@dataclass(frozen=True)
class CodeList:
    """A code list. Closed: other labels are errors. Open: they are kept as filed.

    ``blank_labels`` are spellings that mean an empty cell (非在校生).
    """

    name: str
    title_zh: str
    closed: bool
    codes: tuple[Code, ...]
    blank_labels: tuple[str, ...] = ()

    @cached_property
    def lookup(self) -> Mapping[str, str]:
        """Canonical label by normalised label, synonym or national code (with or without zero)."""
        found: dict[str, str] = {}
        for item in self.codes:
            for spelling in (item.label, *item.synonyms):
                found[normal(spelling)] = item.label
        for item in self.codes:
            if item.code is not None:
                for spelling in (item.code, item.code.lstrip("0") or "0"):
                    found.setdefault(spelling, item.label)
        return found

    @cached_property
    def labels(self) -> tuple[str, ...]:
        """The canonical labels in their printed order."""
        return tuple(item.label for item in self.codes)


@dataclass(frozen=True, eq=False)
class Dictionary:
    """All tables by alias, code lists and units by name, and the versions of the templates.

    ``version`` identifies the YAML files. Compared by identity, so that what was worked out from
    a dictionary can be kept with it as the key.
    """

    tables: Mapping[str, Table]
    code_lists: Mapping[str, CodeList]
    units: Mapping[str, Unit]
    templates: TemplateVersions
    version: str

    @cached_property
    def meanings(self) -> Mapping[str, list[tuple[Table, Column, int, int]]]:
        """What a normalised header can mean: table, column, list number (0: whole), rank.

        The lower the rank, the better the header: 0 is the printed one.
        """
        known: dict[str, list[tuple[Table, Column, int, int]]] = {}
        for table in self.tables.values():
            for column in table.columns:
                plain = len(column.headers) - column.numbered
                for rank, header in enumerate(column.headers):
                    number = max(rank - plain + 1, 0)
                    known.setdefault(normal(header), []).append((table, column, number, rank))
        return known

    def tables_called(self, name: str) -> list[Table]:
        """Return the tables that an alias, a title or a further name of a table stands for."""
        wanted = normal(name)
        exact = [
            table
            for table in self.tables.values()
            if wanted
            in (table.alias, normal(table.title_zh), normal(table.title_zh.replace("/", "、")))
        ]
        return exact or [t for t in self.tables.values() if wanted in map(normal, t.titles)]

    def code_list(self, column: Column) -> CodeList:
        """Return the code list of a coded column. Raises KeyError for another column."""
        return self.code_lists[column.codes or ""]


@cache
def dictionary() -> Dictionary:
    """Return the project's dictionary, read once per process."""
    return load(FOLDER)


def load(folder: Path) -> Dictionary:
    """Read a dictionary. Raises CatalogueError naming the file and what is wrong in it."""
    codes, units_at, templates_at = (folder / f"{n}.yml" for n in ("codes", "units", "templates"))
    files = sorted((folder / "tables").glob("*.yml"))
    digest = hashlib.sha256()
    for path in (codes, units_at, templates_at, *files):
        digest.update(path.name.encode() + b"\0" + path.read_bytes() + b"\0")
    code_lists = _code_lists(codes)
    ordered = sorted((_table(path, code_lists) for path in files), key=lambda pair: pair[0])
    tables = {table.alias: table for _, table in ordered}
    versions = template_versions(templates_at, read_yaml(templates_at))
    _check_templates(templates_at, versions, tables)
    known_units = units(units_at, read_yaml(units_at))
    _check_units(units_at, known_units, tables)
    return Dictionary(tables, code_lists, known_units, versions, digest.hexdigest()[:16])


def read_yaml(path: Path) -> dict[str, Any]:
    """Read a YAML file of keys and values. Raises CatalogueError."""
    try:
        content = parsed_yaml(path.read_text(encoding="utf-8"))
    except yaml.YAMLError as error:
        raise CatalogueError(f"数据字典文件 {path.name} 不是有效的 YAML:{error}") from error
    if not isinstance(content, dict):
        raise CatalogueError(f"数据字典文件 {path.name} 应为键值结构")
    return content


def known_fields(
    path: Path, body: Any, where: str, required: Collection[str], optional: Collection[str] = ()
) -> Mapping[str, Any]:
    """Return an entry of a file of the dictionary. Raises CatalogueError for a wrong field."""
    try:
        return checked_fields(body, where, required, optional)
    except ValueError as error:
        raise CatalogueError(f"{path.name}:{error}") from error


def _code_lists(path: Path) -> dict[str, CodeList]:
    lists = {}
    for name, body in read_yaml(path).items():
        known_fields(path, body, name, ("title", "codes"), ("closed", "blank"))
        for item in body["codes"]:
            known_fields(path, item, f"{name} 的标签", ("zh",), ("code", "also", "from", "to"))
        codes = tuple(
            Code(
                label=str(item["zh"]),
                code=item.get("code"),
                synonyms=tuple(str(other) for other in item.get("also", ())),
                valid_from=item.get("from"),
                valid_to=item.get("to"),
            )
            for item in body["codes"]
        )
        owner: dict[str, str] = {}
        for code in codes:
            for spelling in (code.label, *code.synonyms):
                if owner.setdefault(normal(spelling), code.label) != code.label:
                    raise CatalogueError(f"{path.name}:代码表 {name} 的标签重复:{spelling}")
        blank = tuple(str(other) for other in body.get("blank", ()))
        lists[name] = CodeList(name, body["title"], body.get("closed", True), codes, blank)
    return lists


def _table(path: Path, code_lists: Mapping[str, CodeList]) -> tuple[int, Table]:
    body = known_fields(path, read_yaml(path), "", _TABLE_FIELDS, ("folder_county",))
    columns = tuple(_column(path, name, item, code_lists) for name, item in body["columns"].items())
    table = Table(
        alias=body["alias"],
        name=body["name"],
        title_zh=body["title"],
        titles=tuple(body["titles"]),
        title_en=body["title_en"],
        grain=body["grain"],
        grain_zh=body["grain_zh"],
        columns=columns,
        key=tuple(body["key"]),
        folder_county=body.get("folder_county"),
    )
    _check_table(path, table)
    return int(body["order"]), table


def _column(
    path: Path, name: str, item: Mapping[str, Any], code_lists: Mapping[str, CodeList]
) -> Column:
    known_fields(path, item, name, ("header", "type", "required", "en"), _COLUMN_OPTIONS)
    for what, value, possible in (
        ("type", item["type"], TYPES),
        ("sensitive", item.get("sensitive"), SENSITIVE),
        ("required", item["required"], REQUIRED),
    ):
        if value not in possible:
            raise CatalogueError(f"{path.name}:字段 {name} 的 {what} 不能是 {value}")
    codes = item.get("codes")
    if (item["type"] in ("code", "codes")) != (codes is not None) or (
        codes is not None and codes not in code_lists
    ):
        raise CatalogueError(f"{path.name}:字段 {name} 的代码表 {codes} 不存在")
    unless = item.get("unless")
    return Column(
        name=name,
        header=item["header"],
        synonyms=tuple(item.get("also", ())),
        type=item["type"],
        unit=item.get("unit"),
        codes=codes,
        required=item["required"],
        blank_means_none=item.get("blank_means_none", False),
        sensitive=item.get("sensitive"),
        printed=item.get("printed", False),
        description_zh=item.get("zh") or _describe(item, code_lists),
        description_en=item["en"],
        source=item.get("source", ""),
        national=item.get("national"),
        unless=next(iter(unless.items())) if unless else None,
        numbered=item.get("numbered", 0),
        absent_means=item.get("absent_means"),
    )


def _describe(item: Mapping[str, Any], code_lists: Mapping[str, CodeList]) -> str:
    """Return the Chinese comment: header, unit and the labels of a short code list."""
    text = str(item["header"])
    if item.get("unit"):
        text += f"(单位:{item['unit']})"
    if item.get("codes"):
        labels = code_lists[item["codes"]].labels
        if labels:
            shown = "、".join(labels[:12])
            text += f":{shown}" + ("等" if len(labels) > 12 else "")
    return text


def _check_table(path: Path, table: Table) -> None:
    names = set(table.by_name)
    unknown = (set(table.key) | ({table.folder_county} - {None})) - names
    if unknown:
        raise CatalogueError(f"{path.name}:主键或县代码字段不存在:{sorted(map(str, unknown))}")
    owner: dict[str, str] = {}
    for column in table.columns:
        for header in column.headers:
            other = owner.setdefault(normal(header), column.name)
            if other != column.name:
                raise CatalogueError(f"{path.name}:表头“{header}”同时属于 {other} 和 {column.name}")
        if column.unless and column.unless[0] not in names:
            raise CatalogueError(f"{path.name}:字段 {column.name} 的条件字段不存在")


def _check_templates(path: Path, versions: TemplateVersions, tables: Mapping[str, Table]) -> None:
    """See that what an earlier template prints is still understood, so that it can be read."""
    for old in versions.earlier.values():
        for alias, changed in old.headers.items():
            for name, header in changed.items():
                column = tables[alias].by_name.get(name) if alias in tables else None
                if column is None:
                    raise CatalogueError(
                        f"{path.name}:模板版本 {old.version} 的字段 {alias}.{name} 不存在"
                    )
                if normal(str(header)) not in map(normal, column.headers):
                    raise CatalogueError(
                        f"{path.name}:模板版本 {old.version} 的表头“{header}”"
                        f"不是 {alias}.{name} 的表头或同义词"
                    )


def _check_units(path: Path, known: Mapping[str, Unit], tables: Mapping[str, Table]) -> None:
    used = {column.unit for table in tables.values() for column in table.columns if column.unit}
    lacking = sorted(used - set(known))
    if lacking:
        raise CatalogueError(f"{path.name}:缺少单位:{'、'.join(lacking)}")
