"""The calculation server: cycles, submissions, consolidation and committed versions over HTTP, with pages for people.

Run it with ``python -m server serve``. The engine (`sop_xl`) never imports this package.
"""
