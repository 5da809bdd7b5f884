//! The bytes of a login transaction, as they come out of a cookie that opened.

use relyant_oidc::authorization::demands::Demands;
use relyant_oidc::authorization::transaction::LoginTransaction;
use relyant_oidc::clock::UnixTime;

use super::provider::NOW;
use crate::choices::Choices;
use crate::{mutate, shown};

/// Bytes, mutated: what is read is written as it was read, and shows nothing of its seed.
pub fn run(bytes: &[u8]) {
    let mut choices = Choices::new(bytes);
    let seed: [u8; 32] = std::array::from_fn(|_| choices.byte());
    let demands = Demands {
        max_age: choices.once_in(2).then(|| u32::from(choices.byte())),
        auth_time: choices.once_in(4),
        acr_values: (0..choices.below(3)).map(|_| word(&mut choices)).collect(),
        amr_values: (0..choices.below(2)).map(|_| word(&mut choices)).collect(),
    };
    let started = UnixTime(NOW.0 + i64::from(choices.byte()));
    let login = LoginTransaction::begin(seed, started).demanding(demands);
    let written = login.to_bytes();
    assert!(LoginTransaction::from_bytes(&written).unwrap() == login);
    let mutated = mutate::bytes(&written, &mut choices);
    for bytes in [&mutated[..], choices.rest()] {
        match LoginTransaction::from_bytes(bytes) {
            Ok(read) => {
                assert!(LoginTransaction::from_bytes(&read.to_bytes()).unwrap() == read);
                assert!(read.to_bytes().starts_with(&bytes[..41]));
            }
            Err(error) => shown::check(&error, &[]),
        }
    }
    shown::check_debug(
        &format!("{login:?}"),
        &[login.state().as_str(), login.nonce().as_str()],
    );
}

/// A value as the settings take it: of printable ASCII without blanks.
fn word(choices: &mut Choices<'_>) -> String {
    let graphic = choices
        .text()
        .replace(|character: char| !character.is_ascii_graphic(), "");
    format!("a{graphic}")
}
