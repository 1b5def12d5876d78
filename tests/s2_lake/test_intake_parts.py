"""Parts of a workbook that hold no cells never refuse it; those that are read still may."""

from __future__ import annotations

import pytest
from filing_samples import csv_bytes, headers, read, rows, workbook
from hostile_files import DECLARATION, LAUGHS, good_sheet, table, xlsx, zipped

from pipelines.core.ideographs import usual_ideographs

SVG = (
    f'{DECLARATION}<!DOCTYPE svg PUBLIC "-//W3C//DTD SVG 1.1//EN"'
    ' "http://www.w3.org/Graphics/SVG/1.1/DTD/svg11.dtd"><svg/>'
)


@pytest.mark.parametrize(
    ("part", "content"),
    [
        ("customXml/item1.xml", f"{DECLARATION}<b/>".encode("utf-16")),
        ("customXml/item1.xml", f"{DECLARATION}<b/>".encode("utf-16-be")),
        ("customXml/itemProps1.xml", f"{LAUGHS}<b/>"),
        ("docProps/core.xml", f"{LAUGHS}<c/>"),
        ("docProps/custom.xml", "<c/>".encode("utf-16")),
        ("docProps/thumbnail.emf", b"\xff\xfe" + bytes(40)),
        ("xl/media/image1.svg", SVG),
        ("xl/media/image2.png", b"\xfe\xff\x89PNG"),
        ("xl/drawings/drawing1.xml", SVG),
        ("xl/drawings/vmlDrawing1.vml", "<xml/>".encode("utf-16")),
        ("xl/comments1.xml", SVG),
        ("xl/printerSettings/printerSettings1.bin", b"\xff\xfe<\0!DOCTYPE"),
        ("xl/embeddings/oleObject1.bin", b"\xd0\xcf<!DOCTYPE"),
        ("xl/theme/theme1.xml", "<t/>".encode("utf-16")),
        ("xl/charts/chart1.xml", SVG),
        ("xl/vbaProject.bin", b"<!ENTITY"),
    ],
)
def test_a_part_without_cells_may_be_anything(tmp_path, part, content):
    path = tmp_path / "受益.xlsx"
    path.write_bytes(xlsx(good_sheet(), extra={part: content}))
    (only,) = read(path).result.files
    assert only.rows_accepted == 2, only.reason_zh


@pytest.mark.parametrize(
    "part",
    [
        "xl/workbook.xml",
        "xl/sharedStrings.xml",
        "xl/styles.xml",
        "xl/_rels/workbook.xml.rels",
        "_rels/.rels",
        "[Content_Types].xml",
        "xl/worksheets/sheet1.xml",
        "xl/worksheets/_rels/sheet1.xml.rels",
        "xl/worksheets/sheet9.xml",
        "xl/tables/table1.xml",
    ],
)
@pytest.mark.parametrize("attack", [f"{LAUGHS}<a>&c;</a>", "<a/>".encode("utf-16")])
def test_an_attack_in_a_part_that_is_read_is_refused(tmp_path, part, attack):
    path = tmp_path / "受益.xlsx"
    path.write_bytes(xlsx(good_sheet(), extra={part: attack}))
    (only,) = read(path).result.files
    assert only.status == "refused" and not only.rows_accepted
    assert "XML 实体" in only.reason_zh or "编码" in only.reason_zh, only.reason_zh


NUMBERS = {"Index/Document.iwa": b"\0\1", "Metadata/Properties.plist": b"x", "preview.jpg": b"y"}


def test_a_numbers_document_says_how_to_export(tmp_path):
    path = tmp_path / "报表.numbers"
    path.write_bytes(zipped(NUMBERS))
    (only,) = read(path).result.files
    assert only.status == "refused" and "Numbers" in only.reason_zh and "导出" in only.reason_zh


def test_a_numbers_folder_in_an_archive_is_one_refusal_beside_the_tables(tmp_path):
    path = tmp_path / "报送.zip"
    inside = {f"报表.numbers/{name}": content for name, content in NUMBERS.items()}
    path.write_bytes(zipped({"受益.csv": csv_bytes(table()), **inside}))
    by_file = {item.file: item for item in read(path).result.files}
    assert by_file["报送.zip/受益.csv"].rows_accepted == 2
    assert "Numbers" in by_file["报送.zip/报表.numbers"].reason_zh and len(by_file) == 2


@pytest.mark.parametrize(
    ("filed", "usual"),
    [
        ("⼾主", "户主"),  # Kangxi
        ("⻢⼩⻰", "马小龙"),  # supplement: no decomposition
        ("\uf9e1\uf9f4", "李林"),  # compatibility ideographs
        ("\U0002f81a", "冬"),
        ("黃户㈱", "黃户㈱"),  # usual characters and other signs stay
    ],
)
def test_usual_ideographs(filed, usual):
    assert usual_ideographs(filed) == usual


@pytest.mark.parametrize("kind", ["xlsx", "csv"])
def test_look_alikes_are_read_in_headers_sheet_names_cells_and_totals(tmp_path, kind):
    named = [h.replace("户", "⼾").replace("人", "⼈") for h in headers("p")]
    first, second = rows("p", 2)
    at = {h: i for i, h in enumerate(headers("p"))}
    first[at["姓名"]], first[at["与户主关系"]] = "⻢⼩⻰", "⼾主"
    first[at["务工所在地"]] = "⽰例省⽰例县"
    total = ["" for _ in named]
    total[0] = "⼩计"
    content = [named, first, second, total]
    path = tmp_path / f"人.{kind}"
    if kind == "csv":
        path.write_bytes(csv_bytes(content))
    else:
        workbook(path, {"家庭成员表": content})
    delivery = read(path)
    whole = delivery.tables["p"]
    assert not delivery.result.notes and not delivery.result.files[0].reason_zh
    assert (whole["name"][0], whole["relation"][0]) == ("马小龙", "户主")
    assert whole["work_location"][0] == "示例省示例县"
    assert [rows.kind_zh for rows in delivery.result.ignored] == ["合计行"]
    told = delivery.changes.filter(delivery.changes["rule_zh"] == "特殊字形转常用字")
    assert dict(told.select("column_name", "before").rows()) == {
        "name": "⻢⼩⻰",
        "relation": "⼾主",
        "work_location": "⽰例省⽰例县",
    }
