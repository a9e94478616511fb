"""What stands in for Excel's judgement of a file: the schema and semantic checks of openxml-audit."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from openxml_audit import FileFormat, OpenXmlValidator


@cache
def _validator() -> OpenXmlValidator:
    return OpenXmlValidator(FileFormat.MICROSOFT_365, max_errors=50, security_validation=True)


def audit(path: Path) -> list[str]:
    """Return every finding about a workbook, warnings included; none means that Excel opens it without repair."""
    return [f"{path.name}: {finding}" for finding in _validator().validate(path).errors]
