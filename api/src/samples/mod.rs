//! Every page with sample views: rendered in every language by one test, and written to files
//! for whoever wants to look at them (`BANJIE_SAMPLES=dir cargo test -p api every_page`).

mod absence;
mod applicant;
mod batch;
mod case;
mod list;
mod organisation;
mod oversight;
mod programs;
mod public;
mod queue;
mod recusals;
mod rosters;
mod staff;
mod voices;

use std::{collections::BTreeSet, io::Write, path::Path};

use chrono::{DateTime, NaiveDate, Utc};
use flate2::{Compression, write::GzEncoder};

use crate::{
    layout::{Flash, Layout, Room, SignedIn},
    read::{DueView, Light, Term, Words},
    templates::Page,
    texts::Texts,
};

/// A sample: the file it is written to, who reads it, and the view.
pub(crate) struct Sample {
    pub(crate) name: &'static str,
    pub(crate) room: Option<Room>,
    pub(crate) view: Box<dyn Page>,
}

pub(crate) fn sample(name: &'static str, room: Option<Room>, view: impl Page + 'static) -> Sample {
    Sample { name, room, view: Box::new(view) }
}

pub(crate) fn words(zh: &str, en: &str) -> Words {
    Words::new(zh, en)
}

/// 2026-03-`day`, `hour` o'clock in China.
pub(crate) fn at(day: u32, hour: u32) -> DateTime<Utc> {
    let local = on(day).and_hms_opt(hour, 5, 0).unwrap();
    local.and_utc() - chrono::TimeDelta::hours(8)
}

pub(crate) fn on(day: u32) -> NaiveDate {
    NaiveDate::from_ymd_opt(2026, 3, day).unwrap()
}

pub(crate) fn due(left: i64, light: Light) -> DueView {
    let provisional = light == Light::Stopped;
    DueView { at: at(6, 18), counted_in: Term::WorkingDays, left, light, provisional }
}

fn layout(tag: &str, room: Option<Room>, elder: bool) -> Layout {
    let mut layout = Layout::public(Texts::of(tag), "/sample?a=1&b=2", "t0k3n");
    layout.elder = elder;
    layout.demo = Some(at(4, 9));
    layout.signed_in = room.map(|room| {
        let name = if room == Room::Staff { "马建军" } else { "138****0421" };
        SignedIn {
            name: name.to_owned(),
            room,
            administers: room == Room::Staff,
            supervises: room == Room::Staff,
            organises: room == Room::Staff,
        }
    });
    layout
}

fn all() -> Vec<Sample> {
    let mut all = public::samples();
    all.extend(applicant::samples());
    all.extend(case::samples());
    all.extend(voices::samples());
    all.extend(staff::samples());
    all.extend(absence::samples());
    all.extend(recusals::samples());
    all.extend(batch::samples());
    all.extend(organisation::samples());
    all.extend(programs::samples());
    all.extend(rosters::samples());
    all.extend(oversight::samples());
    all
}

fn gzipped(html: &str) -> usize {
    let mut writer = GzEncoder::new(Vec::new(), Compression::default());
    writer.write_all(html.as_bytes()).unwrap();
    writer.finish().unwrap().len()
}

/// Ids that occur twice on a page, and links to anchors that are not on it.
fn broken_anchors(html: &str) -> Vec<String> {
    let after = |mark: &'static str| {
        html.split(mark).skip(1).filter_map(|rest| rest.split('"').next()).collect::<Vec<_>>()
    };
    let ids = after(" id=\"");
    let set: BTreeSet<_> = ids.iter().copied().collect();
    let mut broken: Vec<String> = Vec::new();
    if set.len() != ids.len() {
        broken.push(format!("an id occurs twice among {ids:?}"));
    }
    for mark in [" href=\"#", " for=\"", " aria-labelledby=\""] {
        let missing = after(mark).into_iter().filter(|id| !set.contains(id));
        broken.extend(missing.map(|id| format!("nothing has the id {id}")));
    }
    let described = after(" aria-describedby=\"").into_iter().flat_map(str::split_whitespace);
    broken.extend(described.filter(|id| !set.contains(id)).map(|id| format!("{id} describes not")));
    broken
}

