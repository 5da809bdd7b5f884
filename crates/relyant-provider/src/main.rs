//! A development OpenID provider for laptops and tests: loopback only, no real sign-in, misbehaves on request.
//!
//! It is written from the specifications and Keycloak's behaviour, and shares no message type with the relying
//! party: a misreading on one side shows on the other.
//!
//! Standards: [OpenID Connect Core](https://openid.net/specs/openid-connect-core-1_0.html),
//! [Discovery](https://openid.net/specs/openid-connect-discovery-1_0.html),
//! [RP-Initiated Logout](https://openid.net/specs/openid-connect-rpinitiated-1_0.html),
//! [Back-Channel Logout](https://openid.net/specs/openid-connect-backchannel-1_0.html),
//! [Front-Channel Logout](https://openid.net/specs/openid-connect-frontchannel-1_0.html),
//! [Dynamic Client Registration](https://openid.net/specs/openid-connect-registration-1_0.html) (its names),
//! [RFC 6749](https://www.rfc-editor.org/rfc/rfc6749) (OAuth 2.0), [RFC 6750](https://www.rfc-editor.org/rfc/rfc6750)
//! (bearer tokens), [RFC 7636](https://www.rfc-editor.org/rfc/rfc7636) (PKCE),
//! [RFC 7523](https://www.rfc-editor.org/rfc/rfc7523) (`private_key_jwt`),
//! [RFC 8707](https://www.rfc-editor.org/rfc/rfc8707) (`resource`),
//! [RFC 9126](https://www.rfc-editor.org/rfc/rfc9126) (pushed authorization requests),
//! [Form Post Response Mode](https://openid.net/specs/oauth-v2-form-post-response-mode-1_0.html),
//! [RFC 9207](https://www.rfc-editor.org/rfc/rfc9207) (`iss` in the response).

use std::error::Error;
use std::io::Write;
use std::process::ExitCode;

use clap::Parser;

use crate::cli::{Command, CommandLine};
use crate::misbehaviour::Misbehaviour;

mod access_token;
mod authorization_request;
mod back_channel_logout;
mod claim_sources;
mod claims;
mod cli;
mod client;
mod client_assertion;
mod client_authentication;
mod client_encryption;
mod clock;
mod control;
mod endpoint;
mod failure;
mod fault;
mod forgery;
mod form_post_page;
mod front_channel_logout;
mod id_token;
mod issued_tokens;
mod json_answer;
mod keys;
mod local_http;
mod login_page;
mod logout_session;
mod logout_token;
mod loopback;
mod misbehaviour;
mod page;
mod parameters;
mod people;
mod provider;
mod pushed_authorization;
mod random;
mod requested_claims;
mod response_algorithms;
mod serve;
mod session_cookie;
mod shelf;
mod store;
mod wire;

fn main() -> ExitCode {
    match run(&CommandLine::parse().command) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            // Nothing is left to tell if standard error is closed.
            let _ = writeln!(std::io::stderr(), "relyant-provider: {error}");
            ExitCode::FAILURE
        }
    }
}

fn run(command: &Command) -> Result<(), Box<dyn Error>> {
    match command {
        Command::Serve(options) => serve::run(options),
        Command::Misbehaviours => print(&misbehaviours()),
        Command::People => print(people::BEER),
    }
}

fn misbehaviours() -> String {
    let width = Misbehaviour::ALL
        .iter()
        .map(|misbehaviour| misbehaviour.name().len())
        .max()
        .unwrap_or_default();
    let lines = Misbehaviour::ALL
        .iter()
        .map(|one| format!("{:width$}  {}\n", one.name(), one.says()));
    lines.collect()
}

fn print(text: &str) -> Result<(), Box<dyn Error>> {
    Ok(std::io::stdout().write_all(text.as_bytes())?)
}
