//! HTTP/1.1 as programs speak it with a server: questions in, answers out, lengths and chunks on both sides.

use std::io::{self, BufRead, Read, Write};

/// One question, with its body in one piece.
#[derive(Clone, Debug, Default)]
pub struct Request {
    /// `POST`
    pub method: String,
    /// What was asked for, without the query: `/repos/acme/app/releases`.
    pub path: String,
    /// What stood behind `?`, as it was sent.
    pub query: String,
    /// Names as they were sent.
    pub headers: Vec<(String, String)>,
    /// Without the chunks that it may have come in.
    pub body: Vec<u8>,
}

/// One answer.
#[derive(Clone, Debug, Default)]
pub struct Reply {
    /// `201`
    pub status: u16,
    /// Without those that say how long it is.
    pub headers: Vec<(String, String)>,
    /// See [`Request::body`].
    pub body: Vec<u8>,
    /// What the answer to a `HEAD` says of a body that it doesn't have.
    pub length: Option<String>,
}

/// How a body comes.
enum Framing {
    None,
    Length(usize),
    Chunks,
    /// Until the other side has nothing more to say.
    End,
}

impl Request {
    /// Reads the head of the next question; none when nobody asks any more.
    pub(super) fn read_head(from: &mut impl BufRead) -> io::Result<Option<Self>> {
        let Some((first, headers)) = read_head(from)? else { return Ok(None) };
        let mut words = first.split(' ');
        let (method, target) = (words.next().unwrap_or_default(), words.next().unwrap_or_default());
        let (path, query) = target.split_once('?').unwrap_or((target, ""));
        Ok(Some(Self { method: method.into(), path: path.into(), query: query.into(), headers, body: Vec::new() }))
    }

    /// Reads what belongs to it; or no more than a half, where its length is known.
    pub(super) fn read_body(&mut self, from: &mut impl BufRead, half: bool) -> io::Result<()> {
        match self.framing() {
            Framing::Length(length) if half => self.body = read_exactly(from, length / 2)?,
            framing => self.body = framing.read(from)?,
        }
        if half && self.is_chunked() {
            self.body.truncate(self.body.len() / 2);
        }
        Ok(())
    }

    /// Sends it, with a length or in chunks as it came. `whole` is how much it claims to be.
    pub(super) fn write(&self, to: &mut impl Write, whole: usize) -> io::Result<()> {
        let mut head = format!("{} {} HTTP/1.1\r\n", self.method, self.target());
        for (name, value) in self.headers.iter().filter(|(name, _)| !is_about_the_wire(name)) {
            head.push_str(&format!("{name}: {value}\r\n"));
        }
        head.push_str("Connection: close\r\n");
        match self.framing() {
            Framing::Chunks => head.push_str("Transfer-Encoding: chunked\r\n\r\n"),
            Framing::None => head.push_str("\r\n"),
            _ => head.push_str(&format!("Content-Length: {whole}\r\n\r\n")),
        }
        to.write_all(head.as_bytes())?;
        if !self.is_chunked() {
            return to.write_all(&self.body).and_then(|()| to.flush());
        }
        if !self.body.is_empty() {
            to.write_all(format!("{:x}\r\n", self.body.len()).as_bytes())?;
            to.write_all(&self.body)?;
            to.write_all(b"\r\n")?;
        }
        if whole == self.body.len() {
            to.write_all(b"0\r\n\r\n")?;
        }
        to.flush()
    }

    /// Path and query.
    pub fn target(&self) -> String {
        let query = if self.query.is_empty() { String::new() } else { format!("?{}", self.query) };
        format!("{}{query}", self.path)
    }

    /// The value of a header.
    pub fn header(&self, name: &str) -> Option<&str> {
        header(&self.headers, name)
    }

    /// The names and values behind `?`, decoded.
    pub fn parameters(&self) -> Vec<(String, String)> {
        let pair = |pair: &str| {
            let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
            (decode(name), decode(value))
        };
        self.query.split('&').filter(|pair| !pair.is_empty()).map(pair).collect()
    }

    /// One of [`Request::parameters`].
    pub fn parameter(&self, name: &str) -> Option<String> {
        self.parameters().into_iter().find(|(known, _)| known == name).map(|(_, value)| value)
    }

    /// Did it come without a length?
    pub fn is_chunked(&self) -> bool {
        matches!(self.framing(), Framing::Chunks)
    }

    /// How much it claims to be: only true for one whose length was said.
    pub(super) fn length(&self) -> Option<usize> {
        self.header("Content-Length").and_then(|value| value.parse().ok())
    }

