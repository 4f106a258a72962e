//! Every expression of a program: where it is used, what it may name, what it must give.

use std::rc::Rc;

use crate::program::{
    choice::{Choice, FirstMatch},
    entry::{Block, Entry, Step},
    expression::{
        Expr,
        check::check,
        types::{Names, Type, of_fields},
    },
    field::{Field, Items, Paper, PaperAsk},
    model::{Award, Eligible, Gather, Portion, Program, Quota, Repeat},
    tables::Tables,
};

/// What an expression must give.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Wants {
    Bool,
    Money,
    Date,
    Int,
    List,
    /// A unit, or anything.
    Any,
    /// A bare word or path with a meaning of its own: not checked by type.
    Key,
}

/// One expression in its place.
pub(super) struct Use<'a> {
    pub(super) expr: &'a Expr,
    pub(super) wants: Wants,
    /// A bare path needs no quotes here.
    pub(super) bare: bool,
    pub(super) names: Rc<Names>,
    /// The step it stands on, and the blocks around it; none in the head of the program.
    pub(super) on: Option<&'a Step>,
    pub(super) around: Vec<&'a Block>,
}

pub(super) fn collect<'a>(program: &'a Program, names: &Names, tables: &Tables) -> Vec<Use<'a>> {
    let names = Rc::new(names.with_lets(program, tables));
    let mut all = Collect {
        uses: Vec::new(),
        names: Rc::clone(&names),
        on: None,
        around: Vec::new(),
        tables,
    };
    all.head(program);
    for entries in [&program.route, &program.then] {
        all.entries(entries);
    }
    all.uses
}

struct Collect<'a, 't> {
    uses: Vec<Use<'a>>,
    names: Rc<Names>,
    on: Option<&'a Step>,
    around: Vec<&'a Block>,
    tables: &'t Tables,
}

