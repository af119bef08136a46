"""`tinhso pack new`: a folder to begin with."""

import re
from pathlib import Path

MANIFEST = """\
pack: {name}
version: 0.1.0
name: {{vi: {title}, en: {title}}}
summary: {{vi: Gói này giúp việc gì và cho ai, en: What this pack does and for whom}}
systems: []
needs: []
"""


def scaffold(root: Path, name: str) -> Path:
    """Make `root/name` with a manifest and the folders of a pack.

    Raises ValueError for a name that no pack may have, FileExistsError where one of that name stands.
    """
    if not re.fullmatch(r"[a-z][a-z0-9-]*", name):
        raise ValueError(f"{name!r}: a pack's name has small letters, digits and hyphens")
    folder = root / name
    folder.mkdir(parents=True)
    (folder / "pack.yaml").write_text(MANIFEST.format(name=name, title=name.replace("-", " ").capitalize()))
    for part in ("registers", "procedures", "tests"):
        (folder / part).mkdir()
    return folder
