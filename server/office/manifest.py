"""The manifest of the Office.js add-in: one ribbon tab with every button, a task pane and the cell functions.

It is the *add-in only* manifest (XML), which Excel on the web, Windows and Mac take from a file or from the
organisation's admin centre. Everything in it follows from the catalogue and the address of the server.
"""

from __future__ import annotations

import uuid
import xml.etree.ElementTree as ET

from sop_xl import __version__
from sop_xl.capabilities import BUTTONS, GROUPS, PREFIX, Button

PAGE = "/office/taskpane"
FUNCTIONS_SCRIPT = "/static/office/functions.js"
FUNCTIONS_METADATA = "/office/functions.json"
ICONS = "/static/office/icons"
ICON_SIZES = (16, 32, 80)
TAB = "SopTab"
_APP = "http://schemas.microsoft.com/office/appforoffice/1.1"
_XSI = "http://www.w3.org/2001/XMLSchema-instance"
_BASIC = "http://schemas.microsoft.com/office/officeappbasictypes/1.0"
_OVERRIDES = "http://schemas.microsoft.com/office/taskpaneappversionoverrides"
_LONGEST_TIP = 250
_TYPE = "xsi:type"


def manifest_xml(base: str) -> bytes:
    """Return the manifest of the add-in as a server at an address hands it out.

    The id follows from the address, so that the add-ins of a test server and the real one stand side by side.

    Args:
        base: address of the server as people's Excel reaches it, such as ``https://plan.example.com``.
    """
    base = base.rstrip("/")
    names = {"xmlns": _APP, "xmlns:xsi": _XSI, "xmlns:bt": _BASIC}
    root = ET.Element("OfficeApp", {**names, _TYPE: "TaskPaneApp"})
    _text(root, "Id", str(uuid.uuid5(uuid.NAMESPACE_URL, f"{base}/office")))
    _text(root, "Version", f"1.{__version__}")
    _text(root, "ProviderName", "sop_xl")
    _text(root, "DefaultLocale", "en-US")
    _value(root, "DisplayName", "S&OP")
    _value(root, "Description", "Sales & Operations Planning in your workbook: forecast, check, decide, hand in.")
    _value(root, "IconUrl", f"{base}{ICONS}/sop-32.png")
    _value(root, "HighResolutionIconUrl", f"{base}{ICONS}/sop-64.png")
    _value(root, "SupportUrl", f"{base}/office")
    _text(_child(root, "AppDomains"), "AppDomain", base)
    ET.SubElement(_child(root, "Hosts"), "Host", {"Name": "Workbook"})
    sets = ET.SubElement(_child(root, "Requirements"), "Sets", {"DefaultMinVersion": "1.1"})
    ET.SubElement(sets, "Set", {"Name": "SharedRuntime", "MinVersion": "1.1"})
    ET.SubElement(sets, "Set", {"Name": "ExcelApi", "MinVersion": "1.13"})
    _value(_child(root, "DefaultSettings"), "SourceLocation", f"{base}{PAGE}")
    _text(root, "Permissions", "ReadWriteDocument")
    root.append(_overrides(base))
    ET.indent(root)
    return ET.tostring(root, encoding="utf-8", xml_declaration=True) + b"\n"


def _overrides(base: str) -> ET.Element:
    # A default namespace of its own, as in Microsoft's manifests: the types named by xsi:type are looked up in it.
    root = ET.Element("VersionOverrides", {"xmlns": _OVERRIDES, _TYPE: "VersionOverridesV1_0"})
    host = ET.SubElement(_child(root, "Hosts"), "Host", {_TYPE: "Workbook"})
    ET.SubElement(_child(host, "Runtimes"), "Runtime", {"resid": "Page.Url", "lifetime": "long"})
    point = ET.SubElement(_child(host, "AllFormFactors"), "ExtensionPoint", {_TYPE: "CustomFunctions"})
    for element, resource in (("Script", "Functions.Url"), ("Page", "Page.Url"), ("Metadata", "Metadata.Url")):
        ET.SubElement(_child(point, element), "SourceLocation", {"resid": resource})
    ET.SubElement(point, "Namespace", {"resid": "Namespace"})
    form = _child(host, "DesktopFormFactor")
    start = _child(form, "GetStarted")
    for element, resource in (("Title", "Start.Title"), ("Description", "Start.Text"), ("LearnMoreUrl", "Help.Url")):
        ET.SubElement(start, element, {"resid": resource})
    ET.SubElement(form, "FunctionFile", {"resid": "Page.Url"})
    surface = ET.SubElement(form, "ExtensionPoint", {_TYPE: "PrimaryCommandSurface"})
    tab = ET.SubElement(surface, "CustomTab", {"id": TAB})
    for name in GROUPS:
        _group(tab, name)
    ET.SubElement(tab, "Label", {"resid": "Tab"})
    root.append(_resources(base))
    return root


