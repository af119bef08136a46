"""Purpose codes: what the payer's bank carries back to us, short, unique, and told apart from other words.

    TS + 7 letters or digits + a check letter      "TSK7M2QX9R4"

Banks write transfers in capitals, put words of their own before and after, and may drop blanks; so the code has neither
blanks nor marks, no letters that are read as digits, and a check letter: a sum weighted by powers of 3 modulo 31, which
finds every single wrong letter and every exchange of two letters (31 is prime, and 3 a primitive root of it).
"""

import re
import secrets
from collections.abc import Iterator

PREFIX = "TS"
LETTERS = "0123456789ABCDEFGHJKMNPQRSTVWXY"
"""31 of them: without I, L, O, U (and Z)."""
LENGTH = 7
_FORM = re.compile(f"(?={PREFIX}([{LETTERS}]{{{LENGTH + 1}}}))")


def new_code() -> str:
    """A code at random among 27 thousand million; that it is free is for the database to say."""
    body = "".join(secrets.choice(LETTERS) for _ in range(LENGTH))
    return PREFIX + body + check_letter(body)


def check_letter(body: str) -> str:
    """The letter that makes the weighted sum zero modulo 31 (weights 3, 9, 27, … from the right)."""
    total = 0
    for letter in body:
        total = (total + LETTERS.index(letter)) * 3 % len(LETTERS)
    return LETTERS[-total % len(LETTERS)]


def is_code(text: str) -> bool:
    """Whether a text is a code that we may have given."""
    return (
        len(text) == len(PREFIX) + LENGTH + 1
        and text.startswith(PREFIX)
        and all(letter in LETTERS for letter in text[len(PREFIX) :])
        and check_letter(text[len(PREFIX) : -1]) == text[-1]
    )


def codes_in(content: str) -> Iterator[str]:
    """Every code in the words of a transfer, whatever stands around it and wherever blanks were put or lost."""
    seen: set[str] = set()
    for text in (content.upper(), re.sub(r"[^0-9A-Z]", "", content.upper())):
        for found in _FORM.finditer(text):
            code = PREFIX + found[1]
            if is_code(code) and code not in seen:
                seen.add(code)
                yield code