#[test]
fn every_page_renders_in_every_language_within_its_budget() {
    let folder = std::env::var_os("BANJIE_SAMPLES");
    for sample in all() {
        for (tag, elder) in [("zh-CN", false), ("zh-CN", true), ("en", false)] {
            let name = format!("{}.{}{}", sample.name, tag, if elder { ".elder" } else { "" });
            let html = sample.view.html(&layout(tag, sample.room, elder)).unwrap();
            assert!(html.contains("<h1"), "{name} has no heading");
            assert!(!html.contains("style=") && !html.contains("<style"), "{name}: inline style");
            assert!(!html.contains("onclick") && !html.contains("<script>"), "{name}: script");
            assert_eq!(broken_anchors(&html), Vec::<String>::new(), "{name}");
            assert!(!html.contains("{}"), "{name}: a hole was not filled");
            let size = gzipped(&html);
            assert!(size <= 14 * 1024, "{name} has {size} bytes compressed");
            if let Some(folder) = &folder {
                let file = Path::new(folder).join(format!("{name}.html"));
                std::fs::write(file, &html).unwrap();
            }
        }
    }
    if let Some(folder) = folder {
        let folder = Path::new(&folder).join("static");
        std::fs::create_dir_all(&folder).unwrap();
        for asset in [&*crate::assets::STYLE, &*crate::assets::SCRIPT, &*crate::assets::MARK] {
            std::fs::write(folder.join(&asset.name), asset.body).unwrap();
        }
    }
}

#[test]
fn a_flash_is_said_and_what_people_wrote_is_escaped() {
    let mut layout = layout("zh-CN", None, false);
    layout.flash = Some(Flash { good: true, text: "<b>已保存</b>".to_owned() });
    let html = public::home().html(&layout).unwrap();
    assert!(html.contains("role=\"status\"") && !html.contains("<b>已保存"));
}

/// Templates hold no words: what is between tags and in spoken attributes comes from the texts.
#[test]
fn no_template_carries_words_of_its_own() {
    for folder in ["templates", "templates/parts"] {
        for entry in std::fs::read_dir(Path::new(env!("CARGO_MANIFEST_DIR")).join(folder)).unwrap()
        {
            let path = entry.unwrap().path();
            if path.is_file() {
                let text = std::fs::read_to_string(&path).unwrap();
                let found = own_words(&text);
                assert_eq!(found, Vec::<String>::new(), "{}", path.display());
            }
        }
    }
}

fn own_words(template: &str) -> Vec<String> {
    let mut plain = template.to_owned();
    // Not text: the class of the frame, and the macro that writes attributes.
    let frame = ("{% block frame %}", "{% endblock %}");
    let attributes = ("{%- macro described", "{%- macro notes() -%}");
    for (from, to) in
        [frame, attributes, ("{#", "#}"), ("{%", "%}"), ("{{", "}}"), ("<kbd", "</kbd>")]
    {
        while let Some(start) = plain.find(from) {
            let end = plain.get(start..).and_then(|rest| rest.find(to)).unwrap() + start + to.len();
            plain.replace_range(start..end, "");
        }
    }
    let mut found = Vec::new();
    for attribute in ["aria-label=\"", "alt=\"", "title=\""] {
        let values = plain.split(attribute).skip(1).filter_map(|rest| rest.split('"').next());
        found.extend(values.filter(|v| v.contains(char::is_alphabetic)).map(str::to_owned));
    }
    let mut inside = false;
    let text: String = plain
        .chars()
        .filter(|c| {
            let was = inside;
            inside = (inside || *c == '<') && *c != '>';
            !was && !inside && *c != '>'
        })
        .collect();
    let text = text.replace("&amp;", " ");
    let allowed = ["PDF"];
    found.extend(
        text.split(|c: char| !c.is_alphabetic())
            .filter(|word| !word.is_empty() && !allowed.contains(word))
            .map(str::to_owned),
    );
    found
}

fn picture() -> String {
    let code = qrcode::QrCode::new(b"http://localhost:8080/look-up?number=640422-YJ-2026-000123-7");
    let svg = code.unwrap().render::<qrcode::render::svg::Color>().build();
    svg.split_once("?>").unwrap().1.to_owned()
}
