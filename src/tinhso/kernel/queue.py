"""The job queue inside transactions: what a task defers is there when the task's own rows are, and not before.

procrastinate's worker would insert such jobs through connections of its own: seen by others before the event that they
are about, so that the first try finds nothing and the next comes seconds later, and left behind when the transaction is
rolled back.
"""

from typing import Any

from procrastinate.connector import BaseConnector
from procrastinate.contrib.django.django_connector import DjangoConnector
from procrastinate.contrib.django.utils import connector_params
from procrastinate.psycopg_connector import PsycopgConnector


class WorkerConnector(PsycopgConnector):
    """Fetches jobs by connections of its own; what the code of a job defers goes by Django's, in its transaction."""

    def __init__(self, alias: str) -> None:
        super().__init__(kwargs=connector_params(alias))
        self.alias = alias

    def get_sync_connector(self) -> BaseConnector:
        return DjangoConnector(self.alias)


class Connector(DjangoConnector):
    def get_worker_connector(self) -> WorkerConnector:
        return WorkerConnector(self.alias)


def ready(app: Any) -> None:
    """Called by procrastinate once its app is there (setting PROCRASTINATE_ON_APP_READY)."""
    app.connector = app.job_manager.connector = Connector(app.connector.alias)
