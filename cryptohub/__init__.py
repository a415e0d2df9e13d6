"""The Django project: settings, accounts, the API's common parts, the launcher and tools."""
