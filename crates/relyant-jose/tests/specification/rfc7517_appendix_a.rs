//! The examples of RFC 7517 appendix A: a set of public keys, one of private keys, one of symmetric keys.

use relyant_jose::algorithm::SignatureAlgorithm;
use relyant_jose::jwk::JwkError;
use relyant_jose::jwk_set::JwkSet;

const PUBLIC: &str = r#"{"keys":[
    {"kty":"EC","crv":"P-256","x":"MKBCTNIcKUSDii11ySs3526iDZ8AiTo7Tu6KPAqv7D4","y":"4Etl6SRW2YiLUrN5vfvVHuhp7x8PxltmWWlbbM4IFyM","use":"enc","kid":"1"},
    {"kty":"RSA","n":"0vx7agoebGcQSuuPiLJXZptN9nndrQmbXEps2aiAFbWhM78LhWx4cbbfAAtVT86zwu1RK7aPFFxuhDR1L6tSoc_BJECPebWKRXjBZCiFV4n3oknjhMstn64tZ_2W-5JsGY4Hc5n9yBXArwl93lqt7_RN5w6Cf0h4QyQ5v-65YGjQR0_FDW2QvzqY368QQMicAtaSqzs8KJZgnYb9c7d0zgdAZHzu6qMQvRL5hajrn1n91CbOpbISD08qNLyrdkt-bFTWhAI4vMQFh6WeZu0fM4lFd2NcRwr3XPksINHaQ-G_xBniIqbw0Ls1jF44-csFCur-kEgU8awapJzKnqDKgw","e":"AQAB","alg":"RS256","kid":"2011-04-29"}]}"#;

/// The members that make A.2's keys private are shortened: that they are there decides.
const PRIVATE: &str = r#"{"keys":[
    {"kty":"EC","crv":"P-256","x":"MKBCTNIcKUSDii11ySs3526iDZ8AiTo7Tu6KPAqv7D4","y":"4Etl6SRW2YiLUrN5vfvVHuhp7x8PxltmWWlbbM4IFyM","d":"870MB6gfuTJ4HtUnUvYMyJpr5eUZNP4Bk43bVdj3eAE","use":"enc","kid":"1"},
    {"kty":"RSA","n":"0vx7ag","e":"AQAB","d":"X4cTte","p":"83i-7I","q":"3dfOR9","dp":"G4sPXk","dq":"s9lAH9","qi":"GyM_p6","alg":"RS256","kid":"2011-04-29"}]}"#;

const SYMMETRIC: &str = r#"{"keys":[
    {"kty":"oct","alg":"A128KW","k":"GawgguFyGrWKav7AX4VKUg"},
    {"kty":"oct","k":"AyM1SysPpbyDfgZld3umj1qzKObwVMkoqQ-EstJQLr_T-1qS0gZH75aKtMN3Yj0iPS4hcgUuTwjAzZr1Z9CAow","kid":"HMAC key used in JWS spec Appendix A.1 example"}]}"#;

fn skipped(set: &str) -> Vec<JwkError> {
    JwkSet::parse(set.as_bytes())
        .unwrap()
        .skipped()
        .iter()
        .map(|key| key.reason.clone())
        .collect()
}

#[test]
fn a_1_the_key_for_signatures_is_taken_and_the_one_for_encryption_skipped() {
    let set = JwkSet::parse(PUBLIC.as_bytes()).unwrap();
    let [key] = set.keys() else { panic!("one key") };
    assert_eq!(key.kid(), Some("2011-04-29"));
    assert!(key.fits(SignatureAlgorithm::Rs256) && !key.fits(SignatureAlgorithm::Ps256));
    assert_eq!(
        skipped(PUBLIC),
        [JwkError::Use {
            got: "enc".to_owned()
        }]
    );
}

// JO-06
#[test]
fn a_2_private_keys_are_skipped() {
    assert_eq!(
        skipped(PRIVATE),
        [
            JwkError::SecretKeyMaterial { member: "d" },
            JwkError::SecretKeyMaterial { member: "d" }
        ]
    );
}

// JO-06
#[test]
fn a_3_symmetric_keys_are_skipped() {
    assert_eq!(
        skipped(SYMMETRIC),
        [
            JwkError::SecretKeyMaterial { member: "k" },
            JwkError::SecretKeyMaterial { member: "k" }
        ]
    );
}
