//! A case's trail as a reader would tell it, for snapshots.

use std::{collections::BTreeMap, fmt::Write as _};

use chrono::{DateTime, Utc};
use entities::{CaseId, Stream, trail};
use sea_orm::EntityTrait;
use serde_json::Value;

use super::world::World;

/// `09-14 18:00`, in Beijing time; with its year where that is not 2018.
pub(crate) fn local(at: DateTime<Utc>) -> String {
    let at = at.with_timezone(&workflow::calendar::SHANGHAI).format("%Y-%m-%d %H:%M").to_string();
    at.strip_prefix("2018-").map(str::to_owned).unwrap_or(at)
}

impl World {
    /// The story of one case: when, who, what.
    pub(crate) async fn story(&self, case: CaseId) -> String {
        let db = self.workflow.store.read();
        let rows = trail::Entity::of(Stream::Case, case.0).all(db).await.unwrap();
        workflow::record::verify(&rows).unwrap();
        let mut teller = Teller::new(self);
        teller.units(db).await;
        let mut story = String::new();
        for row in rows {
            let body: Value = serde_json::from_str(&row.body).unwrap();
            let who = row.account_id.map_or("the clock", |account| {
                let named = self.people.iter().find(|(_, actor)| actor.account == account);
                named.map_or("someone", |(name, _)| name.as_str())
            });
            let what = teller.line(&body["what"]);
            writeln!(story, "{}  {who:<9}  {what}", local(row.happened_at)).unwrap();
        }
        story
    }
}

/// Knows what the ids of a story stand for.
struct Teller {
    runs: BTreeMap<String, String>,
    tasks: BTreeMap<String, String>,
    clocks: BTreeMap<String, String>,
    units: BTreeMap<String, String>,
}

impl Teller {
    fn new(world: &World) -> Self {
        let units = world.units.iter().map(|(name, id)| (id.to_string(), name.clone())).collect();
        Self { runs: BTreeMap::new(), tasks: BTreeMap::new(), clocks: BTreeMap::new(), units }
    }

    async fn units(&mut self, db: &sea_orm::DatabaseConnection) {
        for unit in entities::unit::Entity::find().all(db).await.unwrap() {
            self.units.entry(unit.id.to_string()).or_insert(unit.name_en);
        }
    }

    fn line(&mut self, what: &Value) -> String {
        let event = what["event"].as_str().unwrap();
        let mut words = vec![event.to_owned()];
        if let Some(opening) = what.get("opening") {
            self.opening(opening, &mut words);
        }
        if let Some(path) = what.get("path").and_then(Value::as_str) {
            let round = what.get("round").and_then(Value::as_i64).unwrap_or(1);
            let name = if round > 1 { format!("{path}#{round}") } else { path.to_owned() };
            if let Some(run) = what["run"].as_str() {
                self.runs.insert(run.to_owned(), name.clone());
            }
            words.push(name);
        } else if let Some(run) = what.get("run").and_then(Value::as_str) {
            words.push(self.runs.get(run).cloned().unwrap_or_default());
        }
        if let Some(task) = what.get("task").and_then(Value::as_str) {
            words.push(self.tasks.get(task).cloned().unwrap_or_default());
        }
        if let Some(clock) = what.get("clock").and_then(Value::as_str) {
            if let Some(kind) = what.get("kind").and_then(Value::as_str) {
                let of = what["run"].as_str().and_then(|run| self.runs.get(run)).cloned();
                self.clocks.insert(clock.to_owned(), of.unwrap_or_else(|| kind.to_owned()));
            }
            let name = self.clocks.get(clock).cloned().unwrap_or_default();
            if words.last() != Some(&name) {
                words.push(name);
            }
        }
        if let Some(signature) = what.get("signature") {
            words.push(signature["verdict"].as_str().unwrap().to_owned());
        }
        for key in ["verdict", "outcome", "by", "light", "ground", "reason", "why", "to", "mode"] {
            if let Some(text) = what.get(key).and_then(Value::as_str) {
                words.push(text.to_owned());
            }
        }
        for key in ["due", "until", "ends_at", "as_of", "opens_at"] {
            if let Some(at) = what.get(key).and_then(Value::as_str) {
                words.push(format!("{key} {}", local(at.parse().unwrap())));
            }
        }
        for key in ["fen", "award"] {
            if let Some(fen) = what.get(key).and_then(Value::as_i64) {
                words.push(entities::Fen(fen).to_string());
            }
        }
        words.join(" ")
    }

    fn opening(&mut self, opening: &Value, words: &mut Vec<String>) {
        let path = opening["path"].as_str().unwrap();
        let round = opening["round"].as_i64().unwrap();
        let name = if round > 1 { format!("{path}#{round}") } else { path.to_owned() };
        self.runs.insert(opening["run"].as_str().unwrap().to_owned(), name.clone());
        words.push(name);
        for slot in opening["slots"].as_array().unwrap() {
            let unit = slot["unit"].as_str().unwrap();
            let unit = self.units.get(unit).cloned().unwrap_or_default();
            self.tasks.insert(slot["task"].as_str().unwrap().to_owned(), unit.clone());
            words.push(format!("[{unit}]"));
        }
        if opening["holders"]["held"].as_bool() == Some(true) {
            words.push("held".to_owned());
        }
    }
}

/// A story that is the same on both stores: one inline snapshot, asked by two tests.
macro_rules! told {
    ($story:expr, @$told:literal) => {
        let story = $story;
        insta::allow_duplicates! { insta::assert_snapshot!(story, @$told) }
    };
}
pub(crate) use told;
