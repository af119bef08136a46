"""The platform's settings, with the addresses of _hand_written.py."""

from tinhso.project.settings.embedded import *

ROOT_URLCONF = "_hand_written"
