//! The faults of `serve` as they are typed: `none`, `corrupt`, `slow[:DURATION]`, `KIND[@POINT[:BYTES]]`.

use std::str::FromStr;
use std::time::Duration;

use endpoint::{Fault, Pace, Point};

use super::duration;

/// A fault and the pace that goes with it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct FaultName {
    pub(crate) fault: Fault,
    pub(crate) pace: Pace,
}

impl FromStr for FaultName {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let healthy = Pace::default();
        let of = |fault| Ok(Self { fault, pace: healthy });
        match text.split_once(['@', ':']) {
            None if text == "none" => of(Fault::None),
            None if text == "corrupt" => of(Fault::Corrupt),
            None if text == "slow" => Ok(Self { fault: Fault::None, pace: slow(SLOW) }),
            Some(("slow", time)) => Ok(Self { fault: Fault::None, pace: slow(duration::parse(time)?.into()) }),
            _ => of(placed(text)?),
        }
    }
}

/// A server that computes for so long before the pack and sends a keepalive each second.
pub(crate) fn slow(compute: Duration) -> Pace {
    Pace { compute, keepalive: Some(Duration::from_secs(1)), ..Pace::default() }
}

fn placed(text: &str) -> Result<Fault, String> {
    let (kind, place) = text.split_once('@').map_or((text, None), |(kind, place)| (kind, Some(place)));
    let at = place.map(point).transpose()?;
    match kind {
        "freeze" => Ok(Fault::Freeze { at: at.unwrap_or(Point::AfterNak { bytes: 0 }) }),
        "cut" => Ok(Fault::Cut { at: at.unwrap_or(INTO_THE_PACK) }),
        "reset" => Ok(Fault::Reset { at: at.unwrap_or(INTO_THE_PACK) }),
        _ => Err("expected none, corrupt, slow, freeze, cut or reset, the last three with @POINT".to_owned()),
    }
}

fn point(text: &str) -> Result<Point, String> {
    let (name, bytes) = text.split_once(':').map_or((text, None), |(name, bytes)| (name, Some(bytes)));
    let given = bytes.is_some();
    let bytes = bytes.unwrap_or("0").parse().map_err(|_| format!("expected a number of bytes behind `{name}:`"))?;
    Ok(match name {
        "advertisement" => Point::Advertisement { bytes },
        "shallow" => Point::Shallow { bytes },
        "nak" => Point::Nak { bytes },
        "after-nak" => Point::AfterNak { bytes },
        "pack" => Point::Pack { bytes },
        _ if given => return Err(format!("`{name}` is no point that counts bytes")),
        "connected" => Point::Connected,
        "key-exchange" => Point::KeyExchange,
        "authentication" => Point::Authentication,
        "exec" => Point::Exec,
        "advertisement-headers" => Point::AdvertisementHeaders,
        "response-headers" => Point::ResponseHeaders,
        "response" => Point::Response,
        _ => return Err(format!("`{name}` is no point; expected one of connected … pack, see --help")),
    })
}

const INTO_THE_PACK: Point = Point::Pack { bytes: 300_000 };
const SLOW: Duration = Duration::from_secs(12);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn faults_and_points_are_read() {
        let fault = |text: &str| text.parse::<FaultName>().unwrap().fault;
        assert_eq!(fault("none"), Fault::None);
        assert_eq!(fault("freeze"), Fault::Freeze { at: Point::AfterNak { bytes: 0 } });
        assert_eq!(fault("freeze@connected"), Fault::Freeze { at: Point::Connected });
        assert_eq!(fault("reset@pack:1000"), Fault::Reset { at: Point::Pack { bytes: 1000 } });
        assert_eq!("slow:3s".parse::<FaultName>().unwrap().pace.compute, Duration::from_secs(3));
        for text in ["", "melt", "freeze@", "freeze@nowhere", "cut@pack:x", "cut@exec:5", "slow:x", "none@pack"] {
            assert!(text.parse::<FaultName>().is_err(), "{text}");
        }
    }
}
