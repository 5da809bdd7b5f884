//! The running binary, driven over loopback: a whole login, refusals, each misbehaviour, the control endpoint.

#[cfg(test)]
mod authorization;
#[cfg(test)]
mod claim_sources;
#[cfg(test)]
mod client_keys;
#[cfg(test)]
mod command_line;
#[cfg(test)]
mod control;
#[cfg(test)]
mod exchange;
#[cfg(test)]
mod http;
#[cfg(test)]
mod login;
#[cfg(test)]
mod logout;
#[cfg(test)]
mod misbehaviours;
#[cfg(test)]
mod observation;
#[cfg(test)]
mod pages;
#[cfg(test)]
mod response_algorithms;
#[cfg(test)]
mod running;
#[cfg(test)]
mod tokens;
