"""The generic JSON adapter, defined by rows in the admin."""
