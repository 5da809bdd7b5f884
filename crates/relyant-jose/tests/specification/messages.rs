//! The words of each refusal: what was expected and what came, on one line, with nothing in them that could break out of it.

use relyant_jose::algorithm::SignatureAlgorithm;
use relyant_jose::base64url::Base64UrlError;
use relyant_jose::generate::NoKey;
use relyant_jose::header::HeaderError;
use relyant_jose::json::{JsonError, Object};
use relyant_jose::jwe::{
    ContentEncryptionAlgorithm, DecryptionKey, DecryptionKeys, EncryptError, EncryptedJwe,
    EncryptionKey, JweError, KeyManagementAlgorithm,
};
use relyant_jose::jwk::JwkError;
use relyant_jose::jwk_set::JwkSetError;
use relyant_jose::jws::JwsError;
use relyant_jose::mac::{MacAlgorithm, MacKey, MacKeys, MacKeysError};
use relyant_jose::seal::SealError;
use relyant_jose::sign::SignError;

fn text(value: &str) -> String {
    value.to_owned()
}

/// Each error with its words.
fn check<E: std::error::Error>(table: &[(E, &str)]) {
    for (error, words) in table {
        assert_eq!(error.to_string(), *words);
    }
}

#[test]
fn of_base64url_and_json() {
    check(&[
        (
            Base64UrlError::Character { position: 7 },
            "character outside the base64url alphabet at offset 7",
        ),
        (Base64UrlError::Length, "length that no base64url text has"),
        (
            Base64UrlError::NonCanonical,
            "unused bits of the last base64url character are set",
        ),
    ]);
    check(&[
        (JsonError::TooLong, "JSON longer than 524288 bytes"),
        (JsonError::ByteOrderMark, "JSON with a byte order mark"),
        (JsonError::NotUtf8, "JSON that is not UTF-8"),
        (JsonError::TooDeep, "JSON nested deeper than 16"),
        (
            JsonError::DuplicateMember { name: text("a\nb") },
            "JSON member `a\\nb` twice in one object",
        ),
        (
            JsonError::Syntax { line: 1, column: 2 },
            "not JSON at line 1, column 2",
        ),
        (JsonError::NotAnObject, "JSON value that is not an object"),
    ]);
}

#[test]
fn of_headers() {
    check(&[
        (
            HeaderError::Json(JsonError::NotUtf8),
            "JSON that is not UTF-8",
        ),
        (HeaderError::MissingAlgorithm, "`alg` is missing"),
        (
            HeaderError::NotAString { member: "kid" },
            "`kid` is not a string",
        ),
        (HeaderError::KidTooLong, "`kid` is longer than 256 bytes"),
        (
            HeaderError::CriticalExtension,
            "`crit` demands an extension that is not supported: its sender must do without",
        ),
        (
            HeaderError::UnencodedPayload,
            "`b64` is not supported: its sender must leave the payload encoded",
        ),
        (
            HeaderError::Compressed,
            "`zip` is not supported: its sender must not compress",
        ),
        (
            HeaderError::Encrypted,
            "`enc` belongs to an encrypted token",
        ),
        (
            HeaderError::KeyInHeader { member: "jku" },
            "`jku` brings a key along, which is never trusted: its sender must name a published one by `kid`",
        ),
    ]);
}

#[test]
fn of_signed_tokens() {
    check(&[
        (JwsError::TooLong, "token longer than 16384 bytes"),
        (
            JwsError::NotCompact,
            "not three parts separated by full stops",
        ),
        (
            JwsError::Encrypted,
            "encrypted token where a signed one is expected",
        ),
        (JwsError::Base64Url, "part that is not base64url"),
        (
            JwsError::Header(HeaderError::MissingAlgorithm),
            "header refused: `alg` is missing",
        ),
        (
            JwsError::UnknownAlgorithm {
                got: text("no\nne"),
            },
            "algorithm `no\\nne` is not supported",
        ),
        (
            JwsError::AlgorithmNotAllowed {
                got: SignatureAlgorithm::Rs256,
            },
            "algorithm `RS256` is not allowed here",
        ),
        (
            JwsError::UnknownKid { kid: text("a\tb") },
            "no key with `kid` `a\\tb`",
        ),
        (JwsError::NoFittingKey, "no key that fits the algorithm"),
        (
            JwsError::AmbiguousKey,
            "no `kid` and several keys that fit the algorithm",
        ),
        (JwsError::BadSignature, "signature does not verify"),
    ]);
}

