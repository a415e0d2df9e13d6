"""The commands ``explain`` and ``forecast``."""
