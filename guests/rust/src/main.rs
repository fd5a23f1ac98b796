//! get-poetry gets poems from slow servers, as docs/client-contract.md says.
use std::io::{self, Write};
use std::process::exit;
use std::time::Duration;

use tokio::io::AsyncReadExt;
use tokio::net::TcpStream;
use tokio::task::JoinSet;
use tokio::time::timeout;

const FOR_EVER: Duration = Duration::from_secs(100 * 365 * 24 * 3600);

// Signals keep their usual action: the system ends the program and closes its connections. One thread runs all tasks.
#[tokio::main(flavor = "current_thread")]
async fn main() {
    let words: Vec<_> = std::env::args_os().skip(1).map(|word| word.to_string_lossy().into_owned()).collect();
    let (addresses, patience) = parse(&words).unwrap_or_else(|problem| {
        report(&format!("get-poetry: {problem}\nusage: get-poetry [--timeout SECONDS] [host:]port ..."));
        exit(2)
    });
    let mut tasks = JoinSet::new();
    for (index, address) in addresses.into_iter().enumerate() {
        tasks.spawn(async move {
            let poem = get_poem(index + 1, &address, patience).await;
            poem.map_err(|error| report(&format!("Task {}: failed: {} ({address})", index + 1, plain_words(&error))))
        });
    }
    let mut status = 0;
    while let Some(ended) = tasks.join_next().await {
        match ended {
            Ok(Ok(poem)) => print(poem),
            _ => status = 1,
        }
    }
    exit(status)
}

/// Gives the addresses as host:port, and how long to wait for a silent server; or what is wrong with the arguments.
fn parse(words: &[String]) -> Result<(Vec<String>, Duration), String> {
    let is_decimal = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.');
    let (words, patience) = match words {
        [option, number, rest @ ..] if option == "--timeout" => match number.parse() {
            Ok(time) if is_decimal(number) && time > 0.0 && time <= 3600.0 => (rest, Duration::from_secs_f64(time)),
            _ => return Err(format!("bad timeout {number:?}")),
        },
        all => (all, FOR_EVER),
    };
    let found = words.iter().map(|word| address(word).ok_or_else(|| format!("bad address {word:?}")));
    match found.collect::<Result<Vec<_>, _>>()? {
        none if none.is_empty() => Err("no address given".into()),
        addresses => Ok((addresses, patience)),
    }
}

fn address(word: &str) -> Option<String> {
    let (host, port) = word.rsplit_once(':').unwrap_or(("127.0.0.1", word));
    let number: u16 = port.parse().ok()?;
    let literal = host.strip_prefix('[').and_then(|rest| rest.strip_suffix(']'));
    let is_name = !host.is_empty() && !host.starts_with(['-', '[']) && !host.contains(':');
    let possible = literal.map_or(is_name, |ip| ip.parse::<std::net::Ipv6Addr>().is_ok());
    (possible && number > 0 && !port.starts_with('+')).then(|| format!("{host}:{number}"))
}

/// Awaits the bytes of one poem; other tasks run meanwhile.
async fn get_poem(task: usize, address: &str, patience: Duration) -> io::Result<Vec<u8>> {
    let mut stream = timeout(patience, TcpStream::connect(address)).await??;
    let (mut poem, mut buffer) = (Vec::new(), vec![0; 65536]);
    loop {
        let count = timeout(patience, stream.read(&mut buffer)).await??;
        if count == 0 {
            return Ok(poem);
        }
        report(&format!("Task {task}: got {count} bytes of poetry from {address}"));
        poem.extend_from_slice(&buffer[..count]);
    }
}

fn plain_words(error: &io::Error) -> String {
    match error.kind() {
        io::ErrorKind::ConnectionRefused => "connection refused".into(),
        io::ErrorKind::ConnectionReset => "connection reset".into(),
        io::ErrorKind::TimedOut => "timed out".into(),
        _ if error.to_string().starts_with("failed to lookup address") => "unknown host".into(),
        _ => error.to_string(),
    }
}

fn report(line: &str) {
    io::stderr().write_all(format!("{line}\n").as_bytes()).unwrap_or_else(|_| exit(1))
}

fn print(mut poem: Vec<u8>) {
    poem.push(b'\n');
    let mut stdout = io::stdout().lock();
    stdout.write_all(&poem).and_then(|()| stdout.flush()).unwrap_or_else(|error| {
        report(&format!("get-poetry: cannot print: {error}"));
        exit(1)
    });
}
