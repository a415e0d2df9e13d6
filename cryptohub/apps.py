"""App configuration."""

from django.apps import AppConfig


class CryptohubConfig(AppConfig):
    """The app of accounts, API keys and operation."""

    name = "cryptohub"

    def ready(self) -> None:
        """Connect the heartbeat to django-q2's signals, and read stored tasks as plain data.

        Threads start elsewhere, after the fork.
        """
        from django_q.signals import post_spawn, pre_execute  # needs loaded apps

        from cryptohub import heartbeat  # likewise
        from cryptohub.ops import task_results  # likewise

        task_results.install()

        post_spawn.connect(heartbeat.process_started, dispatch_uid="cryptohub.heartbeat.started")
        pre_execute.connect(heartbeat.task_started, dispatch_uid="cryptohub.heartbeat.moved")
