//! Names that must be known: roles, places, reasons, named rules, programs, fields.

use std::collections::BTreeSet;

use super::{Against, unknown};
use crate::program::{
    choice::FirstMatch,
    entry::Step,
    field::{Field, FieldType, Items, Paper, PaperAsk},
    finding::Finding,
    model::{Award, Eligible, Extend, Filer, Program, Split},
    place::{By, Place, RoleRef, is_name},
    word::{Text, Word},
};

pub(super) fn lint(program: &Program, against: &Against<'_>, found: &mut Vec<Finding>) {
    let mut look = Look { program, against, found };
    look.head();
    look.fields(&program.form);
    look.papers(&program.papers);
    look.eligible(&program.eligible);
    if let Some(award) = &program.award {
        look.award(award);
    }
    if let Some(rows) = &program.rows {
        look.fields(&rows.form);
        look.papers(&rows.papers);
        look.eligible(&rows.eligible);
        if let Some(award) = &rows.award {
            look.award(award);
        }
    }
    look.steps();
}

/// The places that a role may be looked up in; a name from `let` is one too.
const PLACES: [&str; 13] = [
    "school", "township", "county", "city", "region", "unit", "opener", "issuer", "superior",
    "item", "pool", "form.x", "step.x.y",
];

struct Look<'a> {
    program: &'a Program,
    against: &'a Against<'a>,
    found: &'a mut Vec<Finding>,
}

fn keys<T>(map: &std::collections::BTreeMap<String, T>) -> Vec<&str> {
    map.keys().map(String::as_str).collect()
}

