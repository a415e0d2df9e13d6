"""A faithful fake of every shipped provider on loopback: one deterministic market, faults that can be switched."""
