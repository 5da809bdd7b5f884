//! The examples of RFC 7515 appendix A: signatures that must verify, and kinds of token that must be refused.

use relyant_jose::algorithm::SignatureAlgorithm;
use relyant_jose::base64url;
use relyant_jose::jws::{JwsError, UnverifiedJws};
use relyant_jose::mac::{MacAlgorithm, MacKey, MacKeys};
use relyant_jose::sign::SigningKey;

use crate::tokens::{RSA_PKCS8, object, set, verify};

const CLAIMS: &str =
    "{\"iss\":\"joe\",\r\n \"exp\":1300819380,\r\n \"http://example.com/is_root\":true}";

const HS256: &str = "eyJ0eXAiOiJKV1QiLA0KICJhbGciOiJIUzI1NiJ9.\
    eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ.\
    dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";

const HS256_SECRET: &str =
    "AyM1SysPpbyDfgZld3umj1qzKObwVMkoqQ-EstJQLr_T-1qS0gZH75aKtMN3Yj0iPS4hcgUuTwjAzZr1Z9CAow";

const RS256: &str = "eyJhbGciOiJSUzI1NiJ9.\
    eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ.\
    cC4hiUPoj9Eetdgtv3hF80EGrhuB__dzERat0XF9g2VtQgr9PJbu3XOiZj5RZmh7AAuHIm4Bh-0Qc_lF5YKt_O8W2Fp5jujGbds9uJdbF9CUAr7t1dnZcAcQjbKBYNX4\
    BAynRFdiuB--f_nZLgrnbyTyWzO75vRK5h6xBArLIARNPvkSjtQBMHlb1L07Qe7K0GarZRmB_eSN9383LcOLn6_dO--xi12jzDwusC-eOkHWEsqtFZESc6BfI7noOPqv\
    hJ1phCnvWh6IeYI2w9QOYEUipUTI8np6LbgGY9Fs98rqVt5AXLIhWkWywlVmtVrBp0igcN_IoypGlUPQGe77Rw";

const RS256_KEY: &str = r#"{"kty":"RSA","e":"AQAB",
    "n":"ofgWCuLjybRlzo0tZWJjNiuSfb4p4fAkd_wWJcyQoTbji9k0l8W26mPddxHmfHQp-Vaw-4qPCJrcS2mJPMEzP1Pt0Bm4d4QlL-yRT-SFd2lZS-pCgNMsD1W_YpRPEwOWvG6b32690r2jZ47soMZo9wGzjb_7OMg0LOL-bSf63kpaSHSXndS5z5rexMdbBYUsLA9e-KXBdQOS-UTo7WTBEMa2R2CapHg665xsmtdVMTBQY4uDZlxvb3qCo5ZwKh9kG4LT6_I5IhlJH7aGhyxXFvUK-DWNmoudF8NAco9_h9iaGNj8q2ethFkMLs91kzk2PAcDTW9gb54h4FRWyuXpoQ"}"#;

const ES256: &str = "eyJhbGciOiJFUzI1NiJ9.\
    eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ.\
    DtEhU3ljbEg8L38VWAfUAqOyKAM6-Xx-F4GawxaepmXFCgfTjDxw5djxLa8ISlSApmWQxfKTUJqPP3-Kg6NU1Q";

const ES256_KEY: &str = r#"{"kty":"EC","crv":"P-256","x":"f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU","y":"x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0"}"#;

const ES512: &str = "eyJhbGciOiJFUzUxMiJ9.UGF5bG9hZA.\
    AdwMgeerwtHoh-l192l60hp9wAHZFVJbLfD_UxMi70cwnZOYaRI1bKPWROc-mZZqwqT2SI-KGDKB34XO0aw_7XdtAG8GaSwFKdCAPZgoXD2YBJZCPEX3xKpRwcdOO8Kp\
    EHwJjyqOgzDO7iKvU8vcnwNrmxYbSW9ERBXukOXolLzeO_Jn";

