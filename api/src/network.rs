//! From which network a request comes.

use std::{
    fmt,
    net::{IpAddr, Ipv6Addr},
    str::FromStr,
};

use actix_web::HttpRequest;

/// A range of addresses: `10.0.0.0/8`, `::1`, `192.0.2.7`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Network {
    address: IpAddr,
    bits: u8,
}

/// Not an address or range of addresses.
#[derive(Debug, thiserror::Error)]
#[error("{0:?} is not an address such as 192.0.2.7, nor a range such as 10.0.0.0/8")]
pub struct NotANetwork(String);

impl FromStr for Network {
    type Err = NotANetwork;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let bad = || NotANetwork(text.to_owned());
        let (address, bits) = text.split_once('/').map_or((text, None), |(a, b)| (a, Some(b)));
        let address: IpAddr = address.trim().parse().map_err(|_| bad())?;
        let most = if address.is_ipv4() { 32 } else { 128 };
        let bits = bits.map_or(Ok(most), |bits| bits.trim().parse().map_err(|_| bad()))?;
        if bits > most { Err(bad()) } else { Ok(Self { address, bits }) }
    }
}

impl fmt::Display for Network {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.address, self.bits)
    }
}

impl Network {
    /// Whether an address lies in it.
    pub fn holds(&self, address: IpAddr) -> bool {
        match (self.address, address.to_canonical()) {
            (IpAddr::V4(own), IpAddr::V4(other)) => {
                let shift = 32 - u32::from(self.bits);
                u32::from(own).checked_shr(shift) == u32::from(other).checked_shr(shift)
            }
            (IpAddr::V6(own), IpAddr::V6(other)) => {
                let shift = 128 - u32::from(self.bits);
                u128::from(own).checked_shr(shift) == u128::from(other).checked_shr(shift)
            }
            _ => false,
        }
    }
}

/// The address of the caller: the last one in `X-Forwarded-For` that is not a trusted proxy's,
/// when the connection is from one; else the connection's.
pub fn client(request: &HttpRequest, trusted: &[Network]) -> Option<IpAddr> {
    let mut client = request.peer_addr()?.ip().to_canonical();
    let believed = |address: IpAddr| trusted.iter().any(|network| network.holds(address));
    let headers: Vec<_> = request.headers().get_all("x-forwarded-for").collect();
    let hops = headers.iter().filter_map(|value| value.to_str().ok()).collect::<Vec<_>>().join(",");
    for hop in hops.rsplit(',') {
        if !believed(client) {
            break;
        }
        let Ok(address) = hop.trim().parse::<IpAddr>() else { break };
        client = address.to_canonical();
    }
    Some(client)
}

/// What is counted as one network: an IPv4 address, or an IPv6 /64, which is what one customer
/// of a provider has.
pub fn counted_as(address: IpAddr) -> String {
    match address.to_canonical() {
        IpAddr::V4(address) => address.to_string(),
        IpAddr::V6(address) => {
            let first = u128::from(address) >> 64 << 64;
            format!("{}/64", Ipv6Addr::from(first))
        }
    }
}

#[cfg(test)]
mod tests {
    use actix_web::test::TestRequest;

    use super::{Network, client, counted_as};

    #[test]
    fn only_a_trusted_proxy_is_believed() {
        let trusted: Vec<Network> = vec!["10.0.0.0/8".parse().unwrap()];
        //  connection    X-Forwarded-For             caller
        let table = [
            ("192.0.2.7", "198.51.100.1", "192.0.2.7"),
            ("10.0.0.1", "198.51.100.1", "198.51.100.1"),
            ("10.0.0.1", "1.1.1.1, 198.51.100.1", "198.51.100.1"), // the first is invented
            ("10.0.0.1", "198.51.100.1, 10.9.9.9", "198.51.100.1"),
            ("10.0.0.1", "nonsense", "10.0.0.1"),
            ("::ffff:10.0.0.1", "2001:db8::5", "2001:db8::5"),
        ];
        for (peer, forwarded, caller) in table {
            let peer = std::net::SocketAddr::new(peer.parse().unwrap(), 9);
            let request = TestRequest::get().peer_addr(peer);
            let request = request.insert_header(("x-forwarded-for", forwarded)).to_http_request();
            let found = client(&request, &trusted).unwrap();
            assert_eq!(found.to_string(), caller, "{peer} {forwarded}");
        }
    }

    #[test]
    fn a_range_holds_its_addresses_and_reads_only_as_one() {
        let all: Network = "0.0.0.0/0".parse().unwrap();
        assert!(all.holds("8.8.8.8".parse().unwrap()));
        assert!(!all.holds("::1".parse().unwrap()));
        for bad in ["", "10.0.0.0/33", "10.0.0", "::/129", "a/8"] {
            assert!(bad.parse::<Network>().is_err(), "{bad}");
        }
        assert_eq!(counted_as("2001:db8:1:2:3::9".parse().unwrap()), "2001:db8:1:2::/64");
    }
}
