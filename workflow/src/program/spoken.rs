//! Conditions and lengths of time as people say them, in both languages.

use super::{
    By, Field, Lang, Program, Shared, Span, Step, Take, Within,
    choice::FirstMatch,
    expression::{Binary, Expr, Literal, Node, Shape},
    model::{Every, Repeat, Rhythm},
    place::{Place, RoleRef},
};

/// Says what a program's rules mean, with the titles of its own fields.
#[derive(Clone, Copy, Debug)]
pub struct Spoken<'a> {
    pub program: &'a Program,
    pub shared: &'a Shared,
    pub lang: Lang,
}

impl Spoken<'_> {
    fn pick<'t>(&self, zh: &'t str, en: &'t str) -> &'t str {
        match self.lang {
            Lang::Zh => zh,
            Lang::En => en,
        }
    }

    /// `3 个工作日`, `3 working days`
    pub fn span(&self, span: Span) -> String {
        let (n, zh, en) = match span {
            Span::WorkingDays(n) => (n, "个工作日", "working day"),
            Span::Hours(n) => (n, "小时", "hour"),
            Span::Days(n) => (n, "天", "day"),
            Span::Months(n) => (n, "个月", "month"),
            Span::Years(n) => (n, "年", "year"),
        };
        match self.lang {
            Lang::Zh if n == 0 => "当日".to_owned(),
            Lang::En if n == 0 => "the same day".to_owned(),
            Lang::Zh => format!("{n} {zh}"),
            Lang::En => format!("{n} {en}{}", if n == 1 { "" } else { "s" }),
        }
    }

    /// A first-match list: each value after its condition.
    pub fn choices<T>(&self, list: &FirstMatch<T>, say: impl Fn(&T) -> String) -> String {
        let one = |choice: &super::Choice<T>| match &choice.when {
            Some(when) => {
                format!("{}{}{}", self.condition(when), self.pick("：", ": "), say(&choice.is))
            }
            None if list.0.len() > 1 => {
                format!("{}{}", self.pick("其他：", "else: "), say(&choice.is))
            }
            None => say(&choice.is),
        };
        list.0.iter().map(one).collect::<Vec<_>>().join(self.pick("；", "; "))
    }

    /// How long a step may take.
    pub fn within(&self, list: &FirstMatch<Within>) -> String {
        self.choices(list, |within| match within {
            Within::Span(span) => self.span(*span),
            Within::Block => self.pick("随所在环节组", "as its block").to_owned(),
        })
    }

    /// How often something comes again: `每 1 年，最多 3 轮`, `every 1 year, at most 3 rounds`.
    pub fn repeat(&self, repeat: &Repeat) -> String {
        let comma = self.pick("，", ", ");
        let mut parts = vec![match &repeat.every {
            None => self.pick("重复", "repeated").to_owned(),
            Some(Every::Span(span)) => {
                format!("{}{}", self.pick("每 ", "every "), self.span(*span))
            }
            Some(Every::Calendar(rhythm)) => self.rhythm(rhythm),
        }];
        if let Some(most) = repeat.at_most {
            parts.push(match self.lang {
                Lang::Zh => format!("最多 {most} 轮"),
                Lang::En => format!("at most {most} rounds"),
            });
        }
        if let Some(until) = &repeat.until {
            parts.push(format!("{}{}", self.pick("直到 ", "until "), self.condition(until)));
        }
        parts.join(comma)
    }

    fn rhythm(&self, rhythm: &Rhythm) -> String {
        let (n, zh, en) = match (rhythm.week, rhythm.month, rhythm.year) {
            (Some(n), ..) => (n, "周", "week"),
            (_, Some(n), _) => (n, "个月", "month"),
            (.., n) => (n.unwrap_or(1), "年", "year"),
        };
        let day = &rhythm.day;
        match self.lang {
            Lang::Zh => format!("每 {n} {zh}（{day}）"),
            Lang::En => format!("every {n} {en}{} ({day})", if n == 1 { "" } else { "s" }),
        }
    }

    /// A role at its place: `县教育`, `Education (county)`.
    pub fn role(&self, role: &RoleRef) -> String {
        let title = self.shared.roles.get(&role.role).and_then(|known| known.title.as_ref());
        let title = title.map_or(role.role.as_str(), |title| title.in_lang(self.lang));
        let place = self.place(&role.place);
        match self.lang {
            Lang::Zh => format!("{place}{title}"),
            Lang::En => format!("{title} ({place})"),
        }
    }

    pub fn place(&self, place: &Place) -> String {
        use super::Level::{City, County, Region, School, Township};
        let (zh, en) = match place {
            Place::Level(School) => ("学校", "school"),
            Place::Level(Township) => ("乡镇", "township"),
            Place::Level(County) => ("县（区）", "county"),
            Place::Level(City) => ("市", "city"),
            Place::Level(Region) => ("自治区", "region"),
            Place::Unit => ("本单位", "the unit"),
            Place::Opener => ("发起单位", "the opener"),
            Place::Issuer => ("签发单位", "the issuer"),
            Place::Superior(_) => ("上级", "the superior"),
            Place::AboveOpener(_) => ("发起单位的上级", "the opener's superior"),
            Place::Pool => ("专家库", "the pool"),
            Place::Item(_) => ("各单位", "each unit"),
            Place::Form(field) => {
                let title = self.program.field(field).and_then(|field| field.title.as_ref());
                return title.map_or(field.as_str(), |title| title.in_lang(self.lang)).to_owned();
            }
            Place::Step { step, field } => {
                let fields = self.program.step(step).map(|step| step.form.as_slice());
                let field_of = fields.unwrap_or_default().iter().find(|own| own.id == **field);
                let title = field_of.and_then(|field| field.title.as_ref());
                return title.map_or(field.as_str(), |title| title.in_lang(self.lang)).to_owned();
            }
            // A name from `let` is called as in public notices, where they know it.
            Place::Named(name) => {
                let title = self.shared.whitelist.get(name);
                return title.map_or(name.as_str(), |title| title.in_lang(self.lang)).to_owned();
            }
        };
        self.pick(zh, en).to_owned()
    }

    /// Who does a step, and how they sign.
    pub fn by(&self, step: &Step) -> String {
        let Some(by) = &step.by else { return String::new() };
        let By::Roles(roles) = by else { return self.pick("申请人", "Applicant").to_owned() };
        let names: Vec<String> = roles.iter().map(|role| self.role(role)).collect();
        let several = names.len() > 1;
        let (between, how) = match step.taking() {
            Take::Any => (self.pick("或", " or "), String::new()),
            Take::EachOffice if several => (" + ", self.pick("会签", "jointly").to_owned()),
            Take::EachOffice => (" + ", String::new()),
            Take::InOrder => (" → ", self.pick("依次", "in order").to_owned()),
            Take::All => (" + ", self.pick("全体", "all of them").to_owned()),
            Take::Quorum { quorum, of } => {
                let of = of.map(|of| format!("/{of}")).unwrap_or_default();
                (" + ", format!("{quorum}{of} {}", self.pick("人同意", "votes")))
            }
            Take::Percent { percent } => {
                (" + ", format!("{percent}% {}", self.pick("同意", "of votes")))
            }
        };
        let names = names.join(between);
        match (how.is_empty(), self.lang) {
            (true, _) => names,
            (false, Lang::Zh) => format!("{names}（{how}）"),
            (false, Lang::En) => format!("{names} ({how})"),
        }
    }

    /// A condition, with the titles of fields in the place of their ids.
    pub fn condition(&self, expr: &Expr) -> String {
        self.node(expr.node())
    }

    /// What a value is compared with: an option by its title, a level by its name.
    fn compared(&self, left: &Node, right: &Node) -> String {
        let (Shape::Field { of, name }, Shape::Literal(Literal::Text(text))) =
            (&left.shape, &right.shape)
        else {
            return self.node(right);
        };
        let of_form = of.shape == Shape::Name("form".to_owned());
        let field = if of_form { self.program.field(name) } else { self.of_step(of, name) };
        let level = super::Level::ALL.into_iter().find(|level| level.as_str() == text);
        match (field, level) {
            (Some(field), _) => field.option_title(text, self.lang).to_owned(),
            (None, Some(level)) if name == "level" => self.place(&Place::Level(level)),
            _ => text.clone(),
        }
    }

    /// The field `step.x.y` of a step's own form.
    fn of_step(&self, of: &Node, name: &str) -> Option<&Field> {
        let Shape::Field { of: root, name: step } = &of.shape else { return None };
        let step = self.program.step(step).filter(|_| root.shape == Shape::Name("step".to_owned()));
        step?.form.iter().find(|field| field.id == *name)
    }

    /// A field by its title.
    fn fact(&self, node: &Node, of: &Node, name: &str) -> String {
        if let Some(title) = self.of_step(of, name).and_then(|field| field.title.as_ref()) {
            return title.in_lang(self.lang).to_owned();
        }
        let Shape::Name(root) = &of.shape else { return node.to_string() };
        match (root.as_str(), name) {
            ("form", name) => {
                let title = self.program.field(name).and_then(|field| field.title.as_ref());
                title.map_or(name, |title| title.in_lang(self.lang)).to_owned()
            }
            ("award", "total") => self.pick("核定金额", "the amount").to_owned(),
            ("signer", "level") => self.pick("签字人层级", "the signer's level").to_owned(),
            _ => node.to_string(),
        }
    }

    /// That something is known, or was said.
    fn known(&self, node: &Node, of: &Node, name: &str) -> String {
        let level = super::Level::ALL.into_iter().find(|level| level.as_str() == name);
        let what = match (&of.shape, level) {
            (Shape::Name(root), Some(level)) if root == "applicant" => {
                self.place(&Place::Level(level))
            }
            _ => self.fact(node, of, name),
        };
        if what == node.to_string() {
            return what;
        }
        match self.lang {
            Lang::Zh => format!("已知{what}"),
            Lang::En => format!("{what}: known"),
        }
    }

    fn call(&self, node: &Node, name: &str, args: &[Node]) -> String {
        match (name, args) {
            ("yuan", [amount]) => format!("¥{}", self.node(amount)),
            ("day", [step]) => {
                let id = self.node(step);
                let title = self.program.step(&id).map_or(id.as_str(), |s| s.title_in(self.lang));
                format!("{}{title}{}", self.pick("", "the day of "), self.pick("之日", ""))
            }
            ("days_between", [from, to]) => {
                let (from, to) = (self.node(from), self.node(to));
                match self.lang {
                    Lang::Zh => format!("{from}至{to}的天数"),
                    Lang::En => format!("days from {from} to {to}"),
                }
            }
            ("verdict", [step]) => {
                let id = self.node(step);
                let title = self.program.step(&id).map_or(id.as_str(), |s| s.title_in(self.lang));
                format!("{title}{}", self.pick("的结论", ": verdict"))
            }
            _ => node.to_string(),
        }
    }

    fn node(&self, node: &Node) -> String {
        match &node.shape {
            Shape::Field { of, name } => self.fact(node, of, name),
            Shape::Not(inner) => format!("{}{}", self.pick("非", "not "), self.node(inner)),
            Shape::Literal(Literal::Text(text)) => text.clone(),
            Shape::Has { of, name } => self.known(node, of, name),
            // That something was said goes without saying.
            Shape::Binary { op: Binary::And, left, right } if is_said(left) => self.node(right),
            Shape::Binary { op: Binary::And, left, right } if is_said(right) => self.node(left),
            Shape::Binary { op, left, right } => {
                let sign = match op {
                    Binary::And => self.pick(" 且 ", " and ").to_owned(),
                    Binary::Or => self.pick(" 或 ", " or ").to_owned(),
                    Binary::Equal => " = ".to_owned(),
                    Binary::Unequal => " ≠ ".to_owned(),
                    Binary::AtMost => " ≤ ".to_owned(),
                    Binary::AtLeast => " ≥ ".to_owned(),
                    other => format!(" {} ", other.sign()),
                };
                format!("{}{sign}{}", self.node(left), self.compared(left, right))
            }
            Shape::Choice { when, then, otherwise } => format!(
                "{}{}{}{}{}",
                self.node(when),
                self.pick("：", ": "),
                self.node(then),
                self.pick("；否则 ", "; else "),
                self.node(otherwise)
            ),
            Shape::Call { name, on: None, args } => self.call(node, name, args),
            Shape::Call { name, on: Some(on), args }
                if name == "count" && on.shape == Shape::Name("history".to_owned()) =>
            {
                let own = args.first().is_some_and(|id| self.node(id) == self.program.id());
                if own {
                    self.pick("本年度本事项已获次数", "grants of this kind this year").to_owned()
                } else {
                    node.to_string()
                }
            }
            _ => node.to_string(),
        }
    }
}

/// Whether a condition only asks whether something was said.
fn is_said(node: &Node) -> bool {
    match &node.shape {
        Shape::Has { .. } => true,
        Shape::Binary { op: Binary::And, left, right } => is_said(left) && is_said(right),
        _ => false,
    }
}
