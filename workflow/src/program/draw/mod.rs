//! The route of a program as a picture: lanes for the levels, steps with their days.

mod svg;

use super::{
    Block, By, Entry, Lang, Level, Place, Program, Shared, Step, StepKind, spoken::Spoken,
};
use svg::{Paper, Rect};

/// The route as an SVG of its own, readable at its natural size.
pub fn draw(program: &Program, shared: &Shared, lang: Lang) -> String {
    let spoken = Spoken { program, shared, lang };
    let mut plan = Plan { spoken, paper: Paper::default(), y: 96 };
    plan.head();
    let filed = plan.mark(plan.word("提交申请", "Filed"));
    let before = plan.entries(&program.route, &[filed], 0);
    let outcome = plan.mark(plan.word("结果", "Outcome"));
    plan.arrows(&before, outcome);
    if !program.then.is_empty() {
        let last = plan.entries(&program.then, &[outcome], 0);
        let end = plan.mark(plan.word("办结", "Ended"));
        plan.arrows(&last, end);
    }
    let height = plan.y + 8;
    plan.lanes(height);
    plan.paper.finished(LEFT * 2 + LANE * LANES, height, program.title.in_lang(lang))
}

const LEFT: i32 = 24;
const LANE: i32 = 196;
const LANES: i32 = 6;
const PAD: i32 = 8;

struct Plan<'a> {
    spoken: Spoken<'a>,
    paper: Paper,
    y: i32,
}

impl Plan<'_> {
    fn word(&self, zh: &'static str, en: &'static str) -> &'static str {
        if self.spoken.lang == Lang::Zh { zh } else { en }
    }

    fn head(&mut self) {
        let spoken = self.spoken;
        let title = spoken.program.title.in_lang(spoken.lang).to_owned();
        self.paper.text(LEFT, 30, "h", &title);
        let total = spoken.choices(&spoken.program.clock.total, |span| spoken.span(*span));
        let total = format!("{}{total}", self.word("总期限　", "Time limit: "));
        self.paper.text(LEFT, 52, "s", &total);
    }

    /// The lanes behind everything, with their names.
    fn lanes(&mut self, height: i32) {
        let names = [self.word("申请人、系统", "Applicant, system").to_owned()]
            .into_iter()
            .chain(Level::ALL.map(|level| self.spoken.place(&Place::Level(level))));
        for (index, name) in (0..).zip(names) {
            let rect = Rect { x: LEFT + index * LANE, y: 66, w: LANE, h: height - 72 };
            self.paper.lane(rect, index % 2 == 1, &name);
        }
    }

    /// A small round mark in the first lane; gives where arrows meet it.
    fn mark(&mut self, text: &str) -> Rect {
        let rect = Rect { x: LEFT + 34, y: self.y + 8, w: LANE - 68, h: 28 };
        self.paper.pill(rect, text);
        self.y += 62;
        rect
    }

    /// Arrows from every end of what stands above: the last straight, others by the right margin.
    fn arrows(&mut self, from: &[Rect], to: Rect) {
        let Some((last, others)) = from.split_last() else { return };
        self.paper.arrow(*last, to, false);
        for other in others {
            self.paper.arrow_round(*other, to, LEFT + LANE * LANES + 12);
        }
    }

    /// A list of entries, one below the other; gives those from which the next arrow starts.
    fn entries(&mut self, entries: &[Entry], before: &[Rect], depth: i32) -> Vec<Rect> {
        let mut ends = before.to_vec();
        let mut way_in = ends.clone();
        let mut condition: Option<&str> = None;
        for entry in entries {
            let when = entry.when().map(super::Expr::source);
            // What stands under the opposite condition is another way, not the next step.
            let other = condition.zip(when).is_some_and(|(one, two)| {
                two.strip_prefix('!') == Some(one) || one.strip_prefix('!') == Some(two)
            });
            let here = match entry {
                Entry::Step(step) => self.step(step, depth),
                Entry::Block(block) => self.block(block, depth),
            };
            if other {
                way_in.last().into_iter().for_each(|from| self.paper.arrow(*from, here, true));
                ends.push(here);
            } else {
                self.arrows(&ends, here);
                way_in = std::mem::replace(&mut ends, vec![here]);
            }
            condition = when;
        }
        ends
    }

    fn block(&mut self, block: &Block, depth: i32) -> Rect {
        let inset = PAD * depth;
        let mut lines = Vec::new();
        if let Some(when) = &block.when {
            lines.push(format!("{}{}", self.word("条件　", "If: "), self.spoken.condition(when)));
        }
        if block.together {
            lines.push(self.word("同时办理", "Side by side").to_owned());
        }
        if let Some(each) = &block.each {
            lines.push(format!("{}{}", self.word("逐个办理　", "For each of: "), each.source()));
        }
        if let Some(repeat) = &block.repeat {
            lines.push(self.spoken.repeat(repeat));
        }
        let label = lines.join(self.word("　·　", "  ·  "));
        let top = self.y;
        let label_lines = svg::wrapped(&label, LANE * LANES - 40, 13);
        let lines = i32::try_from(label_lines.len()).unwrap_or(1);
        self.y += 10 + lines * 18;
        if block.together {
            for entry in &block.entries {
                self.entries(std::slice::from_ref(entry), &[], depth + 1);
                self.y -= 10;
            }
            self.y += 10;
        } else {
            self.entries(&block.entries, &[], depth + 1);
        }
        let rect = Rect {
            x: LEFT + 4 + inset,
            y: top,
            w: LANE * LANES - 8 - inset * 2,
            h: self.y - top - 14,
        };
        self.paper.group(rect, &label_lines);
        self.y += 14;
        rect
    }

    fn step(&mut self, step: &Step, depth: i32) -> Rect {
        let (first, last) = lanes_of(step);
        let inset = PAD.max(PAD * depth.min(1));
        let (x, w) = (LEFT + first * LANE + inset, (last - first + 1) * LANE - inset * 2);
        let mut lines = vec![("t", step.title_in(self.spoken.lang).to_owned())];
        let by = self.spoken.by(step);
        if !by.is_empty() {
            lines.push(("s", by));
        }
        lines.extend(self.limits(step).into_iter().map(|line| ("d", line)));
        let mut wrapped = Vec::new();
        for (class, line) in &lines {
            let size = if *class == "t" { 15 } else { 13 };
            wrapped.extend(svg::wrapped(line, w - 20, size).into_iter().map(|line| (*class, line)));
        }
        if let Some(when) = &step.when {
            let text =
                format!("{}{}", self.word("仅当　", "Only if: "), self.spoken.condition(when));
            wrapped.extend(svg::wrapped(&text, w - 20, 12).into_iter().map(|line| ("c", line)));
        }
        let h = 16 + 19 * i32::try_from(wrapped.len()).unwrap_or(1);
        let rect = Rect { x, y: self.y, w, h };
        self.paper.step(rect, colour(step.kind), step.when.is_some(), &wrapped);
        self.y += h + 30;
        rect
    }

    fn limits(&self, step: &Step) -> Vec<String> {
        let spoken = self.spoken;
        let mut lines = Vec::new();
        lines.extend(step.within.as_ref().map(|within| spoken.within(within)));
        lines.extend(step.repeat.as_ref().map(|repeat| spoken.repeat(repeat)));
        let from = step.from.as_ref().map(|from| spoken.condition(from));
        lines.extend(from.map(|from| format!("{}{from}", self.word("不早于　", "Not before: "))));
        if let Some(rule) =
            step.rule.as_ref().and_then(|rule| spoken.shared.publicities.get(rule.as_str()))
        {
            lines.push(spoken.span(rule.days));
        }
        lines.extend(
            step.due
                .as_ref()
                .map(|due| format!("{}{}", self.word("期限　", "Due: "), due.source())),
        );
        if let Some(most) = &step.most {
            let most = spoken.choices(most, |most| spoken.condition(most));
            lines.push(format!("{}{most}", self.word("权限　", "At most: ")));
        }
        lines
    }
}

