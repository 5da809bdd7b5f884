//! The keys of the targets: those that the specifications print, so that every run has the same ones and none is anybody's.

use std::sync::LazyLock;

use aws_lc_rs::aead::{AES_256_GCM, Aad, LessSafeKey, Nonce, UnboundKey};
use aws_lc_rs::signature::Ed25519KeyPair;
use relyant_jose::algorithm::SignatureAlgorithm;
use relyant_jose::base64url;
use relyant_jose::json::{Object, parse_object};
use relyant_jose::sign::SigningKey;
use serde_json::Value;

/// RFC 8037 appendix A.1. Its signatures are always the same.
pub(crate) const ED25519: &str = r#"{"kty":"OKP","crv":"Ed25519","kid":"ed","d":"nWGxne_9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}"#;

/// RFC 7515 appendix A.3.1.
pub(crate) const P256: &str = r#"{"kty":"EC","crv":"P-256","kid":"ec","x":"f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU","y":"x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0","d":"jpsQnnGQmL-YBIffH1136cspYG6-0iY7X1fCE9-E9LI"}"#;

/// RFC 7516 appendix A.1.4.
pub(crate) const RSA: &str = r#"{"kty":"RSA","kid":"rsa","n":"oahUIoWw0K0usKNuOR6H4wkf4oBUXHTxRvgb48E-BVvxkeDNjbC4he8rUWcJoZmds2h7M70imEVhRU5djINXtqllXI4DFqcI1DgjT9LewND8MW2Krf3Spsk_ZkoFnilakGygTwpZ3uesH-PFABNIUYpOiN15dsQRkgr0vEhxN92i2asbOenSZeyaxziK72UwxrrKoExv6kc5twXTq4h-QChLOln0_mtUZwfsRaMStPs6mS6XrgxnxbWhojf663tuEQueGC-FCMfra36C9knDFGzKsNa7LZK2djYgyD3JR_MB_4NUJW_TqOQtwHYbxevoJArm-L5StowjzGy-_bq6Gw","e":"AQAB","d":"kLdtIj6GbDks_ApCSTYQtelcNttlKiOyPzMrXHeI-yk1F7-kpDxY4-WY5NWV5KntaEeXS1j82E375xxhWMHXyvjYecPT9fpwR_M9gV8n9Hrh2anTpTD93Dt62ypW3yDsJzBnTnrYu1iwWRgBKrEYY46qAZIrA2xAwnm2X7uGR1hghkqDp0Vqj3kbSCz1XyfCs6_LehBwtxHIyh8Ripy40p24moOAbgxVw3rxT_vlt3UVe4WO3JkJOzlpUf-KTVI2Ptgm-dARxTEtE-id-4OJr0h-K-VFs3VSndVTIznSxfyrj8ILL6MG_Uv8YAu7VILSB3lOW085-4qE3DzgrTjgyQ","p":"1r52Xk46c-LsfB5P442p7atdPUrxQSy4mti_tZI3Mgf2EuFVbUoDBvaRQ-SWxkbkmoEzL7JXroSBjSrK3YIQgYdMgyAEPTPjXv_hI2_1eTSPVZfzL0lffNn03IXqWF5MDFuoUYE0hzb2vhrlN_rKrbfDIwUbTrjjgieRbwC6Cl0","q":"wLb35x7hmQWZsWJmB_vle87ihgZ19S8lBEROLIsZG4ayZVe9Hi9gDVCOBmUDdaDYVTSNx_8Fyw1YYa9XGrGnDew00J28cRUoeBB_jKI1oma0Orv1T9aXIWxKwd4gvxFImOWr3QRL9KEBRzk2RatUBnmDZJTIAfwTs0g68UZHvtc","dp":"ZK-YwE7diUh0qR1tR7w8WHtolDx3MZ_OTowiFvgfeQ3SiresXjm9gZ5KLhMXvo-uz-KUJWDxS5pFQ_M0evdo1dKiRTjVw_x4NyqyXPM5nULPkcpU827rnpZzAJKpdhWAgqrXGKAECQH0Xt4taznjnd_zVpAmZZq60WPMBMfKcuE","dq":"Dq0gfgJ1DdFGXiLvQEZnuKEN0UUmsJBxkjydc3j4ZYdBiMRAy86x0vHCjywcMlYYg4yoC4YZa9hNVcsjqA3FeiL19rk8g6Qn29Tt0cj8qqyFpz9vNDBUfCAiJVeESOjJDZPYHdHY8v1b-o-Z2X5tvLx-TCekf7oxyeKDUqKWjis","qi":"VIMpMYbPf47dT1w_zDUXfPimsSegnMOA1zTaX7aGk_8urY6R8-ZW1FxU7AlWAyLWybqq6t16VFd7hQd0y6flUK4SlOydB61gwanOsXGOAOv82cHq0E3eL4HrtZkUuKvnPrMnsUUFlfUdybVzxyjz9JF_XyaY14ardLSjf4L_FNY"}"#;