const ES512_KEY: &str = r#"{"kty":"EC","crv":"P-521","x":"AekpBQ8ST8a8VcfVOTNl353vSrDCLLJXmPk06wTjxrrjcBpXp5EOnYG_NjFZ6OvLFV1jSfS9tsz4qUxcWceqwQGk","y":"ADSmRA43Z1DSNx_RvcLI87cdL07l6jQyyBXMoxVg_l2Th-x3S1WDhjDly79ajL4Kkd0AZMaZmh9ubmf63e3kyMj2"}"#;

const UNSECURED: &str = "eyJhbGciOiJub25lIn0.eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ.";

#[test]
fn a_1_hs256_is_refused_as_a_signature() {
    let refused = UnverifiedJws::parse(HS256).unwrap_err();
    assert_eq!(
        refused,
        JwsError::UnknownAlgorithm {
            got: "HS256".to_owned()
        }
    );
}

#[test]
fn a_1_hs256_is_authentic_with_its_secret() {
    let secret = base64url::decode(HS256_SECRET).unwrap();
    let keys = MacKeys::from(MacKey::new(MacAlgorithm::Hs256, &secret).unwrap());
    assert_eq!(keys.verify(HS256).unwrap().payload(), CLAIMS.as_bytes());
}

#[test]
fn a_2_rs256() {
    let verified = verify(RS256, &set([object(RS256_KEY)])).unwrap();
    assert_eq!(verified.payload(), CLAIMS.as_bytes());
    assert_eq!(verified.header().algorithm, SignatureAlgorithm::Rs256);
    assert_eq!(verified.claims().unwrap(), object(CLAIMS));
}

#[test]
fn a_2_the_same_token_comes_out_of_signing() {
    let key = SigningKey::from_pkcs8(SignatureAlgorithm::Rs256, "a.2", RSA_PKCS8).unwrap();
    let signed = key
        .sign(CLAIMS.as_bytes(), &object(r#"{"kid":null,"typ":null}"#))
        .unwrap();
    assert_eq!(signed, RS256);
    let mut public = object(RS256_KEY);
    public.extend(object(r#"{"kid":"a.2","use":"sig","alg":"RS256"}"#));
    assert_eq!(key.public_jwk(), public);
}

#[test]
fn a_3_es256() {
    let verified = verify(ES256, &set([object(ES256_KEY)])).unwrap();
    assert_eq!(verified.payload(), CLAIMS.as_bytes());
}

#[test]
fn a_4_es512() {
    let verified = verify(ES512, &set([object(ES512_KEY)])).unwrap();
    assert_eq!(verified.payload(), b"Payload");
    assert!(verified.claims().is_err());
}

#[test]
fn a_5_an_unsecured_token_is_refused() {
    assert_eq!(
        UnverifiedJws::parse(UNSECURED).unwrap_err(),
        JwsError::UnknownAlgorithm {
            got: "none".to_owned()
        }
    );
}

#[test]
fn a_6_the_json_serialization_is_refused() {
    let (signing_input, signature) = RS256.rsplit_once('.').unwrap();
    let (protected, payload) = signing_input.split_once('.').unwrap();
    let flattened =
        serde_json::json!({ "payload": payload, "protected": protected, "signature": signature })
            .to_string();
    assert_eq!(
        UnverifiedJws::parse(&flattened).unwrap_err(),
        JwsError::NotCompact
    );
}

#[test]
fn the_keys_of_the_examples_do_not_verify_each_others_tokens() {
    let all = [(RS256, RS256_KEY), (ES256, ES256_KEY), (ES512, ES512_KEY)];
    for (token, own) in all {
        for (_, key) in all.iter().filter(|(_, key)| *key != own) {
            assert_eq!(
                verify(token, &set([object(key)])).unwrap_err(),
                JwsError::NoFittingKey
            );
        }
    }
}
