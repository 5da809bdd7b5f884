//! What a login that worked shows about the tokens that came: nothing here refuses it.

use relyant_jose::json::Value;

use super::{Diagnosis, Symptom};
use crate::Error;
use crate::error::Misbehaved;
use crate::id_token::ValidIdToken;
use crate::identity::{Claims, ClaimsSource};
use crate::registration::ClientRegistration;

/// The claims about a person that the specification names, as far as providers put them into several tokens. Core §5.1.
const ABOUT_THE_PERSON: [&str; 7] = [
    "preferred_username",
    "name",
    "given_name",
    "family_name",
    "email",
    "email_verified",
    "locale",
];

/// What is likely not as meant in a login that is complete.
pub fn symptoms(
    id_token: &ValidIdToken,
    others: &[Claims],
    registration: &ClientRegistration,
) -> Vec<Symptom> {
    let access_token = others
        .iter()
        .find(|claims| claims.source() == ClaimsSource::AccessToken);
    let expected = registration.claims_from_access_token.is_some();
    let in_access_token = match access_token {
        Some(access_token) => of_access_token(access_token, id_token, others),
        None if expected => Some(opaque()),
        None => None,
    };
    in_access_token
        .into_iter()
        .chain(unverified_email(id_token, others))
        .collect()
}

/// What it means that userinfo can't be had where `odd` is what the tokens show: some providers refuse userinfo to an
/// access token that says nothing about the person.
pub fn refused_userinfo(error: &Error, odd: Vec<Symptom>) -> Symptom {
    let refused = matches!(error, Error::Misbehaved(Misbehaved::Status { .. }));
    let cause = odd
        .into_iter()
        .find(|symptom| refused && symptom.diagnosis == Diagnosis::AccessTokenLightweight);
    match cause {
        Some(cause) => Symptom::from_error(cause.diagnosis, error),
        None => Symptom::of(error),
    }
}

/// The names of all claims that came, source by source, protocol claims too. Values stay where they are.
pub fn claim_names(id_token: &ValidIdToken, others: &[Claims]) -> Vec<(ClaimsSource, Vec<String>)> {
    let mut sources = vec![(
        ClaimsSource::IdToken,
        id_token.claims().keys().cloned().collect(),
    )];
    for claims in others {
        let withheld = claims.withheld().iter().map(|name| (*name).to_owned());
        let mut names: Vec<String> = claims.members().keys().cloned().chain(withheld).collect();
        names.sort_unstable();
        sources.push((claims.source(), names));
    }
    sources.sort_by(|(one, _), (other, _)| one.cmp(other));
    sources
}

fn opaque() -> Symptom {
    let detail = "the access token is no JWT, so no claim can be read from it".to_owned();
    Symptom::seen(Diagnosis::AccessTokenOpaque, detail)
}

fn of_access_token(
    access_token: &Claims,
    id_token: &ValidIdToken,
    others: &[Claims],
) -> Option<Symptom> {
    let has = |name: &&str| access_token.members().contains_key(*name);
    let elsewhere = |name: &&str| claim(name, id_token, others).is_some();
    if !ABOUT_THE_PERSON.iter().any(has) && ABOUT_THE_PERSON.iter().any(elsewhere) {
        let detail =
            "the access token has no claim about the person, the other sources have".to_owned();
        return Some(Symptom::seen(Diagnosis::AccessTokenLightweight, detail));
    }
    (!access_token.withheld().contains(&"sub")).then(|| {
        let detail = "the access token has no `sub`".to_owned();
        Symptom::seen(Diagnosis::AccessTokenWithoutSubject, detail)
    })
}

/// Core §5.1, `email_verified`: only true is a word for the address.
fn unverified_email(id_token: &ValidIdToken, others: &[Claims]) -> Option<Symptom> {
    claim("email", id_token, others)?;
    let detail = match claim("email_verified", id_token, others) {
        Some(Value::Bool(true)) => return None,
        Some(_) => "`email` came, `email_verified` is not true",
        None => "`email` came without `email_verified`",
    };
    Some(Symptom::seen(Diagnosis::EmailUnverified, detail.to_owned()))
}

/// A claim from the first source that has it, the access token left out.
fn claim<'a>(name: &str, id_token: &'a ValidIdToken, others: &'a [Claims]) -> Option<&'a Value> {
    let userinfo = others
        .iter()
        .filter(|claims| claims.source() == ClaimsSource::Userinfo)
        .map(Claims::members);
    [id_token.claims()]
        .into_iter()
        .chain(userinfo)
        .find_map(|claims| claims.get(name))
}
