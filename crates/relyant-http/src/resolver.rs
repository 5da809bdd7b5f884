//! Resolves host names within a deadline.

use std::net::{IpAddr, SocketAddr, ToSocketAddrs};
use std::sync::mpsc::{RecvTimeoutError, sync_channel};
use std::thread;
use std::vec::IntoIter;

use ureq::Error;
use ureq::config::Config;
use ureq::http::Uri;
use ureq::unversioned::resolver::{ResolvedSocketAddrs, Resolver};
use ureq::unversioned::transport::NextTimeout;

/// The operating system's resolver, given up on when the deadline passes.
///
/// The system offers no look-up with a time limit, so a name is looked up on a thread that lives only as long as the look-up;
/// where the system gives no thread, that is an error and no panic. An address needs neither.
#[derive(Debug)]
pub(crate) struct SystemResolver;

impl Resolver for SystemResolver {
    fn resolve(
        &self,
        uri: &Uri,
        config: &Config,
        timeout: NextTimeout,
    ) -> Result<ResolvedSocketAddrs, Error> {
        let host = uri.host().ok_or(Error::HostNotFound)?;
        let port = uri
            .port_u16()
            .unwrap_or(if uri.scheme_str() == Some("https") {
                443
            } else {
                80
            });
        let found = match host.trim_matches(['[', ']']).parse::<IpAddr>() {
            Ok(address) => vec![SocketAddr::new(address, port)].into_iter(),
            Err(_) => look_up(host.to_owned(), port, timeout)?,
        };
        let mut addresses = self.empty();
        for address in config.ip_family().keep_wanted(found).take(MAX_ADDRESSES) {
            addresses.push(address);
        }
        if addresses.is_empty() {
            Err(Error::HostNotFound)
        } else {
            Ok(addresses)
        }
    }
}

/// As many as [`ResolvedSocketAddrs`] holds.
const MAX_ADDRESSES: usize = 16;

fn look_up(host: String, port: u16, timeout: NextTimeout) -> Result<IntoIter<SocketAddr>, Error> {
    let (sender, receiver) = sync_channel(1);
    thread::Builder::new()
        .name("relyant-resolve".to_owned())
        .spawn(move || sender.send((host.as_str(), port).to_socket_addrs()))?;
    match receiver.recv_timeout(*timeout.after) {
        // The system's resolver tells apart too little to say more than that there is no such host.
        Ok(found) => found.map_err(|_| Error::HostNotFound),
        Err(RecvTimeoutError::Timeout) => Err(Error::Timeout(timeout.reason)),
        Err(RecvTimeoutError::Disconnected) => Err(Error::HostNotFound),
    }
}
