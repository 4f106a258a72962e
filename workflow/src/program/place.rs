//! Who acts: a role at a place, `county/aid_office`. Never a person.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::{
    span::NotThis,
    word::{At, as_text, spanned},
};

/// The five levels of the administration, lowest first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Level {
    School,
    Township,
    County,
    City,
    Region,
}

impl Level {
    /// Lowest first.
    pub const ALL: [Self; 5] =
        [Self::School, Self::Township, Self::County, Self::City, Self::Region];

    pub fn as_str(self) -> &'static str {
        match self {
            Self::School => "school",
            Self::Township => "township",
            Self::County => "county",
            Self::City => "city",
            Self::Region => "region",
        }
    }
}

/// A place that a step names; it is looked up from the case's anchor, or from `of:`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Place {
    Level(Level),
    /// The anchor itself.
    Unit,
    /// The unit whose case it is.
    Opener,
    /// The unit that issued this oversight case.
    Issuer,
    /// `superior`, `superior.superior`: so many levels of supervision up.
    Superior(usize),
    /// `opener.superior`: so many levels of supervision up from the unit whose case it is.
    AboveOpener(usize),
    /// The thread's unit; with a path into it, `item.key`.
    Item(Vec<String>),
    /// A field of the form that names a unit.
    Form(String),
    /// A field of a step's form that names a unit.
    Step {
        step: String,
        field: String,
    },
    /// A pool of people outside the levels, such as experts.
    Pool,
    /// A name from `let`, or a unit the engine knows by a word.
    Named(String),
}

impl FromStr for Place {
    type Err = NotThis;

    fn from_str(text: &str) -> Result<Self, NotThis> {
        let bad = || {
            NotThis::new(
                text,
                "a place: school, township, county, city, region, unit, opener, issuer, superior, \
                 opener.superior, item, pool, form.x, step.x.y or a name from let",
            )
        };
        let parts: Vec<&str> = text.split('.').collect();
        if !parts.iter().all(|part| is_name(part)) {
            return Err(bad());
        }
        if let Some(level) = Level::ALL.into_iter().find(|level| level.as_str() == text) {
            return Ok(Self::Level(level));
        }
        match parts.as_slice() {
            ["unit"] => Ok(Self::Unit),
            ["opener"] => Ok(Self::Opener),
            ["issuer"] => Ok(Self::Issuer),
            ["pool"] => Ok(Self::Pool),
            all if are_superiors(all) => Ok(Self::Superior(all.len())),
            ["opener", all @ ..] if are_superiors(all) => Ok(Self::AboveOpener(all.len())),
            ["item", rest @ ..] => Ok(Self::Item(rest.iter().map(ToString::to_string).collect())),
            ["form", field] => Ok(Self::Form((*field).to_owned())),
            ["step", step, field] => {
                Ok(Self::Step { step: (*step).to_owned(), field: (*field).to_owned() })
            }
            [name] => Ok(Self::Named((*name).to_owned())),
            _ => Err(bad()),
        }
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Level(level) => f.write_str(level.as_str()),
            Self::Unit => f.write_str("unit"),
            Self::Opener => f.write_str("opener"),
            Self::Issuer => f.write_str("issuer"),
            Self::Pool => f.write_str("pool"),
            Self::Superior(times) => f.write_str(&superiors(*times)),
            Self::AboveOpener(times) => write!(f, "opener.{}", superiors(*times)),
            Self::Item(path) => {
                f.write_str("item")?;
                path.iter().try_for_each(|part| write!(f, ".{part}"))
            }
            Self::Form(field) => write!(f, "form.{field}"),
            Self::Step { step, field } => write!(f, "step.{step}.{field}"),
            Self::Named(name) => f.write_str(name),
        }
    }
}
as_text!(Place);

fn are_superiors(parts: &[&str]) -> bool {
    !parts.is_empty() && parts.iter().all(|part| *part == "superior")
}

fn superiors(times: usize) -> String {
    vec!["superior"; times].join(".")
}

/// A lower-case name: letters, digits and `_`, a letter first.
pub(super) fn is_name(text: &str) -> bool {
    text.starts_with(|c: char| c.is_ascii_lowercase())
        && text.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_')
}

