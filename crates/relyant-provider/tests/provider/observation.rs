//! Everything that a relying party sees of one login, as flat names and values, without what changes each time.

use std::collections::BTreeMap;
use std::time::{SystemTime, UNIX_EPOCH};

use relyant_jose::algorithm::SignatureAlgorithm;
use relyant_jose::base64url;
use relyant_jose::digest::left_half;
use relyant_jose::json;
use relyant_jose::jwk_set::JwkSet;
use relyant_jose::jws::UnverifiedJws;
use serde_json::Value;

use crate::http::Answer;
use crate::running::Running;

/// Names such as `id_token.claims.iss` and what was seen there.
pub(crate) type Observation = BTreeMap<String, String>;

/// Signs carol in and writes down what comes, as far as it goes.
pub(crate) fn observe(provider: &Running) -> Observation {
    let mut seen = Observation::new();
    note_answer(&mut seen, "metadata", &provider.metadata());
    let set = provider.jwks();
    let keys = note_keys(&mut seen, &set);
    let callback = provider.click("carol");
    for name in ["code", "state", "iss", "session_state", "error"] {
        note_values(&mut seen, name, &callback.sent_back(name));
    }
    if let Some(code) = callback.sent_back("code").first() {
        let answer = provider.redeem(code, ("", ""));
        note_answer(&mut seen, "token", &answer);
        note_tokens(&mut seen, provider, &answer, &keys);
    }
    seen
}

/// What differs between two observations; a part that the second never reached doesn't count.
pub(crate) fn differences(before: &Observation, after: &Observation) -> Vec<(String, String)> {
    let part = |name: &str| name.split('.').next().unwrap().to_owned();
    let reached = |name: &str| after.keys().any(|seen| part(seen) == part(name));
    let gone = before
        .keys()
        .filter(|name| !after.contains_key(*name) && reached(name));
    let changed = after
        .iter()
        .filter(|(name, value)| before.get(*name) != Some(value));
    let mut all: Vec<_> = gone.map(|name| (name.clone(), "-".to_owned())).collect();
    all.extend(changed.map(|(name, value)| (name.clone(), value.clone())));
    all.sort();
    all
}

fn note_answer(seen: &mut Observation, part: &str, answer: &Answer) {
    seen.insert(format!("{part}.status"), answer.status.to_string());
    // Any other date is that of the moment.
    let date = answer.header("date").filter(|date| date.contains(" 2015 "));
    seen.extend(date.map(|_| (format!("{part}.date"), "of 2015".to_owned())));
    for header in ["content-type", "location", "www-authenticate"] {
        if let Some(value) = answer.header(header) {
            seen.insert(format!("{part}.{header}"), value.to_owned());
        }
    }
    match serde_json::from_slice(&answer.body) {
        Ok(Value::Object(members)) => note_members(seen, &format!("{part}.body"), &members),
        Ok(_) => _ = seen.insert(format!("{part}.body"), "not an object".to_owned()),
        Err(_) => _ = seen.insert(format!("{part}.body"), "not JSON".to_owned()),
    }
}

fn note_members(seen: &mut Observation, prefix: &str, members: &serde_json::Map<String, Value>) {
    for (name, value) in members {
        seen.insert(format!("{prefix}.{name}"), steady(name, value));
    }
}

/// The value, or a word for one that differs each time.
fn steady(name: &str, value: &Value) -> String {
    match (name, value) {
        ("iat" | "exp" | "nbf" | "auth_time", Value::Number(_)) => {
            from_now(value.as_i64().unwrap())
        }
        (
            "jti" | "sid" | "session_state" | "access_token" | "refresh_token" | "id_token" | "jwk",
            _,
        ) => "there".to_owned(),
        _ => value.to_string(),
    }
}

/// Seconds from now, in tens.
fn from_now(time: i64) -> String {
    let now = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .unwrap()
        .as_secs();
    let apart = time - i64::try_from(now).unwrap();
    format!("{:+}", (apart + 5).div_euclid(10) * 10)
}

