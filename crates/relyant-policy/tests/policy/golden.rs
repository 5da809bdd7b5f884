//! Each preset's golden samples: claims as the provider documents them, and what a small policy makes of them.
//!
//! A sample is a file `golden/PRESET/NAME.json`; `from` says where its shape comes from, the values are our own.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use relyant_policy::{Decision, Groups, Object, Policy, Verdict, preset, preset_names};
use serde::Deserialize;
use serde_json::{Value, json};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Sample {
    /// What it shows.
    shows: String,
    /// The pages that its shape comes from.
    from: Vec<String>,
    client_id: String,
    policy: Value,
    /// By source; the order in which a policy asks them is the core's.
    claims: BTreeMap<String, Object>,
    expected: Value,
}

/// The sources in the order in which a policy asks them.
const SOURCES: [&str; 3] = ["id_token", "userinfo", "access_token"];

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/policy/golden")
}

fn names_in(folder: &Path) -> BTreeSet<String> {
    let entries =
        fs::read_dir(folder).unwrap_or_else(|error| panic!("{}: {error}", folder.display()));
    let name = |entry: std::io::Result<fs::DirEntry>| entry.unwrap().file_name().into_string();
    entries.map(|entry| name(entry).unwrap()).collect()
}

fn samples(preset: &str) -> Vec<(String, Sample)> {
    let folder = folder().join(preset);
    let read = |name: String| {
        let text = fs::read_to_string(folder.join(&name)).unwrap();
        let sample = serde_json::from_str(&text);
        let sample = sample.unwrap_or_else(|error| panic!("{preset}/{name}: {error}"));
        (format!("{preset}/{name}"), sample)
    };
    names_in(&folder).into_iter().map(read).collect()
}

impl Sample {
    fn decide(&self, name: &str) -> Decision {
        let preset = preset(name).unwrap();
        let policy = Policy::parse(&self.policy, &preset, &self.client_id);
        let policy = policy.unwrap_or_else(|faults| panic!("{}: {faults:?}", self.shows));
        let sources = SOURCES.iter().filter_map(|source| {
            let claims = self.claims.get(*source)?;
            Some((*source, claims))
        });
        policy.evaluate(&sources.collect::<Vec<_>>())
    }
}

/// A decision as samples write it; what is not the provider's is not written.
fn written(decision: &Decision) -> Value {
    let roles: Vec<_> = decision.roles.iter().map(|role| &role.role).collect();
    let warnings: Vec<_> = decision.warnings.iter().map(ToString::to_string).collect();
    let mut written = json!({
        "verdict": match &decision.verdict {
            Verdict::Allowed => "allowed",
            Verdict::Refused(refusal) => refusal.code(),
        },
        "roles": roles,
        "user": decision.user,
        "warnings": warnings,
    });
    match &decision.groups {
        Groups::Named { granted, .. } => written["groups"] = json!(granted),
        Groups::SameName { candidates, .. } => written["groups"] = json!(candidates),
        Groups::Unmanaged => {}
    }
    for (name, flag) in [("staff", decision.staff), ("superuser", decision.superuser)] {
        if let Some(flag) = flag {
            written[name] = json!(flag);
        }
    }
    written
}

#[test]
fn each_preset_has_golden_samples_and_no_sample_lacks_its_preset() {
    let presets: BTreeSet<String> = preset_names().map(str::to_owned).collect();
    assert_eq!(names_in(&folder()), presets);
    for preset in presets {
        assert!(!samples(&preset).is_empty(), "{preset}");
    }
}

#[test]
fn each_golden_sample_gives_what_it_says() {
    for name in preset_names() {
        for (file, sample) in samples(name) {
            assert_eq!(
                written(&sample.decide(name)),
                sample.expected,
                "{file}: {}",
                sample.shows
            );
        }
    }
}

#[test]
fn each_sample_says_where_its_shape_comes_from() {
    for name in preset_names() {
        for (file, sample) in samples(name) {
            assert!(!sample.from.is_empty(), "{file}");
            for page in sample.from {
                assert!(page.starts_with("https://"), "{file}: {page}");
            }
            assert!(sample.claims.contains_key("id_token"), "{file}");
            for source in sample.claims.keys() {
                assert!(SOURCES.contains(&source.as_str()), "{file}: {source}");
            }
        }
    }
}

#[test]
fn a_sample_has_the_sources_that_its_preset_reads() {
    for name in preset_names() {
        let preset = preset(name).unwrap();
        for (file, sample) in samples(name) {
            let has = |source| sample.claims.contains_key(source);
            assert!(preset.userinfo || !has("userinfo"), "{file}");
            let reads_access_tokens = preset.claims_from_access_token.is_some();
            assert!(reads_access_tokens || !has("access_token"), "{file}");
        }
    }
}

/// A new provider is a file in `presets/` and its samples, and no line of code.
#[test]
fn each_file_of_the_folder_is_a_preset() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("presets");
    let files = preset_names().map(|name| format!("{name}.json"));
    assert_eq!(names_in(&folder), files.collect());
}

#[test]
fn each_claim_that_a_preset_reads_is_in_a_sample() {
    for name in preset_names() {
        let preset = preset(name).unwrap();
        let samples = samples(name);
        let roles = preset.role_paths.iter().map(|roles| &roles.path);
        for path in roles.chain(preset.user.values()) {
            let text = path.to_string(); // No preset's claim has a dot in its name.
            let claim = text.split('.').next().unwrap();
            let has = |claims: &Object| claims.contains_key(claim);
            let shown = |(_, sample): &(_, Sample)| sample.claims.values().any(has);
            assert!(samples.iter().any(shown), "{name}: {path}");
        }
    }
}

/// By whichever token she comes: an API finds the account that a login made.
#[test]
fn an_access_token_names_a_person_by_the_claim_of_her_account() {
    for name in preset_names() {
        let preset = preset(name).unwrap();
        if let Some(account) = preset.account {
            let named = preset.access_tokens.subject;
            assert_eq!(named, Some(account.subject), "{name}");
        }
    }
}

/// Each preset's account is a claim of its ID tokens.
#[test]
fn the_account_is_in_each_samples_id_token() {
    for name in preset_names() {
        let Some(account) = preset(name).unwrap().account else {
            continue;
        };
        for (file, sample) in samples(name) {
            assert!(
                sample.claims["id_token"].contains_key(&account.subject),
                "{file}"
            );
        }
    }
}
