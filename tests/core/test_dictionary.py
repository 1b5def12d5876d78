"""The dictionary is data: complete, consistent, and every printed header understood."""

from pathlib import Path

import pytest

from pipelines.core.dictionary import dictionary, load, normal
from pipelines.core.dictionary.model import FOLDER
from pipelines.core.errors import CatalogueError


def test_all_tables_and_fields_are_there():
    words = dictionary()
    assert len(words.tables) == 29
    assert sum(len(table.columns) for table in words.tables.values()) == 398
    assert list(words.tables)[:3] == ["hh", "p", "chg"] and list(words.tables)[-1] == "agg"


def test_every_column_is_described_in_both_languages():
    for table in dictionary().tables.values():
        assert table.title_zh and table.title_en and table.grain_zh
        for column in table.columns:
            assert column.description_zh and column.description_en, (table.alias, column.name)


@pytest.mark.parametrize(
    ("alias", "column", "headers"),
    [
        ("hh", "year", ["年度", "分区年度", "年度(分区年度)", "年度（分区年度）"]),
        ("hh", "village_code", ["行政村代码", "贫困村编号"]),
        ("hh", "exit_status", ["脱贫标志", "脱贫属性", "脱贫标志/脱贫属性"]),
        ("hh", "main_cause", ["主要致贫原因", "致贫原因1", "主要致贫原因 (致贫原因1)"]),
        ("hh", "member_count", ["人数", "家庭人口", "成员人数"]),
        ("hh", "county_name", ["县", "县(市、区、旗)"]),
        ("p", "id_no", ["证件号码", "身份证号", "公民身份号码"]),
        ("p", "work_months", ["务工时间(月)", "务工时间（月）", "务工月数"]),
        ("p", "labor_ability", ["劳动技能", "劳动能力"]),
        ("p", "has_resident_medical", ["是否参加城乡居民基本医疗保险", "新农合"]),
        ("inc", "tekun_amt", ["五保金", "特困人员救助供养金"]),
        ("liv", "drink_safe", ["饮水安全", "饮水是否安全", "是否解决安全饮用水"]),
        ("fa", "allocated_yuan", ["下达金额", "分配金额", "下达(分配)金额"]),
        ("loan", "status", ["五级分类", "状态", "五级分类/状态"]),
        ("loan", "is_renewal", ["展/续贷标志"]),
        ("mon", "risks", ["致贫/返贫风险", "致贫/返贫风险5", "致贫/返贫风险1..5"]),
        ("reg_medical", "total_yuan", ["住院/门诊总费用"]),
    ],
)
def test_headers_and_their_synonyms_are_understood(alias, column, headers):
    meanings = dictionary().meanings
    for header in headers:
        assert (alias, column) in {(t.alias, c.name) for t, c, _, _ in meanings[normal(header)]}


@pytest.mark.parametrize(
    ("name", "spelling", "label"),
    [
        ("cause", "01", "因病"),
        ("cause", "1", "因病"),
        ("cause", "缺劳动力", "缺劳力"),
        ("risk", "缺劳力", "缺劳动力"),
        ("risk", "其他（备注）", "其他"),
        ("household_attr", "特困供养(五保)贫困户", "特困供养贫困户"),
        ("household_attr", "五保贫困户", "特困供养贫困户"),
        ("student_status", "八年级", "初中"),
        ("ethnicity", "汉", "汉族"),
        ("ethnicity", "15", "土家族"),
        ("monitor_type", "边缘户", "边缘易致贫户"),
        ("household_type", "普通农户", "一般农户"),
        ("indicator", "I-INC1", "incidence"),
        ("indicator", "poor_pop", "pop_remaining"),
    ],
)
def test_label_variants_are_one_code(name, spelling, label):
    assert dictionary().code_lists[name].lookup[normal(spelling)] == label


def test_marriage_and_death_are_other_causes_only():
    lists = dictionary().code_lists
    assert "因婚" not in lists["cause"].labels and "因婚" in lists["other_cause"].labels


def test_sensitive_columns_are_marked():
    tables = dictionary().tables
    for table in tables.values():
        for column in table.columns:
            if column.name in ("id_no", "head_id_no", "helper_id_no", "borrower_id_no", "cert_no"):
                assert column.sensitive == "id", (table.alias, column.name)
            if "phone" in column.name:
                assert column.sensitive == "phone"


def test_optional_income_parts_and_open_ends_may_be_blank():
    tables = dictionary().tables
    assert tables["inc"].column("dibao_amt").blank_means_none
    assert tables["emp"].column("end_month").blank_means_none
    assert not tables["p"].column("health").blank_means_none


def copy(folder: Path) -> Path:
    (folder / "tables").mkdir()
    for name in ("codes.yml", "units.yml", "templates.yml"):
        (folder / name).write_text((FOLDER / name).read_text())
    for path in (FOLDER / "tables").glob("*.yml"):
        (folder / "tables" / path.name).write_text(path.read_text())
    return folder


def test_version_follows_the_files(tmp_path):
    folder = copy(tmp_path)
    assert load(folder).version == dictionary().version
    path = folder / "tables" / "ben.yml"
    path.write_text(path.read_text().replace("Amount received", "Amount paid out"))
    assert load(folder).version != dictionary().version


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ("type: dec", "type: money", "amount_yuan"),
        ("codes: benefit_kind", "codes: nothing", "nothing"),
        ("header: 户编号", "header: 项目编码", "项目编码"),
        ("key: [project_code, household_code]", "key: [project]", "project"),
    ],
)
def test_a_mistake_is_refused_with_its_file(tmp_path, old, new, says):
    path = copy(tmp_path) / "tables" / "ben.yml"
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new))
    with pytest.raises(CatalogueError, match=r"ben\.yml") as refusal:
        load(tmp_path)
    assert says in str(refusal.value)


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ("亩: {also", "顷: {also", "亩"),
        ('万元: "10000"', '万元: "一万"', "元"),
        ('万元: "10000"', '万元: "-1"', "大于零"),
    ],
)
def test_a_unit_that_would_lose_figures_is_refused(tmp_path, old, new, says):
    path = copy(tmp_path) / "units.yml"
    assert old in path.read_text()
    path.write_text(path.read_text().replace(old, new))
    with pytest.raises(CatalogueError, match=r"units\.yml") as refusal:
        load(tmp_path)
    assert says in str(refusal.value)


def test_no_two_tables_have_a_name_in_common():
    words = dictionary()
    for table in words.tables.values():
        for name in (table.alias, table.title_zh, *table.titles):
            assert words.tables_called(name) == [table], name
