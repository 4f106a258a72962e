//! What every view is read with.

use chrono::{DateTime, Utc};
use entities::Language;
use sea_orm::DatabaseConnection;
use workflow::{
    Workflow,
    calendar::Days,
    program::{Lang, Spoken},
};

use crate::{Services, read::Words};

/// Ningxia: whose working days count.
const REGION: &str = "640000";

/// The opened service, for whom it is read, and when.
#[derive(Clone, Copy, Debug)]
pub struct Reader<'a> {
    pub workflow: &'a Workflow,
    /// Of the sentences that are not in both languages.
    pub language: Language,
    /// Business time.
    pub now: DateTime<Utc>,
}

impl<'a> Reader<'a> {
    /// A reader at the present business time.
    pub fn of(services: &'a Services, language: Language) -> Self {
        let workflow = &services.workflow;
        Self { workflow, language, now: workflow.clock.now() }
    }

    pub(super) fn db(&self) -> &'a DatabaseConnection {
        self.workflow.store.read()
    }

    pub(super) fn days(&self) -> Days {
        self.workflow.calendar.of(REGION)
    }

    /// The working days by which a clock counts.
    pub(super) fn days_of(&self, clock: &entities::clock::Model) -> Days {
        self.workflow.calendar.of(&clock.scope)
    }

    /// The language of programs' texts.
    pub(super) fn lang(&self) -> Lang {
        match self.language {
            Language::Chinese => Lang::Zh,
            Language::English => Lang::En,
        }
    }

    /// One of two sentences.
    pub(super) fn say<'t>(&self, chinese: &'t str, english: &'t str) -> &'t str {
        match self.language {
            Language::Chinese => chinese,
            Language::English => english,
        }
    }

    /// What a rule of `program` means, in both languages.
    pub(super) fn spoken(
        &self,
        program: &workflow::program::Program,
        say: impl Fn(&Spoken<'_>) -> String,
    ) -> Words {
        let shared = self.workflow.programs.shared();
        let in_lang = |lang| say(&Spoken { program, shared, lang });
        Words::new(in_lang(Lang::Zh), in_lang(Lang::En))
    }

    /// A reason of the shared table; its code where there is none.
    pub(super) fn reason(&self, code: &str) -> Words {
        let known = self.workflow.programs.shared().reasons.get(code);
        known.map_or_else(|| Words::new(code, code), words)
    }

    /// Why a clock stands, by the words of the language; a ground of a program's own by its code.
    pub(super) fn ground(&self, code: &str) -> Words {
        match code {
            "supplement" => Words::new("补正", "supplement"),
            "publicity" => Words::new("公示", "public notice"),
            "objection" => Words::new("异议、申诉核实", "an objection or an appeal"),
            "expert" => Words::new("专家评审", "experts"),
            "opinion" => Words::new("征求意见", "opinions"),
            "outside" => Words::new("外部单位办理", "a unit outside"),
            "outage" => Words::new("系统故障", "an outage"),
            "waiting_day" => Words::new("等待约定日期", "waiting for the day that was set"),
            other => self.reason(other),
        }
    }
}

/// A text of a program.
pub(super) fn words(text: &workflow::program::Text) -> Words {
    Words::new(text.zh.as_str(), text.en.as_str())
}

/// A text of a program, or the id of what has none.
pub(super) fn words_or(text: Option<&workflow::program::Text>, id: &str) -> Words {
    text.map_or_else(|| Words::new(id, id), words)
}

/// Where an amount comes from, as people say it: the tables know two words of their own.
pub(super) fn basis(text: &str) -> Words {
    let parts = text.split("; ").map(|part| match part {
        "setting" => Words::new("本级设定的标准", "set by this deployment"),
        "proposal" => Words::new("拟定标准，待核定", "proposed, to be confirmed"),
        known => Words::new(known, known),
    });
    let parts: Vec<Words> = parts.collect();
    let joined =
        |of: fn(&Words) -> &str, by: &str| parts.iter().map(of).collect::<Vec<_>>().join(by);
    Words::new(joined(|part| &part.zh, "；"), joined(|part| &part.en, "; "))
}
