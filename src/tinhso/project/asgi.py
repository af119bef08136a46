"""The one ASGI application: pages and APIs by Django; granian serves it."""

import os

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tinhso.project.settings.embedded")
django.setup(set_prefix=False)

# ruff: noqa: E402  what is imported here reads the settings
from tinhso.documents.uploads import BodyLimit

from .handler import Handler

application = BodyLimit(Handler())
