//! HTTP/1.1 as it goes over the wire. Small, blocking, and never tries again by itself: a test must
//! know how often it has asked.

use std::io::{self, BufRead, BufReader, Error, ErrorKind, Read, Write};
use std::net::{SocketAddr, TcpStream};

use serde_json::Value;

use crate::waiting::PATIENCE;

/// What is asked.
#[derive(Clone, Debug)]
pub(crate) struct Request {
    pub(crate) method: String,
    pub(crate) path: String,
    headers: Vec<(String, String)>,
    body: Option<Vec<u8>>,
}

impl Request {
    pub(crate) fn new(method: &str, path: &str) -> Self {
        Self {
            method: method.to_owned(),
            path: path.to_owned(),
            headers: Vec::new(),
            body: None,
        }
    }

    pub(crate) fn get(path: &str) -> Self {
        Self::new("GET", path)
    }

    pub(crate) fn post(path: &str, body: &Value) -> Self {
        Self::new("POST", path).json(body)
    }

    pub(crate) fn header(mut self, name: &str, value: &str) -> Self {
        self.headers.push((name.to_owned(), value.to_owned()));
        self
    }

    pub(crate) fn json(self, body: &Value) -> Self {
        self.body("application/json", body.to_string())
    }

    pub(crate) fn body(self, content_type: &str, body: impl Into<Vec<u8>>) -> Self {
        self.header("Content-Type", content_type).bytes(body)
    }

    /// A body that says nothing of its type.
    pub(crate) fn bytes(mut self, body: impl Into<Vec<u8>>) -> Self {
        self.body = Some(body.into());
        self
    }

    pub(crate) fn written(&self, host: &str) -> Vec<u8> {
        let given = |name: &str| {
            let mut headers = self.headers.iter();
            headers.any(|(n, _)| n.eq_ignore_ascii_case(name))
        };
        let mut lines = vec![format!("{} {} HTTP/1.1", self.method, self.path)];
        if !given("Host") {
            lines.push(format!("Host: {host}"));
        }
        if !given("Accept") {
            lines.push("Accept: */*".to_owned());
        }
        lines.extend(
            self.headers
                .iter()
                .map(|(name, value)| format!("{name}: {value}")),
        );
        if let Some(body) = &self.body {
            lines.push(format!("Content-Length: {}", body.len()));
        }
        let mut out = format!("{}\r\n\r\n", lines.join("\r\n")).into_bytes();
        out.extend_from_slice(self.body.as_deref().unwrap_or_default());
        out
    }
}

/// What is answered.
#[derive(Clone, Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    headers: Vec<(String, String)>,
    pub(crate) body: Vec<u8>,
}

impl Answer {
    /// As a program has printed it: status line, headers, an empty line, the body.
    pub(crate) fn printed(text: &str) -> Self {
        let (head, body) = text
            .split_once("\r\n\r\n")
            .or_else(|| text.split_once("\n\n"))
            .unwrap_or_else(|| panic!("no answer: {text}"));
        let mut lines = head.lines();
        let status = lines
            .next()
            .and_then(|line| line.split(' ').nth(1)?.parse().ok());
        let headers = lines.filter_map(|line| line.split_once(':'));
        Self {
            status: status.unwrap_or_else(|| panic!("no status: {text}")),
            headers: headers
                .map(|(name, value)| (name.to_owned(), value.trim().to_owned()))
                .collect(),
            body: body.trim_end().into(),
        }
    }

    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        let mut headers = self.headers.iter();
        headers
            .find(|(n, _)| n.eq_ignore_ascii_case(name))
            .map(|(_, value)| value.as_str())
    }

    pub(crate) fn headers(&self) -> impl Iterator<Item = (&str, &str)> {
        let headers = self.headers.iter();
        headers.map(|(name, value)| (name.as_str(), value.as_str()))
    }

    pub(crate) fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    pub(crate) fn json(&self) -> Value {
        serde_json::from_slice(&self.body)
            .unwrap_or_else(|error| panic!("no JSON ({error}): {self}"))
    }

    /// The number at the end of `Location`.
    pub(crate) fn id(&self) -> i64 {
        let location = self
            .header("location")
            .and_then(|l| l.rsplit('/').next()?.parse().ok());
        location.unwrap_or_else(|| panic!("no Location with a number: {self}"))
    }

    /// Itself, if it has this status.
    #[track_caller]
    pub(crate) fn expect(self, status: u16) -> Self {
        assert_eq!(self.status, status, "{self}");
        self
    }
}

