//! A wire that breaks when it is told to: it takes questions, has somebody answer them, and does what the rules say.

use std::io::{self, BufReader, Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::os::unix::net::{UnixListener, UnixStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use super::fault::{Faults, Seen, Trouble};
use super::wire::{Reply, Request};

/// Who answers behind the wire.
pub(super) trait Behind: Send + Sync + 'static {
    /// The answer to a question; none if there is nobody.
    fn answer(&self, request: &Request) -> Option<Reply>;

    /// What becomes of a question of which only a half, the body that it has, came.
    fn half(&self, request: &Request);
}

/// A connection of any kind.
pub(super) trait Stream: Read + Write + Send + Sized + 'static {
    fn twin(&self) -> io::Result<Self>;
    fn cut(&self);
    fn patience(&self, time: Option<Duration>);
}

macro_rules! stream {
    ($name:ty) => {
        impl Stream for $name {
            fn twin(&self) -> io::Result<Self> {
                self.try_clone()
            }
            fn cut(&self) {
                let _ = self.shutdown(Shutdown::Both);
            }
            fn patience(&self, time: Option<Duration>) {
                let _ = self.set_read_timeout(time);
            }
        }
    };
}
stream!(TcpStream);
stream!(UnixStream);

/// Listens until it is dropped.
pub(super) struct Wire {
    end: Arc<AtomicBool>,
    wake: Box<dyn Fn() + Send + Sync>,
    thread: Option<JoinHandle<()>>,
}

impl Wire {
    /// Takes questions on a socket of this machine's file system.
    pub fn unix(listener: UnixListener, behind: Arc<impl Behind>, faults: Faults) -> Self {
        let path = listener.local_addr().ok().and_then(|address| Some(address.as_pathname()?.to_owned())).unwrap();
        let accept = move || listener.accept().map(|(stream, _)| stream);
        Self::new(accept, Box::new(move || drop(UnixStream::connect(&path))), behind, faults)
    }

    /// Takes questions on a port.
    pub fn tcp(listener: TcpListener, behind: Arc<impl Behind>, faults: Faults) -> Self {
        let address = listener.local_addr().unwrap();
        let accept = move || listener.accept().map(|(stream, _)| stream);
        Self::new(accept, Box::new(move || drop(TcpStream::connect(address))), behind, faults)
    }

    fn new<S: Stream>(
        accept: impl Fn() -> io::Result<S> + Send + 'static,
        wake: Box<dyn Fn() + Send + Sync>,
        behind: Arc<impl Behind>,
        faults: Faults,
    ) -> Self {
        let end = Arc::new(AtomicBool::new(false));
        let ended = Arc::clone(&end);
        let thread = thread::spawn(move || {
            while let Ok(stream) = accept() {
                if ended.load(Ordering::Relaxed) {
                    return;
                }
                let (behind, faults, ended) = (Arc::clone(&behind), faults.clone(), Arc::clone(&ended));
                thread::spawn(move || {
                    // A client that goes away is no failure of ours.
                    let _ = serve(&stream, &*behind, &faults, &ended);
                    stream.cut();
                });
            }
        });
        Self { end, wake, thread: Some(thread) }
    }
}

impl Drop for Wire {
    fn drop(&mut self) {
        self.end.store(true, Ordering::Relaxed);
        (self.wake)();
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

/// Answers on one connection until somebody has enough of it.
fn serve<S: Stream>(stream: &S, behind: &impl Behind, faults: &Faults, ended: &AtomicBool) -> io::Result<()> {
    let mut from = BufReader::new(stream.twin()?);
    let mut to = stream.twin()?;
    while let Some(mut request) = Request::read_head(&mut from)? {
        let trouble = faults.decide(&request);
        if request.header("Expect").is_some() {
            to.write_all(b"HTTP/1.1 100 Continue\r\n\r\n")?;
        }
        // Also what can't be read is seen.
        let read = request.read_body(&mut from, trouble == Some(Trouble::Cut));
        let outcome = read.is_ok().then(|| outcome(&request, trouble, behind));
        let status = outcome.as_ref().and_then(|(reply, _)| reply.as_ref()).map(|reply| reply.status);
        let last = request.header("Connection").is_some_and(|value| value.eq_ignore_ascii_case("close"));
        let is_silent = trouble == Some(Trouble::Silence);
        faults.record(Seen { request, status, trouble });
        read?;
        if is_silent {
            return wait(stream, ended);
        }
        let Some((Some(reply), go_on)) = outcome else { return Ok(()) };
        send(&mut to, &reply.bytes(last || !go_on), trouble, ended)?;
        if last || !go_on {
            return Ok(());
        }
    }
    Ok(())
}

/// What comes back, and whether the connection lives on.
fn outcome(request: &Request, trouble: Option<Trouble>, behind: &impl Behind) -> (Option<Reply>, bool) {
    let failure = |status| {
        let page = Reply { body: b"<html>it failed</html>".to_vec(), ..Reply::empty(status) };
        Some(page.with("Content-Type", "text/html"))
    };
    match trouble {
        None | Some(Trouble::Drip(_)) => (behind.answer(request), true),
        Some(Trouble::CutAnswer) => (behind.answer(request), false),
        Some(Trouble::LoseAnswer) => {
            behind.answer(request);
            (None, false)
        }
        Some(Trouble::Instead(status)) => {
            behind.answer(request);
            (failure(status), false)
        }
        Some(Trouble::Fail(status)) => (failure(status), false),
        Some(Trouble::Half) => {
            let mut half = request.clone();
            half.body.truncate(request.body.len() / 2);
            behind.half(&half);
            (failure(502), false)
        }
        Some(Trouble::Cut) => {
            behind.half(request);
            (None, false)
        }
        Some(Trouble::Silence) => (None, false),
        Some(Trouble::RetryAfter(seconds)) => {
            let words = "You have exceeded a secondary rate limit. Please wait a few minutes before you try again.";
            let reply = Reply::json(429, &serde_json::json!({ "message": words }));
            (Some(reply.with("Retry-After", seconds.to_string())), true)
        }
    }
}

fn send(to: &mut impl Stream, bytes: &[u8], trouble: Option<Trouble>, ended: &AtomicBool) -> io::Result<()> {
    match trouble {
        Some(Trouble::CutAnswer) => {
            // The head and a half of what comes after it.
            let head = bytes.windows(4).position(|four| four == b"\r\n\r\n").map_or(0, |at| at + 4);
            to.write_all(&bytes[..head + (bytes.len() - head) / 2])?;
        }
        Some(Trouble::Drip(speed)) => {
            let (step, pause) = ((speed as usize / 20).max(1), Duration::from_millis(50));
            for some in bytes.chunks(step) {
                if ended.load(Ordering::Relaxed) {
                    return Ok(());
                }
                to.write_all(some)?;
                to.flush()?;
                thread::sleep(if speed < 20 { Duration::from_secs(1) / speed.max(1) } else { pause });
            }
        }
        _ => to.write_all(bytes)?,
    }
    to.flush()
}

/// Says nothing until the other side goes away, or we end.
fn wait(stream: &impl Stream, ended: &AtomicBool) -> io::Result<()> {
    stream.patience(Some(Duration::from_millis(50)));
    let mut twin = stream.twin()?;
    while !ended.load(Ordering::Relaxed) {
        match twin.read(&mut [0; 512]) {
            Ok(0) => return Ok(()),
            Err(error) if !matches!(error.kind(), io::ErrorKind::WouldBlock | io::ErrorKind::TimedOut) => {
                return Err(error);
            }
            _ => {}
        }
    }
    Ok(())
}
