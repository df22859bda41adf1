//! A port that breaks when it is told to, in front of a server that knows nothing of it.

use std::io::{self, BufReader, Read};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::sync::Arc;
use std::time::Duration;

use super::address;
use super::fault::Faults;
use super::listen::{Behind, Wire};
use super::wire::{Reply, Request};

/// A port that stands in front of another one, and breaks when it is told to.
pub struct Proxy {
    port: u16,
    faults: Faults,
    _wire: Wire,
}

/// A server of this machine.
pub(super) struct Port(pub u16);

impl Proxy {
    /// In front of a server of this machine: `127.0.0.1:40123`.
    pub fn start(host: &str) -> Self {
        let port = host.rsplit(':').next().and_then(|port| port.parse().ok()).expect("a host with a port");
        let listener = TcpListener::bind(address(0)).expect("a free port");
        let faults = Faults::default();
        let own = listener.local_addr().unwrap().port();
        let wire = Wire::tcp(listener, Arc::new(Port(port)), faults.clone());
        Self { port: own, faults, _wire: wire }
    }

    /// What to call the server from now on: `127.0.0.1:40124`. It is told this name too, so that it sends nobody past
    /// the proxy.
    pub fn host(&self) -> String {
        format!("127.0.0.1:{}", self.port)
    }

    /// What goes wrong, and what was asked.
    pub fn faults(&self) -> &Faults {
        &self.faults
    }
}

impl Port {
    fn send(&self, request: &Request, whole: usize) -> io::Result<TcpStream> {
        let mut stream = TcpStream::connect(address(self.0))?;
        request.write(&mut stream, whole)?;
        Ok(stream)
    }
}

impl Behind for Port {
    fn answer(&self, request: &Request) -> Option<Reply> {
        let stream = self.send(request, request.body.len()).ok()?;
        Reply::read(&mut BufReader::new(stream), &request.method).ok()
    }

    fn half(&self, request: &Request) {
        if !request.is_chunked() && request.length().is_none() {
            return;
        }
        let whole = request.length().unwrap_or_default();
        // The server is given a moment to take what came, and sees then that it is all.
        let Ok(mut stream) = self.send(request, whole.max(request.body.len() + 1)) else { return };
        let _ = stream.shutdown(Shutdown::Write);
        let _ = stream.set_read_timeout(Some(Duration::from_secs(2)));
        let _ = stream.read(&mut [0; 512]);
    }
}
