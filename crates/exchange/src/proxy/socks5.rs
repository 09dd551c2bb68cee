//! SOCKS 5 (RFC 1928), with name and password (RFC 1929) where the proxy wants them.

use access::proxy::{Proxy, ProxyCredential};
use model::{Failure, FailureKind};
use std::net::IpAddr;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite};

use super::{hear, refused, say};

/// Greets, authenticates if asked to, and asks for the connection. A name goes to the proxy unresolved.
pub(super) async fn open<S>(stream: &mut S, proxy: &Proxy, host: &str, port: u16) -> Result<(), Failure>
where
    S: AsyncRead + AsyncWrite + Unpin,
{
    let methods: &[u8] = if proxy.credential.is_some() { &[5, 2, NO_LOGIN, LOGIN] } else { &[5, 1, NO_LOGIN] };
    say(stream, methods).await?;
    match (hear::<2>(stream).await?, &proxy.credential) {
        ([5, NO_LOGIN], _) => {}
        ([5, LOGIN], Some(credential)) => log_in(stream, credential).await?,
        ([5, _], None) => return Err(refused("the proxy wants a user name and a password")),
        ([5, _], _) => return Err(refused("the proxy takes none of the ways to log in that it was offered")),
        _ => return Err(Failure::new(FailureKind::Malformed, "greet the proxy").saying("it does not speak SOCKS 5")),
    }
    say(stream, &request(host, port)?).await?;
    let [version, reply, _, kind] = hear::<4>(stream).await?;
    if version != 5 {
        return Err(Failure::new(FailureKind::Malformed, "hear the proxy").saying("its answer is not SOCKS 5"));
    }
    if reply != 0 {
        return Err(refused(reason(reply)));
    }
    let bound = match kind {
        IPV4 => 4,
        IPV6 => 16,
        NAME => usize::from(hear::<1>(stream).await?[0]),
        _ => return Err(Failure::new(FailureKind::Malformed, "hear the proxy").saying("an unknown kind of address")),
    };
    let mut skipped = vec![0; bound + 2];
    stream.read_exact(&mut skipped).await.map_err(|error| measure::from_io(&error, "hear the proxy"))?;
    Ok(())
}

async fn log_in<S>(stream: &mut S, credential: &ProxyCredential) -> Result<(), Failure>
where
    S: AsyncRead + AsyncWrite + Unpin,
{
    let mut message = vec![1];
    for part in [&credential.user, &credential.password] {
        let part = part.expose().as_bytes();
        let length = u8::try_from(part.len())
            .map_err(|_| refused("the proxy's user name or password is longer than 255 bytes"))?;
        message.push(length);
        message.extend_from_slice(part);
    }
    say(stream, &message).await?;
    match hear::<2>(stream).await? {
        [_, 0] => Ok(()),
        _ => Err(refused("the proxy does not accept the user name and password")),
    }
}

fn request(host: &str, port: u16) -> Result<Vec<u8>, Failure> {
    let mut message = vec![5, 1, 0];
    match host.parse() {
        Ok(IpAddr::V4(address)) => {
            message.push(IPV4);
            message.extend_from_slice(&address.octets());
        }
        Ok(IpAddr::V6(address)) => {
            message.push(IPV6);
            message.extend_from_slice(&address.octets());
        }
        Err(_) => {
            let length = u8::try_from(host.len()).map_err(|_| refused("the name is longer than 255 bytes"))?;
            message.extend_from_slice(&[NAME, length]);
            message.extend_from_slice(host.as_bytes());
        }
    }
    message.extend_from_slice(&port.to_be_bytes());
    Ok(message)
}

fn reason(reply: u8) -> &'static str {
    match reply {
        1 => "the proxy failed",
        2 => "the proxy's rules forbid it",
        3 => "the proxy cannot reach the network",
        4 => "the proxy cannot reach the host",
        5 => "the server refused the proxy's connection",
        6 => "the connection timed out behind the proxy",
        7 => "the proxy does not know CONNECT",
        8 => "the proxy does not know this kind of address",
        _ => "the proxy refused, for a reason of its own",
    }
}

const NO_LOGIN: u8 = 0;
const LOGIN: u8 = 2;
const IPV4: u8 = 1;
const NAME: u8 = 3;
const IPV6: u8 = 4;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_go_unresolved_and_addresses_as_they_are() {
        assert_eq!(request("git.example", 22).unwrap(), b"\x05\x01\0\x03\x0bgit.example\0\x16");
        assert_eq!(request("192.0.2.1", 443).unwrap(), b"\x05\x01\0\x01\xc0\0\x02\x01\x01\xbb");
        assert_eq!(request("2001:db8::1", 22).unwrap().len(), 3 + 1 + 16 + 2);
    }
}
