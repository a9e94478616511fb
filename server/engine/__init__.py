"""The only place that calls the planning engine: each task takes bytes and plain values and returns bytes and values.

Tasks run in a child process (see :mod:`server.child`), never in the server itself.
"""
