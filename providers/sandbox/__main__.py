"""`python -m providers.sandbox`: the sandbox without Django."""

from __future__ import annotations

from providers.sandbox.cli import main

if __name__ == "__main__":
    main()
