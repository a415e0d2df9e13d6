from django.apps import AppConfig


class CryptohubConfig(AppConfig):
    name = "cryptohub"

    def ready(self) -> None:
        """Listen to the queue's own processes. Nothing is started here."""
        from django_q.signals import post_spawn, pre_execute  # their package needs loaded apps

        from cryptohub import heartbeat  # and so does this

        post_spawn.connect(heartbeat.process_started, dispatch_uid="cryptohub.heartbeat.started")
        pre_execute.connect(heartbeat.task_started, dispatch_uid="cryptohub.heartbeat.moved")
