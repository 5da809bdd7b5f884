//! The command line: what it prints, and what it refuses to start with.

use std::process::{Command, Output};
use std::time::{Duration, Instant};

use serde_json::json;

use crate::http::Request;
use crate::running::{BINARY, Running, SECRET_VARIABLE};

fn run(arguments: &[&str]) -> Output {
    Command::new(BINARY).args(arguments).output().unwrap()
}

#[test]
fn the_first_line_says_where_the_provider_is() {
    let provider = Running::start(&["--client-id", "wine"]);
    assert_eq!(
        provider.announced["issuer"],
        format!("http://{}/realms/brewery", provider.address)
    );
    assert_eq!(
        provider.announced["control"],
        format!("http://{}/_control", provider.address)
    );
    assert_eq!(provider.announced["client_id"], "wine");
    assert_eq!(
        provider.announced["people"][0],
        json!({ "name": "carol", "roles": ["customers"] })
    );
}

#[test]
fn it_stops_when_standard_input_closes() {
    assert!(Running::start(&[]).ends_when_stdin_closes());
}

#[cfg(unix)]
#[test]
fn it_stops_when_terminated_however_soon() {
    for _ in 0..5 {
        assert!(Running::start(&[]).ends_when_terminated());
    }
}

#[test]
fn a_hanging_request_does_not_hold_the_stop_up() {
    let provider = Running::start(&["--misbehave", "slow"]);
    let request = Request::get("/realms/brewery/.well-known/openid-configuration");
    let hanging = request
        .open(provider.address, Duration::from_millis(200))
        .unwrap();
    // The request has arrived once it is counted.
    let deadline = Instant::now() + Duration::from_secs(10);
    while provider.requests()["metadata"] != 1 && Instant::now() < deadline {}
    assert!(provider.ends_when_stdin_closes());
    drop(hanging);
}

#[test]
fn a_taken_port_is_named() {
    let provider = Running::start(&[]);
    let output = run(&["serve", "--port", &provider.address.port().to_string()]);
    let says = String::from_utf8(output.stderr).unwrap();
    assert!(
        says.contains(&format!("can't listen on {}", provider.address)),
        "{says}"
    );
}

#[test]
fn it_listens_on_loopback_addresses_alone() {
    for address in ["0.0.0.0", "::", "192.168.1.4", "localhost"] {
        let output = run(&["serve", "--bind", address]);
        assert!(!output.status.success(), "{address}");
        let says = String::from_utf8(output.stderr).unwrap();
        assert!(
            says.contains("listens on loopback addresses only"),
            "{says}"
        );
    }
    let provider = Running::start(&["--bind", "127.0.0.2"]);
    assert_eq!(provider.metadata().json()["issuer"], provider.issuer());
}

#[test]
fn wrong_beginnings_are_explained() {
    for (arguments, says) in [
        (
            &["serve", "--misbehave", "wrong-nonse"][..],
            "did you mean `wrong-nonce`?",
        ),
        (
            &["serve", "--people", "/nowhere/people.toml"],
            "can't read `/nowhere/people.toml`",
        ),
        (&["serve", "--people", "/dev/null"], "nobody is in the file"),
    ] {
        let output = run(arguments);
        assert!(!output.status.success());
        let stderr = String::from_utf8(output.stderr).unwrap();
        assert!(stderr.contains(says), "{stderr}");
        assert!(output.stdout.is_empty());
    }
}

// OP-01: every user of the machine may read the arguments of every process.
#[test]
fn the_secret_is_in_the_environment_and_no_argument_takes_it() {
    let provider = Running::start_with_secret("hops");
    let code = provider.click("carol").sent_back("code").remove(0);
    let answer = provider.redeem(&code, ("client_secret", "hops"));
    assert_eq!(answer.status, 200, "{}", answer.text());
    let output = run(&["serve", "--client-secret", "hops"]);
    let says = String::from_utf8(output.stderr).unwrap();
    assert!(says.contains("unexpected argument"), "{says}");
    assert!(!says.contains("hops"), "{says}");
}

// OP-01
#[test]
fn an_empty_secret_is_no_secret() {
    let output = Command::new(BINARY)
        .arg("serve")
        .env(SECRET_VARIABLE, "")
        .output()
        .unwrap();
    assert!(!output.status.success());
    let says = String::from_utf8(output.stderr).unwrap();
    assert!(
        says.contains("RELYANT_PROVIDER_CLIENT_SECRET is empty"),
        "{says}"
    );
}

#[test]
fn the_default_people_are_printed_as_a_file_to_start_from() {
    let text = String::from_utf8(run(&["people"]).stdout).unwrap();
    assert_eq!(text.matches("[[person]]").count(), 4);
}
