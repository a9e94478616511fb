"""The desktop add-in ``sop_xl.xlam``, made on any system from text: VBA modules, ribbon, wrappers of cell functions.

``vba_source`` and ``vba_project`` turn text into ``vbaProject.bin`` ([MS-OVBA] in a [MS-CFB] file), ``xlwings_module``
hardens the module that starts Python, ``ribbon`` and ``callbacks`` follow the catalogue, ``package`` puts all of it
into a workbook and ``building`` keeps the committed texts and the file in step.
"""