/// `county/aid_office`: the people who have a role at a place.
#[derive(Clone, Debug)]
pub struct RoleRef {
    pub place: Place,
    /// A name from the shared table `roles`.
    pub role: String,
    pub at: At,
}

/// The same role at the same place, wherever it is written.
impl PartialEq for RoleRef {
    fn eq(&self, other: &Self) -> bool {
        self.place == other.place && self.role == other.role
    }
}
impl Eq for RoleRef {}

impl FromStr for RoleRef {
    type Err = NotThis;
    fn from_str(text: &str) -> Result<Self, NotThis> {
        let bad = || NotThis::new(text, "place/role such as county/education");
        let (place, role) = text.split_once('/').ok_or_else(bad)?;
        if !is_name(role) {
            return Err(bad());
        }
        let place = place.parse().map_err(|_| bad())?;
        Ok(Self { place, role: role.to_owned(), at: At::default() })
    }
}

impl fmt::Display for RoleRef {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.place, self.role)
    }
}

impl Serialize for RoleRef {
    fn serialize<S: Serializer>(&self, out: S) -> Result<S::Ok, S::Error> {
        out.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for RoleRef {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        let (text, at) = spanned(from)?;
        let read: Self = text.parse().map_err(serde::de::Error::custom)?;
        Ok(Self { at, ..read })
    }
}

/// Whose step it is: the applicant's, or that of the people with one of these roles.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum By {
    Applicant,
    Roles(Vec<RoleRef>),
}

impl By {
    /// The roles; none for the applicant.
    pub fn roles(&self) -> &[RoleRef] {
        match self {
            Self::Applicant => &[],
            Self::Roles(roles) => roles,
        }
    }
}

impl Serialize for By {
    fn serialize<S: Serializer>(&self, out: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Applicant => out.serialize_str("applicant"),
            Self::Roles(roles) => roles.serialize(out),
        }
    }
}

impl<'de> Deserialize<'de> for By {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        let Listed(words) = Listed::<super::word::Word>::deserialize(from)?;
        if let [only] = words.as_slice()
            && *only == "applicant"
        {
            return Ok(Self::Applicant);
        }
        let read = words.into_iter().map(|word| {
            let role: RoleRef = word.parse().map_err(serde::de::Error::custom)?;
            Ok(RoleRef { at: word.at, ..role })
        });
        read.collect::<Result<_, _>>().map(Self::Roles)
    }
}

/// One thing, or a list of them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(transparent)]
pub(super) struct Listed<T>(pub(super) Vec<T>);

impl<'de, T: Deserialize<'de> + super::word::Located> Deserialize<'de> for Listed<T> {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        struct Either<T>(std::marker::PhantomData<T>);
        impl<'de, T: Deserialize<'de>> serde::de::Visitor<'de> for Either<T> {
            type Value = Listed<T>;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("one name or a list of names")
            }
            fn visit_str<E: serde::de::Error>(self, text: &str) -> Result<Listed<T>, E> {
                let one = super::word::Scalar::new(text);
                Ok(Listed(vec![T::deserialize(one)?]))
            }
            fn visit_seq<A: serde::de::SeqAccess<'de>>(
                self,
                list: A,
            ) -> Result<Listed<T>, A::Error> {
                Vec::deserialize(serde::de::value::SeqAccessDeserializer::new(list)).map(Listed)
            }
        }
        struct Read<T>(Listed<T>);
        impl<'de, T: Deserialize<'de>> Deserialize<'de> for Read<T> {
            fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
                from.deserialize_any(Either(std::marker::PhantomData)).map(Self)
            }
        }
        let read = serde_saphyr::Spanned::<Read<T>>::deserialize(from)?;
        let Read(mut list) = read.value;
        for one in &mut list.0 {
            one.locate(read.referenced.into());
        }
        Ok(list)
    }
}

/// Reads one thing or a list of them into a list.
pub(super) fn listed<'de, D, T>(from: D) -> Result<Vec<T>, D::Error>
where
    D: Deserializer<'de>,
    T: Deserialize<'de> + super::word::Located,
{
    Listed::deserialize(from).map(|Listed(list)| list)
}

impl super::word::Located for RoleRef {
    fn locate(&mut self, at: At) {
        if self.at == At::default() {
            self.at = at;
        }
    }
}
