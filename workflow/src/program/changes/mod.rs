//! Two versions of a program side by side, in words: from the model, not from the lines of a file.

mod keys;
#[cfg(test)]
mod tests;

use serde::Serialize;
use serde_json::{Map, Value as Json};

use super::{Lang, Program, Shared, Step, Text, entry::walk, spoken::Spoken};

/// What `after` changes of `before`, one sentence each, in both languages.
pub fn changes(before: &Program, after: &Program, shared: &Shared) -> Vec<Text> {
    let mut sides = Sides { before, after, shared, found: Vec::new() };
    sides.whole();
    sides.lists();
    sides.steps();
    sides.found
}

struct Sides<'a> {
    before: &'a Program,
    after: &'a Program,
    shared: &'a Shared,
    found: Vec<Text>,
}

/// A part of a program by its id, its title, and all that it says.
struct Part {
    id: String,
    title: Text,
    says: Map<String, Json>,
}

impl Part {
    fn of(id: &str, title: Option<&Text>, model: &impl Serialize) -> Self {
        let says = match serde_json::to_value(model) {
            Ok(Json::Object(says)) => says,
            _ => Map::new(),
        };
        let title = title.cloned().unwrap_or_else(|| Text::new(id, id));
        Self { id: id.to_owned(), title, says }
    }
}

impl Sides<'_> {
    fn say(&mut self, zh: String, en: String) {
        self.found.push(Text::new(zh, en));
    }

    fn spoken(&self, lang: Lang) -> (Spoken<'_>, Spoken<'_>) {
        let shared = self.shared;
        let of = |program| Spoken { program, shared, lang };
        (of(self.before), of(self.after))
    }

    /// What is said of the program as a whole.
    fn whole(&mut self) {
        let (before, after) = (object(self.before), object(self.after));
        for key in keys::WHOLE {
            if before.get(key.name) == after.get(key.name) {
                continue;
            }
            let (zh, en) = if key.name == "clock" {
                let total = |lang| {
                    let (one, other) = self.spoken(lang);
                    let say = |of: &Spoken<'_>| {
                        of.choices(&of.program.clock.total, |span| of.span(*span))
                    };
                    (say(&one), say(&other))
                };
                let (zh, en) = (total(Lang::Zh), total(Lang::En));
                if zh.0 == zh.1 {
                    (values(&before, &after, key.name), values(&before, &after, key.name))
                } else {
                    (format!("{} → {}", zh.0, zh.1), format!("{} → {}", en.0, en.1))
                }
            } else {
                (values(&before, &after, key.name), values(&before, &after, key.name))
            };
            self.say(format!("{}：{zh}", key.zh), format!("{}: {en}", key.en));
        }
    }

    /// Fields, papers, conditions and lines of the award.
    fn lists(&mut self) {
        let fields = |of: &Program| {
            of.form.iter().map(|f| Part::of(&f.id, f.title.as_ref(), f)).collect::<Vec<_>>()
        };
        self.parts(&keys::FIELD, &fields(self.before), &fields(self.after));
        let papers = |of: &Program| {
            of.papers.iter().map(|p| Part::of(&p.id, p.title.as_ref(), p)).collect::<Vec<_>>()
        };
        self.parts(&keys::PAPER, &papers(self.before), &papers(self.after));
        let reasons = |of: &Program| {
            let title = |reason: &str| self.shared.reasons.get(reason).cloned();
            let part = |one: &super::model::Eligible| {
                Part::of(&one.refuse, title(&one.refuse).as_ref(), one)
            };
            of.eligible.iter().map(part).collect::<Vec<_>>()
        };
        let (before, after) = (reasons(self.before), reasons(self.after));
        self.parts(&keys::CONDITION, &before, &after);
        let lines = |of: &Program| {
            let lines = of.award.iter().flat_map(|award| &award.lines);
            lines.map(|l| Part::of(&l.id, l.title.as_ref(), l)).collect::<Vec<_>>()
        };
        self.parts(&keys::LINE, &lines(self.before), &lines(self.after));
        let rest = |of: &Program| {
            let mut award = of.award.as_ref().map(object).unwrap_or_default();
            award.remove("lines");
            award
        };
        let (before, after) = (rest(self.before), rest(self.after));
        for (name, zh, en) in
            [("split", "资金分担", "Whose money"), ("stack", "叠加", "Together with")]
        {
            if before.get(name) != after.get(name) {
                let said = values(&before, &after, name);
                self.say(format!("{zh}：{said}"), format!("{en}: {said}"));
            }
        }
    }

    fn parts(&mut self, of: &keys::Kind, before: &[Part], after: &[Part]) {
        for gone in before.iter().filter(|one| !after.iter().any(|other| other.id == one.id)) {
            let (zh, en) = (&gone.title.zh, &gone.title.en);
            self.say(format!("删除{}“{zh}”", of.zh), format!("{} “{en}” removed", of.en));
        }
        for new in after.iter().filter(|one| !before.iter().any(|other| other.id == one.id)) {
            let (zh, en) = (&new.title.zh, &new.title.en);
            self.say(format!("新增{}“{zh}”", of.zh), format!("new {} “{en}”", of.en_small));
        }
        for new in after {
            let Some(old) = before.iter().find(|old| old.id == new.id) else { continue };
            for name in names(&old.says, &new.says) {
                let said = values(&old.says, &new.says, &name);
                let (zh, en) = keys::of_step(&name);
                self.say(
                    format!("{}“{}”：{zh}　{said}", of.zh, new.title.zh),
                    format!("{} “{}”: {en} {said}", of.en, new.title.en),
                );
            }
        }
    }

    fn steps(&mut self) {
        let (before, after) = (places(self.before), places(self.after));
        for (step, _) in before.iter().filter(|(one, _)| self.after.step(&one.id).is_none()) {
            let title = title(step);
            self.say(format!("删除环节“{}”", title.zh), format!("step “{}” removed", title.en));
        }
        for (step, _) in after.iter().filter(|(one, _)| self.before.step(&one.id).is_none()) {
            self.new_step(step);
        }
        let common = |list: &[(&Step, String)], other: &Program| {
            let both = list.iter().filter(|(step, _)| other.step(&step.id).is_some());
            both.map(|(step, place)| (step.id.to_string(), place.clone())).collect::<Vec<_>>()
        };
        if common(&before, self.after) != common(&after, self.before) {
            let order = |list: &[(&Step, String)], lang| {
                let names = list.iter().map(|(step, _)| title(step).in_lang(lang).to_owned());
                names.collect::<Vec<_>>().join(" → ")
            };
            let zh =
                format!("环节顺序：{} ⇒ {}", order(&before, Lang::Zh), order(&after, Lang::Zh));
            let en = format!("order: {} ⇒ {}", order(&before, Lang::En), order(&after, Lang::En));
            self.say(zh, en);
        }
        for (step, _) in &after {
            if let Some(old) = self.before.step(&step.id) {
                self.step(old, step);
            }
        }
    }

    fn new_step(&mut self, step: &Step) {
        let title = title(step);
        let say = |lang, between: &str| {
            let (_, of) = self.spoken(lang);
            let mut parts = vec![title.in_lang(lang).to_owned(), of.by(step)];
            parts.extend(step.within.as_ref().map(|within| of.within(within)));
            parts.retain(|part| !part.is_empty());
            parts.join(between)
        };
        let (zh, en) = (say(Lang::Zh, "，"), say(Lang::En, ", "));
        self.say(format!("新增环节：{zh}"), format!("new step: {en}"));
    }

    fn step(&mut self, old: &Step, new: &Step) {
        let (was, is) = (object(old), object(new));
        let title = title(new);
        for name in names(&was, &is) {
            let (zh, en) = keys::of_step(&name);
            let said = |lang| {
                let (before, after) = self.spoken(lang);
                match (word(&before, old, &name), word(&after, new, &name)) {
                    (Some(one), Some(other)) => format!("{one} → {other}"),
                    _ => values(&was, &is, &name),
                }
            };
            let (in_zh, in_en) = (said(Lang::Zh), said(Lang::En));
            self.say(
                format!("环节“{}”：{zh}　{in_zh}", title.zh),
                format!("step “{}”: {en} {in_en}", title.en),
            );
        }
    }
}

