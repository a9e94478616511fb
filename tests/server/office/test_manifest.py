"""Manifest and list of custom functions follow from the catalogue, keep Office's limits and find their files."""

from __future__ import annotations

import re
import xml.etree.ElementTree as ET
from urllib.parse import urlsplit

import pytest
from conftest import Site

from server.context import PeopleConfig
from server.office.draw_icons import FOLDER, png_size, sizes
from server.office.manifest import ICON_SIZES, manifest_xml
from server.office.metadata import functions_json
from sop_xl.capabilities import BUTTONS, CELL_FUNCTIONS, GROUPS
from sop_xl.functions.describing import describe

BASE = "https://plan.example.com"
OV = "{http://schemas.microsoft.com/office/taskpaneappversionoverrides}"
BT = "{http://schemas.microsoft.com/office/officeappbasictypes/1.0}"
TYPE = "{http://www.w3.org/2001/XMLSchema-instance}type"


@pytest.fixture(scope="module")
def manifest() -> ET.Element:
    """The manifest, parsed."""
    return ET.fromstring(manifest_xml(BASE))


def resources(manifest: ET.Element, kind: str) -> dict[str, str]:
    """Return the resources of a kind by id."""
    return {
        found.attrib["id"]: found.attrib["DefaultValue"] for found in manifest.iter(BT + kind) if "id" in found.attrib
    }


def test_the_ribbon_has_every_button_of_the_catalogue_in_its_group(manifest: ET.Element) -> None:
    strings = resources(manifest, "String")
    shown: dict[str, list[str]] = {}
    for group in manifest.iter(f"{OV}Group"):
        label = group.find(f"{OV}Label")
        assert label is not None
        commands = [found.text or "" for found in group.iter(f"{OV}FunctionName")]
        shown[strings[label.attrib["resid"]]] = commands
    assert shown == {group: [b.name for b in BUTTONS.values() if b.group == group] for group in GROUPS}


def test_office_s_limits_are_kept(manifest: ET.Element) -> None:
    everything = [found for kind in ("Image", "Url") for found in manifest.iter(BT + kind) if "id" in found.attrib]
    ids = [found.attrib["id"] for found in [*everything, *manifest.iter(f"{BT}String")]]
    assert len(ids) == len(set(ids)) and all(len(name) <= 32 for name in ids)
    used = {found.attrib["resid"] for found in manifest.iter() if "resid" in found.attrib}
    assert used == set(ids)
    groups = list(manifest.iter(f"{OV}Group"))
    assert len(groups) <= 10 and all(len(group.findall(f"{OV}Control")) <= 6 for group in groups)
    shorts, longs = manifest.find(f".//{BT}ShortStrings"), manifest.find(f".//{BT}LongStrings")
    assert shorts is not None and all(len(found.attrib["DefaultValue"]) <= 125 for found in shorts)
    assert longs is not None and all(len(found.attrib["DefaultValue"]) <= 250 for found in longs)
    version = manifest.findtext("{http://schemas.microsoft.com/office/appforoffice/1.1}Version") or ""
    assert re.fullmatch(r"[1-9]\d*\.\d+\.\d+\.\d+", version)


def test_one_runtime_serves_pane_commands_and_functions(manifest: ET.Element) -> None:
    runtime = manifest.find(f".//{OV}Runtime")
    assert runtime is not None and runtime.attrib == {"resid": "Page.Url", "lifetime": "long"}
    for path in (
        f"{OV}FunctionFile",
        f"{OV}Page/{OV}SourceLocation",
        f"{OV}Action[@{TYPE}='ShowTaskpane']/{OV}SourceLocation",
    ):
        found = manifest.find(f".//{path}")
        assert found is not None and found.attrib["resid"] == "Page.Url", path


def test_every_address_of_the_manifest_is_answered(empty_site: Site, manifest: ET.Element) -> None:
    addresses = {*resources(manifest, "Image").values(), *resources(manifest, "Url").values()}
    assert len(addresses) > 60
    for address in addresses:
        assert address.startswith(BASE)
        answer = empty_site.client.get(urlsplit(address).path)
        assert answer.status_code == 200, address


