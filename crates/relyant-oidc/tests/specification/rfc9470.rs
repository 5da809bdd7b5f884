//! RFC 9470 §3: the challenge of a sign-in that isn't recent or sure enough.

use relyant_oidc::challenge::insufficient_user_authentication;
use relyant_oidc::error::{Clipped, Configuration};

fn texts(values: &[&str]) -> Vec<String> {
    values.iter().copied().map(str::to_owned).collect()
}

fn challenge(max_age: Option<u32>, acr_values: &[&str]) -> String {
    insufficient_user_authentication(max_age, &texts(acr_values)).unwrap()
}

/// The parameters behind `Bearer`, as a client reads them. RFC 9110 §11.2, §5.6.4.
fn parameters(challenge: &str) -> Vec<(String, String)> {
    let mut rest = challenge.strip_prefix("Bearer ").unwrap();
    let mut found = Vec::new();
    while !rest.is_empty() {
        let (name, behind) = rest.split_once("=\"").unwrap();
        let (value, behind) = quoted_string(behind);
        found.push((name.to_owned(), value));
        rest = behind.strip_prefix(", ").unwrap_or(behind);
    }
    found
}

/// What stands before the closing quote, and behind it.
fn quoted_string(text: &str) -> (String, &str) {
    let mut value = String::new();
    let mut chars = text.char_indices();
    while let Some((index, one)) = chars.next() {
        match one {
            '"' => return (value, &text[index + 1..]),
            '\\' => value.push(chars.next().unwrap().1),
            _ => value.push(one),
        }
    }
    panic!("the quoted string has no end: {text}");
}

#[test]
fn it_says_what_would_do() {
    for (max_age, acr_values, expected) in [
        (
            Some(300),
            &[][..],
            "error_description=\"A more recent sign-in is needed\", max_age=\"300\"",
        ),
        (
            Some(0),
            &[],
            "error_description=\"A more recent sign-in is needed\", max_age=\"0\"",
        ),
        (
            None,
            &["gold", "platinum"],
            "error_description=\"A sign-in of another authentication level is needed\", acr_values=\"gold platinum\"",
        ),
        (
            Some(5),
            &["gold"],
            "error_description=\"A more recent sign-in, of another authentication level, is needed\", \
             acr_values=\"gold\", max_age=\"5\"",
        ),
        (None, &[], "error_description=\"Another sign-in is needed\""),
    ] {
        let expected = format!("Bearer error=\"insufficient_user_authentication\", {expected}");
        assert_eq!(challenge(max_age, acr_values), expected);
    }
}

// RFC 9110 §5.6.4: quotes and backslashes are escaped, and end nothing.
#[test]
fn no_value_breaks_out_of_its_quotes() {
    for value in [
        r#"a",error="none"#,
        r"a\",
        r#"\""#,
        r#"""#,
        "urn:mace:incommon:iap:silver",
        "https://refeds.org/profile/mfa",
        "!#$%&'()*+,-./:;<=>?@[]^_`{|}~",
    ] {
        let told = parameters(&challenge(None, &[value, "gold"]));
        let names: Vec<&str> = told.iter().map(|(name, _)| name.as_str()).collect();
        assert_eq!(names, ["error", "error_description", "acr_values"]);
        assert_eq!(told[2].1, format!("{value} gold"));
    }
}

// RFC 6750 §3: neither quote nor backslash, and nothing but printable ASCII.
#[test]
fn the_description_has_the_characters_that_it_may_have() {
    for (max_age, acr_values) in [
        (Some(1), &["gold"][..]),
        (Some(1), &[]),
        (None, &["gold"]),
        (None, &[]),
    ] {
        let told = parameters(&challenge(max_age, acr_values));
        let description = &told[1].1;
        let fits = |one: char| (' '..='~').contains(&one) && one != '"' && one != '\\';
        assert!(description.chars().all(fits), "{description}");
    }
}

// Core §3.1.2.1: the values of a list with blanks between.
#[test]
fn what_is_no_word_goes_into_no_header() {
    let long = "a".repeat(256);
    for value in [
        "",
        "two words",
        "a\nb",
        "a\r\nSet-Cookie: a=b",
        "gr\u{fc}n",
        &long,
    ] {
        assert_eq!(
            insufficient_user_authentication(None, &texts(&["gold", value])),
            Err(Configuration::AuthorizationOptionInvalid {
                name: "acr_values",
                got: Clipped::new(value),
                expected: "words of printable ASCII characters",
            }),
            "{value:?}"
        );
    }
}