#[test]
fn of_encrypted_tokens() {
    check(&[
        (JweError::TooLong, "token longer than 16384 bytes"),
        (
            JweError::NotCompact,
            "not five parts separated by full stops",
        ),
        (JweError::Base64Url, "part that is not base64url"),
        (
            JweError::Header(HeaderError::Compressed),
            "header refused: `zip` is not supported: its sender must not compress",
        ),
        (JweError::MissingEncryption, "`enc` is missing"),
        (JweError::Parameter { member: "epk" }, "`epk` is malformed"),
        (
            JweError::UnknownAlgorithm {
                got: text("RSA\r1_5"),
            },
            "key management algorithm `RSA\\r1_5` is not supported",
        ),
        (
            JweError::UnknownEncryption { got: text("A\0") },
            "content encryption algorithm `A\\0` is not supported",
        ),
        (
            JweError::UnknownKid { kid: text("a\nb") },
            "no key of ours with `kid` `a\\nb`",
        ),
        (
            JweError::NoFittingKey,
            "no key of ours that fits the algorithms",
        ),
        (
            JweError::AmbiguousKey,
            "no `kid` and several keys of ours that fit the algorithms",
        ),
        (JweError::NotDecrypted, "token does not decrypt"),
    ]);
    check(&[
        (
            EncryptError::Key(JwkError::InvalidPoint),
            "coordinates are no point of the curve",
        ),
        (
            EncryptError::AlgorithmMismatch {
                got: KeyManagementAlgorithm::EcdhEsA128Kw,
            },
            "algorithm `ECDH-ES+A128KW` needs another kind of key",
        ),
        (EncryptError::Crypto, "the cryptographic library failed"),
    ]);
    let encryption = ContentEncryptionAlgorithm::A128CbcHs256;
    assert_eq!(encryption.to_string(), "A128CBC-HS256");
}

#[test]
fn of_keys() {
    check(&[
        (JwkError::NotAnObject, "key that is not a JSON object"),
        (JwkError::Missing { member: "x" }, "`x` is missing"),
        (
            JwkError::WrongType { member: "x" },
            "`x` has the wrong JSON type",
        ),
        (JwkError::Base64Url { member: "x" }, "`x` is not base64url"),
        (JwkError::KidTooLong, "`kid` is longer than 256 bytes"),
        (
            JwkError::SecretKeyMaterial { member: "d" },
            "`d` is part of a private or symmetric key",
        ),
        (
            JwkError::Use { got: text("e\nnc") },
            "`use` is `e\\nnc`: the key is for something else",
        ),
        (
            JwkError::KeyOperations,
            "`key_ops` does not fit what the key is wanted for",
        ),
        (
            JwkError::UnsupportedKeyType { got: text("A\nKP") },
            "key type `A\\nKP` is not supported",
        ),
        (
            JwkError::UnsupportedCurve { got: text("P\n") },
            "curve `P\\n` is not supported for this key type",
        ),
        (
            JwkError::UnknownAlgorithm { got: text("R\n") },
            "algorithm `R\\n` is not supported",
        ),
        (
            JwkError::AlgorithmMismatch {
                got: SignatureAlgorithm::Es256,
            },
            "algorithm `ES256` does not fit the key type or curve",
        ),
        (
            JwkError::RsaModulusSize { bits: 1024 },
            "RSA modulus of 1024 bits, expected 2048 to 8192",
        ),
        (JwkError::RsaModulusEven, "RSA modulus is even"),
        (
            JwkError::RsaWeakGenerator,
            "RSA key of a weak generator (CVE-2017-15361)",
        ),
        (JwkError::RsaExponent, "RSA exponent is even, 1 or too long"),
        (
            JwkError::CoordinateLength {
                got: 31,
                expected: 32,
            },
            "coordinate of 31 bytes, expected 32",
        ),
        (
            JwkError::InvalidPoint,
            "coordinates are no point of the curve",
        ),
        (JwkError::SmallOrderPoint, "point of small order"),
        (
            JwkError::RefusedByCrypto,
            "key refused by the cryptographic library",
        ),
        (
            JwkError::ShortSecret { got: 5, least: 32 },
            "symmetric key of 5 bytes, expected at least 32",
        ),
    ]);
    check(&[(NoKey, "the cryptographic library made no key")]);
}

