"""Which header means which field."""

import pytest

from gridgov.errors import InputError
from gridgov.sources.headers import alike, fields, fold, geometry_columns, holds_text, rename, rivals, unknown_columns

KINDS = [
    "units",
    "grids",
    "gates",
    "network",
    "sites",
    "population",
    "departments",
    "cadres",
    "branches",
    "posts",
    "contacts",
    "partners",
]


@pytest.mark.parametrize("kind", KINDS)
def test_every_field_is_known_by_its_own_name(kind: str) -> None:
    own = fields(kind)
    assert rename(own, kind, {}) == {field: field for field in own}


@pytest.mark.parametrize(
    ("kind", "headers", "expected"),
    [
        (
            "units",
            "code,name,streetCode,provinceCode,cityCode,areaCode",
            {"code": "code", "name": "name", "streetCode": "parent"},
        ),
        ("units", "code,name,areaCode,provinceCode,cityCode", {"code": "code", "name": "name"}),
        ("units", "Name,code,parentCode,color_id", {"Name": "name", "code": "code", "parentCode": "parent"}),
        ("units", "街道代码,街道名称", {"街道代码": "code", "街道名称": "name"}),
        (
            "units",
            "社区代码,小区代码,楼栋代码,楼栋名称",
            {"楼栋代码": "code", "小区代码": "parent", "楼栋名称": "name"},
        ),
        (
            "units",
            "区划代码,名称,0—2岁,80岁以上,户数",
            {"区划代码": "code", "名称": "name", "0—2岁": "age_0_2", "80岁以上": "age_80", "户数": "households"},
        ),
        (
            "units",
            "建筑面积（㎡）,ＮＡＭＥ,Valid From",
            {"建筑面积（㎡）": "floor_area", "ＮＡＭＥ": "name", "Valid From": "valid_from"},
        ),
        ("units", "id,name,cp", {"id": "code", "name": "name"}),
        ("units", "id,code", {"code": "code"}),
        (
            "grids",
            "网格编码,网格名称,社区代码,网格类型",
            {"网格编码": "code", "网格名称": "name", "社区代码": "community", "网格类型": "kind"},
        ),
        (
            "contacts",
            "包联层级,小区代码,职责,干部编号,文号",
            {"包联层级": "tier", "小区代码": "unit", "职责": "role", "干部编号": "holder", "文号": "document"},
        ),
        (
            "cadres",
            "工号,姓名,所在部门,职务,办公电话,手机号",
            {
                "工号": "code",
                "姓名": "name",
                "所在部门": "department",
                "职务": "post",
                "办公电话": "office_phone",
                "手机号": "mobile",
            },
        ),
    ],
)
def test_headers_of_real_files(kind: str, headers: str, expected: dict[str, str]) -> None:
    assert rename(headers.split(","), kind, {}) == expected


@pytest.mark.parametrize("header", ["0-2岁", "0—2岁", "0–2岁", "0～2岁", "0至2岁", "age_0_2", "Age 0-2"])
def test_an_age_band_however_written(header: str) -> None:
    assert rename([header], "population", {}) == {header: "age_0_2"}


def test_the_order_of_columns_changes_nothing() -> None:
    headers = ["小区代码", "楼栋代码", "名称", "社区代码"]
    assert rename(headers, "units", {}) == rename(headers[::-1], "units", {})


def test_what_is_given_goes_first() -> None:
    headers = ["code", "old_code", "名称"]
    assert rename(headers, "units", {"old_code": "code"}) == {"old_code": "code", "名称": "name"}


@pytest.mark.parametrize(
    ("kind", "given", "code"),
    [
        ("units", {"nowhere": "code"}, "map_column_missing"),
        ("units", {"a": "horsepower"}, "map_field_unknown"),
        ("units", {"a": "code", "b": "code"}, "map_field_twice"),
        ("submarines", {}, "import_kind_unknown"),
    ],
)
def test_a_bad_mapping_is_refused(kind: str, given: dict[str, str], code: str) -> None:
    with pytest.raises(InputError) as refused:
        rename(["a", "b"], kind, given)
    assert refused.value.code == code


def test_unknown_columns_are_listed_and_those_of_the_geometry_are_not() -> None:
    headers = ["代码", "经度", "纬度", "颜色"]
    assert unknown_columns(headers, rename(headers, "units", {})) == ["颜色"]


@pytest.mark.parametrize(
    ("headers", "expected"),
    [
        (["经度", "纬度"], {"lon": "经度", "lat": "纬度"}),
        (["LNG", "Lat"], {"lon": "LNG", "lat": "Lat"}),
        (["x", "y", "WKT"], {"wkt": "WKT"}),
        (["x"], {}),
        ([], {}),
    ],
)
def test_where_a_table_keeps_its_geometry(headers: list[str], expected: dict[str, str]) -> None:
    assert geometry_columns(headers) == expected


def test_codes_and_telephones_are_text() -> None:
    assert all(holds_text(each) for each in ("code", "统计用区划代码", "streetCode", "手机", "所属社区"))
    assert not any(holds_text(each) for each in ("people", "户数", "bridge", "year"))


def test_a_header_that_is_all_brackets_stays_itself() -> None:
    assert fold("（备注）") == "(备注)"


@pytest.mark.parametrize(
    ("header", "field", "likest"),
    [
        ("区划码,名儿,备注", "code", ["区划码"]),
        ("统计代码号,说明", "code", ["统计代码号"]),
        ("部门名,备注", "name", ["部门名"]),
        ("xx,yy", "code", []),
    ],
)
def test_headers_that_look_alike_are_found(header: str, field: str, likest: list[str]) -> None:
    assert alike(header.split(","), "departments", field) == likest


def test_a_second_column_for_a_field_is_told() -> None:
    def told(kind: str, *columns: str) -> list[tuple[str, str, str]]:
        return rivals(columns, rename(columns, kind, {}))

    assert told("units", "编码", "代码", "名称") == [("code", "代码", "编码")]
    assert told("units", "code", "id", "name", "标题") == []
    assert told("units", "名称", "名称 ", "代码") == [("name", "名称", "名称 ")]
    assert told("units", "社区代码", "小区代码", "街道代码", "小区名称") == []
    assert told("departments", "部门代码", "部门", "电话", "手机") == [("phone", "电话", "手机")]
