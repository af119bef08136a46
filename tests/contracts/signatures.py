"""What a stranger's program says of a signed PDF: pyHanko's own command line, which is no part of the platform."""

import subprocess
import sys
from pathlib import Path

from pyhanko.pdf_utils.reader import PdfFileReader

PYHANKO = Path(sys.executable).parent / "pyhanko"
TRUSTED = "INTACT:TRUSTED,TIMESTAMP_TOKEN<INTACT:TRUSTED>"


def verdict(file: Path, root: Path, *options: str, verb: str = "validate") -> tuple[bool, str]:
    """Whether `pyhanko sign VERB` trusts `file` with `root` as the only trust anchor, and all that it wrote."""
    command = [PYHANKO, "sign", verb, "--trust", root, "--trust-replace", *options, file]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)
    return done.returncode == 0, done.stdout + done.stderr


def changed(file: Path, place: int) -> Path:
    """A copy of `file` with one bit of the byte at `place` changed."""
    content = bytearray(file.read_bytes())
    content[place] ^= 1
    copy = file.with_name(f"{file.stem}-{place}{file.suffix}")
    copy.write_bytes(content)
    return copy


def parts(file: Path) -> dict[str, int | str]:
    """What the PDF carries beside its pages: the form of its signature, and how much evidence for later."""
    with file.open("rb") as stream:
        reader = PdfFileReader(stream)
        (signature,) = reader.embedded_regular_signatures
        attributes = signature.signer_info["unsigned_attrs"]
        evidence = reader.root["/DSS"]
        return {
            "form": str(signature.sig_object["/SubFilter"]),
            "stamps": sum(one["type"].native == "signature_time_stamp_token" for one in attributes),
            "certificates": len(evidence["/Certs"]),
            "answers": len(evidence.get("/OCSPs", [])) + len(evidence.get("/CRLs", [])),
            "signer": signature.signer_cert.subject.native["common_name"],
        }
