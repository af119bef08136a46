"""`make check`: packs are without fault and migrations are complete, against a database of this run's own."""

import subprocess
import sys

for command in (
    ["migrate", "-v", "0"],
    ["makemigrations", "--check", "--dry-run", "-v", "1"],
    ["pack", "check"],
    ["check"],
):
    if done := subprocess.run([sys.executable, "-m", "tinhso", *command], check=False).returncode:
        sys.exit(done)
