"""New master keys: the sensitive values of every version are wrapped again (`tinhso identity rotate-keys`)."""

from django.db import connection, transaction

from tinhso.identity import services as identity

from ..models import Proposal, Secret
from .drafts import place as place_of_proposal

BATCH = 1_000


def rewrap_secrets() -> int:
    """Rewrap up to BATCH values that an older key still wraps; returns how many, 0 when none is left."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(
            "SELECT s.record, s.revision, v.register, s.sealed FROM registers_secret s"
            " JOIN record_version v USING (record, revision)"
            " WHERE substr(s.sealed, 2, 4) <> %s LIMIT %s FOR UPDATE OF s SKIP LOCKED",
            [identity.key_id(), BATCH],
        )
        rows = cursor.fetchall()
        for record, revision, register, sealed in rows:
            place = f"registers_secret:{register}:{record}:{revision}"
            Secret.objects.filter(record=record, revision=revision).update(sealed=identity.rewrap(sealed, place))
    return len(rows)


def rewrap_proposals() -> int:
    """The same for proposed changes."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(
            "SELECT id, sealed FROM registers_proposal WHERE substr(sealed, 2, 4) <> %s LIMIT %s"
            " FOR UPDATE SKIP LOCKED",
            [identity.key_id(), BATCH],
        )
        rows = cursor.fetchall()
        for id, sealed in rows:
            Proposal.objects.filter(pk=id).update(sealed=identity.rewrap(sealed, place_of_proposal(id)))
    return len(rows)