/// The first and the last lane that a step stands in.
fn lanes_of(step: &Step) -> (i32, i32) {
    let places = step.by.iter().flat_map(By::roles).map(|role| &role.place).chain(&step.at);
    let lanes = places.map(|place| match place {
        Place::Level(level) => {
            1 + (0..).zip(Level::ALL).find(|(_, one)| one == level).map_or(0, |(n, _)| n)
        }
        Place::Unit => 1,
        _ => 0,
    });
    let lanes: Vec<i32> = lanes.collect();
    (lanes.iter().copied().min().unwrap_or(0), lanes.iter().copied().max().unwrap_or(0))
}

fn colour(kind: StepKind) -> &'static str {
    match kind {
        StepKind::Decide => "#1f5fa8",
        StepKind::Fill | StepKind::Receive => "#0f766e",
        StepKind::Pay => "#2f7d32",
        StepKind::Publish => "#b45309",
        StepKind::Open | StepKind::Select | StepKind::Wait | StepKind::Copy => "#57606a",
    }
}

#[cfg(test)]
mod tests {
    use crate::program::{Lang, Programs};

    #[test]
    fn every_step_of_a_shipped_program_stands_in_its_picture() {
        let programs = Programs::shipped().unwrap();
        for program in programs.all() {
            for lang in [Lang::Zh, Lang::En] {
                let svg = super::draw(&program, programs.shared(), lang);
                assert!(svg.starts_with("<svg") && svg.ends_with("</svg>\n"));
                assert!(!svg.contains("NaN"));
                for step in program.steps() {
                    let first: String = step.title_in(lang).chars().take(4).collect();
                    assert!(svg.contains(first.trim()), "{first}");
                }
            }
        }
    }

    #[test]
    fn what_is_written_cannot_become_markup() {
        let programs = Programs::shipped().unwrap();
        let program = programs.all().next().unwrap();
        let mut evil = (*program).clone();
        evil.title.en = "<script>&\"".to_owned();
        let svg = super::draw(&evil, programs.shared(), Lang::En);
        assert!(!svg.contains("<script>") && svg.contains("&lt;script&gt;&amp;&quot;"));
    }
}
