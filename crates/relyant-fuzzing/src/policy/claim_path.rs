//! Claim paths: where a value is looked for is where it stands, and nowhere else.

use relyant_policy::{ClaimPath, Object, Policy, preset};
use serde_json::{Map, Value, json};

use crate::choices::Choices;

/// A path of few segments and a document of claims in which a role stands there, or one segment beside.
pub fn run(bytes: &[u8]) {
    let mut choices = Choices::new(bytes);
    let segments: Vec<String> = (0..=choices.below(18))
        .map(|_| segment(&mut choices))
        .collect();
    let Ok(path) = serde_json::from_value::<ClaimPath>(json!(segments)) else {
        return refuses(&segments);
    };
    let dotted = segments.iter().any(|segment| segment.contains('.'));
    let expected = if dotted {
        json!(segments).to_string()
    } else {
        segments.join(".")
    };
    assert_eq!(path.to_string(), expected);
    finds(&segments, &mut choices);
}

fn segment(choices: &mut Choices<'_>) -> String {
    let known = [
        "roles",
        "realm_access",
        "{client_id}",
        "{other}",
        "a.b",
        "",
        "https://beer.example/roles",
        "é",
    ];
    match choices.below(known.len() + 2) {
        index if index < known.len() => known[index].to_owned(),
        _ => choices.text(),
    }
}

fn refuses(segments: &[String]) {
    let braced = |segment: &String| segment.contains('{') || segment.contains('}');
    assert!(
        segments.len() > 16 || segments.iter().any(String::is_empty) || segments.iter().any(braced),
        "{segments:?}"
    );
}

fn finds(segments: &[String], choices: &mut Choices<'_>) {
    let document = json!({"ROLES": [segments], "STAFF": ["brewer"]});
    let policy = Policy::parse(&document, &preset("generic").unwrap(), "beer").unwrap();
    let filled: Vec<String> = segments
        .iter()
        .map(|segment| segment.replace("{client_id}", "beer"))
        .collect();
    let there = policy.evaluate(&[("id_token", &nested(&filled))]);
    // `_claim_names` is read as the protocol has it, not as a claim.
    let is_protocol = filled[0] == "_claim_names";
    assert!(there.staff == Some(true) || is_protocol, "{filled:?}");
    let mut beside = filled.clone();
    let index = choices.below(beside.len());
    beside[index].push('x');
    assert_eq!(
        policy.evaluate(&[("id_token", &nested(&beside))]).staff,
        Some(false),
        "{beside:?}"
    );
    let joined = nested(&[filled.join(".")]);
    assert!(filled.len() == 1 || policy.evaluate(&[("id_token", &joined)]).staff == Some(false));
}

/// Claims in which the role stands at the end of `segments`.
fn nested(segments: &[String]) -> Object {
    let value = segments
        .iter()
        .rev()
        .fold(json!(["brewer"]), |inner, segment| {
            Value::Object(Map::from_iter([(segment.clone(), inner)]))
        });
    match value {
        Value::Object(members) => members,
        _ => Map::new(),
    }
}
