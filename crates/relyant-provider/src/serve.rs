//! Running the provider: listen, say where, answer until told to stop.

use std::error::Error;
use std::io::{Read, Write};
use std::net::SocketAddr;
use std::sync::Arc;

use axum::Router;
use axum::middleware;
use serde_json::json;
use tokio::net::TcpListener;
use tokio::sync::oneshot;

use crate::cli::Serve;
use crate::control::CONTROL;
use crate::keys::Keys;
use crate::provider::{Changeable, Provider, Shared};
use crate::wire::{WireLever, WireListener};
use crate::{control, endpoint, fault, loopback};

/// Runs until a signal comes or, if asked for, standard input closes.
pub(crate) fn run(options: &Serve) -> Result<(), Box<dyn Error>> {
    let at_start = Changeable {
        people: options.people()?,
        misbehaviours: options.misbehaviours()?,
        pushed_authorization: options.pushed_authorization,
        rotates_refresh_tokens: options.rotate_refresh_tokens,
        backchannel_logout_uri: options.backchannel_logout_uri.clone(),
        frontchannel_logout_uri: options.frontchannel_logout_uri.clone(),
        logout_session: options.logout_session,
        client_jwks_uri: options.client_jwks_uri.clone(),
        response_algorithms: options.response_algorithms.clone(),
    };
    let client = options.client()?;
    options.response_algorithms.check(client.secret())?;
    let keys = Keys::generate()?;
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()?;
    let outcome = runtime.block_on(async {
        let listener = listen(SocketAddr::new(options.bind.ip(), options.port)).await?;
        let address = listener.local_addr()?;
        let provider = Arc::new(Provider::new(
            format!("http://{address}"),
            address.port(),
            client,
            keys,
            at_start,
        ));
        // Before anybody can know us: who reads the announcement may stop us at once.
        let signalled = signals()?;
        announce(&provider)?;
        let app = routes(provider).into_make_service_with_connect_info::<WireLever>();
        tokio::select! {
            served = axum::serve(WireListener(listener), app) => served,
            () = signalled => Ok(()),
            () = stdin_closed(), if options.stop_with_stdin => Ok(()),
        }
    });
    // Answers that never end don't hold the stop up.
    runtime.shutdown_background();
    outcome.map_err(Into::into)
}

async fn listen(address: SocketAddr) -> std::io::Result<TcpListener> {
    TcpListener::bind(address).await.map_err(|error| {
        std::io::Error::new(error.kind(), format!("can't listen on {address}: {error}"))
    })
}

fn routes(provider: Shared) -> Router {
    let spoil = middleware::from_fn_with_state(Arc::clone(&provider), fault::count_and_spoil);
    endpoint::routes()
        .layer(spoil)
        .merge(control::routes())
        .layer(middleware::from_fn(loopback::refuse_foreign_names))
        .with_state(provider)
}

/// One line of JSON, once connections are taken: whoever started the provider waits for it.
fn announce(provider: &Provider) -> std::io::Result<()> {
    let people: Vec<_> = provider
        .people()
        .iter()
        .map(|person| json!({ "name": person.name, "roles": person.roles }))
        .collect();
    let line = json!({
        "issuer": provider.issuer(),
        "control": format!("{}{CONTROL}", provider.origin),
        "client_id": provider.client.id,
        "people": people,
    });
    let mut stdout = std::io::stdout().lock();
    writeln!(stdout, "{line}")?;
    stdout.flush()
}

/// Listens for signals from now on; what it gives ends when one has come.
#[cfg(unix)]
fn signals() -> std::io::Result<impl Future<Output = ()>> {
    use tokio::signal::unix::{SignalKind, signal};
    let mut terminate = signal(SignalKind::terminate())?;
    let mut interrupt = signal(SignalKind::interrupt())?;
    Ok(async move {
        tokio::select! {
            _ = terminate.recv() => {}
            _ = interrupt.recv() => {}
        }
    })
}

/// Listens for Ctrl-C from now on; what it gives ends when it was pressed.
#[cfg(windows)]
fn signals() -> std::io::Result<impl Future<Output = ()>> {
    let mut pressed = tokio::signal::windows::ctrl_c()?;
    Ok(async move {
        let _ = pressed.recv().await;
    })
}

/// Reads standard input to its end on a thread of its own, which dies with the process.
async fn stdin_closed() {
    let (closed, wait) = oneshot::channel::<()>();
    std::thread::spawn(move || {
        let mut ignored = [0_u8; 256];
        let mut stdin = std::io::stdin().lock();
        while stdin.read(&mut ignored).is_ok_and(|read| read > 0) {}
        drop(closed);
    });
    let _ = wait.await;
}
