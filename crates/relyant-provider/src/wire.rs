//! The TCP stream under the HTTP server, which can close, drip or flood instead of carrying the answer.

use std::io;
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll, ready};
use std::time::Duration;

use axum::extract::connect_info::Connected;
use axum::serve::{IncomingStream, Listener};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::{TcpListener, TcpStream};
use tokio::time::{Sleep, sleep};

/// The pause after each byte of a dripping answer: two bytes a second.
const DRIP_PAUSE: Duration = Duration::from_millis(500);
/// Where a flood ends, so that a reader without a limit fails its test instead of filling the machine.
const FLOOD_BYTES: usize = 300 << 20;

/// What happens to the next answer on a connection, below HTTP.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum WireFault {
    /// The connection is closed without a byte.
    Close,
    /// One byte at a time, two a second.
    Drip,
    /// Headers that don't end.
    EndlessHeaders,
    /// A JSON body that doesn't end.
    EndlessBody,
}

/// The lever by which a request's handler spoils its own connection.
#[derive(Debug, Clone, Default)]
pub(crate) struct WireLever(Arc<Mutex<Option<WireFault>>>);

impl WireLever {
    /// Spoils the answer that is about to be written, and with it the rest of the connection.
    pub(crate) fn pull(&self, fault: WireFault) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Some(fault);
    }

    fn fault(&self) -> Option<WireFault> {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Connected<IncomingStream<'_, WireListener>> for WireLever {
    fn connect_info(stream: IncomingStream<'_, WireListener>) -> Self {
        stream.io().lever.clone()
    }
}

/// Accepts connections whose streams have a lever.
pub(crate) struct WireListener(pub(crate) TcpListener);

impl Listener for WireListener {
    type Io = Wire;
    type Addr = SocketAddr;

    async fn accept(&mut self) -> (Wire, SocketAddr) {
        let (stream, address) = Listener::accept(&mut self.0).await;
        (
            Wire {
                stream,
                lever: WireLever::default(),
                pause: None,
                flooded: 0,
            },
            address,
        )
    }

    fn local_addr(&self) -> io::Result<SocketAddr> {
        self.0.local_addr()
    }
}

/// One connection.
pub(crate) struct Wire {
    stream: TcpStream,
    lever: WireLever,
    pause: Option<Pin<Box<Sleep>>>,
    flooded: usize,
}

impl Wire {
    fn poll_drip(&mut self, context: &mut Context<'_>, answer: &[u8]) -> Poll<io::Result<usize>> {
        if let Some(pause) = &mut self.pause {
            ready!(pause.as_mut().poll(context));
            self.pause = None;
        }
        let drop = answer.get(..1).unwrap_or_default();
        let written = ready!(Pin::new(&mut self.stream).poll_write(context, drop))?;
        self.pause = Some(Box::pin(sleep(DRIP_PAUSE)));
        Poll::Ready(Ok(written))
    }

    /// Writes the flood until the reader hangs up or [`FLOOD_BYTES`] are out; the answer itself never leaves.
    fn poll_flood(&mut self, context: &mut Context<'_>, flood: Flood) -> Poll<io::Result<usize>> {
        while self.flooded < FLOOD_BYTES {
            let written =
                ready!(Pin::new(&mut self.stream).poll_write(context, flood.from(self.flooded)))?;
            self.flooded += written;
        }
        Poll::Ready(Err(io::ErrorKind::ConnectionAborted.into()))
    }
}

impl AsyncWrite for Wire {
    fn poll_write(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
        answer: &[u8],
    ) -> Poll<io::Result<usize>> {
        let wire = self.get_mut();
        match wire.lever.fault() {
            None => Pin::new(&mut wire.stream).poll_write(context, answer),
            Some(WireFault::Close) => Poll::Ready(Err(io::ErrorKind::ConnectionAborted.into())),
            Some(WireFault::Drip) => wire.poll_drip(context, answer),
            Some(WireFault::EndlessHeaders) => wire.poll_flood(context, ENDLESS_HEADERS),
            Some(WireFault::EndlessBody) => wire.poll_flood(context, ENDLESS_BODY),
        }
    }

    fn poll_flush(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.get_mut().stream).poll_flush(context)
    }

    fn poll_shutdown(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.get_mut().stream).poll_shutdown(context)
    }
}

impl AsyncRead for Wire {
    fn poll_read(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.get_mut().stream).poll_read(context, buffer)
    }
}

/// A beginning, and a piece that follows it again and again.
#[derive(Clone, Copy)]
struct Flood {
    beginning: &'static [u8],
    piece: &'static [u8],
}

const ENDLESS_HEADERS: Flood = Flood {
    beginning: b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n",
    piece: b"X-More: and more and more and more and more and more and more\r\n",
};

/// RFC 9112 §7.1, chunks of 64 spaces, which JSON allows before a value.
const ENDLESS_BODY: Flood = Flood {
    beginning:
        b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n",
    piece: b"40\r\n                                                                \r\n",
};

impl Flood {
    /// What comes after so many bytes; never empty.
    fn from(self, sent: usize) -> &'static [u8] {
        let rest = match sent.checked_sub(self.beginning.len()) {
            None => self.beginning.get(sent..),
            Some(after) => self.piece.get(after % self.piece.len()..),
        };
        rest.unwrap_or(self.piece)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_flood_goes_on_where_the_socket_stopped() {
        let mut sent = Vec::new();
        while sent.len() < 300 {
            let next = ENDLESS_BODY.from(sent.len());
            sent.extend_from_slice(&next[..next.len().min(7)]);
        }
        let text = String::from_utf8(sent).unwrap();
        assert!(text.starts_with("HTTP/1.1 200 OK\r\n"));
        assert!(text.contains("\r\n\r\n40\r\n"));
        assert_eq!(text.matches("40\r\n").count(), 4);
        assert_eq!(ENDLESS_BODY.piece.len(), 4 + 0x40 + 2);
    }
}