impl std::fmt::Display for Answer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} {:?} {}", self.status, self.headers, self.text())
    }
}

/// A connection, kept alive.
pub(crate) struct Connection {
    stream: BufReader<TcpStream>,
    host: String,
}

impl Connection {
    pub(crate) fn open(address: SocketAddr) -> io::Result<Self> {
        let stream = TcpStream::connect(address)?;
        stream.set_nodelay(true)?;
        stream.set_read_timeout(Some(PATIENCE))?;
        stream.set_write_timeout(Some(PATIENCE))?;
        Ok(Self {
            stream: BufReader::new(stream),
            host: address.to_string(),
        })
    }

    pub(crate) fn send(&mut self, request: &Request) -> io::Result<Answer> {
        self.write(&request.written(&self.host))?;
        self.read(&request.method)
    }

    /// Sends a request with a body, and comes back when it is being worked on: the body was asked
    /// for (RFC 9110 §10.1.1).
    pub(crate) fn begin(&mut self, request: &Request) -> io::Result<()> {
        let expects = request.clone().header("Expect", "100-continue");
        let written = expects.written(&self.host);
        let body = request.body.as_deref().unwrap_or_default();
        let (head, _) = written.split_at(written.len() - body.len());
        self.write(head)?;
        self.read_interim(100)?;
        self.write(body)
    }

    pub(crate) fn write(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.stream.get_mut().write_all(bytes)
    }

    /// Nothing more will be sent.
    pub(crate) fn finish_writing(&mut self) -> io::Result<()> {
        self.stream.get_ref().shutdown(std::net::Shutdown::Write)
    }

    /// The final answer to a request of this method.
    pub(crate) fn read(&mut self, method: &str) -> io::Result<Answer> {
        loop {
            let mut answer = self.read_head()?;
            if answer.status >= 200 {
                answer.body = self.read_body(method, &answer)?;
                return Ok(answer);
            }
        }
    }

    /// An answer before the answer, e.g. 100.
    pub(crate) fn read_interim(&mut self, status: u16) -> io::Result<()> {
        let answer = self.read_head()?;
        if answer.status == status {
            return Ok(());
        }
        Err(Error::new(ErrorKind::InvalidData, answer.to_string()))
    }

    /// Whatever comes until the other side closes.
    pub(crate) fn read_to_end(&mut self) -> io::Result<Vec<u8>> {
        let mut all = Vec::new();
        self.stream.read_to_end(&mut all).map(|_| all)
    }

    fn line(&mut self) -> io::Result<String> {
        let mut line = String::new();
        if self.stream.read_line(&mut line)? == 0 {
            return Err(Error::new(
                ErrorKind::UnexpectedEof,
                "the connection was closed",
            ));
        }
        line.truncate(line.trim_end().len());
        Ok(line)
    }

    fn read_head(&mut self) -> io::Result<Answer> {
        let line = self.line()?;
        let mut parts = line.split(' ').skip(1);
        let status = parts.next().and_then(|status| status.parse().ok());
        let status = status.ok_or_else(|| Error::new(ErrorKind::InvalidData, line.clone()))?;
        let mut headers = Vec::new();
        loop {
            let line = self.line()?;
            let Some((name, value)) = line.split_once(':') else {
                let body = Vec::new();
                return Ok(Answer {
                    status,
                    headers,
                    body,
                });
            };
            headers.push((name.to_owned(), value.trim().to_owned()));
        }
    }

    fn read_body(&mut self, method: &str, answer: &Answer) -> io::Result<Vec<u8>> {
        if method == "HEAD" || matches!(answer.status, 204 | 304) {
            return Ok(Vec::new());
        }
        if answer.header("transfer-encoding") == Some("chunked") {
            return self.read_chunks();
        }
        let Some(length) = answer.header("content-length") else {
            return self.read_to_end();
        };
        let length = length.parse().map_err(|_| ErrorKind::InvalidData)?;
        let mut body = vec![0; length];
        self.stream.read_exact(&mut body)?;
        Ok(body)
    }

    fn read_chunks(&mut self) -> io::Result<Vec<u8>> {
        let mut body = Vec::new();
        loop {
            let size =
                usize::from_str_radix(&self.line()?, 16).map_err(|_| ErrorKind::InvalidData)?;
            let start = body.len();
            body.resize(start + size, 0);
            self.stream.read_exact(&mut body[start..])?;
            self.line()?;
            if size == 0 {
                return Ok(body);
            }
        }
    }
}
