"""The words of the domain as frozen values: calendar, issue, inputs and plan. No files, no heavy libraries."""
