"""VBA wrappers of the cell functions, written by xlwings from the Python signatures.

xlwings writes them on Windows only. Elsewhere its module of cell functions is imported with empty stand-ins for the
Windows libraries, in a process of its own, so that nothing of this reaches the rest of the program.
"""

from __future__ import annotations

import subprocess
import sys

UDF_MODULE = "sop_xl.excel.udfs"
MODULE_NAME = "xlwings_udfs"

_FAILED = "= Err.Description"
_SHORT = "= SopCellError(Err.Description)"


def wrappers_module(module: str = UDF_MODULE) -> str:
    """Return the VBA module with one wrapper for each cell function of a Python module.

    Functions are called in the name of the add-in, not of the workbook a person has open: xlwings would look for
    Python code in that workbook's sheets. Errors become a short text in the cell, never a stack trace.

    Raises:
        RuntimeError: where the Python module cannot be imported or xlwings writes something unexpected.
    """
    done = subprocess.run(
        [sys.executable, "-c", _CHILD, module], capture_output=True, text=True, encoding="utf-8", check=False
    )
    if done.returncode:
        raise RuntimeError(f"The wrappers of {module} could not be written:\n{done.stderr}")
    written = done.stdout.replace("\r\n", "\n")
    if "ActiveWorkbook" in written or _FAILED not in written:
        raise RuntimeError(f"xlwings wrote wrappers of another kind than expected:\n{written[:2000]}")
    return "".join(
        (
            f'Attribute VB_Name = "{MODULE_NAME}"\n#Const App = "Microsoft Excel"\n',
            f"' Made by xlwings from {module} by: sop-xl excel build\n\n",
            written.replace(_FAILED, _SHORT),
        )
    )


_CHILD = """
import importlib, io, sys, types

sys.stdout.reconfigure(encoding="utf-8")
if sys.platform != "win32":
    for name in ("pythoncom", "pywintypes", "win32com", "win32com.client"):
        sys.modules[name] = types.ModuleType(name)
    sys.modules["pythoncom"].CoInitialize = lambda: None
    sys.modules["pywintypes"].com_error = type("com_error", (Exception,), {})
    sys.modules["win32com.client"].Dispatch = lambda *_, **__: None
import xlwings
from xlwings import udfs

xlwings.func, xlwings.arg, xlwings.ret, xlwings.sub = udfs.xlfunc, udfs.xlarg, udfs.xlret, udfs.xlsub
module = importlib.import_module(sys.argv[1])
out = io.StringIO()
udfs.generate_vba_wrapper(sys.argv[1], module, out, types.SimpleNamespace(Name="add-in"))
sys.stdout.write(out.getvalue())
"""
