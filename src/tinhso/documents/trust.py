"""The local public-key infrastructure of embedded mode: a root, an issuing authority, responders for revocation and a
time-stamping authority, and a certificate for each signer, in a folder that only its owner reads.

It stands where a qualified provider stands in a real province (Law on Electronic Transactions 20/2023/QH15, Decree
68/2024/ND-CP on the public-service signature). `signer_for` is the seam: a PKCS#11 token or a remote signing service
answers the same question with another of pyHanko's signers.

    root ── issuing ── one certificate a signer
     │        ├─ ocsp   answers for what `issuing` issued
     │        └─ tsa    stamps the time (RFC 3161)
     └─ ocsp-root       answers for `issuing`
"""

import fcntl
import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import AuthorityInformationAccessOID, ExtendedKeyUsageOID, NameOID
from django.conf import settings

ARCHITECTURE = "tinhso"
YEARS = {"root": 20, "issuing": 10, "ocsp": 5, "ocsp-root": 5, "tsa": 5, "signer": 2}
NAMES = {
    "root": "Tỉnh Số – Root CA (local)",
    "issuing": "Tỉnh Số – Issuing CA (local)",
    "ocsp": "Tỉnh Số – OCSP (local)",
    "ocsp-root": "Tỉnh Số – Root OCSP (local)",
    "tsa": "Tỉnh Số – Time Stamping Authority (local)",
}


def folder() -> Path:
    return Path(settings.TRUST_ROOT)


def root_file() -> Path:
    """The root certificate, for anybody's validator (`pyhanko sign validate --trust`)."""
    return folder() / "root.pem"


def service_url(kind: str, label: str) -> str:
    """Where certomancer serves `kind` (ocsp, tsa) under `label`."""
    return f"{settings.TRUST_URL}/{ARCHITECTURE}/{kind}/{label}"


def ensure() -> Path:
    """Make what is missing of the infrastructure; returns its folder. Safe to call from several processes.

    Certificates carry the address of their responder, so an issuing authority made for another TRUST_URL is
    succeeded by one with the same key; papers signed before stay valid, for they carry their own evidence.
    """
    place = folder()
    with _locked(place):
        marker = place / "url.txt"
        if marker.exists() and marker.read_text() == settings.TRUST_URL:
            return place
        if not root_file().exists():
            _write(place, "root", _self_signed())
        _write(place, "ocsp-root", _issue(place, "ocsp-root", "root"))
        _write(place, "issuing", _issue(place, "issuing", "root"))
        for label in ("ocsp", "tsa"):
            _write(place, label, _issue(place, label, "issuing"))
        marker.write_text(settings.TRUST_URL)
    return place


def signer_files(name: str, title: str, agency: str) -> tuple[Path, Path]:
    """The certificate and key of a signer (a holder in a post of an agency), issued at first use, again when it has
    less than a month to live. Returns (certificate, key)."""
    place = ensure()
    label = _label(name, title, agency)
    certificate = place / "signers" / f"{label}.pem"
    key = place / "keys" / f"{label}.pem"
    if certificate.exists() and _lives(str(certificate), certificate.stat().st_mtime_ns):
        return certificate, key
    with _locked(place):
        if not (certificate.exists() and _lives(str(certificate), certificate.stat().st_mtime_ns)):
            subject = [(NameOID.COMMON_NAME, name), (NameOID.TITLE, title), (NameOID.ORGANIZATION_NAME, agency)]
            _write(place, label, _issue(place, label, "issuing", subject), signer=True)
    return certificate, key


def revoke(name: str, title: str, agency: str) -> None:
    """Revoke a signer's certificate from now on: the key was lost, or its holder left. The authority answers so, and
    nothing more is signed with it; papers signed before stay valid, for they carry the evidence of their time."""
    place, label = ensure(), _label(name, title, agency)
    signer_files(name, title, agency)
    with _locked(place):
        now = datetime.now(UTC).replace(microsecond=0)
        (place / "signers" / f"{label}.revoked").write_text(now.isoformat())


def renew(name: str, title: str, agency: str) -> None:
    """Issue a new key and certificate in place of a signer's revoked one."""
    place, label = ensure(), _label(name, title, agency)
    with _locked(place):
        for old in (place / "keys" / f"{label}.pem", place / "signers" / f"{label}.revoked"):
            old.unlink(missing_ok=True)
        (place / "signers" / f"{label}.pem").unlink(missing_ok=True)
    signer_files(name, title, agency)


def _label(name: str, title: str, agency: str) -> str:
    """What the files of a signer are called."""
    return hashlib.sha256("\n".join([name, title, agency, settings.TRUST_URL]).encode()).hexdigest()[:20]


def certomancer_config(place: Path) -> dict[str, Any]:
    """What certomancer needs to know to answer for every certificate in `place`."""
    authorities = {"root": "root", "issuing": "root", "ocsp-root": "root", "ocsp": "issuing", "tsa": "issuing"}
    signers = sorted(file.stem for file in (place / "signers").glob("*.pem"))
    certificates = {label: (place / f"{label}.pem", issuer) for label, issuer in authorities.items()}
    certificates |= {label: (place / "signers" / f"{label}.pem", "issuing") for label in signers}
    declared = {}
    for label, (file, issuer) in certificates.items():
        found = x509.load_pem_x509_certificate(file.read_bytes())
        declared[label] = {
            "subject": label,
            "issuer": issuer,
            "serial": found.serial_number,
            "certificate-file": str(file),
            "validity": {
                "valid-from": found.not_valid_before_utc.isoformat(),
                "valid-to": found.not_valid_after_utc.isoformat(),
            },
        }
        if (mark := file.with_suffix(".revoked")).exists():
            declared[label]["revocation"] = {"revoked-since": mark.read_text(), "reason": "key_compromise"}
    return {
        "external-url-prefix": settings.TRUST_URL,
        "keysets": {"main": {"keys": {label: {"path": str(place / "keys" / f"{label}.pem")} for label in declared}}},
        "pki-architectures": {
            ARCHITECTURE: {
                "keyset": "main",
                "entities": {label: {"common-name": NAMES.get(label, label)} for label in declared},
                "certs": declared,
                "services": {
                    "ocsp": {
                        "root": {"for-issuer": "root", "responder-cert": "ocsp-root", "issuer-cert": "root"},
                        "issuing": {"for-issuer": "issuing", "responder-cert": "ocsp", "issuer-cert": "issuing"},
                    },
                    "crl-repo": {
                        name: {"for-issuer": name, "signing-key": name, "simulated-update-schedule": "P1D",
                               "issuer-cert": name}
                        for name in ("root", "issuing")
                    },
                    "time-stamping": {"main": {"signing-cert": "tsa", "certs-to-embed": ["issuing"]}},
                },
            }
        },
    }  # fmt: skip