/// RFC 7748 §6.1, for agreements.
pub(crate) const X25519: &str = r#"{"kty":"OKP","crv":"X25519","kid":"x","x":"hSDwCYkwp1R0i33ctD73Wg2_Og0mOBr066SpjqqbTmo","d":"dwdtCnMYpX08FsFyUbJmRd9ML4frwJkqsXf7pR25LCo"}"#;

/// The secret that both sides of `dir` and of the MACs have.
pub(crate) const SHARED: [u8; 32] = *b"brewing is mostly about cleaning";

pub(crate) fn object(text: &str) -> Object {
    parse_object(text.as_bytes()).unwrap()
}

pub(crate) static ED25519_KEY: LazyLock<SigningKey> = LazyLock::new(|| {
    SigningKey::from_jwk(&object(ED25519), Some(SignatureAlgorithm::EdDsa)).unwrap()
});
pub(crate) static P256_KEY: LazyLock<SigningKey> =
    LazyLock::new(|| SigningKey::from_jwk(&object(P256), None).unwrap());
pub(crate) static RSA_KEY: LazyLock<SigningKey> =
    LazyLock::new(|| SigningKey::from_jwk(&object(RSA), Some(SignatureAlgorithm::Ps256)).unwrap());

/// The compact token of this header's text, signed with [`ED25519`] by the cryptographic library itself.
pub(crate) fn sign_header(header: &str, payload: &[u8]) -> String {
    let seed = base64url::decode(object(ED25519)["d"].as_str().unwrap()).unwrap();
    let signing_input = [
        base64url::encode(header.as_bytes()),
        base64url::encode(payload),
    ]
    .join(".");
    let pair = Ed25519KeyPair::from_seed_unchecked(&seed).unwrap();
    let signature = base64url::encode(pair.sign(signing_input.as_bytes()).as_ref());
    format!("{signing_input}.{signature}")
}

/// The compact encrypted token of this header's text under [`SHARED`]: `dir` and A256GCM, whatever the header says.
pub(crate) fn encrypt_header(header: &str, content: &[u8]) -> String {
    let header = base64url::encode(header.as_bytes());
    let nonce = [7; 12];
    let key = LessSafeKey::new(UnboundKey::new(&AES_256_GCM, &SHARED).unwrap());
    let mut ciphertext = content.to_vec();
    let tag = key
        .seal_in_place_separate_tag(
            Nonce::assume_unique_for_key(nonce),
            Aad::from(header.as_bytes()),
            &mut ciphertext,
        )
        .unwrap();
    let parts = [&nonce[..], &ciphertext, tag.as_ref()].map(base64url::encode);
    format!("{header}..{}", parts.join("."))
}

/// The public half of a private JWK.
pub(crate) fn public(private: &str) -> Object {
    let mut jwk = object(private);
    for member in ["d", "p", "q", "dp", "dq", "qi"] {
        jwk.remove(member);
    }
    jwk
}

/// What of a private JWK nobody may see.
pub(crate) fn secrets(jwk: &Value) -> Vec<&str> {
    let members = ["d", "p", "q", "dp", "dq", "qi", "k"];
    members
        .iter()
        .filter_map(|member| jwk.get(member)?.as_str())
        .collect()
}