fn note_values(seen: &mut Observation, name: &str, values: &[String]) {
    for (index, value) in values.iter().enumerate() {
        let fresh = matches!(name, "code" | "session_state") && index == 0;
        let value = if fresh {
            "there".to_owned()
        } else {
            value.clone()
        };
        seen.insert(format!("callback.{name}.{index}"), value);
    }
}

/// The published kids, in order, and the set if it is usable.
struct Keys {
    kids: Vec<String>,
    usable: Option<JwkSet>,
}

fn note_keys(seen: &mut Observation, answer: &Answer) -> Keys {
    let body = answer.json();
    let published = body["keys"].as_array().unwrap();
    let kids = published
        .iter()
        .map(|key| key["kid"].as_str().unwrap_or_default().to_owned())
        .collect();
    let usable = JwkSet::parse(&answer.body).ok();
    seen.insert("jwks.published".to_owned(), published.len().to_string());
    let count = usable
        .as_ref()
        .map_or("refused".to_owned(), |set| set.keys().len().to_string());
    seen.insert("jwks.usable".to_owned(), count);
    Keys { kids, usable }
}

fn note_tokens(seen: &mut Observation, provider: &Running, answer: &Answer, keys: &Keys) {
    let Ok(tokens) = serde_json::from_slice::<Value>(&answer.body) else {
        return;
    };
    let Some(access_token) = tokens["access_token"].as_str() else {
        return;
    };
    note_token(seen, "access_token", access_token, keys);
    if let Some(id_token) = tokens["id_token"].as_str() {
        note_token(seen, "id_token", id_token, keys);
        note_access_token_hash(seen, access_token);
    }
    note_answer(seen, "userinfo", &provider.userinfo(access_token));
}

fn note_token(seen: &mut Observation, part: &str, token: &str, keys: &Keys) {
    let segments: Vec<&str> = token.split('.').collect();
    seen.insert(format!("{part}.segments"), segments.len().to_string());
    let [header, payload, signature] = segments[..] else {
        return;
    };
    let header = base64url::decode(header).unwrap();
    let payload = base64url::decode(payload).unwrap();
    let mut header: serde_json::Map<String, Value> = serde_json::from_slice(&header).unwrap();
    if let Some(kid) = header.remove("kid") {
        let place = keys.kids.iter().position(|published| *published == kid);
        let place = place.map_or(kid.to_string(), |index| format!("key {index}"));
        seen.insert(format!("{part}.header.kid"), place);
    }
    note_members(seen, &format!("{part}.header"), &header);
    note_members(
        seen,
        &format!("{part}.claims"),
        &serde_json::from_slice(&payload).unwrap(),
    );
    seen.insert(
        format!("{part}.strict"),
        json::parse(&payload).is_ok().to_string(),
    );
    seen.insert(
        format!("{part}.signature"),
        format!("{} characters", signature.len()),
    );
    seen.insert(
        format!("{part}.verified"),
        verifies(token, keys).to_string(),
    );
}

fn verifies(token: &str, keys: &Keys) -> bool {
    let algorithms = [SignatureAlgorithm::Rs256, SignatureAlgorithm::Es256];
    let Some(set) = &keys.usable else {
        return false;
    };
    UnverifiedJws::parse(token).is_ok_and(|jws| jws.verify(set, &algorithms).is_ok())
}

/// Replaces the hash by whether it fits.
fn note_access_token_hash(seen: &mut Observation, access_token: &str) {
    let expected = base64url::encode(&left_half(
        SignatureAlgorithm::Rs256,
        access_token.as_bytes(),
    ));
    if let Some(hash) = seen.get_mut("id_token.claims.at_hash") {
        *hash = if *hash == format!("\"{expected}\"") {
            "fits"
        } else {
            "doesn't fit"
        }
        .to_owned();
    }
}
