"""What identity does. Each verb checks its permission and leaves an audit row and an event in one transaction."""

from .accounts import (
    DEMO_CODE,
    DEMO_PASSWORD,
    account_of_person,
    assign,
    close_account,
    delegate,
    end_assignment,
    end_delegation,
    open_account,
    open_demo_account,
    open_demo_accounts,
    signed_in,
    speak,
)
from .agencies import load_agencies
from .client import register_client
from .consent import give_consent, withdraw_consent
from .looking import (
    find_person,
    look,
    look_many,
    note_looks,
    own_details,
    relative,
    relatives,
    relatives_of,
    search_people,
)
from .population import (
    change_person,
    marry,
    move_residence,
    register_people,
    register_person,
    rotate_keys,
)
from .second_factor import demo_totp_code, demo_totp_secret

__all__ = [
    "DEMO_CODE",
    "DEMO_PASSWORD",
    "account_of_person",
    "assign",
    "change_person",
    "close_account",
    "delegate",
    "demo_totp_code",
    "demo_totp_secret",
    "end_assignment",
    "end_delegation",
    "find_person",
    "give_consent",
    "load_agencies",
    "look",
    "look_many",
    "marry",
    "move_residence",
    "note_looks",
    "open_account",
    "open_demo_account",
    "open_demo_accounts",
    "own_details",
    "register_client",
    "register_people",
    "register_person",
    "relative",
    "relatives",
    "relatives_of",
    "rotate_keys",
    "search_people",
    "signed_in",
    "speak",
    "withdraw_consent",
]