    fn framing(&self) -> Framing {
        if header(&self.headers, "Transfer-Encoding").is_some_and(|value| value.eq_ignore_ascii_case("chunked")) {
            return Framing::Chunks;
        }
        self.length().map_or(Framing::None, Framing::Length)
    }
}

impl Reply {
    /// An answer in JSON.
    pub(super) fn json(status: u16, body: &serde_json::Value) -> Self {
        let headers = vec![("Content-Type".to_owned(), "application/json; charset=utf-8".to_owned())];
        Self { status, headers, body: body.to_string().into_bytes(), length: None }
    }

    /// An answer that says nothing more.
    pub(super) fn empty(status: u16) -> Self {
        Self { status, ..Self::default() }
    }

    /// The same, with one more header.
    pub(super) fn with(mut self, name: &str, value: impl Into<String>) -> Self {
        self.headers.push((name.to_owned(), value.into()));
        self
    }

    /// Reads a server's answer to a question of this method.
    pub(super) fn read(from: &mut impl BufRead, method: &str) -> io::Result<Self> {
        loop {
            let (first, headers) = read_head(from)?.ok_or(io::ErrorKind::UnexpectedEof)?;
            let status =
                first.split(' ').nth(1).and_then(|word| word.parse().ok()).ok_or(io::ErrorKind::InvalidData)?;
            if status == 100 {
                continue;
            }
            let length = header(&headers, "Content-Length").map(str::to_owned);
            let bare = method == "HEAD" || matches!(status, 100..200 | 204 | 304);
            let framing = match &length {
                _ if bare => Framing::None,
                _ if header(&headers, "Transfer-Encoding").is_some() => Framing::Chunks,
                Some(length) => Framing::Length(length.parse().map_err(|_| io::ErrorKind::InvalidData)?),
                None => Framing::End,
            };
            let body = framing.read(from)?;
            let headers = headers.into_iter().filter(|(name, _)| !is_about_the_wire(name)).collect();
            return Ok(Self { status, headers, body, length: length.filter(|_| bare) });
        }
    }

    /// As it goes over the wire.
    pub(super) fn bytes(&self, last: bool) -> Vec<u8> {
        let mut head = format!("HTTP/1.1 {} {}\r\n", self.status, reason(self.status));
        for (name, value) in &self.headers {
            head.push_str(&format!("{name}: {value}\r\n"));
        }
        let length = self.length.clone().unwrap_or_else(|| self.body.len().to_string());
        if !matches!(self.status, 204 | 304) {
            head.push_str(&format!("Content-Length: {length}\r\n"));
        }
        head.push_str(if last { "Connection: close\r\n\r\n" } else { "\r\n" });
        [head.as_bytes(), &self.body].concat()
    }

    /// The value of a header.
    pub fn header(&self, name: &str) -> Option<&str> {
        header(&self.headers, name)
    }

    /// What the body says.
    #[track_caller]
    pub fn value(&self) -> serde_json::Value {
        serde_json::from_slice(&self.body)
            .unwrap_or_else(|error| panic!("{error}: {} {}", self.status, String::from_utf8_lossy(&self.body)))
    }
}

impl Framing {
    fn read(self, from: &mut impl BufRead) -> io::Result<Vec<u8>> {
        let mut body = Vec::new();
        match self {
            Self::None => {}
            Self::Length(length) => body = read_exactly(from, length)?,
            Self::End => drop(from.read_to_end(&mut body)?),
            Self::Chunks => loop {
                let line = read_line(from)?;
                let size = line.split(';').next().unwrap_or_default().trim();
                let size = usize::from_str_radix(size, 16).map_err(|_| io::ErrorKind::InvalidData)?;
                if size == 0 {
                    while !read_line(from)?.is_empty() {}
                    break;
                }
                body.append(&mut read_exactly(from, size)?);
                read_line(from)?;
            },
        }
        Ok(body)
    }
}

fn read_exactly(from: &mut impl BufRead, length: usize) -> io::Result<Vec<u8>> {
    let mut bytes = vec![0; length];
    from.read_exact(&mut bytes)?;
    Ok(bytes)
}

fn read_line(from: &mut impl BufRead) -> io::Result<String> {
    let mut line = Vec::new();
    if from.take(64 * 1024).read_until(b'\n', &mut line)? == 0 {
        return Err(io::ErrorKind::UnexpectedEof.into());
    }
    Ok(String::from_utf8_lossy(&line).trim_end_matches(['\r', '\n']).to_owned())
}

type Head = (String, Vec<(String, String)>);

