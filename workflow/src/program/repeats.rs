//! How often a reminder comes again: always as often, or less often as time goes by.

use std::{fmt, mem::discriminant};

use serde::{
    Deserialize, Deserializer, Serialize, Serializer,
    de::{SeqAccess, Visitor, value},
};

use super::span::Span;

/// `1wd`, or `[{for: 20wd, is: 1wd}, {is: 5wd}]`: daily for twenty working days, then each fifth.
///
/// The last has no `for`: it lasts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Repeats(pub Vec<Pace>);

/// So often, for so long.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Pace {
    /// How long it counts; a multiple of `is`, in the same unit.
    #[serde(rename = "for", default, skip_serializing_if = "Option::is_none")]
    pub lasts: Option<Span>,
    /// From one time to the next.
    pub is: Span,
}

impl Repeats {
    /// From the first time to the `k`-th repetition; none where the list is not sound.
    pub fn span(&self, k: u32) -> Option<Span> {
        let (mut left, mut sum) = (k, 0_u32);
        for pace in &self.0 {
            let each = pace.is.number();
            let times = match pace.lasts {
                Some(lasts) => lasts.number().checked_div(each)?,
                None => left,
            };
            sum = sum.saturating_add(each.saturating_mul(times.min(left)));
            left = left.saturating_sub(times);
        }
        self.0.first().map(|pace| pace.is.of(sum))
    }

    /// What is wrong with it, in both languages: lengths that cannot be counted together, or none.
    pub(super) fn wrong(&self) -> Option<(&'static str, &'static str)> {
        let unit = self.0.first().map(|pace| discriminant(&pace.is));
        let spans = || self.0.iter().flat_map(|pace| pace.lasts.into_iter().chain([pace.is]));
        if spans().any(|span| Some(discriminant(&span)) != unit) {
            return Some(("各段须用同一时间单位", "expected lengths of one unit"));
        }
        if self.0.iter().any(|pace| pace.is.number() == 0) {
            return Some(("间隔须大于 0", "expected `is` above 0"));
        }
        let even = |pace: &Pace| {
            let lasts = pace.lasts.map_or(pace.is.number(), Span::number);
            lasts > 0 && lasts.is_multiple_of(pace.is.number())
        };
        if self.0.iter().all(even) {
            None
        } else {
            Some(("for 须为 is 的整数倍", "expected `for` to be a multiple of `is`"))
        }
    }
}

impl Serialize for Repeats {
    fn serialize<S: Serializer>(&self, out: S) -> Result<S::Ok, S::Error> {
        match self.0.as_slice() {
            [Pace { lasts: None, is }] => is.serialize(out),
            list => list.serialize(out),
        }
    }
}

impl<'de> Deserialize<'de> for Repeats {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        from.deserialize_any(Either)
    }
}

struct Either;

impl<'de> Visitor<'de> for Either {
    type Value = Repeats;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a length of time or a list of {for: 20wd, is: 1wd}")
    }

    fn visit_str<E: serde::de::Error>(self, text: &str) -> Result<Repeats, E> {
        let is = text.parse().map_err(E::custom)?;
        Ok(Repeats(vec![Pace { lasts: None, is }]))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, list: A) -> Result<Repeats, A::Error> {
        let list: Vec<Pace> = Vec::deserialize(value::SeqAccessDeserializer::new(list))?;
        let bounded = list.iter().rev().skip(1).all(|pace| pace.lasts.is_some());
        if !bounded || list.last().is_none_or(|last| last.lasts.is_some()) {
            return Err(serde::de::Error::custom(
                "in `every` each entry but the last has `for`, and the last has none",
            ));
        }
        Ok(Repeats(list))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(yaml: &str) -> Result<Repeats, String> {
        serde_saphyr::from_str(yaml).map_err(|error| error.to_string())
    }

    #[test]
    fn repetitions_thin_out_as_it_stands_there() {
        let thins = "[{for: 20wd, is: 1wd}, {is: 5wd}]";
        let table = [
            ("1wd", 1, "1wd"),
            ("1wd", 40, "40wd"),
            ("4h", 25, "100h"),
            (thins, 0, "0wd"),
            (thins, 1, "1wd"),
            (thins, 20, "20wd"),
            (thins, 21, "25wd"),
            (thins, 22, "30wd"),
            ("[{for: 80h, is: 4h}, {is: 20h}]", 21, "100h"),
            ("[{for: 4d, is: 2d}, {for: 9d, is: 3d}, {is: 10d}]", 6, "23d"),
        ];
        for (yaml, k, span) in table {
            let read = read(yaml).unwrap();
            assert_eq!(read.wrong(), None, "{yaml}");
            assert_eq!(read.span(k).unwrap().to_string(), span, "{yaml} {k}");
        }
    }

    #[test]
    fn what_cannot_be_counted_is_refused() {
        for (yaml, said) in [
            ("1", "length of time"),
            ("[]", "the last has none"),
            ("[{for: 20wd, is: 1wd}]", "the last has none"),
            ("[{is: 1wd}, {is: 5wd}]", "the last has none"),
            ("[{when: 'true', is: 1wd}]", "unknown"),
        ] {
            let error = read(yaml).unwrap_err();
            assert!(error.contains(said), "{yaml}: {error}");
        }
        for (yaml, said) in [
            ("0wd", "above 0"),
            ("[{for: 20wd, is: 1d}, {is: 5d}]", "one unit"),
            ("[{for: 20wd, is: 1wd}, {is: 5d}]", "one unit"),
            ("[{for: 20wd, is: 3wd}, {is: 5wd}]", "a multiple"),
            ("[{for: 0wd, is: 3wd}, {is: 5wd}]", "a multiple"),
        ] {
            let wrong = read(yaml).unwrap().wrong();
            assert!(wrong.is_some_and(|(_, en)| en.contains(said)), "{yaml}: {wrong:?}");
        }
    }
}
