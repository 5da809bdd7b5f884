"""JOSE tokens by hand: each part as it is asked for, with nothing but the primitives of `cryptography`."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import secrets
import struct
from functools import lru_cache
from pathlib import Path

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives import padding as block_padding
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, padding, rsa, utils, x25519
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.keywrap import aes_key_wrap

KEYS = json.loads((Path(__file__).parent / "keys.json").read_text())
SECRET_MEMBERS = {"d", "p", "q", "dp", "dq", "qi", "k"}
CURVES = {"P-256": ec.SECP256R1(), "P-384": ec.SECP384R1(), "P-521": ec.SECP521R1()}
HASHES = {"256": hashes.SHA256(), "384": hashes.SHA384(), "512": hashes.SHA512()}
# RFC 7518 §5.3 and §5.2.2: the bytes of the content's key.
CONTENT_KEY_BYTES = {
    "A128GCM": 16,
    "A192GCM": 24,
    "A256GCM": 32,
    "A128CBC-HS256": 32,
    "A192CBC-HS384": 48,
    "A256CBC-HS512": 64,
}
WRAPPING_KEY_BYTES = {
    "ECDH-ES+A128KW": 16,
    "ECDH-ES+A192KW": 24,
    "ECDH-ES+A256KW": 32,
    "A128KW": 16,
    "A256KW": 32,
}


def encode(octets: bytes) -> str:
    """Base64url without padding."""
    return base64.urlsafe_b64encode(octets).rstrip(b"=").decode()


def decode(text: str) -> bytes:
    """The octets of a JWK's member."""
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


def number(text: str) -> int:
    """A number as a JWK writes it."""
    return int.from_bytes(decode(text), "big")


def octets(value: int, length: int) -> bytes:
    """A number in so many bytes."""
    return value.to_bytes(length, "big")


def public(name: str, **members) -> dict:
    """The public half of a key, with further members."""
    kept = {member: value for member, value in KEYS[name].items() if member not in SECRET_MEMBERS}
    return kept | members


@lru_cache
def private(name: str):
    """The private key itself."""
    jwk = KEYS[name]
    if jwk["kty"] == "RSA":
        parts = [number(jwk[member]) for member in ("p", "q", "d", "dp", "dq", "qi")]
        return rsa.RSAPrivateNumbers(
            *parts, rsa.RSAPublicNumbers(number(jwk["e"]), number(jwk["n"]))
        ).private_key()
    if jwk["kty"] == "EC":
        return ec.derive_private_key(number(jwk["d"]), CURVES[jwk["crv"]])
    if jwk["crv"] == "X25519":
        return x25519.X25519PrivateKey.from_private_bytes(decode(jwk["d"]))
    return ed25519.Ed25519PrivateKey.from_private_bytes(decode(jwk["d"]))


def sign(algorithm: str, name: str, message: bytes, salt: int | None = None) -> bytes:
    """The signature or MAC of `message` by RFC 7518 §3; PSS with another salt where one is given."""
    digest = HASHES.get(algorithm[2:])
    if algorithm.startswith("HS"):
        return hmac.digest(decode(KEYS[name]["k"]), message, f"sha{algorithm[2:]}")
    key = private(name)
    if algorithm.startswith("RS"):
        return key.sign(message, padding.PKCS1v15(), digest)
    if algorithm.startswith("PS"):
        length = digest.digest_size if salt is None else salt
        return key.sign(message, padding.PSS(padding.MGF1(digest), length), digest)
    if algorithm.startswith("ES"):
        r, s = utils.decode_dss_signature(key.sign(message, ec.ECDSA(digest)))
        length = (key.curve.key_size + 7) // 8
        return octets(r, length) + octets(s, length)
    return key.sign(message)


def content_key(
    algorithm: str, name: str, encryption: str, apu: bytes, apv: bytes
) -> tuple[bytes, bytes, dict | None]:
    """The content's key, the encrypted key and the ephemeral public key. RFC 7518 §4."""
    length = CONTENT_KEY_BYTES[encryption]
    if algorithm == "dir":
        return decode(KEYS[name]["k"]), b"", None
    fresh = secrets.token_bytes(length)
    if algorithm.startswith("RSA"):
        digest = hashes.SHA256() if algorithm == "RSA-OAEP-256" else hashes.SHA1()  # noqa: S303 - RFC 7518 §4.3
        oaep = padding.OAEP(padding.MGF1(digest), digest, None)
        scheme = padding.PKCS1v15() if algorithm == "RSA1_5" else oaep
        return fresh, private(name).public_key().encrypt(fresh, scheme), None
    if algorithm in {"A128KW", "A256KW"}:
        return fresh, aes_key_wrap(decode(KEYS[name]["k"])[: WRAPPING_KEY_BYTES[algorithm]], fresh), None
    shared, epk = agree(name)
    if algorithm == "ECDH-ES":
        return concat_kdf(shared, encryption, apu, apv, length), b"", epk
    wrapping = concat_kdf(shared, algorithm, apu, apv, WRAPPING_KEY_BYTES[algorithm])
    return fresh, aes_key_wrap(wrapping, fresh), epk


def agree(name: str) -> tuple[bytes, dict]:
    """A shared secret with the key's owner, and the ephemeral public key that he needs. RFC 7518 §4.6."""
    jwk = KEYS[name]
    if jwk["crv"] == "X25519":
        ephemeral = x25519.X25519PrivateKey.generate()
        epk = {"kty": "OKP", "crv": "X25519", "x": encode(ephemeral.public_key().public_bytes_raw())}
        return ephemeral.exchange(private(name).public_key()), epk
    ephemeral = ec.generate_private_key(CURVES[jwk["crv"]])
    point, length = ephemeral.public_key().public_numbers(), (ephemeral.curve.key_size + 7) // 8
    epk = {
        "kty": "EC",
        "crv": jwk["crv"],
        "x": encode(octets(point.x, length)),
        "y": encode(octets(point.y, length)),
    }
    return ephemeral.exchange(ec.ECDH(), private(name).public_key()), epk


def concat_kdf(shared: bytes, algorithm_id: str, apu: bytes, apv: bytes, length: int) -> bytes:
    """RFC 7518 §4.6.2."""
    info = b"".join(struct.pack(">I", len(part)) + part for part in (algorithm_id.encode(), apu, apv))
    info += struct.pack(">I", length * 8)
    rounds = (hashlib.sha256(struct.pack(">I", counter) + shared + info).digest() for counter in range(1, 4))
    return b"".join(rounds)[:length]


def encrypt_content(
    encryption: str, key: bytes, iv: bytes, aad: bytes, content: bytes
) -> tuple[bytes, bytes]:
    """Ciphertext and tag. RFC 7518 §5."""
    if encryption.endswith("GCM"):
        sealed = AESGCM(key).encrypt(iv, content, aad)
        return sealed[:-16], sealed[-16:]
    half = len(key) // 2
    padder = block_padding.PKCS7(128).padder()
    encryptor = Cipher(algorithms.AES(key[half:]), modes.CBC(iv)).encryptor()
    ciphertext = encryptor.update(padder.update(content) + padder.finalize()) + encryptor.finalize()
    text = aad + iv + ciphertext + struct.pack(">Q", len(aad) * 8)
    return ciphertext, hmac.digest(key[:half], text, f"sha{half * 16}")[:half]


def iv_bytes(encryption: str) -> int:
    """RFC 7518 §5.3 and §5.2.2.1."""
    return 12 if encryption.endswith("GCM") else 16
