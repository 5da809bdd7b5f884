//! Private keys that an operator brings as PEM, mutated.

use relyant_jose::json::Object;
use relyant_jose::sign::SigningKey;

use crate::choices::Choices;
use crate::{mutate, shown};

/// RFC 8410 §10.3.
const SECRET: &str = "MC4CAQAwBQYDK2VwBCIEINTuctv5E1hK1bbY8fdp+K06/nwoy/HU++CXqI9EdVhC";

/// A PEM text; what is taken signs, and nothing shows the key.
pub fn run(bytes: &[u8]) {
    let mut choices = Choices::new(bytes);
    let label = *choices.pick(&[
        "PRIVATE KEY",
        "PRIVATE KEY",
        "EC PRIVATE KEY",
        "RSA PRIVATE KEY",
        "ENCRYPTED PRIVATE KEY",
        "CERTIFICATE",
    ]);
    let one = format!("-----BEGIN {label}-----\n{SECRET}\n-----END {label}-----\n");
    let plain = one.repeat(1 + usize::from(choices.once_in(8)));
    let pem = mutate::bytes(plain.as_bytes(), &mut choices);
    match SigningKey::from_pem(&pem, None, None) {
        Ok(key) => {
            assert!(key.sign(b"beer", &Object::new()).is_ok());
            shown::check_debug(&format!("{key:?}"), &[SECRET]);
        }
        Err(error) => {
            assert!(
                label != "PRIVATE KEY" || pem != one.as_bytes(),
                "refused: {error}"
            );
            shown::check(&error, &[SECRET]);
        }
    }
}