fn read_head(from: &mut impl BufRead) -> io::Result<Option<Head>> {
    if from.fill_buf()?.is_empty() {
        return Ok(None);
    }
    let first = read_line(from)?;
    let mut headers = Vec::new();
    loop {
        let line = read_line(from)?;
        if line.is_empty() {
            return Ok(Some((first, headers)));
        }
        let (name, value) = line.split_once(':').ok_or(io::ErrorKind::InvalidData)?;
        headers.push((name.to_owned(), value.trim().to_owned()));
    }
}

fn header<'a>(headers: &'a [(String, String)], name: &str) -> Option<&'a str> {
    headers.iter().find(|(known, _)| known.eq_ignore_ascii_case(name)).map(|(_, value)| value.as_str())
}

/// It speaks of one connection, and not of what was said on it.
fn is_about_the_wire(name: &str) -> bool {
    ["Connection", "Keep-Alive", "Transfer-Encoding", "Content-Length", "Expect", "TE"]
        .iter()
        .any(|known| known.eq_ignore_ascii_case(name))
}

/// `a%20b` as `a b`.
pub(super) fn decode(text: &str) -> String {
    let mut bytes = Vec::new();
    let mut rest = text.as_bytes();
    while let [first, tail @ ..] = rest {
        let hex = tail.get(..2).and_then(|two| u8::from_str_radix(std::str::from_utf8(two).ok()?, 16).ok());
        (rest, bytes) = match (first, hex) {
            (b'%', Some(byte)) => (&tail[2..], [bytes, vec![byte]].concat()),
            (b'+', _) => (tail, [bytes, vec![b' ']].concat()),
            _ => (tail, [bytes, vec![*first]].concat()),
        };
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

/// `a b` as `a%20b`, for a path or a query.
pub(super) fn encode(text: &str) -> String {
    let letter = |byte: u8| match byte {
        b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'_' | b'.' | b'~' => char::from(byte).to_string(),
        _ => format!("%{byte:02X}"),
    };
    text.bytes().map(letter).collect()
}

fn reason(status: u16) -> &'static str {
    match status {
        200 => "OK",
        201 => "Created",
        202 => "Accepted",
        204 => "No Content",
        302 => "Found",
        304 => "Not Modified",
        400 => "Bad Request",
        401 => "Unauthorized",
        403 => "Forbidden",
        404 => "Not Found",
        405 => "Method Not Allowed",
        409 => "Conflict",
        422 => "Unprocessable Entity",
        429 => "Too Many Requests",
        500 => "Internal Server Error",
        502 => "Bad Gateway",
        503 => "Service Unavailable",
        _ => "Unknown",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn questions_and_answers_come_through_unchanged() {
        let chunks =
            b"PATCH /v2/a/blobs/uploads/1?_state=x%3D HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n\
            3\r\nabc\r\n2;x=y\r\nde\r\n0\r\n\r\nGET / HTTP/1.1\r\n\r\n";
        let mut from = &chunks[..];
        let mut request = Request::read_head(&mut from).unwrap().unwrap();
        request.read_body(&mut from, false).unwrap();
        assert_eq!(request.body, b"abcde");
        assert_eq!(request.parameter("_state").as_deref(), Some("x="));
        let mut sent = Vec::new();
        request.write(&mut sent, 5).unwrap();
        assert!(sent.ends_with(b"\r\n\r\n5\r\nabcde\r\n0\r\n\r\n"), "{}", sent.escape_ascii());
        assert_eq!(Request::read_head(&mut from).unwrap().unwrap().path, "/");
        assert!(Request::read_head(&mut from).unwrap().is_none());

        let mut half = Request::read_head(&mut &b"PUT /x HTTP/1.1\r\nContent-Length: 6\r\n\r\n"[..]).unwrap().unwrap();
        half.read_body(&mut &b"abcdef"[..], true).unwrap();
        assert_eq!(half.body, b"abc");

        let mut head = &b"HTTP/1.1 200 OK\r\nContent-Length: 7\r\nDocker-Content-Digest: sha256:1\r\n\r\n"[..];
        let reply = Reply::read(&mut head, "HEAD").unwrap();
        assert!(
            reply.bytes(true).starts_with(b"HTTP/1.1 200 OK\r\nDocker-Content-Digest: sha256:1\r\nContent-Length: 7")
        );
        let cut = Reply::read(&mut &b"HTTP/1.1 200 OK\r\nContent-Length: 7\r\n\r\nabc"[..], "GET");
        assert!(cut.is_err(), "{cut:?}");
    }

    #[test]
    fn words_of_a_query() {
        for (plain, sent) in [("a b", "a%20b"), ("é", "%C3%A9"), ("v1.0-rc.1", "v1.0-rc.1"), ("a+b", "a%2Bb")] {
            assert_eq!(encode(plain), sent);
            assert_eq!(decode(sent), plain);
        }
        assert_eq!(decode("100%"), "100%");
    }
}
