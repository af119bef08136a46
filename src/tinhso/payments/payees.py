"""Which accounts get the money of an agency: data of packs, and the providers that an operator has set up."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.conf import settings

from tinhso.identity.queries import agencies, agency_by_id
from tinhso.kernel.packs import in_force

from .definitions import PayeeAccount, PayeeDefinition


@dataclass(frozen=True, slots=True)
class Provider:
    """A bank or a telecom operator. `url` is where requests go, `page` what a payer opens, `keys` those that sign, the
    newest first."""

    name: str
    method: str
    url: str
    page: str
    keys: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Payee:
    """An account that gets an agency's money, at a provider that is set up. `owner` is the agency whose account it is:
    the agency itself, or one above it."""

    owner: UUID
    provider: Provider
    bank: str
    number: str
    holder: str


def providers() -> dict[str, Provider]:
    """Those that settings.PAYMENT_PROVIDERS sets up, by name."""
    given: Mapping[str, Mapping[str, Any]] = settings.PAYMENT_PROVIDERS
    return {
        name: Provider(name, one["method"], one["url"].rstrip("/"), one.get("page", ""), tuple(one["keys"]))
        for name, one in given.items()
    }


def payees(agency: UUID) -> list[Payee]:
    """The accounts on which an agency collects, one a provider: its own, else those of the agencies above it."""
    known = providers()
    given = _accounts()
    found: dict[str, Payee] = {}
    at: UUID | None = agency
    while at is not None and len(found) < len(known):
        ref = agency_by_id(at)
        for one in given.get(ref.code, ()):
            if one.provider in known and one.provider not in found:
                found[one.provider] = Payee(ref.id, known[one.provider], one.bank, one.number, one.holder)
        at = ref.parent or _province(ref.code)
    return list(found.values())


def collects_on(agency: UUID, owner: UUID) -> bool:
    """Whether an agency collects on an account of another (or its own)."""
    return any(payee.owner == owner for payee in payees(agency))


def payee_of(provider: str, number: str) -> UUID | None:
    """The agency whose account at a provider has this number; None where it is none of ours."""
    code = next(
        (
            code
            for code, given in _accounts().items()
            for one in given
            if (one.provider, one.number) == (provider, number)
        ),
        None,
    )
    return next((ref.id for ref in agencies() if ref.code == code), None) if code else None


def accounts_at(provider: str) -> list[str]:
    """The numbers of all our accounts at a provider."""
    return sorted({one.number for given in _accounts().values() for one in given if one.provider == provider})


def _accounts() -> dict[str, list[PayeeAccount]]:
    found: dict[str, list[PayeeAccount]] = {}
    for compiled in in_force("payee"):
        model: PayeeDefinition = compiled.model
        for one in model.accounts:
            found.setdefault(one.agency, []).append(one)
    return found


def _province(code: str) -> UUID | None:
    """The agency of the first tier of a code, for agencies that stand under none ("H31.15" → "H31")."""
    top = code.partition(".")[0]
    return next((ref.id for ref in agencies(level="province") if ref.code == top), None) if top != code else None
