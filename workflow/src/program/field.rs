//! What is asked for: fields of forms, and papers.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::{
    expression::Expr,
    word::{At, Located, Text, Word},
};

/// One field of a form, of a row or of a list's items.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Field {
    pub id: Word,
    #[serde(rename = "type")]
    pub kind_of: FieldType,
    #[serde(default)]
    pub title: Option<Text>,
    /// A sentence below the title that says what to enter.
    #[serde(default)]
    pub hint: Option<Text>,
    #[serde(default)]
    pub required: bool,
    /// Asked only where this holds.
    #[serde(default)]
    pub when: Option<Expr>,
    /// What a `choice` may be.
    #[serde(default)]
    pub options: Vec<Word>,
    /// What people read for the options.
    #[serde(default)]
    pub titles: BTreeMap<String, Text>,
    /// Must hold where the field has a value, else it is refused with `refuse`.
    #[serde(default)]
    pub check: Option<Expr>,
    /// A reason from the shared table.
    #[serde(default)]
    pub refuse: Option<Word>,
    /// The value a form starts with.
    #[serde(default)]
    pub start: Option<Expr>,
    /// Fewest items of a list, or the least number (money: whole yuan).
    #[serde(default)]
    pub at_least: Option<i64>,
    /// Most items of a list, or the greatest number (money: whole yuan).
    #[serde(default)]
    pub at_most: Option<i64>,
    /// What a list is made of.
    #[serde(default)]
    pub of: Option<Items>,
    /// Which organisations may be named, such as `outside_school`.
    #[serde(default)]
    pub kind: Option<Word>,
    /// Where a `code` is looked up.
    #[serde(default)]
    pub table: Option<Word>,
    #[serde(default)]
    pub keep: Option<Keep>,
}

impl Field {
    /// Is the value kept encrypted and shown to few? Money is what routing needs and is open.
    pub fn is_private(&self) -> bool {
        match self.keep {
            Some(keep) => keep == Keep::Private,
            None => matches!(self.kind_of, FieldType::Text | FieldType::BankAccount),
        }
    }

    /// What people read for an option of this field; the option itself where it has no title.
    pub fn option_title<'a>(&'a self, option: &'a str, lang: super::Lang) -> &'a str {
        self.titles.get(option).map_or(option, |title| title.in_lang(lang))
    }
}

/// What kind of value a field takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FieldType {
    Text,
    Integer,
    Number,
    Money,
    Percent,
    Boolean,
    Date,
    Datetime,
    Choice,
    List,
    Code,
    Organisation,
    Unit,
    Post,
    Division,
    Term,
    BankAccount,
}

/// Who may see a field.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Keep {
    Open,
    Private,
}

/// What a list is made of: values of one type (`of: unit`), or records.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(untagged)]
pub enum Items {
    Of(FieldType),
    Records(Vec<Field>),
}

impl<'de> Deserialize<'de> for Items {
    fn deserialize<D: serde::Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        struct Either;
        impl<'de> serde::de::Visitor<'de> for Either {
            type Value = Items;
            fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str("a field type or a list of fields")
            }
            fn visit_str<E: serde::de::Error>(self, text: &str) -> Result<Items, E> {
                let text = serde::de::value::StrDeserializer::new(text);
                FieldType::deserialize(text).map(Items::Of)
            }
            fn visit_seq<A: serde::de::SeqAccess<'de>>(self, list: A) -> Result<Items, A::Error> {
                let list = serde::de::value::SeqAccessDeserializer::new(list);
                Vec::deserialize(list).map(Items::Records)
            }
        }
        from.deserialize_any(Either)
    }
}

/// A paper that is handed in.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Paper {
    pub id: Word,
    #[serde(default)]
    pub title: Option<Text>,
    #[serde(default)]
    pub hint: Option<Text>,
    #[serde(default)]
    pub required: bool,
    /// Required only where this holds.
    #[serde(default)]
    pub when: Option<Expr>,
    /// Not required where this holds, because the data proves it.
    #[serde(default)]
    pub waive: Option<Expr>,
    /// The fact it proves; required where the roster of that name is not loaded.
    #[serde(default)]
    pub proves: Option<Word>,
}

/// A paper that a step asks for: described here, or one of the program's by its id.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(untagged)]
pub enum PaperAsk {
    Named(Word),
    Own(Box<Paper>),
}

impl PaperAsk {
    pub fn id(&self) -> &Word {
        match self {
            Self::Named(id) => id,
            Self::Own(paper) => &paper.id,
        }
    }
}

struct Read(PaperAsk);

impl<'de> Deserialize<'de> for Read {
    fn deserialize<D: serde::Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        struct Either;
        impl<'de> serde::de::Visitor<'de> for Either {
            type Value = PaperAsk;
            fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str("the id of a paper or {id: …}")
            }
            fn visit_str<E: serde::de::Error>(self, text: &str) -> Result<PaperAsk, E> {
                Ok(PaperAsk::Named(Word::new(text)))
            }
            fn visit_map<A: serde::de::MapAccess<'de>>(self, map: A) -> Result<PaperAsk, A::Error> {
                let map = serde::de::value::MapAccessDeserializer::new(map);
                Paper::deserialize(map).map(|paper| PaperAsk::Own(Box::new(paper)))
            }
        }
        from.deserialize_any(Either).map(Self)
    }
}

impl<'de> Deserialize<'de> for PaperAsk {
    fn deserialize<D: serde::Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        let read = serde_saphyr::Spanned::<Read>::deserialize(from)?;
        let Read(mut ask) = read.value;
        if let Self::Named(id) = &mut ask {
            id.locate(At::from(read.referenced));
        }
        Ok(ask)
    }
}
