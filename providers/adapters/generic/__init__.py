"""The generic JSON adapter, defined by rows in the admin. Pure: no Django, no I/O."""
