//! Stands between the store and PostgreSQL, and falls silent when it is told to: as a network does that loses everything, or a
//! server that is frozen. Nobody is told, nothing is closed.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;

/// A proxy with an address of its own.
pub(crate) struct Proxy {
    pub(crate) port: u16,
    state: Arc<State>,
}

struct State {
    upstream: String,
    /// Connections up to this number are silent.
    silent: watch::Sender<usize>,
    /// New ones are accepted, and told nothing.
    frozen: AtomicBool,
    accepted: AtomicUsize,
    trap: std::sync::Mutex<Option<Trap>>,
}

/// What makes one connection silent, once.
struct Trap {
    /// The client sends this.
    sent: &'static [u8],
    /// The server still gets it.
    forwarded: bool,
    /// All others fall silent too, and stay so.
    freezes: bool,
}

impl Proxy {
    /// For the server at `upstream`, a host with its port.
    pub(crate) async fn before(upstream: &str) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let state = Arc::new(State {
            upstream: upstream.to_owned(),
            silent: watch::Sender::new(0),
            frozen: AtomicBool::new(false),
            accepted: AtomicUsize::new(0),
            trap: std::sync::Mutex::default(),
        });
        let serving = Arc::clone(&state);
        tokio::spawn(async move {
            while let Ok((client, _)) = listener.accept().await {
                let number = serving.accepted.fetch_add(1, Ordering::SeqCst) + 1;
                tokio::spawn(serve(Arc::clone(&serving), client, number));
            }
        });
        Self { port, state }
    }

    /// The connections that there are say nothing any more, in neither direction; new ones do.
    pub(crate) fn silence_all(&self) {
        self.state.silence_all();
    }

    /// New connections are accepted, and told nothing.
    pub(crate) fn freeze(&self) {
        self.state.freeze();
    }

    /// New connections are answered again; those that fell silent stay so.
    pub(crate) fn thaw(&self) {
        self.state.frozen.store(false, Ordering::SeqCst);
    }

    /// The connection that sends this is silent from then on; the server does not get it.
    pub(crate) fn silence_at(&self, sent: &'static str) {
        self.set(Trap { sent: sent.as_bytes(), forwarded: false, freezes: false });
    }

    /// The same, and the server gets it: only its answer is lost.
    pub(crate) fn silence_after(&self, sent: &'static str) {
        self.set(Trap { sent: sent.as_bytes(), forwarded: true, freezes: false });
    }

    /// The same, and nobody is told anything any more.
    pub(crate) fn freeze_after(&self, sent: &'static str) {
        self.set(Trap { sent: sent.as_bytes(), forwarded: true, freezes: true });
    }

    /// How many connections were made.
    pub(crate) fn accepted(&self) -> usize {
        self.state.accepted.load(Ordering::SeqCst)
    }

    /// Whether what was waited for was sent.
    pub(crate) fn sprang(&self) -> bool {
        self.state.trap.lock().unwrap().is_none()
    }

    fn set(&self, trap: Trap) {
        *self.state.trap.lock().unwrap() = Some(trap);
    }
}

impl State {
    fn silence_all(&self) {
        self.silent.send_replace(self.accepted.load(Ordering::SeqCst));
    }

    fn freeze(&self) {
        self.frozen.store(true, Ordering::SeqCst);
        self.silence_all();
    }
}

async fn serve(state: Arc<State>, mut client: TcpStream, number: usize) {
    if state.frozen.load(Ordering::SeqCst) {
        return std::future::pending().await;
    }
    let mut server = TcpStream::connect(&state.upstream).await.unwrap();
    let mut silent = state.silent.subscribe();
    let (mut up, mut down) = ([0; 16_384], [0; 16_384]);
    // What is sent after the silence began goes nowhere, even if this task has not heard of it yet.
    let is_silent = || *state.silent.borrow() >= number;
    let ended = async {
        loop {
            tokio::select! {
                read = client.read(&mut up) => {
                    let Ok(length @ 1..) = read else { return };
                    if is_silent() {
                        return std::future::pending().await;
                    }
                    let sprang = state.trap.lock().unwrap().take_if(|trap| holds(&up[..length], trap.sent));
                    let kept = sprang.as_ref().is_some_and(|trap| !trap.forwarded);
                    if !kept && server.write_all(&up[..length]).await.is_err() {
                        return;
                    }
                    if let Some(trap) = sprang {
                        if trap.freezes {
                            state.freeze();
                        }
                        // Until the client goes: then the server learns it too.
                        while client.read(&mut up).await.is_ok_and(|length| length > 0) {}
                        return;
                    }
                }
                read = server.read(&mut down) => {
                    let Ok(length @ 1..) = read else { return };
                    if is_silent() {
                        return std::future::pending().await;
                    }
                    if client.write_all(&down[..length]).await.is_err() {
                        return;
                    }
                }
            }
        }
    };
    let fell_silent = async { silent.wait_for(|up_to| *up_to >= number).await.map(drop) };
    tokio::select! {
        () = ended => return,
        _ = fell_silent => {}
    }
    // It outlives its ends: nobody learns that it is over.
    std::future::pending::<()>().await;
}

fn holds(data: &[u8], sent: &[u8]) -> bool {
    data.windows(sent.len()).any(|part| part == sent)
}
