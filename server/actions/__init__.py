"""What people do with a cycle, once for API and pages: create, submit, consolidate, commit, download."""
