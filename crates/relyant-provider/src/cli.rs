//! The command line, and the one thing that has no place on it: the client's secret, which the environment has.

use std::env::{self, VarError};
use std::path::PathBuf;

use clap::{Args, Parser, Subcommand};

use crate::client::Client;
use crate::local_http::LocalUri;
use crate::logout_session::LogoutSession;
use crate::loopback::LoopbackAddress;
use crate::misbehaviour::{Misbehaviours, UnknownMisbehaviour};
use crate::people::{BEER, People, PeopleError};
use crate::pushed_authorization::PushedAuthorization;
use crate::response_algorithms::ResponseAlgorithms;

/// Names the client's secret; an argument of that kind would be there to read for every user of the machine.
const SECRET_VARIABLE: &str = "RELYANT_PROVIDER_CLIENT_SECRET";
const DEFAULT_SECRET: &str = "beer-secret";

/// A development OpenID provider for laptops and tests: no real sign-in, loopback only.
#[derive(Debug, Parser)]
#[command(name = "relyant-provider", version)]
pub(crate) struct CommandLine {
    /// What to do.
    #[command(subcommand)]
    pub(crate) command: Command,
}

/// What the program can do.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Runs the provider; prints one line of JSON with its issuer once it listens
    Serve(Box<Serve>),
    /// Lists the misbehaviours, one a line
    Misbehaviours,
    /// Prints the people that are there by default, as TOML to start a file from
    People,
}

/// How to run.
#[derive(Debug, Args)]
#[command(after_help = format!(
    "Environment:\n  {SECRET_VARIABLE}  The client's secret [default: {DEFAULT_SECRET}]"
))]
pub(crate) struct Serve {
    /// The loopback address to listen on
    #[arg(long, default_value_t = LoopbackAddress::IPV4, value_name = "ADDRESS")]
    pub(crate) bind: LoopbackAddress,
    /// The port to listen on; 0 takes a free one
    #[arg(long, default_value_t = 0)]
    pub(crate) port: u16,
    /// A TOML file of people instead of the default ones
    #[arg(long, value_name = "FILE")]
    people: Option<PathBuf>,
    /// The client's id
    #[arg(long, default_value = "beer")]
    client_id: String,
    /// A redirect URI of the client; without any, every page on this computer may ask
    #[arg(long = "redirect-uri", value_name = "URI")]
    redirect_uris: Vec<String>,
    /// Where a logout may lead; without any, the redirect URIs
    #[arg(long = "post-logout-redirect-uri", value_name = "URI")]
    post_logout_redirect_uris: Vec<String>,
    /// A misbehaviour to start with: NAME, or NAME@ENDPOINT for those of the exchange
    #[arg(long = "misbehave", value_name = "NAME")]
    misbehaviours: Vec<String>,
    /// Whether the metadata offers pushed authorization requests, or requires them
    #[arg(long = "par", value_enum, default_value_t, value_name = "WORD")]
    pub(crate) pushed_authorization: PushedAuthorization,
    /// Let a refresh token be good for one use; one that comes again withdraws all that came of its login
    #[arg(long)]
    pub(crate) rotate_refresh_tokens: bool,
    /// Where the client takes logout tokens: plain http on this computer
    #[arg(long, value_name = "URI")]
    pub(crate) backchannel_logout_uri: Option<LocalUri>,
    /// The client's page that a frame shows when a browser signs out here: plain http on this computer
    #[arg(long, value_name = "URI")]
    pub(crate) frontchannel_logout_uri: Option<LocalUri>,
    #[command(flatten)]
    pub(crate) logout_session: LogoutSession,
    /// Where the client publishes its public keys, plain http on this computer: it signs in by private_key_jwt then, and
    /// its secret is good for nothing
    #[arg(long, value_name = "URI")]
    pub(crate) client_jwks_uri: Option<LocalUri>,
    #[command(flatten)]
    pub(crate) response_algorithms: ResponseAlgorithms,
    /// Stop when standard input closes, so that the provider never outlives who started it
    #[arg(long)]
    pub(crate) stop_with_stdin: bool,
}

impl Serve {
    /// The people of the file, or those of the Beer demo.
    pub(crate) fn people(&self) -> Result<People, PeopleFileError> {
        let text = match &self.people {
            None => BEER.to_owned(),
            Some(path) => {
                std::fs::read_to_string(path).map_err(|error| PeopleFileError::Unreadable {
                    path: path.clone(),
                    error,
                })?
            }
        };
        People::parse(&text).map_err(PeopleFileError::Wrong)
    }

    /// The client to register.
    pub(crate) fn client(&self) -> Result<Client, UnusableSecret> {
        Ok(Client::register(
            self.client_id.clone(),
            secret(env::var(SECRET_VARIABLE))?,
            self.redirect_uris.clone(),
            self.post_logout_redirect_uris.clone(),
        ))
    }

    /// What to switch on from the start.
    pub(crate) fn misbehaviours(&self) -> Result<Misbehaviours, UnknownMisbehaviour> {
        Misbehaviours::parse(self.misbehaviours.iter().map(String::as_str))
    }
}

fn secret(variable: Result<String, VarError>) -> Result<String, UnusableSecret> {
    match variable {
        Ok(secret) if secret.is_empty() => Err(UnusableSecret::Empty),
        Ok(secret) => Ok(secret),
        Err(VarError::NotPresent) => Ok(DEFAULT_SECRET.to_owned()),
        Err(VarError::NotUnicode(_)) => Err(UnusableSecret::NotUtf8),
    }
}

/// Why the environment's secret can't be the client's; the message leaves the value out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum UnusableSecret {
    /// The variable is there, without a value.
    Empty,
    /// The value is no text.
    NotUtf8,
}

impl std::fmt::Display for UnusableSecret {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let got = match self {
            Self::Empty => "is empty",
            Self::NotUtf8 => "is not UTF-8",
        };
        write!(
            formatter,
            "the environment variable {SECRET_VARIABLE} {got}; give it the client's secret, or unset it"
        )
    }
}

impl std::error::Error for UnusableSecret {}

/// Why there are no people.
#[derive(Debug)]
pub(crate) enum PeopleFileError {
    /// The file can't be read.
    Unreadable {
        path: PathBuf,
        error: std::io::Error,
    },
    /// The file is read but wrong.
    Wrong(PeopleError),
}

impl std::fmt::Display for PeopleFileError {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Unreadable { path, error } => {
                write!(formatter, "can't read `{}`: {error}", path.display())
            }
            Self::Wrong(error) => write!(formatter, "the file of people is wrong: {error}"),
        }
    }
}

impl std::error::Error for PeopleFileError {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_environment_has_the_secret_or_leaves_it_to_the_default() {
        for (variable, expected) in [
            (Ok("hops"), Ok("hops")),
            (Ok(""), Err(UnusableSecret::Empty)),
            (Err(VarError::NotPresent), Ok(DEFAULT_SECRET)),
            (
                Err(VarError::NotUnicode("x".into())),
                Err(UnusableSecret::NotUtf8),
            ),
        ] {
            assert_eq!(
                secret(variable.map(str::to_owned)),
                expected.map(str::to_owned)
            );
        }
    }
}
