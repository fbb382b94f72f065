"""An issuer of client certificates, for tests."""

from datetime import UTC, datetime, timedelta
from urllib.parse import quote

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

NU = datetime.now(UTC).replace(microsecond=0)  # noqa: TID251  - the API reads the real clock


class Utfardare:
    """A certificate authority with a name."""

    def __init__(self, namn="Prov CA"):
        self.nyckel = ec.generate_private_key(ec.SECP256R1())
        self.namn = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, namn)])
        self.pem = (
            self._builder(self.namn, self.nyckel, NU + timedelta(days=3650))
            .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
            .sign(self.nyckel, hashes.SHA256())
            .public_bytes(serialization.Encoding.PEM)
        )

    def _builder(self, amne, nyckel, till, fran=None):
        return (
            x509.CertificateBuilder()
            .subject_name(amne)
            .issuer_name(self.namn)
            .public_key(nyckel.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(fran or NU - timedelta(days=1))
            .not_valid_after(till)
        )

    def issue(self, *hsa_id, namn="Journalsystemet", dagar=365, fran=None):
        """Return a certificate and its key in PEM, with these values as serialNumber."""
        nyckel = ec.generate_private_key(ec.SECP256R1())
        amne = x509.Name(
            [
                x509.NameAttribute(NameOID.COMMON_NAME, namn),
                *(x509.NameAttribute(NameOID.SERIAL_NUMBER, varde) for varde in hsa_id),
            ]
        )
        cert = self._builder(amne, nyckel, NU + timedelta(days=dagar), fran).sign(
            self.nyckel, hashes.SHA256()
        )
        return (
            cert.public_bytes(serialization.Encoding.PEM),
            nyckel.private_bytes(
                serialization.Encoding.PEM,
                serialization.PrivateFormat.PKCS8,
                serialization.NoEncryption(),
            ),
        )


def escaped(pem):
    """Return a certificate as nginx writes $ssl_client_escaped_cert."""
    return quote(pem.decode(), safe="")
