//! Shapes of a picture, written as SVG.

use std::fmt::Write as _;

/// A box, in pixels.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Rect {
    pub(super) x: i32,
    pub(super) y: i32,
    pub(super) w: i32,
    pub(super) h: i32,
}

/// The layers of a picture: lanes, groups over them, arrows, steps on top.
#[derive(Debug, Default)]
pub(super) struct Paper {
    lanes: String,
    groups: String,
    arrows: String,
    steps: String,
}

const STYLE: &str = "text{font-family:'Noto Sans CJK SC','Noto Sans SC','Microsoft YaHei',sans-serif;\
fill:#1b1f24}.h{font-size:20px;font-weight:700}.t{font-size:15px;font-weight:700}\
.s{font-size:13px}.d{font-size:13px;fill:#57606a}.c{font-size:12px;fill:#9a3412}\
.l{font-size:14px;font-weight:700;fill:#57606a}.g{font-size:13px;fill:#57606a}";

impl Paper {
    pub(super) fn text(&mut self, x: i32, y: i32, class: &str, text: &str) {
        let _ = writeln!(
            self.steps,
            r#"<text x="{x}" y="{y}" class="{class}">{}</text>"#,
            escaped(text)
        );
    }

    pub(super) fn lane(&mut self, rect: Rect, shaded: bool, name: &str) {
        let Rect { x, y, w, h } = rect;
        let fill = if shaded { "#f3f5f8" } else { "#fafbfc" };
        let _ = writeln!(
            self.lanes,
            r##"<rect x="{x}" y="{y}" width="{w}" height="{h}" fill="{fill}" stroke="#dfe3e8"/>"##
        );
        let (x, y) = (x + w / 2, y + 22);
        let _ = writeln!(
            self.lanes,
            r#"<text x="{x}" y="{y}" class="l" text-anchor="middle">{}</text>"#,
            escaped(name)
        );
    }

    pub(super) fn pill(&mut self, rect: Rect, text: &str) {
        let Rect { x, y, w, h } = rect;
        let _ = writeln!(
            self.steps,
            r##"<rect x="{x}" y="{y}" width="{w}" height="{h}" rx="14" fill="#1b1f24"/>"##
        );
        let (x, y) = (x + w / 2, y + 19);
        let _ = writeln!(
            self.steps,
            r#"<text x="{x}" y="{y}" class="s" style="fill:white" text-anchor="middle">{}</text>"#,
            escaped(text)
        );
    }

    pub(super) fn group(&mut self, rect: Rect, label: &[String]) {
        let Rect { x, y, w, h } = rect;
        let _ = writeln!(
            self.groups,
            r##"<rect x="{x}" y="{y}" width="{w}" height="{h}" rx="8" fill="#1f5fa8" fill-opacity=".05" stroke="#8c959f" stroke-dasharray="5 4"/>"##
        );
        for (index, line) in (0..).zip(label) {
            let (x, y) = (x + 12, y + 20 + index * 18);
            let _ = writeln!(
                self.groups,
                r#"<text x="{x}" y="{y}" class="g">{}</text>"#,
                escaped(line)
            );
        }
    }

    pub(super) fn step(
        &mut self,
        rect: Rect,
        colour: &str,
        doubtful: bool,
        lines: &[(&str, String)],
    ) {
        let Rect { x, y, w, h } = rect;
        let dash = if doubtful { r#" stroke-dasharray="6 4""# } else { "" };
        let _ = writeln!(
            self.steps,
            r##"<rect x="{x}" y="{y}" width="{w}" height="{h}" rx="6" fill="#fff" stroke="{colour}" stroke-width="1.5"{dash}/>"##
        );
        let _ = writeln!(
            self.steps,
            r#"<rect x="{x}" y="{y}" width="5" height="{h}" rx="2" fill="{colour}"/>"#
        );
        for (index, (class, line)) in (0..).zip(lines) {
            let (x, y) = (x + 14, y + 22 + index * 19);
            let _ = writeln!(
                self.steps,
                r#"<text x="{x}" y="{y}" class="{class}">{}</text>"#,
                escaped(line)
            );
        }
    }

    /// Round by the right margin, from the side of one box to the side of another.
    pub(super) fn arrow_round(&mut self, from: Rect, to: Rect, margin: i32) {
        let (x1, y1) = (from.x + from.w, from.y + from.h / 2);
        let (x2, y2) = (to.x + to.w, to.y + to.h / 2);
        self.path(&format!("M{x1} {y1}H{margin}V{y2}H{x2}"));
    }

    fn path(&mut self, path: &str) {
        let _ = writeln!(
            self.arrows,
            r##"<path d="{path}" fill="none" stroke="#57606a" stroke-width="1.5" marker-end="url(#a)"/>"##
        );
    }

    /// From below one box to above another; `other` for a second way out of the same place, which
    /// goes round by the left margin.
    pub(super) fn arrow(&mut self, from: Rect, to: Rect, other: bool) {
        let (x1, y1) = (from.x + from.w / 2, from.y + from.h);
        let (x2, y2) = (to.x + to.w / 2, to.y);
        let path = if other {
            let middle = from.y + from.h / 2;
            let target = to.y + 14;
            format!("M{} {middle}H14V{target}H{}", from.x, to.x)
        } else if x1 == x2 {
            format!("M{x1} {y1}V{y2}")
        } else {
            let turn = y2 - 12;
            format!("M{x1} {y1}V{turn}H{x2}V{y2}")
        };
        self.path(&path);
    }

    pub(super) fn finished(self, width: i32, height: i32, title: &str) -> String {
        let Self { lanes, groups, arrows, steps } = self;
        format!(
            r##"<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}" viewBox="0 0 {width} {height}" role="img"><title>{}</title><style>{STYLE}</style>
<defs><marker id="a" markerWidth="9" markerHeight="9" refX="8" refY="4.5" orient="auto"><path d="M0 0L9 4.5L0 9z" fill="#57606a"/></marker></defs>
<rect width="{width}" height="{height}" fill="#fff"/>
{lanes}{groups}{arrows}{steps}</svg>
"##,
            escaped(title)
        )
    }
}

fn escaped(text: &str) -> String {
    let text = text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;");
    text.replace('"', "&quot;")
}

/// The text in lines that fit a width: a Chinese character is as wide as the font is high, a
/// Latin one a little more than half of it.
pub(super) fn wrapped(text: &str, width: i32, size: i32) -> Vec<String> {
    let wide = |c: char| if c.is_ascii() { size * 56 / 100 } else { size };
    let mut lines = Vec::new();
    let (mut line, mut used) = (String::new(), 0);
    for word in words(text) {
        let needs: i32 = word.chars().map(wide).sum();
        if used + needs > width && !line.is_empty() {
            lines.push(line.trim_end().to_owned());
            (line, used) = (String::new(), 0);
        }
        line.push_str(word);
        used += needs;
    }
    if !line.trim().is_empty() {
        lines.push(line.trim_end().to_owned());
    }
    lines
}

/// Where a line may break: after a space, and after every wide character that no closing mark
/// follows.
fn words(text: &str) -> Vec<&str> {
    let mut words = Vec::new();
    let mut start = 0;
    for (at, c) in text.char_indices() {
        let next = at + c.len_utf8();
        let rest = text.get(next..).unwrap_or_default();
        let held = rest.starts_with(['：', '；', '，', '。', '、', '）', '”', '？']);
        if !held && (c == ' ' || !c.is_ascii()) {
            words.extend(text.get(start..next));
            start = next;
        }
    }
    words.extend(text.get(start..).filter(|rest| !rest.is_empty()));
    words
}
