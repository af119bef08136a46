"""The one ASGI application: pages and APIs by Django; granian serves it."""

import os

import django

from tinhso.documents.uploads import BodyLimit

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tinhso.project.settings.embedded")
django.setup(set_prefix=False)

from .handler import Handler  # noqa: E402  the handler reads the settings

application = BodyLimit(Handler())
