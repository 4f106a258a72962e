//! First-match lists: any value of a rule may depend on conditions.

use std::{fmt, marker::PhantomData};

use serde::{
    Deserialize, Deserializer, Serialize, Serializer,
    de::{MapAccess, SeqAccess, Visitor, value},
};
use serde_saphyr::Spanned;

use super::{
    expression::Expr,
    word::{Located, Scalar},
};

/// A value, or `[{when: 'form.hurry', is: 24h}, {is: 3wd}]`: the first whose `when` holds.
///
/// The last choice has no `when`, so there always is one.
#[derive(Clone, Debug, PartialEq)]
pub struct FirstMatch<T>(pub Vec<Choice<T>>);

/// One value and the condition under which it counts.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Choice<T> {
    #[serde(default = "none", skip_serializing_if = "Option::is_none")]
    pub when: Option<Expr>,
    pub is: T,
}

fn none() -> Option<Expr> {
    None
}

impl<T> FirstMatch<T> {
    pub fn one(is: T) -> Self {
        Self(vec![Choice { when: None, is }])
    }

    /// The value, where it depends on nothing.
    pub fn only(&self) -> Option<&T> {
        match self.0.as_slice() {
            [Choice { when: None, is }] => Some(is),
            _ => None,
        }
    }

    /// Every value it may have, in the order of the file.
    pub fn values(&self) -> impl Iterator<Item = &T> {
        self.0.iter().map(|choice| &choice.is)
    }

    /// The value that counts now; `holds` evaluates a condition.
    ///
    /// # Errors
    /// What `holds` gives for the first condition that cannot be evaluated: later choices are
    /// not tried then.
    pub fn pick<E>(
        &self,
        mut holds: impl FnMut(&Expr) -> Result<bool, E>,
    ) -> Result<Option<&T>, E> {
        for choice in &self.0 {
            if choice.when.as_ref().map_or(Ok(true), &mut holds)? {
                return Ok(Some(&choice.is));
            }
        }
        Ok(None)
    }
}

impl<T: Serialize> Serialize for FirstMatch<T> {
    fn serialize<S: Serializer>(&self, out: S) -> Result<S::Ok, S::Error> {
        match self.only() {
            Some(value) => value.serialize(out),
            None => self.0.serialize(out),
        }
    }
}

struct Read<T>(FirstMatch<T>);

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Read<T> {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        from.deserialize_any(Either(PhantomData)).map(Self)
    }
}

struct Either<T>(PhantomData<T>);

impl<'de, T: Deserialize<'de>> Visitor<'de> for Either<T> {
    type Value = FirstMatch<T>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a value or a list of {when: 'condition', is: value}")
    }

    fn visit_str<E: serde::de::Error>(self, text: &str) -> Result<Self::Value, E> {
        T::deserialize(Scalar::new(text)).map(FirstMatch::one)
    }

    fn visit_u64<E: serde::de::Error>(self, number: u64) -> Result<Self::Value, E> {
        T::deserialize(value::U64Deserializer::new(number)).map(FirstMatch::one)
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Self::Value, A::Error> {
        T::deserialize(value::MapAccessDeserializer::new(map)).map(FirstMatch::one)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, list: A) -> Result<Self::Value, A::Error> {
        let choices: Vec<Choice<T>> = Vec::deserialize(value::SeqAccessDeserializer::new(list))?;
        let conditions = choices.iter().rev().skip(1).all(|choice| choice.when.is_some());
        if !conditions || choices.last().is_none_or(|last| last.when.is_some()) {
            return Err(serde::de::Error::custom(
                "in a first-match list every entry but the last has `when`, and the last has none",
            ));
        }
        Ok(FirstMatch(choices))
    }
}

impl<'de, T: Deserialize<'de> + Located> Deserialize<'de> for FirstMatch<T> {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        let read = Spanned::<Read<T>>::deserialize(from)?;
        let Read(mut list) = read.value;
        // A lone value was read through a visitor, which does not see where it stands.
        if let [Choice { when: None, is }] = list.0.as_mut_slice() {
            is.locate(read.referenced.into());
        }
        Ok(list)
    }
}