impl<'a> Collect<'a, '_> {
    fn see(&mut self, expr: &'a Expr, wants: Wants, bare: bool) {
        let names = Rc::clone(&self.names);
        let around = self.around.clone();
        self.uses.push(Use { expr, wants, bare, names, on: self.on, around });
    }

    fn when(&mut self, expr: Option<&'a Expr>) {
        if let Some(expr) = expr {
            self.see(expr, Wants::Bool, false);
        }
    }

    fn keys(&mut self, keys: &'a [Expr]) {
        for key in keys {
            self.see(key, Wants::Key, true);
        }
    }

    fn conditions<T>(&mut self, list: Option<&'a FirstMatch<T>>) {
        for Choice { when, .. } in list.into_iter().flat_map(|list| &list.0) {
            self.when(when.as_ref());
        }
    }

    fn with_names(&mut self, names: Names, look: impl FnOnce(&mut Self)) {
        let before = std::mem::replace(&mut self.names, Rc::new(names));
        look(self);
        self.names = before;
    }

    fn head(&mut self, program: &'a Program) {
        self.see(&program.anchor, Wants::Any, true);
        for key in &program.intake.once {
            let wants = if key.source().contains('.') { Wants::Any } else { Wants::Key };
            self.see(key, wants, true);
        }
        if let Some(after) = program.intake.parent.as_ref().and_then(|parent| parent.after.as_ref())
        {
            self.see(after, Wants::Date, false);
        }
        self.fields(&program.form);
        self.papers(&program.papers);
        self.eligible(&program.eligible);
        program.award.iter().for_each(|award| self.award(award));
        program.lets.values().for_each(|expr| self.see(expr, Wants::Any, false));
        if let Some(rows) = &program.rows {
            rows.from.iter().for_each(|from| self.see(from, Wants::List, false));
            self.keys(&rows.once);
            self.fields(&rows.form);
            self.papers(&rows.papers);
            self.eligible(&rows.eligible);
            rows.award.iter().for_each(|award| self.award(award));
        }
        self.conditions(Some(&program.clock.total));
        self.conditions(Some(&program.clock.from));
        self.conditions(Some(&program.clock.to));
        self.conditions(program.remind.as_ref());
        self.conditions(program.ladder.as_ref());
    }

    fn fields(&mut self, fields: &'a [Field]) {
        for field in fields {
            self.when(field.when.as_ref());
            self.when(field.check.as_ref());
            field.start.iter().for_each(|start| self.see(start, Wants::Any, false));
            if let Some(Items::Records(inner)) = &field.of {
                let names = self.names.with("item", of_fields("item", inner));
                self.with_names(names, |all| all.fields(inner));
            }
        }
    }

    fn papers(&mut self, papers: &'a [Paper]) {
        for paper in papers {
            self.when(paper.when.as_ref());
            self.when(paper.waive.as_ref());
        }
    }

    fn eligible(&mut self, rules: &'a [Eligible]) {
        for rule in rules {
            self.see(&rule.condition, Wants::Bool, false);
        }
    }

    fn award(&mut self, award: &'a Award) {
        for line in &award.lines {
            self.see(&line.amount, Wants::Money, false);
            self.when(line.when.as_ref());
        }
    }

    fn entries(&mut self, entries: &'a [Entry]) {
        for entry in entries {
            match entry {
                Entry::Step(step) => self.in_thread(step.each.as_ref(), |all| all.step(step)),
                Entry::Block(block) => {
                    self.when(block.when.as_ref());
                    self.in_thread(block.each.as_ref(), |all| {
                        all.around.push(block);
                        all.repeat(block.repeat.as_ref());
                        all.conditions(block.within.as_ref());
                        all.entries(&block.entries);
                        all.around.pop();
                    });
                }
            }
        }
    }

    /// Inside `each`, `item` has the type of the list's elements.
    fn in_thread(&mut self, each: Option<&'a Expr>, look: impl FnOnce(&mut Self)) {
        let Some(each) = each else { return look(self) };
        self.see(each, Wants::List, false);
        let item = match check(each.node(), &self.names, self.tables) {
            Ok(Type::List(item)) => *item,
            _ => Type::Any,
        };
        let names = self.names.with("item", item);
        self.with_names(names, look);
    }

    fn repeat(&mut self, repeat: Option<&'a Repeat>) {
        self.when(repeat.and_then(|repeat| repeat.until.as_ref()));
        let start = repeat.and_then(|repeat| repeat.start.as_ref());
        if let Some(start) = start {
            self.see(start, Wants::Date, false);
        }
    }

    fn step(&mut self, step: &'a Step) {
        self.on = Some(step);
        self.when(step.when.as_ref());
        self.repeat(step.repeat.as_ref());
        self.conditions(step.within.as_ref());
        self.conditions(step.remind.as_ref());
        self.conditions(step.ladder.as_ref());
        step.of.iter().for_each(|of| self.see(of, Wants::Any, true));
        step.to.iter().for_each(|to| {
            let wants =
                if to.is_path() && !to.source().contains('.') { Wants::Key } else { Wants::Any };
            self.see(to, wants, true);
        });
        for expr in step.due.iter().chain(&step.from) {
            self.see(expr, Wants::Date, false);
        }
        for choice in step.most.iter().flat_map(|most| &most.0) {
            self.when(choice.when.as_ref());
            self.see(&choice.is, Wants::Money, false);
        }
        if let Some(Portion::Percent(percent)) = &step.share {
            self.see(percent, Wants::Int, true);
        }
        self.when(step.cash.as_ref().and_then(|cash| cash.when.as_ref()));
        self.when(step.until.as_ref());
        self.rows(step);
        let form = self.names.with_form(&step.form);
        self.with_names(form, |all| {
            all.fields(&step.form);
            all.fields(&step.row_form);
            for light in &step.lights {
                all.see(&light.when, Wants::Bool, false);
            }
        });
        for ask in &step.papers {
            if let PaperAsk::Own(paper) = ask {
                self.papers(std::slice::from_ref(&**paper));
            }
        }
        self.on = None;
    }

    fn rows(&mut self, step: &'a Step) {
        for expr in step.rows.iter().chain(&step.always).chain(&step.within_rows) {
            self.see(expr, Wants::Bool, false);
        }
        step.wishes.iter().for_each(|wishes| self.see(wishes, Wants::List, false));
        for rank in &step.rank {
            let wants = if rank.source() == "draw" { Wants::Key } else { Wants::Any };
            self.see(rank, wants, true);
        }
        if let Some(Quota { key, seats, per }) = &step.quota {
            self.keys(key);
            self.see(seats, Wants::Any, false);
            if let Some(per) = per {
                self.keys(&per.key);
                self.see(&per.at_most, Wants::Any, false);
            }
        }
        if let Some(Gather { key, close_on, .. }) = &step.gather {
            self.keys(key);
            if let Some(day) = close_on {
                self.see(day, Wants::Date, false);
            }
        }
    }
}
