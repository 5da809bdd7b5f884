//! Mutations: of a text, of bytes, and of a JSON value.

use serde_json::{Map, Value, json};

use crate::choices::Choices;

/// The most mutations of one message.
const MOST: usize = 5;

/// Names that mean something where they don't belong.
const NAMES: &[&str] = &[
    "x",
    "",
    "alg",
    "kid",
    "crit",
    "b64",
    "zip",
    "jwk",
    "jku",
    "x5u",
    "x5c",
    "enc",
    "typ",
    "cty",
    "epk",
    "d",
    "k",
    "iss",
    "sub",
    "aud",
    "azp",
    "exp",
    "nbf",
    "iat",
    "nonce",
    "events",
    "__proto__",
    "é",
    "a.b",
];

/// The text, with up to five of its characters or parts replaced, inserted, left out, doubled or exchanged.
pub(crate) fn text(text: &str, choices: &mut Choices<'_>) -> String {
    let mut characters: Vec<char> = text.chars().collect();
    for _ in 0..choices.below(MOST + 1) {
        edit(&mut characters, choices, one_character);
    }
    characters.into_iter().collect()
}

/// One of the parameters of a query changed, left out, or a new one by one of these names put in.
pub(crate) fn parameters(
    parameters: &mut Vec<(String, String)>,
    names: &[&str],
    choices: &mut Choices<'_>,
) {
    let index = choices.below(parameters.len().max(1)).min(parameters.len());
    let fresh = ((*choices.pick(names)).to_owned(), choices.text());
    match choices.below(4) {
        0 => parameters.push(fresh),
        1 if index < parameters.len() => drop(parameters.remove(index)),
        2 if index < parameters.len() => {
            parameters[index].1 = text(&parameters[index].1, choices);
        }
        _ => parameters.insert(index, fresh),
    }
}

/// The bytes, with up to five edits.
pub(crate) fn bytes(bytes: &[u8], choices: &mut Choices<'_>) -> Vec<u8> {
    let mut octets = bytes.to_vec();
    for _ in 0..choices.below(MOST + 1) {
        edit(&mut octets, choices, one_byte);
    }
    octets
}

fn one_character(choices: &mut Choices<'_>) -> char {
    choices.character()
}

fn one_byte(choices: &mut Choices<'_>) -> u8 {
    choices.byte()
}

fn edit<T: Clone>(
    items: &mut Vec<T>,
    choices: &mut Choices<'_>,
    mut fresh: impl FnMut(&mut Choices<'_>) -> T,
) {
    let kind = choices.below(6);
    let from = choices.below(items.len() + 1);
    let to = (from + choices.below(40)).min(items.len());
    match kind {
        0 if from < items.len() => items[from] = fresh(choices),
        1 => items.insert(from, fresh(choices)),
        2 => drop(items.drain(from..to)),
        3 => {
            let copy = items[from..to].to_vec();
            items.splice(to..to, copy);
        }
        4 => items.truncate(from),
        _ => items[from..to].reverse(),
    }
}

/// The value, with up to five of its parts replaced, left out, renamed or added.
pub(crate) fn value(value: &Value, choices: &mut Choices<'_>) -> Value {
    let mut mutated = value.clone();
    for _ in 0..choices.below(MOST + 1) {
        change(&mut mutated, choices);
    }
    mutated
}

/// The members of an object, mutated; an object still.
pub(crate) fn object(members: &Value, choices: &mut Choices<'_>) -> Map<String, Value> {
    match value(members, choices) {
        Value::Object(members) => members,
        _ => Map::new(),
    }
}

fn change(value: &mut Value, choices: &mut Choices<'_>) {
    match value {
        Value::Object(members) if !members.is_empty() && !choices.once_in(8) => {
            change_member(members, choices);
        }
        Value::Array(elements) if !elements.is_empty() && !choices.once_in(4) => {
            let index = choices.below(elements.len());
            match choices.below(4) {
                0 => drop(elements.remove(index)),
                1 => elements.insert(index, odd(choices)),
                2 => elements.push(elements[index].clone()),
                _ => change(&mut elements[index], choices),
            }
        }
        Value::String(known) if choices.once_in(2) => *known = text(known, choices),
        other => *other = odd(choices),
    }
}

fn change_member(members: &mut Map<String, Value>, choices: &mut Choices<'_>) {
    let name = members
        .keys()
        .nth(choices.below(members.len()))
        .unwrap()
        .clone();
    match choices.below(5) {
        0 => drop(members.remove(&name)),
        1 => drop(members.insert(name, odd(choices))),
        2 => drop(members.insert((*choices.pick(NAMES)).to_owned(), odd(choices))),
        3 => {
            let moved = members.remove(&name).unwrap();
            members.insert(text(&name, choices), moved);
        }
        _ => change(members.get_mut(&name).unwrap(), choices),
    }
}

/// A value that is rarely the right one.
pub(crate) fn odd(choices: &mut Choices<'_>) -> Value {
    match choices.below(20) {
        0 => Value::Null,
        1 => json!(true),
        2 => json!(false),
        3 => json!(0),
        4 => json!(-1),
        5 => json!(1_u64 << 53),
        6 => json!(u64::MAX),
        7 => json!(1_800_000_000.5),
        8 => json!(1e300),
        9 => json!(""),
        10 => json!([]),
        11 => json!({}),
        12 => json!([null]),
        13 => json!(["beer"]),
        14 => json!({"keys": []}),
        15 => json!("x".repeat(300)),
        16 => nested(choices.below(24)),
        17 => json!(i64::from(choices.byte()) - 128 + 1_800_000_000),
        _ => json!(choices.text()),
    }
}

fn nested(depth: usize) -> Value {
    (0..depth).fold(json!([]), |inner, level| {
        if level % 2 == 0 {
            json!({"a": inner})
        } else {
            json!([inner])
        }
    })
}
