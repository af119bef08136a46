"""The vocabulary shared by all definitions of packs."""

from typing import Annotated

from django.utils.translation import get_language
from pydantic import BaseModel, ConfigDict, Field, StringConstraints

Name = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_-]*$", max_length=60)]


class Strict(BaseModel):
    """A part of a definition: unknown keys are faults, values never change after reading."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Words(Strict):
    """A text that people read, in both languages."""

    vi: str = Field(min_length=1)
    en: str = Field(min_length=1)

    def __str__(self) -> str:
        return self.en if (get_language() or "vi").startswith("en") else self.vi


class PackManifest(Strict):
    """pack.yaml"""

    pack: Name
    version: str = Field(pattern=r"^\d+\.\d+\.\d+$")
    name: Words
    summary: Words
    systems: list[str] = []
    needs: list[Name] = []
