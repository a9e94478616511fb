"""Step 3 · supply review: rough-cut capacity, the constrained plan, its gaps explained, and what would close them.

Start at :func:`sop_xl.supply.plan.solve` and :func:`sop_xl.supply.rough_cut.rough_cut`. A plan is made in this order:
inputs become a network (``network`` and the modules it draws on), the network a linear program (``variables``,
``constraints``, ``objective``, ``model``), the program a solution (``solver``), the solution tables and key figures
(``results``, ``service``, ``kpis``), and these an explanation (``limits``, ``explain``, ``levers``, ``reliefs``,
``gaps``).
"""