def test_icons_are_png_of_the_size_their_name_says() -> None:
    for source in FOLDER.glob("*.svg"):
        for size in sizes(source.stem):
            assert png_size((FOLDER / f"{source.stem}-{size}.png").read_bytes()) == (size, size), source.stem
    assert {path.stem for path in FOLDER.glob("*.svg")} == {*BUTTONS, "pane", "sop"}
    assert ICON_SIZES == (16, 32, 80)


def test_the_id_follows_from_the_address_so_that_two_servers_stand_side_by_side() -> None:
    ids = [re.search(rb"<Id>(.*?)</Id>", manifest_xml(base)) for base in (BASE, f"{BASE}/", "https://test.example.com")]
    assert ids[0] and ids[1] and ids[2]
    assert ids[0][1] == ids[1][1] != ids[2][1]


def test_the_server_hands_out_its_own_address_or_the_public_one(empty_site: Site, open_site: object) -> None:
    assert b"http://localhost/office/taskpane" in empty_site.client.get("/office/manifest.xml").data
    assert callable(open_site)
    public = open_site(people=PeopleConfig(public_url="https://plan.example.com"))
    assert public.client.get("/office/manifest.xml").data == manifest_xml(BASE)
    assert public.client.get("/office/functions.json").json == functions_json(BASE)


def test_custom_functions_are_the_catalogue_with_its_help() -> None:
    listed = functions_json(BASE)["functions"]
    assert [each["id"] for each in listed] == list(CELL_FUNCTIONS) == [each["name"] for each in listed]
    for each in listed:
        told = describe(each["name"])
        assert each["description"] == told.summary
        assert [(p["name"], p["description"]) for p in each["parameters"]] == [(a.name, a.help) for a in told.arguments]
        optional = [p.get("optional", False) for p in each["parameters"]]
        assert optional == sorted(optional), "what may be left out comes last"


def test_an_empty_cell_is_never_passed_as_zero() -> None:
    kinds = {p["type"] for each in functions_json(BASE)["functions"] for p in each["parameters"]}
    assert kinds == {"any"}


def test_the_pane_may_be_framed_by_office_alone_and_loads_only_office_js_from_elsewhere(empty_site: Site) -> None:
    answer = empty_site.client.get("/office/taskpane")
    policy = dict(part.split(" ", 1) for part in answer.headers["Content-Security-Policy"].split("; "))
    assert policy["script-src"] == "'self' https://appsforoffice.microsoft.com"
    assert policy["default-src"] == "'none'" and "unsafe" not in answer.headers["Content-Security-Policy"]
    assert "https://*.officeapps.live.com" in policy["frame-ancestors"] and "*" not in policy["frame-ancestors"].split()
    assert "X-Frame-Options" not in answer.headers
    assert re.findall(r'src="(https?://[^"]+)"', answer.text) == [
        "https://appsforoffice.microsoft.com/lib/1/hosted/office.js"
    ]
    assert not re.search(r"<script(?![^>]*src=)|\son\w+=|<style|style=", answer.text)
    other = empty_site.client.get("/")
    assert other.headers["X-Frame-Options"] == "DENY" and "microsoft" not in other.headers["Content-Security-Policy"]


def test_excel_may_fetch_the_metadata_and_the_icons_from_its_own_pages_and_nothing_else(empty_site: Site) -> None:
    metadata = empty_site.client.get("/office/functions.json", headers={"Origin": "https://excel.officeapps.live.com"})
    assert metadata.headers["Access-Control-Allow-Origin"] == "*"
    icon = empty_site.client.get("/static/office/icons/help-32.png")
    assert icon.headers["Cross-Origin-Resource-Policy"] == "cross-origin"
    for path in ("/office/taskpane", "/api/v1/functions", "/static/office/pane.js"):
        answer = empty_site.client.get(path, headers={"Origin": "https://evil.example"})
        assert "Access-Control-Allow-Origin" not in answer.headers
        assert answer.headers["Cross-Origin-Resource-Policy"] == "same-origin"


def test_the_help_page_tells_every_button_and_function(empty_site: Site) -> None:
    page = empty_site.client.get("/office").text
    assert all(f'id="{name}"' in page for name in CELL_FUNCTIONS)
    assert all(button.label in page for button in BUTTONS.values())
