"""Makes the helpers beside this file importable from every test, and property tests the same on every run.

Look for new counterexamples with ``pytest --hypothesis-profile=search``.
"""

from hypothesis import settings

settings.register_profile("repeatable", derandomize=True, deadline=None)
settings.register_profile("search", max_examples=1000, deadline=None)
settings.load_profile("repeatable")
