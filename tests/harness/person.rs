//! Somebody at a browser before a demonstration: applicants on a phone, staff at a desk.

use std::{path::PathBuf, time::Duration};

use super::{
    browser::{Browser, Screen},
    scratch,
};

/// Of every staff account.
pub(crate) const PASSWORD: &str = "banjie-demo-2026";

/// Bytes on the wire of a first page with all it needs, and of a later one.
const FIRST: u64 = 40_000;
const LATER: u64 = 15_000;

/// The pages of which the README shows a screen, and the picture's name there.
const OF_README: [(&str, &str); 4] = [
    ("check", "check-phone"),
    ("progress", "progress-phone"),
    ("queue-teacher", "queue-desktop"),
    ("case-county-edu", "case-desktop"),
];

/// A paper that looks like one.
const SPECIMEN: &[u8] = include_bytes!("../../src/demo/specimen.png");

/// How long the worker may take for one move.
const A_MOVE: Duration = Duration::from_mins(4);

/// Somebody at a browser, before the demonstration.
pub(crate) struct Person {
    pub(crate) browser: Browser,
    /// Of the demonstration.
    address: String,
    /// Codes that were read in the drawer.
    read: Vec<String>,
    /// Nothing of the service is in the cache yet.
    fresh: bool,
}

impl Person {
    pub(crate) async fn sits_down(address: &str, screen: Screen) -> Self {
        Self::at(address, Browser::start(screen).await)
    }

    /// Somebody at a browser that is there already.
    pub(crate) fn at(address: &str, browser: Browser) -> Self {
        Self { browser, address: address.to_owned(), read: Vec::new(), fresh: true }
    }

    /// Another person takes the place.
    pub(crate) async fn leaves(&mut self) {
        self.browser.open("about:blank").await; // or pictures would still come, for nobody
        self.browser.forget().await;
        self.browser.transfers().await;
        self.fresh = true;
    }

    pub(crate) async fn open(&mut self, path: &str) {
        self.browser.transfers().await; // of pages that were looked at before, or of vain tries
        self.browser.open(&format!("{}{path}", self.address)).await;
    }

    /// The page as it stands has no barriers, no complaints, and few bytes. A picture of it is
    /// taken where `BANJIE_PICTURES` names a folder.
    pub(crate) async fn looks(&mut self, name: &str) {
        let of_page =
            self.browser.transfers().await.into_iter().filter(|t| !t.url.contains("/papers/"));
        let mut of_page: Vec<_> = of_page.collect();
        // What was passed through on the way is not this page's.
        if let Some(document) = of_page.iter().rposition(|t| t.mime_type == "text/html") {
            of_page.drain(..document);
        }
        let bytes: u64 = of_page.iter().map(|t| t.bytes).sum();
        let most = if self.fresh { FIRST } else { LATER };
        assert!(bytes <= most, "{name} takes {bytes} bytes: {of_page:?}");
        self.fresh = false;
        self.sees(name).await;
    }

    /// The same, after several pages: bytes are not counted.
    pub(crate) async fn sees(&mut self, name: &str) {
        let barriers = self.browser.barriers().await;
        assert_eq!(barriers, Vec::<String>::new(), "barriers on {name}");
        assert_eq!(self.browser.complaints(), Vec::<String>::new(), "complaints on {name}");
        if let Some(folder) = std::env::var_os("BANJIE_PICTURES") {
            let file = |name: &str| PathBuf::from(&folder).join(format!("{name}.png"));
            self.browser.screenshot(&file(name)).await;
            if let Some((_, picture)) = OF_README.iter().find(|(page, _)| *page == name) {
                self.browser.screenshot_of_screen(&file(picture)).await;
            }
        }
    }

    /// Opens `path` as soon as `css` names something there: the worker is quick, but not at once.
    /// Meanwhile only the page's text is asked for, since to lay it out takes the browser longer.
    pub(crate) async fn opens_until(&mut self, path: &str, css: &str) {
        let shown = async {
            loop {
                while !self.browser.would_find(path, css).await {
                    tokio::time::sleep(Duration::from_millis(50)).await;
                }
                self.open(path).await;
                if self.browser.count(css).await > 0 {
                    return;
                }
            }
        };
        let shown = tokio::time::timeout(A_MOVE, shown).await;
        assert!(shown.is_ok(), "no {css} on {path} in time");
    }

    /// Reads the sign-in code to `phone` in the drawer that was not read yet.
    pub(crate) async fn reads_code(&mut self, phone: &str) -> String {
        let of_phone = format!(
            "[...document.querySelectorAll('.letters li')].filter(l => l.textContent.includes('{phone}')\
             ).map(l => l.querySelector('b.code')?.textContent).filter(c => c)"
        );
        let found = async {
            loop {
                self.open("/demo/letters").await;
                let codes = self.browser.evaluate(&of_phone).await;
                let mut codes =
                    codes.as_array().unwrap().iter().map(|c| c.as_str().unwrap().to_owned());
                if let Some(code) = codes.find(|code| !self.read.contains(code)) {
                    return code;
                }
                tokio::time::sleep(Duration::from_millis(50)).await;
            }
        };
        let code = tokio::time::timeout(A_MOVE, found).await;
        let code = code.unwrap_or_else(|_| panic!("no code to {phone} in time"));
        self.read.push(code.clone());
        code
    }

    pub(crate) async fn signs_in_as_staff(&mut self, login: &str) {
        self.leaves().await;
        self.open("/staff/sign-in").await;
        if login == "teacher" {
            self.looks("staff-sign-in").await;
        }
        self.browser.type_into("input[name=account]", login).await;
        self.browser.type_into("input[name=password]", PASSWORD).await;
        self.browser.follow("form.sheet button").await;
    }

    /// Opens the case from the queue, once it has come.
    pub(crate) async fn opens_case(&mut self, number: &str) {
        let row = format!(".rows a[data-number=\"{number}\"]");
        self.opens_until("/staff/tasks", &row).await;
        self.browser.follow(&row).await;
    }

    /// Puts a document in for a paper: a script sends it at once, and the page comes again.
    pub(crate) async fn puts_in(&self, id: &str) {
        let file = paper(&format!("{id}.png"));
        self.browser.set_file(&format!("#u-{id}"), &file).await;
        self.browser.wait_for(&format!("#p-{id} .files")).await;
        let whole = async {
            while self.browser.evaluate("document.readyState").await != "complete" {
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
        };
        assert!(tokio::time::timeout(A_MOVE, whole).await.is_ok(), "the page of {id} never ends");
    }

    /// Opens a verb in the bar and confirms it.
    pub(crate) async fn decides(&self, verb: &str) {
        let form = format!("form[action$='/{verb}']");
        self.browser.click(&format!("details:has(> {form}) > summary")).await;
        self.browser.follow(&format!("{form} button.btn")).await;
    }
}

/// A paper as a file.
fn paper(name: &str) -> PathBuf {
    let file = scratch(name);
    std::fs::write(&file, SPECIMEN).unwrap();
    file
}
