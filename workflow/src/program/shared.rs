//! The rules that programs share by name: roles, reminders, ladders, publicities, reasons.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::{
    model::{Gather, SplitTable},
    place::{Place, listed},
    repeats::Repeats,
    span::{Moment, Span},
    step_words::Light,
    word::{Text, Word},
};

/// `workflow/programs/shared.yaml`.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Shared {
    pub roles: BTreeMap<String, RoleOf>,
    #[serde(default)]
    pub reminders: BTreeMap<String, Vec<Reminder>>,
    #[serde(default)]
    pub ladders: BTreeMap<String, Vec<Rung>>,
    #[serde(default)]
    pub counts: BTreeMap<String, CountRung>,
    #[serde(default)]
    pub publicities: BTreeMap<String, Publicity>,
    #[serde(default)]
    pub voices: Voices,
    #[serde(default)]
    pub reasons: BTreeMap<String, Text>,
    #[serde(default)]
    pub splits: BTreeMap<String, SplitTable>,
    /// Lists of words, such as ids of programs, that `names("…")` gives.
    #[serde(default)]
    pub names: BTreeMap<String, Vec<Word>>,
    /// Fields that a public notice may show, and what people read for them.
    #[serde(default)]
    pub whitelist: BTreeMap<String, Text>,
}

impl Shared {
    /// How high on the ladders the cases of `program` stand, from one; none where no ladder opens
    /// them.
    pub fn grade_of(&self, program: &str) -> Option<usize> {
        let place = |rungs: &Vec<Rung>| {
            let opened = rungs.iter().filter_map(|rung| rung.program.as_ref());
            opened.into_iter().position(|opened| *opened == *program)
        };
        self.ladders.values().filter_map(place).max().map(|place| place + 1)
    }
}

/// Which people a role's name means: those with a duty in an office.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RoleOf {
    /// `own` is the unit itself.
    pub office: String,
    pub duty: String,
    #[serde(default)]
    pub title: Option<Text>,
}

/// A letter that goes out at a moment of a step's clock.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Reminder {
    pub at: Moment,
    /// How often it comes again; once, where it is not said.
    #[serde(default)]
    pub every: Option<Repeats>,
    #[serde(deserialize_with = "listed")]
    pub to: Vec<Word>,
    pub via: Via,
    /// Only between 08:00 and 22:00.
    #[serde(default)]
    pub waking: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Via {
    Digest,
    Mail,
    Sms,
}

/// One rung of a ladder.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Rung {
    pub at: Moment,
    #[serde(rename = "do")]
    pub what: RungDoes,
    #[serde(default)]
    pub light: Option<Light>,
    #[serde(default, deserialize_with = "listed")]
    pub to: Vec<Word>,
    #[serde(default)]
    pub program: Option<Word>,
    #[serde(default)]
    pub at_unit: Option<Place>,
    #[serde(default)]
    pub gather: Option<Gather>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RungDoes {
    Light,
    Urge,
    Mail,
    Open,
}

/// A rung that counts lights instead of one clock.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CountRung {
    pub count: Light,
    pub of: CountOf,
    #[serde(rename = "in")]
    pub period: Period,
    pub reach: u32,
    #[serde(rename = "do")]
    pub what: RungDoes,
    pub program: Word,
    pub at_unit: Place,
}

/// Whose lights are counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CountOf {
    Unit,
}

/// In which time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Period {
    Quarter,
}

/// Who deals with what those say who are not staff; where nobody is named, nothing is opened.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Voices {
    /// 投诉 of how a case is dealt with.
    #[serde(default)]
    pub complaint: Option<VoiceRule>,
    /// 评价 by one of the two bad grades.
    #[serde(default)]
    pub rating: Option<VoiceRule>,
    /// 社会监督举报 from the public.
    #[serde(default)]
    pub tip_off: Option<VoiceRule>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct VoiceRule {
    pub program: Word,
    /// The place whose case it becomes, seen from the unit that it is about.
    pub at_unit: Place,
}

/// How a public notice hangs out.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Publicity {
    pub days: Span,
    /// Why it is shorter than five working days.
    #[serde(default)]
    pub ground: Option<String>,
    pub fields: Word,
    #[serde(default)]
    pub objection: Option<ObjectionRule>,
    pub take_down: TakeDown,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ObjectionRule {
    pub program: Word,
    /// What an open objection holds up.
    pub holds: Word,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TakeDown {
    Auto,
    Never,
}