impl Look<'_> {
    fn error(&mut self, at: &Word, code: &'static str, zh: &str, en: &str) {
        self.found.push(Finding::error(at.at, code, zh, en));
    }

    fn head(&mut self) {
        let program = self.program;
        let code = &program.code;
        if code.len() != 2 || !code.chars().all(|c| c.is_ascii_uppercase()) {
            self.error(
                code,
                "code",
                "code 应为两个大写字母",
                "expected a code of two capital letters",
            );
        }
        if !program.program.split('-').all(is_name) {
            let en = "expected an id of small letters, digits and hyphens";
            self.error(&program.program, "id", "编号只能用小写字母、数字和连字符", en);
        }
        if program.basis.is_empty() {
            let en = "expected at least one `basis` with document and clause";
            self.error(&program.program, "no-basis", "缺少政策依据 basis", en);
        }
        if program.intake.by.is_empty() {
            let en = "expected somebody who may file: intake.by";
            self.error(&program.program, "intake", "intake.by 不能为空", en);
        }
        self.people();
    }

    /// Roles, reminders and fields that the head of the program names.
    fn people(&mut self) {
        let program = self.program;
        for name in std::iter::once(&program.owner.lead).chain(&program.owner.support) {
            self.role_name(name);
        }
        for filer in &program.intake.by {
            // A filer's place may be a kind of unit outside the levels, such as a training base.
            if let Filer::Role(role) = filer {
                self.role(role, true);
            }
        }
        if let Some(role) = program.clock.extend.as_ref().and_then(Extend::asks) {
            self.role(role, false);
        }
        self.letters(program.remind.as_ref(), program.ladder.as_ref());
        if let Some(parent) = &program.intake.parent {
            self.program_name(&parent.program);
        }
        for field in program.privacy.iter().flat_map(|privacy| &privacy.publish) {
            self.named(
                field,
                "outside-whitelist",
                ["公示字段", "field of a public notice"],
                &keys(&self.against.shared.whitelist),
            );
        }
        if let Some(reopen) = &program.reopen {
            self.role(&reopen.by, false);
        }
        if let Some(appeal) = &program.appeal {
            self.program_name(&appeal.program);
        }
    }

    fn letters(&mut self, remind: Option<&FirstMatch<Word>>, ladder: Option<&FirstMatch<Word>>) {
        let Against { shared, .. } = self.against;
        for name in remind.into_iter().flat_map(FirstMatch::values) {
            let known = keys(&shared.reminders);
            self.named(name, "unknown-reminder", ["提醒规则", "reminder"], &known);
        }
        for name in ladder.into_iter().flat_map(FirstMatch::values) {
            let known = keys(&shared.ladders);
            self.named(name, "unknown-ladder", ["督办阶梯", "ladder"], &known);
        }
    }

    fn named(&mut self, name: &Word, code: &'static str, what: [&str; 2], known: &[&str]) {
        if !known.contains(&name.as_str()) {
            self.found.push(unknown(name.at, code, what, name, known));
        }
    }

    fn role_name(&mut self, name: &Word) {
        let known = keys(&self.against.shared.roles);
        self.named(name, "unknown-role", ["角色", "role"], &known);
    }

    fn program_name(&mut self, name: &Word) {
        let known: Vec<_> = keys(self.against.programs);
        if *name != *self.program.program.as_str() {
            self.named(name, "unknown-program", ["事项", "program"], &known);
        }
    }

    fn reason(&mut self, name: &Word) {
        let known = keys(&self.against.shared.reasons);
        self.named(name, "unknown-reason", ["理由代码", "reason"], &known);
    }

    fn role(&mut self, role: &RoleRef, any_place: bool) {
        let name = Word { text: role.role.clone(), at: role.at };
        self.role_name(&name);
        self.place(&role.place, &name, any_place);
    }

    fn place(&mut self, place: &Place, at: &Word, any_place: bool) {
        let program = self.program;
        let is_unit = |field: &Field| {
            matches!(field.kind_of, FieldType::Unit | FieldType::Organisation | FieldType::Division)
        };
        let known = match place {
            Place::Named(name) => any_place || program.lets.contains_key(name),
            Place::Form(field) => program.field(field).is_some_and(is_unit),
            Place::Step { step, field } => program.step(step).is_some_and(|step| {
                let own = step.form.iter().any(|own| own.id == **field && is_unit(own));
                own || step.kind == crate::program::StepKind::Open
            }),
            _ => true,
        };
        if !known {
            let found =
                unknown(at.at, "unknown-place", ["地点", "place"], &place.to_string(), &PLACES);
            self.found.push(found);
        }
    }

    fn title(&mut self, title: Option<&Text>, at: &Word) {
        if title.is_none_or(|title| title.zh.is_empty() || title.en.is_empty()) {
            let zh = format!("“{at}”缺少中英文名称 title");
            let en = format!("`{at}` has no title in both languages; people will read its id");
            self.found.push(Finding::warning(at.at, "untitled", zh, en));
        }
    }

    fn fields(&mut self, fields: &[Field]) {
        let mut seen = BTreeSet::new();
        for field in fields {
            self.id(&field.id, &mut seen);
            self.title(field.title.as_ref(), &field.id);
            if let Some(reason) = &field.refuse {
                self.reason(reason);
            }
            let wrong = match field.kind_of {
                FieldType::Choice if field.options.is_empty() => Some((
                    "options",
                    "choice 字段须有 options",
                    "a choice is expected to have `options`",
                )),
                FieldType::List if field.of.is_none() => {
                    Some(("of", "list 字段须有 of", "a list is expected to say what it is `of`"))
                }
                FieldType::Code if field.table.is_none() => {
                    Some(("table", "code 字段须有 table", "a code is expected to name its `table`"))
                }
                kind if kind != FieldType::Choice && !field.options.is_empty() => {
                    Some(("options", "只有 choice 字段可有 options", "only a choice has `options`"))
                }
                _ => None,
            };
            if let Some((code, zh, en)) = wrong {
                self.error(&field.id, code, zh, en);
            }
            self.options(field);
            if let Some(kind) = &field.kind {
                let known = crate::organise::kinds();
                self.named(kind, "unknown-kind", ["机构类别", "kind of organisation"], &known);
            }
            let tables = self.against.tables;
            if let Some(table) = field.table.as_ref().filter(|table| !tables.has(table)) {
                let known: Vec<&str> = tables.names().collect();
                let what = ["代码表", "table of codes"];
                self.found.push(unknown(table.at, "unknown-table", what, table, &known));
            }
            if let Some(Items::Records(inner)) = &field.of {
                self.fields(inner);
            }
        }
    }

    fn options(&mut self, field: &Field) {
        for option in &field.options {
            if !field.titles.contains_key(option.as_str()) {
                self.title(None, option);
            }
        }
        let known: Vec<_> = field.options.iter().map(Word::as_str).collect();
        for key in field.titles.keys() {
            if !known.contains(&key.as_str()) {
                let what = ["选项", "option"];
                self.found.push(unknown(field.id.at, "unknown-option", what, key, &known));
            }
        }
    }

    fn id(&mut self, id: &Word, seen: &mut BTreeSet<String>) {
        const LIKE_YAML: [&str; 6] = ["on", "off", "yes", "no", "y", "n"];
        if !is_name(id) && !id.chars().all(|c| c.is_ascii_uppercase())
            || LIKE_YAML.contains(&id.as_str())
        {
            let en = format!(
                "`{id}` is no id: expected small letters, digits and _, and no on/off/yes/no"
            );
            self.found.push(Finding::error(id.at, "id", format!("“{id}”不能作编号"), en));
        }
        if !seen.insert(id.text.clone()) {
            let en = format!("the id `{id}` stands here a second time");
            self.found.push(Finding::error(id.at, "twice", format!("编号“{id}”重复"), en));
        }
    }

    fn papers(&mut self, papers: &[Paper]) {
        let mut seen = BTreeSet::new();
        for paper in papers {
            self.id(&paper.id, &mut seen);
            self.title(paper.title.as_ref(), &paper.id);
            if paper.required && paper.proves.is_some() && paper.waive.is_none() {
                let en = format!("`{}` is required although a roster proves it", paper.id);
                let zh = format!("“{}”可由名单证明，不必一律要求", paper.id);
                self.found.push(Finding::warning(paper.id.at, "proved-by-roster", zh, en));
            }
        }
    }

    fn eligible(&mut self, rules: &[Eligible]) {
        for rule in rules {
            self.reason(&rule.refuse);
        }
    }

    fn award(&mut self, award: &Award) {
        let mut seen = BTreeSet::new();
        for line in &award.lines {
            self.id(&line.id, &mut seen);
            match line.split.as_ref().or(award.split.as_ref()) {
                None => self.error(
                    &line.id,
                    "no-payer",
                    "没有写明由谁支付（split）",
                    "expected a `split`: who pays",
                ),
                Some(Split::Named(name)) => {
                    let mut known = keys(&self.program.splits);
                    known.extend(keys(&self.against.shared.splits));
                    self.named(name, "unknown-split", ["分担办法", "split"], &known);
                    let (own, shared) = (&self.program.splits, &self.against.shared.splits);
                    let split = own.get(name.as_str()).or_else(|| shared.get(name.as_str()));
                    if let Some(table) =
                        split.map(|s| &s.table).filter(|t| !self.against.tables.has_shares(t))
                    {
                        let what = ["分担比例表", "table of shares"];
                        self.found.push(unknown(table.at, "unknown-table", what, table, &[]));
                    }
                }
                Some(Split::Shares(shares)) => {
                    if shares.iter().map(|share| u64::from(share.percent)).sum::<u64>() != 100 {
                        self.error(
                            &line.id,
                            "split",
                            "分担比例合计应为 100",
                            "the percents of a split are expected to sum to 100",
                        );
                    }
                }
            }
            if !super::reads_table(self.program, line.amount.source(), super::LETS) {
                let zh = format!("“{}”的金额没有取自有依据的标准表", line.id);
                let en = format!("the amount of `{}` is read from no table with a basis", line.id);
                self.found.push(Finding::error(line.id.at, "amount-without-basis", zh, en));
            }
        }
        let line = |word: &&Word| award.lines.iter().any(|line| line.id == ***word);
        let first = award.stack.iter().flat_map(|stack| &stack.first).filter(|word| !line(word));
        for other in award.stack.iter().flat_map(|stack| &stack.excludes).chain(first) {
            self.program_name(other);
            if *other == *self.program.program.as_str() {
                self.error(
                    other,
                    "excludes-itself",
                    "事项不能排除自己",
                    "a program cannot exclude itself",
                );
            }
        }
    }

    fn steps(&mut self) {
        let mut seen = BTreeSet::new();
        let (mut blocks, mut approvers) = (BTreeSet::new(), BTreeSet::new());
        for (step, around) in self.program.steps_and_blocks() {
            self.id(&step.id, &mut seen);
            self.title(step.title.as_ref(), &step.id);
            for id in around.iter().filter_map(|block| block.id.as_ref()) {
                // A block is met with each of its steps; its place tells it from another.
                if blocks.insert((id.text.clone(), id.at)) {
                    self.id(id, &mut seen);
                }
            }
            for role in around.iter().filter_map(|block| block.extend.as_ref()?.asks()) {
                if approvers.insert(role.at) {
                    self.role(role, false);
                }
            }
            let in_thread = step.each.is_some() || around.iter().any(|block| block.each.is_some());
            for role in step.by.iter().flat_map(By::roles) {
                self.role(role, false);
                if matches!(role.place, Place::Item(_)) && !in_thread {
                    let en = "`item` is known only inside `each`";
                    self.error(&step.id, "unknown-place", "item 只能用于 each 之内", en);
                }
            }
            self.step(step);
        }
    }

    fn step(&mut self, step: &Step) {
        for place in step.at.iter().chain(&step.at_unit) {
            self.place(place, &step.id, false);
        }
        self.letters(step.remind.as_ref(), step.ladder.as_ref());
        if let Some(rule) = &step.rule {
            let known = keys(&self.against.shared.publicities);
            self.named(rule, "unknown-publicity", ["公示规则", "publicity"], &known);
        }
        for reason in &step.reasons {
            self.reason(reason);
        }
        let opens = step.missed.iter().filter_map(|missed| missed.program.as_ref());
        for name in step.program.iter().chain(opens) {
            self.program_name(name);
        }
        self.fields(&step.form);
        self.fields(&step.row_form);
        let program = self.program;
        for ask in &step.papers {
            match ask {
                PaperAsk::Own(paper) => self.papers(std::slice::from_ref(&**paper)),
                PaperAsk::Named(id) => {
                    let known: Vec<_> =
                        program.papers.iter().map(|paper| paper.id.as_str()).collect();
                    self.named(id, "unknown-paper", ["材料", "paper"], &known);
                }
            }
        }
    }
}