/// What a step says under a key, as people say it; none where only the words of the language do.
fn word(of: &Spoken<'_>, step: &Step, key: &str) -> Option<String> {
    let nothing = || if of.lang == Lang::Zh { "无" } else { "none" }.to_owned();
    match key {
        "within" => Some(step.within.as_ref().map_or_else(nothing, |list| of.within(list))),
        "when" => Some(step.when.as_ref().map_or_else(nothing, |when| of.condition(when))),
        "by" | "take" => Some(of.by(step)).filter(|by| !by.is_empty()),
        "title" => step.title.as_ref().map(|title| title.in_lang(of.lang).to_owned()),
        "most" => {
            let say = |most: &super::FirstMatch<super::Expr>| {
                of.choices(most, |most| most.source().to_owned())
            };
            Some(step.most.as_ref().map_or_else(nothing, say))
        }
        "assign" => Some(step.assign.map_or_else(nothing, |by| by.in_lang(of.lang).to_owned())),
        "wait" => Some(step.wait.map_or_else(nothing, |span| of.span(span))),
        _ => None,
    }
}

fn title(step: &Step) -> Text {
    step.title.clone().unwrap_or_else(|| Text::new(step.id.as_str(), step.id.as_str()))
}

fn object(model: &impl Serialize) -> Map<String, Json> {
    match serde_json::to_value(model) {
        Ok(Json::Object(says)) => says,
        _ => Map::new(),
    }
}

fn is_said(value: Option<&Json>) -> bool {
    value.is_some_and(|value| match value {
        Json::Null | Json::Bool(false) => false,
        Json::Array(list) => !list.is_empty(),
        Json::Object(map) => !map.is_empty(),
        _ => true,
    })
}

/// Keys of which the two do not say the same.
fn names(was: &Map<String, Json>, is: &Map<String, Json>) -> Vec<String> {
    let mut names: Vec<String> = was.keys().chain(is.keys()).cloned().collect();
    names.sort();
    names.dedup();
    let same = |name: &String| {
        was.get(name) == is.get(name) || !(is_said(was.get(name)) || is_said(is.get(name)))
    };
    names.retain(|name| !same(name));
    names
}

/// `3 → 5`, in the words of the language of programs.
fn values(was: &Map<String, Json>, is: &Map<String, Json>, name: &str) -> String {
    let text = |of: &Map<String, Json>| match of.get(name) {
        value if !is_said(value) => "—".to_owned(),
        Some(Json::String(text)) => text.clone(),
        Some(other) => other.to_string(),
        None => "—".to_owned(),
    };
    format!("{} → {}", text(was), text(is))
}

/// Every step, with the blocks that it stands in.
fn places(program: &Program) -> Vec<(&Step, String)> {
    let mut found = Vec::new();
    for (entries, part) in [(&program.route, "route"), (&program.then, "then")] {
        walk(entries, &mut Vec::new(), &mut |step, around| {
            let kinds = around.iter().map(|block| if block.together { "+" } else { ">" });
            found.push((step, kinds.fold(part.to_owned(), |place, kind| place + kind)));
        });
    }
    found
}