def _group(tab: ET.Element, name: str) -> None:
    buttons = [button for button in BUTTONS.values() if button.group == name]
    group = ET.SubElement(tab, "Group", {"id": f"{TAB}.{name}"})
    ET.SubElement(group, "Label", {"resid": f"Group.{name}"})
    _icon(group, buttons[0].name)
    for button in buttons:
        action = _control(group, button.name)
        action.set(_TYPE, "ExecuteFunction")
        _text(action, "FunctionName", button.name)
    if name == GROUPS[-1]:
        action = _control(group, "pane")
        action.set(_TYPE, "ShowTaskpane")
        _text(action, "TaskpaneId", "SopPane")
        ET.SubElement(action, "SourceLocation", {"resid": "Page.Url"})


def _control(group: ET.Element, name: str) -> ET.Element:
    """Add a button to a group and return its empty action."""
    control = ET.SubElement(group, "Control", {_TYPE: "Button", "id": f"{TAB}.{name}"})
    ET.SubElement(control, "Label", {"resid": f"{name}.Label"})
    tip = _child(control, "Supertip")
    ET.SubElement(tip, "Title", {"resid": f"{name}.Label"})
    ET.SubElement(tip, "Description", {"resid": f"{name}.Tip"})
    _icon(control, name)
    return _child(control, "Action")


def _icon(parent: ET.Element, name: str) -> None:
    icon = _child(parent, "Icon")
    for size in ICON_SIZES:
        ET.SubElement(icon, "bt:Image", {"size": str(size), "resid": f"{name}.{size}"})


def _resources(base: str) -> ET.Element:
    root = ET.Element("Resources")
    names = [*BUTTONS, "pane"]
    images = {f"{name}.{size}": f"{base}{ICONS}/{name}-{size}.png" for name in names for size in ICON_SIZES}
    _list(root, "Images", "Image", images)
    urls = {
        "Page.Url": f"{base}{PAGE}",
        "Functions.Url": f"{base}{FUNCTIONS_SCRIPT}",
        "Metadata.Url": f"{base}{FUNCTIONS_METADATA}",
        "Help.Url": f"{base}/office",
    }
    _list(root, "Urls", "Url", urls)
    shorts = {"Tab": "S&OP", "Namespace": PREFIX, "Start.Title": "S&OP is ready", "pane.Label": "Open pane"}
    shorts |= {f"Group.{name}": name for name in GROUPS}
    shorts |= {f"{button.name}.Label": button.label for button in BUTTONS.values()}
    _list(root, "ShortStrings", "String", shorts)
    longs = {"Start.Text": "Find the buttons on the S&OP tab. Sign in once in the pane: S&OP, Open pane."}
    longs |= {"pane.Tip": "Opens the pane: sign-in, messages of the last button, and issues with links to their cells."}
    longs |= {f"{button.name}.Tip": _tip(button) for button in BUTTONS.values()}
    _list(root, "LongStrings", "String", longs)
    return root


def _tip(button: Button) -> str:
    return button.tip[:_LONGEST_TIP]


def _list(root: ET.Element, group: str, element: str, values: dict[str, str]) -> None:
    found = _child(root, f"bt:{group}")
    for name, value in values.items():
        ET.SubElement(found, f"bt:{element}", {"id": name, "DefaultValue": value})


def _child(parent: ET.Element, name: str) -> ET.Element:
    return ET.SubElement(parent, name)


def _text(parent: ET.Element, name: str, text: str) -> None:
    ET.SubElement(parent, name).text = text


def _value(parent: ET.Element, name: str, value: str) -> None:
    ET.SubElement(parent, name, {"DefaultValue": value})
