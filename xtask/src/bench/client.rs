//! A small HTTP/1.1 client over one kept connection: enough to place an order and to look at it.

use std::io::{self, BufRead as _, BufReader, Read as _, Write as _};
use std::net::{Ipv4Addr, SocketAddr, TcpStream};
use std::time::Duration;

/// What is ordered; the load tool sends the same (`bench/orders.lua`).
const ORDER: &str = include_str!("../../../bench/order.json");

/// No answer of a server on the same machine takes longer, unless it hangs.
const PATIENCE: Duration = Duration::from_secs(30);

pub(crate) struct Client {
    port: u16,
    connection: Option<BufReader<TcpStream>>,
}

pub(crate) struct Answer {
    pub(crate) status: u16,
    /// The last segment of `Location`.
    pub(crate) id: Option<String>,
    pub(crate) body: String,
}

impl Client {
    pub(crate) fn new(port: u16) -> Self {
        Self {
            port,
            connection: None,
        }
    }

    pub(crate) fn place(&mut self) -> io::Result<Answer> {
        self.post("/orders", ORDER)
    }

    pub(crate) fn post(&mut self, path: &str, body: &str) -> io::Result<Answer> {
        self.ask("POST", path, body)
    }

    pub(crate) fn get(&mut self, path: &str) -> io::Result<Answer> {
        self.ask("GET", path, "")
    }

    /// Asks, over the connection of the last time if it went well.
    fn ask(&mut self, method: &str, path: &str, body: &str) -> io::Result<Answer> {
        let mut connection = match self.connection.take() {
            Some(connection) => connection,
            None => connect(self.port)?,
        };
        let request = format!(
            "{method} {path} HTTP/1.1\r\nHost: 127.0.0.1:{}\r\nAccept: */*\r\n\
             Content-Type: application/json\r\nContent-Length: {}\r\n\r\n{body}",
            self.port,
            body.len()
        );
        connection.get_mut().write_all(request.as_bytes())?;
        let (answer, keep) = read_answer(&mut connection)?;
        if keep {
            self.connection = Some(connection);
        }
        Ok(answer)
    }
}

fn connect(port: u16) -> io::Result<BufReader<TcpStream>> {
    let stream = TcpStream::connect(SocketAddr::from((Ipv4Addr::LOCALHOST, port)))?;
    stream.set_nodelay(true)?;
    stream.set_read_timeout(Some(PATIENCE))?;
    Ok(BufReader::new(stream))
}

/// The answer, and whether the connection can be used again.
fn read_answer(from: &mut BufReader<TcpStream>) -> io::Result<(Answer, bool)> {
    let line = read_line(from)?;
    let status = line.split(' ').nth(1).and_then(|code| code.parse().ok());
    let mut answer = Answer {
        status: status.ok_or_else(|| unreadable(&line))?,
        id: None,
        body: String::new(),
    };
    let (mut length, mut chunked, mut keep) = (0, false, true);
    loop {
        let line = read_line(from)?;
        let Some((name, value)) = line.split_once(':') else {
            break;
        };
        let value = value.trim();
        match name.to_ascii_lowercase().as_str() {
            "content-length" => length = value.parse().map_err(|_| unreadable(&line))?,
            "transfer-encoding" => chunked = value.eq_ignore_ascii_case("chunked"),
            "connection" => keep = !value.eq_ignore_ascii_case("close"),
            "location" => answer.id = value.rsplit('/').next().map(str::to_owned),
            _ => {}
        }
    }
    let mut body = Vec::new();
    if chunked {
        loop {
            let size = read_line(from)?;
            let size = u64::from_str_radix(&size, 16).map_err(|_| unreadable(&size))?;
            from.take(size).read_to_end(&mut body)?;
            read_line(from)?;
            if size == 0 {
                break;
            }
        }
    } else {
        from.take(length).read_to_end(&mut body)?;
    }
    answer.body = String::from_utf8(body).map_err(|_| unreadable("body"))?;
    Ok((answer, keep))
}

fn read_line(from: &mut BufReader<TcpStream>) -> io::Result<String> {
    let mut line = String::new();
    if from.read_line(&mut line)? == 0 {
        return Err(io::ErrorKind::UnexpectedEof.into());
    }
    Ok(line.trim_end().to_owned())
}

fn unreadable(what: &str) -> io::Error {
    io::Error::new(
        io::ErrorKind::InvalidData,
        format!("an answer that is no HTTP: {what:?}"),
    )
}
