"""The bundled demo: published monthly prescriptions, and an illustrative supply chain around them.

Start at :func:`sop_xl.gather.demo.tables.demo_tables` (the inputs of a cycle) and
:func:`sop_xl.gather.demo.departments.department_edits` (what the departments fill into their books).
"""
