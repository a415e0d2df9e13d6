"""One process of the bench: see ``markets.drill.worker``."""

from markets.drill.worker import main

if __name__ == "__main__":
    main("markets.bench.deeds")