def port() -> int:
    return urlsplit(settings.TRUST_URL).port or 80


@contextmanager
def _locked(place: Path) -> Iterator[None]:
    for part in (place, place / "keys", place / "signers"):
        part.mkdir(parents=True, exist_ok=True, mode=0o700)
    with (place / ".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


@cache
def _lives(certificate: str, modified: int) -> bool:
    found = x509.load_pem_x509_certificate(Path(certificate).read_bytes())
    return found.not_valid_after_utc - datetime.now(UTC) > timedelta(days=30)


def _key(place: Path, label: str) -> ec.EllipticCurvePrivateKey:
    """The private key of `label`, P-256, made at first use."""
    file = place / "keys" / f"{label}.pem"
    if file.exists():
        key = serialization.load_pem_private_key(file.read_bytes(), None)
        assert isinstance(key, ec.EllipticCurvePrivateKey)
        return key
    key = ec.generate_private_key(ec.SECP256R1())
    file.touch(mode=0o600)
    file.write_bytes(
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    )
    return key


def _write(place: Path, label: str, certificate: x509.Certificate, *, signer: bool = False) -> None:
    file = place / "signers" / f"{label}.pem" if signer else place / f"{label}.pem"
    draft = file.with_suffix(".draft")
    draft.write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
    draft.rename(file)


def _subject(parts: list[tuple[x509.ObjectIdentifier, str]]) -> x509.Name:
    """A name within the upper bounds of RFC 5280 (64 letters a part)."""
    country = x509.NameAttribute(NameOID.COUNTRY_NAME, "VN")
    return x509.Name([country, *(x509.NameAttribute(oid, text[:64]) for oid, text in parts if text)])


def _builder(label: str, subject: x509.Name, issuer: x509.Name, key: ec.EllipticCurvePublicKey) -> Any:
    now = datetime.now(UTC).replace(microsecond=0)
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key)
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(minutes=5))
        .not_valid_after(now + timedelta(days=365 * YEARS.get(label, YEARS["signer"])))
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key), critical=False)
    )


def _usage(**on: bool) -> x509.KeyUsage:
    names = (
        "digital_signature", "content_commitment", "key_encipherment", "data_encipherment", "key_agreement",
        "key_cert_sign", "crl_sign", "encipher_only", "decipher_only",
    )  # fmt: skip
    return x509.KeyUsage(**{name: on.get(name, False) for name in names})


def _self_signed() -> x509.Certificate:
    key = _key(folder(), "root")
    name = _subject([(NameOID.COMMON_NAME, NAMES["root"])])
    return (
        _builder("root", name, name, key.public_key())
        .add_extension(x509.BasicConstraints(ca=True, path_length=1), critical=True)
        .add_extension(_usage(key_cert_sign=True, crl_sign=True), critical=True)
        .sign(key, hashes.SHA256())
    )


def _issue(
    place: Path, label: str, issuer: str, subject: list[tuple[x509.ObjectIdentifier, str]] | None = None
) -> x509.Certificate:
    """A certificate for the key `label`, signed by `issuer`; what it may do follows from the label."""
    above = x509.load_pem_x509_certificate((place / f"{issuer}.pem").read_bytes())
    key = _key(place, label).public_key()
    name = _subject(subject or [(NameOID.COMMON_NAME, NAMES[label])])
    builder = _builder(label, name, above.subject, key).add_extension(
        x509.AuthorityKeyIdentifier.from_issuer_public_key(_key(place, issuer).public_key()), critical=False
    )
    builder = builder.add_extension(
        x509.BasicConstraints(ca=label == "issuing", path_length=0 if label == "issuing" else None), critical=True
    )
    if label == "issuing":
        builder = builder.add_extension(_usage(key_cert_sign=True, crl_sign=True), critical=True)
    elif label.startswith("ocsp"):
        builder = (
            builder.add_extension(_usage(digital_signature=True), critical=True)
            .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.OCSP_SIGNING]), critical=False)
            .add_extension(x509.OCSPNoCheck(), critical=False)
        )
    elif label == "tsa":
        builder = builder.add_extension(_usage(digital_signature=True), critical=True).add_extension(
            x509.ExtendedKeyUsage([ExtendedKeyUsageOID.TIME_STAMPING]), critical=True
        )
    else:
        builder = builder.add_extension(_usage(digital_signature=True, content_commitment=True), critical=True)
    if not label.startswith("ocsp"):
        responder = x509.UniformResourceIdentifier(service_url("ocsp", issuer))
        builder = builder.add_extension(
            x509.AuthorityInformationAccess([x509.AccessDescription(AuthorityInformationAccessOID.OCSP, responder)]),
            critical=False,
        )
    return builder.sign(_key(place, issuer), hashes.SHA256())
