//! The people who can sign in, with their roles and claims.

use std::fmt::Write as _;

use relyant_jose::digest::sha256;
use serde::Deserialize;
use serde_json::{Map, Value};

type Object = Map<String, Value>;

/// How everybody can sign in, as Keycloak calls it.
pub(crate) const USUAL_ACR: &str = "1";

/// The people of the Beer demo, as TOML.
pub(crate) const BEER: &str = include_str!("../assets/beer.toml");

/// Everybody who can sign in, in the order of the file.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct People {
    #[serde(rename = "person", default)]
    everybody: Vec<Person>,
}

/// One person.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Person {
    /// What one clicks or types; the claim `preferred_username`.
    pub(crate) name: String,
    /// One line for the login page.
    #[serde(default)]
    pub(crate) about: String,
    /// The password; the name where it isn't given.
    password: Option<String>,
    /// The subject; derived from the name where it isn't given, so that it outlives a restart.
    sub: Option<String>,
    /// Whether she may sign in no more.
    #[serde(default)]
    disabled: bool,
    /// Realm roles; they travel in the access token only.
    #[serde(default)]
    pub(crate) roles: Vec<String>,
    /// The authentication context classes that she can sign in with, beside the usual `1`. Core §2, `acr`.
    #[serde(default)]
    pub(crate) acr: Vec<String>,
    /// Claims of every token and of the userinfo response.
    #[serde(default)]
    pub(crate) claims: Object,
    /// Claims of the ID token alone.
    #[serde(default)]
    pub(crate) id_token: Object,
    /// Claims of the access token alone.
    #[serde(default)]
    pub(crate) access_token: Object,
    /// Claims of the userinfo response alone.
    #[serde(default)]
    pub(crate) userinfo: Object,
    /// Claims that the ID token has as a JWT of their own. Core §5.6.2, aggregated claims.
    #[serde(default)]
    pub(crate) aggregated: Object,
    /// Claims of which the ID token has the address alone. Core §5.6.2, distributed claims.
    #[serde(default)]
    pub(crate) distributed: Object,
}

/// What the control endpoint changes about a person; what it leaves out stays.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct PersonChange {
    disabled: Option<bool>,
    roles: Option<Vec<String>>,
    acr: Option<Vec<String>>,
    claims: Option<Object>,
    id_token: Option<Object>,
    access_token: Option<Object>,
    userinfo: Option<Object>,
    aggregated: Option<Object>,
    distributed: Option<Object>,
}

/// Why a people file can't be used.
#[derive(Debug)]
pub(crate) enum PeopleError {
    /// It isn't TOML, or has a key that isn't known or of a wrong type.
    Toml(toml::de::Error),
    /// Nobody is in it.
    Empty,
    /// A name is empty.
    NamelessPerson,
    /// A name is there twice.
    TwiceNamed(String),
}

impl std::fmt::Display for PeopleError {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Toml(error) => error.fmt(formatter),
            Self::Empty => {
                formatter.write_str("nobody is in the file: it needs a `[[person]]` with a `name`")
            }
            Self::NamelessPerson => formatter.write_str("a person's `name` is empty"),
            Self::TwiceNamed(name) => write!(formatter, "two people are called `{name}`"),
        }
    }
}

impl std::error::Error for PeopleError {}

impl People {
    /// Parses a people file.
    pub(crate) fn parse(text: &str) -> Result<Self, PeopleError> {
        let people: Self = toml::from_str(text).map_err(PeopleError::Toml)?;
        if people.everybody.is_empty() {
            return Err(PeopleError::Empty);
        }
        for (index, person) in people.everybody.iter().enumerate() {
            if person.name.is_empty() {
                return Err(PeopleError::NamelessPerson);
            }
            if people
                .everybody
                .iter()
                .take(index)
                .any(|earlier| earlier.name == person.name)
            {
                return Err(PeopleError::TwiceNamed(person.name.clone()));
            }
        }
        Ok(people)
    }

    /// Everybody, in order.
    pub(crate) fn iter(&self) -> impl Iterator<Item = &Person> {
        self.everybody.iter()
    }

    /// The person of that name; one who is disabled is as good as not there.
    pub(crate) fn find(&self, name: &str) -> Option<&Person> {
        self.iter()
            .find(|person| person.name == name && !person.disabled)
    }

    /// The person whose name and password these are.
    pub(crate) fn sign_in(&self, name: &str, password: &str) -> Option<&Person> {
        self.find(name)
            .filter(|person| person.password() == password)
    }

    /// Changes a person; one who isn't there yet joins.
    pub(crate) fn change(&mut self, name: &str, change: PersonChange) {
        if let Some(person) = self.everybody.iter_mut().find(|person| person.name == name) {
            person.apply(change);
        } else {
            let mut person = Person::named(name);
            person.apply(change);
            self.everybody.push(person);
        }
    }
}

impl Person {
    fn named(name: &str) -> Self {
        Self {
            name: name.to_owned(),
            about: String::new(),
            password: None,
            sub: None,
            disabled: false,
            roles: Vec::new(),
            acr: Vec::new(),
            claims: Object::new(),
            id_token: Object::new(),
            access_token: Object::new(),
            userinfo: Object::new(),
            aggregated: Object::new(),
            distributed: Object::new(),
        }
    }

