"""A process of the bench: see ``cryptohub.tools.drill.worker``."""

from cryptohub.tools.drill.worker import main

if __name__ == "__main__":
    main("cryptohub.tools.bench.worker_commands")
