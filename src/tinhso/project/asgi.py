"""The one ASGI application: pages and APIs by Django; granian serves it."""

import os
from typing import Any, cast

from django.core.asgi import get_asgi_application

from tinhso.documents.uploads import BodyLimit

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tinhso.project.settings.embedded")
application = BodyLimit(cast(Any, get_asgi_application()))
