"""Mail by SMTP (Django's mail settings)."""

import smtplib
from email.utils import make_msgid

from django.conf import settings
from django.core.mail import EmailMessage, get_connection
from django.utils.translation import gettext as _
from django.utils.translation import override

from .outgoing import Outgoing, Refused

SECONDS = 20


def ready() -> bool:
    return bool(settings.EMAIL_HOST) or "smtp" not in settings.EMAIL_BACKEND


def send(message: Outgoing) -> None:
    """Send one mail. Refused where the server says that the address will never take it (5xx to RCPT); whatever else
    goes wrong is raised as it is. The message id is of the sending, so that a repetition can be told."""
    headers = {"Message-ID": f"<{message.id}@{_domain()}>", "Auto-Submitted": "auto-generated"}
    if message.unsubscribe:
        headers |= {
            "List-Unsubscribe": f"<{message.unsubscribe}>",
            "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
        }
    mail = EmailMessage(message.subject, _body(message), settings.DEFAULT_FROM_EMAIL, [message.to], headers=headers)
    try:
        with get_connection(timeout=SECONDS) as connection:
            connection.send_messages([mail])
    except smtplib.SMTPRecipientsRefused as error:
        code, said = next(iter(error.recipients.values()))
        if code >= 500:
            raise Refused(f"{code} {_text(said)}", gone=True) from error
        raise
    except smtplib.SMTPDataError as error:
        if error.smtp_code >= 500:
            raise Refused(f"{error.smtp_code} {_text(error.smtp_error)}") from error
        raise


def _body(message: Outgoing) -> str:
    with override(message.language):
        parts = [message.text]
        if message.link:
            parts.append(_("Xem đầy đủ sau khi đăng nhập: %(link)s") % {"link": message.link})
        if message.unsubscribe:
            parts.append("-- \n" + _("Không muốn nhận thư này nữa: %(link)s") % {"link": message.unsubscribe})
        return "\n\n".join(parts) + "\n"


def _domain() -> str:
    """The domain of our own message ids."""
    return make_msgid(domain=settings.DEFAULT_FROM_EMAIL.rpartition("@")[2].strip("> ")).rpartition("@")[2].strip(">")


def _text(said: bytes | str) -> str:
    return said.decode(errors="replace") if isinstance(said, bytes) else said
