//! What the network, a provider that is down, or the machine itself does to us. Made at the edges, never in this crate.

use super::Clipped;
use super::codes::checks;

/// What is wrong with TLS to the provider, as far as it decides who must act.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TlsFault {
    /// The certificate is of an authority that isn't trusted here.
    UnknownAuthority,
    /// The certificate has expired.
    Expired,
    /// The certificate doesn't hold yet.
    NotYetValid,
    /// The certificate is for another host.
    WrongHost,
    /// Anything else.
    Other,
}

checks! {
    /// The provider could not be reached in time, or the machine could not give what a login needs.
    Unavailable as "unavailable";

    /// The provider's host name doesn't resolve.
    NameResolution { host: Clipped, reason: Clipped }, "name_resolution",
        "the host name `{host}` doesn't resolve: {reason}";
    /// The provider's host refuses the connection or can't be reached.
    Connect { host: Clipped, reason: Clipped }, "connect",
        "no connection to `{host}`: {reason}";
    /// The provider's certificate is not trusted, or TLS failed otherwise.
    Tls { host: Clipped, fault: TlsFault, reason: Clipped }, "tls",
        "TLS with `{host}` failed: {reason}";
    /// The provider didn't answer within the time for the whole exchange.
    Timeout { host: Clipped, seconds: u64 }, "timeout",
        "`{host}` didn't answer within {seconds} s";
    /// The provider's answer is longer than the limit.
    TooLarge { host: Clipped, limit: usize }, "too_large",
        "`{host}` answered with more than {limit} bytes";
    /// The provider's answer has too many or too long headers.
    HeadersTooLarge { host: Clipped }, "headers_too_large",
        "`{host}` answered with too many or too long headers";
    /// The provider answered that it is down or overloaded.
    Status { host: Clipped, status: u16, retry_after: Option<u32> }, "http_status",
        "`{host}` answered with status {status}";
    /// The provider redirects, and redirects are never followed.
    Redirect { host: Clipped, target: Clipped }, "redirect",
        "`{host}` redirects to `{target}`, which is not followed";
    /// The provider compressed its answer, which was not asked for.
    ContentEncoding { host: Clipped, got: Clipped }, "content_encoding",
        "`{host}` answered with content encoding `{got}`, expected none";
    /// The provider broke the connection, or its answer is not HTTP.
    Protocol { host: Clipped, reason: Clipped }, "protocol",
        "the exchange with `{host}` broke: {reason}";
    /// The proxy that the environment names refuses to open a way to the provider.
    ProxyRefused { proxy: Clipped, host: Clipped, status: u16, hint: &'static str }, "proxy_refused",
        "the proxy `{proxy}` answered with status {status}, expected 2xx, and opens no way to `{host}`{hint}";
    /// The proxy that the environment names gave an answer that is none.
    ProxyAnswer { proxy: Clipped, host: Clipped, reason: &'static str }, "proxy_answer",
        "the proxy `{proxy}` opened no way to `{host}`: {reason}";
    /// The operating system gave no randomness.
    Randomness { reason: Clipped }, "randomness",
        "the operating system gave no randomness: {reason}";
}