    fn apply(&mut self, change: PersonChange) {
        fn replace<T>(field: &mut T, new: Option<T>) {
            if let Some(new) = new {
                *field = new;
            }
        }
        replace(&mut self.disabled, change.disabled);
        replace(&mut self.roles, change.roles);
        replace(&mut self.acr, change.acr);
        replace(&mut self.claims, change.claims);
        replace(&mut self.id_token, change.id_token);
        replace(&mut self.access_token, change.access_token);
        replace(&mut self.userinfo, change.userinfo);
        replace(&mut self.aggregated, change.aggregated);
        replace(&mut self.distributed, change.distributed);
    }

    /// How she signs in when one of these classes is asked for, the most wanted first; the usual way if she can't.
    pub(crate) fn best_acr(&self, wanted: &[String]) -> String {
        let can = |class: &&String| *class == USUAL_ACR || self.acr.contains(class);
        wanted
            .iter()
            .find(can)
            .map_or_else(|| USUAL_ACR.to_owned(), Clone::clone)
    }

    fn password(&self) -> &str {
        self.password.as_deref().unwrap_or(&self.name)
    }

    /// The subject: the file's, or one in the shape of a UUID that depends on the name alone.
    pub(crate) fn subject(&self) -> String {
        self.sub
            .clone()
            .unwrap_or_else(|| derived_subject(&self.name))
    }

    /// The full name where the claims have one, else the name.
    pub(crate) fn full_name(&self) -> &str {
        self.claims
            .get("name")
            .and_then(Value::as_str)
            .unwrap_or(&self.name)
    }
}

/// A subject in the shape of a UUID that depends on the name alone.
pub(crate) fn derived_subject(name: &str) -> String {
    let digest = sha256(format!("person of the development provider: {name}").as_bytes());
    let mut subject = String::with_capacity(36);
    for (index, byte) in digest.iter().take(16).enumerate() {
        if matches!(index, 4 | 6 | 8 | 10) {
            subject.push('-');
        }
        // Writing to a String can't fail.
        let _ = write!(subject, "{byte:02x}");
    }
    subject
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn the_beer_people_are_four_and_their_password_is_their_name() {
        let people = People::parse(BEER).unwrap();
        let names: Vec<&str> = people.iter().map(|person| person.name.as_str()).collect();
        assert_eq!(names, ["carol", "chris", "adam", "nora"]);
        assert_eq!(
            people.sign_in("carol", "carol").unwrap().roles,
            ["customers"]
        );
        assert!(people.sign_in("carol", "chris").is_none());
        assert!(people.sign_in("carl", "carl").is_none());
        assert!(people.find("nora").unwrap().roles.is_empty());
    }

    #[test]
    fn a_subject_depends_on_the_name_alone() {
        let people = People::parse(BEER).unwrap();
        let subject = people.find("carol").unwrap().subject();
        assert_eq!(
            subject,
            People::parse(BEER)
                .unwrap()
                .find("carol")
                .unwrap()
                .subject()
        );
        assert_ne!(subject, people.find("chris").unwrap().subject());
        assert_eq!(subject.len(), 36);
    }

    #[test]
    fn a_file_may_say_password_subject_and_claims_of_one_token() {
        let text = "[[person]]\nname = \"eve\"\npassword = \"secret\"\nsub = \"s-1\"\nid_token = { groups = [\"a\"] }\n";
        let people = People::parse(text).unwrap();
        let eve = people.sign_in("eve", "secret").unwrap();
        assert_eq!(eve.subject(), "s-1");
        assert_eq!(
            Value::Object(eve.id_token.clone()),
            json!({"groups": ["a"]})
        );
        assert!(people.sign_in("eve", "eve").is_none());
    }

    #[test]
    fn wrong_files_are_explained() {
        let message = |text: &str| People::parse(text).unwrap_err().to_string();
        assert!(message("[[person]]\nname = \"a\"\nrole = []\n").contains("unknown field `role`"));
        assert_eq!(
            message(""),
            "nobody is in the file: it needs a `[[person]]` with a `name`"
        );
        assert_eq!(
            message("[[person]]\nname = \"\"\n"),
            "a person's `name` is empty"
        );
        assert_eq!(
            message("[[person]]\nname = \"a\"\n[[person]]\nname = \"a\"\n"),
            "two people are called `a`"
        );
    }

    #[test]
    fn a_person_signs_in_with_the_class_that_is_wanted_most_of_those_she_can() {
        let text = "[[person]]\nname = \"eve\"\nacr = [\"silver\", \"gold\"]\n";
        let people = People::parse(text).unwrap();
        let best = |wanted: &[&str]| {
            let wanted: Vec<String> = wanted.iter().map(|&class| class.to_owned()).collect();
            people.find("eve").unwrap().best_acr(&wanted)
        };
        for (wanted, expected) in [
            (&["gold", "silver"][..], "gold"),
            (&["platinum", "silver"], "silver"),
            (&["platinum"], "1"),
            (&["1", "gold"], "1"),
            (&[], "1"),
        ] {
            assert_eq!(best(wanted), expected, "{wanted:?}");
        }
    }

    #[test]
    fn a_change_replaces_only_what_it_names() {
        let mut people = People::parse(BEER).unwrap();
        people.change(
            "carol",
            PersonChange {
                roles: Some(vec!["admins".to_owned()]),
                ..PersonChange::default()
            },
        );
        let carol = people.find("carol").unwrap();
        assert_eq!(carol.roles, ["admins"]);
        assert_eq!(carol.full_name(), "Carol Cask");
        people.change(
            "carol",
            PersonChange {
                disabled: Some(true),
                ..PersonChange::default()
            },
        );
        assert!(people.sign_in("carol", "carol").is_none());
        assert_eq!(people.iter().count(), 4);
        people.change("zoe", PersonChange::default());
        assert!(people.sign_in("zoe", "zoe").is_some());
    }
}
