"""How fast the hub answers what it knows: beside a bare application on the same server, in alternation."""