#[test]
fn of_sets_of_keys() {
    check(&[
        (
            JwkSetError::Json(JsonError::NotAnObject),
            "JSON value that is not an object",
        ),
        (JwkSetError::NoKeys, "`keys` is not an array"),
        (
            JwkSetError::TooManyKeys { got: 101 },
            "101 keys, expected at most 100",
        ),
        (
            JwkSetError::DuplicateKid { kid: text("a\nb") },
            "`kid` `a\\nb` twice for one algorithm",
        ),
    ]);
    check(&[
        (
            MacKeysError::Json(JsonError::NotAnObject),
            "JSON value that is not an object",
        ),
        (MacKeysError::NoKeys, "`keys` is not an array"),
        (
            MacKeysError::TooManyKeys { got: 101 },
            "101 keys, expected at most 100",
        ),
        (
            MacKeysError::Key {
                index: 3,
                reason: JwkError::Missing { member: "k" },
            },
            "key 3: `k` is missing",
        ),
        (
            MacKeysError::DuplicateKid { index: 3 },
            "key 3 has the `kid` of another",
        ),
    ]);
}

#[test]
fn of_signing_and_sealing() {
    check(&[
        (
            SignError::NotAKey,
            "not a private key for the algorithm, expected one of RSA, P-256, P-384, P-521 or Ed25519",
        ),
        (
            SignError::Jwk(JwkError::Missing { member: "d" }),
            "not a private JWK that signs: `d` is missing",
        ),
        (
            SignError::PublicKey(JwkError::RsaModulusEven),
            "key that verifiers refuse: RSA modulus is even",
        ),
        (SignError::Crypto, "the cryptographic library failed"),
    ]);
    check(&[
        (SealError::NoSecret, "no secret to seal with"),
        (SealError::EmptySecret, "empty secret to seal with"),
        (SealError::Cipher, "the cipher failed to seal"),
    ]);
}

// OP-01
#[test]
fn what_is_secret_is_not_shown() {
    let secret = b"brewing is mostly about cleaning";
    let key = MacKey::new(MacAlgorithm::Hs256, secret).unwrap();
    assert_eq!(format!("{key:?}"), "MacKey(Hs256, None, secret not shown)");
    let token = key.sign(b"ale", &Object::new());
    let verified = MacKeys::from(key).verify(&token).unwrap();
    assert!(!format!("{verified:?}").contains("ale"), "{verified:?}");
    let (alg, enc) = (
        KeyManagementAlgorithm::Direct,
        ContentEncryptionAlgorithm::A256Gcm,
    );
    let public = EncryptionKey::shared(secret);
    let shown = format!("{public:?}");
    assert_eq!(shown, "EncryptionKey(None, key not shown)");
    let token = public.encrypt(alg, enc, b"stout", &Object::new()).unwrap();
    let parsed = EncryptedJwe::parse(&token).unwrap();
    assert!(format!("{parsed:?}").starts_with("EncryptedJwe { header: JweHeader"));
    let keys = DecryptionKeys::new(vec![DecryptionKey::shared(secret)]);
    let opened = parsed.decrypt(&keys).unwrap();
    let shown = format!("{opened:?}");
    assert!(
        shown.contains("content of 5 bytes, not shown") && !shown.contains("stout"),
        "{shown}"
    );
}
