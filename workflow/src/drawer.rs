//! The drawer: where letters go when there is no mail server and no provider of text messages.
//!
//! One `.eml` file a letter, in plain UTF-8, so that any mail program and any editor opens it.
//! Its name begins with the moment at which the notice was decided and does not change: a letter
//! that is put in twice is there once. Plain files and blocking calls.

use std::{
    fmt::Write as _,
    fs,
    io::{self, Write as _},
    path::{Path, PathBuf},
};

use chrono::{DateTime, Utc};
use entities::{Channel, NoticeId};

/// Between the plain and the HTML part. No letter of ours has such a line.
const BOUNDARY: &str = "=_banjie_letter";

/// A folder of letters.
#[derive(Clone, Debug)]
pub struct Drawer(PathBuf);

/// A letter to be put in.
#[derive(Clone, Debug)]
pub struct Draft<'a> {
    /// Which notice; gives the file its name.
    pub notice: NoticeId,
    /// [`Channel::Mail`] or [`Channel::Sms`].
    pub channel: Channel,
    /// An address or a phone number.
    pub to: &'a str,
    /// None for a text message.
    pub subject: Option<&'a str>,
    /// Shown as the letter's date.
    pub sent_at: DateTime<Utc>,
    /// Further headers, in order.
    pub headers: &'a [(&'a str, String)],
    pub text: &'a str,
    pub html: Option<&'a str>,
    /// A sign-in code that stands in the text.
    pub code: Option<&'a str>,
}

/// A letter that is in the drawer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Letter {
    /// Its file's name without the ending; letters sort by it.
    pub id: String,
    pub channel: Channel,
    pub to: String,
    /// Of a mail.
    pub subject: Option<String>,
    /// To the second.
    pub sent_at: DateTime<Utc>,
    /// The plain text.
    pub text: String,
    /// The code in it, if it is a sign-in code.
    pub code: Option<String>,
    /// What it belongs to: mails about one case name the same.
    pub thread: Option<String>,
}

impl Drawer {
    /// The drawer in `folder`, which need not be there yet.
    pub fn at(folder: impl Into<PathBuf>) -> Self {
        Self(folder.into())
    }

    /// Puts a letter in, whole or not at all; one of the same notice is replaced.
    ///
    /// # Errors
    /// The file system's.
    pub fn put(&self, draft: &Draft<'_>) -> io::Result<()> {
        fs::create_dir_all(&self.0)?;
        let name = file_stem(draft.notice);
        let unfinished = self.0.join(format!("{name}.new"));
        let mut options = fs::OpenOptions::new();
        options.write(true).create(true).truncate(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        let mut file = options.open(&unfinished)?;
        file.write_all(written(draft).as_bytes())?;
        file.sync_all()?;
        fs::rename(&unfinished, self.0.join(format!("{name}.eml")))
    }

    /// At most `limit` letters, newest first; only older ones than the letter `before`.
    ///
    /// # Errors
    /// The file system's. A drawer that is not there is empty.
    pub fn letters(&self, before: Option<&str>, limit: usize) -> io::Result<Vec<Letter>> {
        let entries = match fs::read_dir(&self.0) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
            entries => entries?,
        };
        let mut ids = Vec::new();
        for entry in entries {
            let name = entry?.file_name();
            let id = name.to_str().and_then(|name| name.strip_suffix(".eml"));
            ids.extend(id.filter(|id| before.is_none_or(|before| *id < before)).map(str::to_owned));
        }
        ids.sort_unstable_by(|one, other| other.cmp(one));
        ids.iter().take(limit).filter_map(|id| self.letter(id).transpose()).collect()
    }

    /// At most `limit` letters of one thread, oldest first, of the last thousand that were put in.
    ///
    /// # Errors
    /// The file system's.
    pub fn thread(&self, thread: &str, limit: usize) -> io::Result<Vec<Letter>> {
        let same = |letter: &Letter| letter.thread.as_deref() == Some(thread);
        let mut found: Vec<Letter> =
            self.letters(None, 1000)?.into_iter().filter(same).take(limit).collect();
        found.reverse();
        Ok(found)
    }

    /// One letter; none when there is no such.
    ///
    /// # Errors
    /// The file system's.
    pub fn letter(&self, id: &str) -> io::Result<Option<Letter>> {
        // The id comes from an address line: it must not lead out of the folder.
        if id.is_empty() || !id.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-') {
            return Ok(None);
        }
        match fs::read_to_string(self.0.join(format!("{id}.eml"))) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            source => Ok(read(id, &source?)),
        }
    }

    /// Where the letters lie.
    pub fn folder(&self) -> &Path {
        &self.0
    }
}

/// `20261123T013000123-…`: when the notice was decided (UTC), and its id.
fn file_stem(notice: NoticeId) -> String {
    let (seconds, nanos) = notice.0.get_timestamp().map_or((0, 0), |stamp| stamp.to_unix());
    let at = DateTime::from_timestamp(i64::try_from(seconds).unwrap_or_default(), nanos);
    format!("{}-{}", at.unwrap_or_default().format("%Y%m%dT%H%M%S%3f"), notice.0.simple())
}

fn written(draft: &Draft<'_>) -> String {
    let mut letter = String::new();
    let mut header = |name: &str, value: &str| {
        // A line break in a value would begin another header.
        let value = value.replace(['\r', '\n'], " ");
        // Writing to a `String` does not fail.
        let _ = write!(letter, "{name}: {value}\r\n");
    };
    header("Date", &draft.sent_at.to_rfc2822());
    header("To", draft.to);
    if let Some(subject) = draft.subject {
        header("Subject", subject);
    }
    header("X-Channel", if draft.channel == Channel::Sms { "sms" } else { "mail" });
    if let Some(code) = draft.code {
        header("X-Code", code);
    }
    for (name, value) in draft.headers {
        header(name, value);
    }
    header("MIME-Version", "1.0");
    let plain = "Content-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: 8bit";
    let text = draft.text.trim_end();
    let _ = match draft.html {
        None => write!(letter, "{plain}\r\n\r\n{text}\r\n"),
        Some(html) => write!(
            letter,
            "Content-Type: multipart/alternative; boundary=\"{BOUNDARY}\"\r\n\r\n\
             --{BOUNDARY}\r\n{plain}\r\n\r\n{text}\r\n\
             --{BOUNDARY}\r\nContent-Type: text/html; charset=utf-8\r\n\
             Content-Transfer-Encoding: 8bit\r\n\r\n{html}\r\n--{BOUNDARY}--\r\n",
        ),
    };
    letter
}

/// Reads what [`written`] wrote; none for anything else.
fn read(id: &str, source: &str) -> Option<Letter> {
    let (head, body) = source.split_once("\r\n\r\n")?;
    let header = |name: &str| {
        let value = head.lines().find_map(|line| line.split_once(": ").filter(|(n, _)| *n == name));
        value.map(|(_, value)| value.to_owned())
    };
    let separator = format!("--{BOUNDARY}");
    let text = match body.strip_prefix(&separator) {
        None => body,
        Some(parts) => parts.split(&separator).next()?.split_once("\r\n\r\n")?.1,
    };
    Some(Letter {
        id: id.to_owned(),
        channel: if header("X-Channel")? == "sms" { Channel::Sms } else { Channel::Mail },
        to: header("To")?,
        subject: header("Subject"),
        sent_at: DateTime::parse_from_rfc2822(&header("Date")?).ok()?.to_utc(),
        text: text.trim_end().to_owned(),
        code: header("X-Code"),
        thread: header("References"),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn drawer() -> (Drawer, DateTime<Utc>) {
        let now = DateTime::from_timestamp(1_790_000_000, 0).unwrap();
        let folder = std::env::temp_dir().join(format!("banjie-drawer-{}", NoticeId::at(now)));
        (Drawer::at(folder), now)
    }

    fn draft(notice: NoticeId, sent_at: DateTime<Utc>) -> Draft<'static> {
        Draft {
            notice,
            channel: Channel::Mail,
            to: "li@example.org",
            subject: Some("【待办】640422-YJ-2026-000123-7\r\nBcc: x@example.org"),
            sent_at,
            headers: &[],
            text: "请办理。\n\n第二段\n",
            html: Some("<p>请办理。</p>"),
            code: None,
        }
    }

    #[test]
    fn a_letter_reads_back_as_it_was_put_in() {
        let (drawer, now) = drawer();
        assert_eq!(drawer.letters(None, 9).unwrap(), [], "a drawer that is not there is empty");
        let notice = NoticeId::at(now);
        drawer.put(&draft(notice, now)).unwrap();
        drawer.put(&draft(notice, now)).unwrap();
        let later = now + chrono::TimeDelta::seconds(1);
        let sms = Draft {
            channel: Channel::Sms,
            to: "13800138000",
            subject: None,
            html: None,
            code: Some("123456"),
            text: "【办结】123456是您的登录验证码。",
            ..draft(NoticeId::at(later), later)
        };
        drawer.put(&sms).unwrap();
        let letters = drawer.letters(None, 9).unwrap();
        let [newest, oldest] = &letters[..] else { panic!("put in twice, it is there once") };
        assert_eq!(newest.code.as_deref(), Some("123456"));
        assert_eq!((newest.channel, newest.text.as_str()), (Channel::Sms, sms.text));
        assert_eq!(oldest.text, "请办理。\n\n第二段");
        assert_eq!(oldest.subject.as_deref().map(|s| s.contains('\n')), Some(false));
        assert_eq!(oldest.sent_at, now);
        let before = drawer.letters(Some(&newest.id), 9).unwrap();
        assert_eq!(before.as_slice(), std::slice::from_ref(oldest));
        fs::remove_dir_all(drawer.folder()).unwrap();
    }

    #[test]
    fn what_belongs_to_one_case_is_found_together() {
        let (drawer, now) = drawer();
        let at = |second: i64| now + chrono::TimeDelta::seconds(second);
        for (second, case) in [(0, "one"), (1, "other"), (2, "one")] {
            let headers = [("References", format!("<{case}@example.org>"))];
            let notice = NoticeId::at(at(second));
            drawer.put(&Draft { headers: &headers, ..draft(notice, at(second)) }).unwrap();
        }
        drawer.put(&draft(NoticeId::at(at(3)), at(3))).unwrap();
        let found = drawer.thread("<one@example.org>", 9).unwrap();
        let when: Vec<_> = found.iter().map(|letter| letter.sent_at).collect();
        assert_eq!(when, [at(0), at(2)], "oldest first, and nothing else");
        fs::remove_dir_all(drawer.folder()).unwrap();
    }

    #[test]
    fn an_id_does_not_lead_out_of_the_folder() {
        let (drawer, _) = drawer();
        for id in ["", "../keys", "a/b", "..", "%2e"] {
            assert_eq!(drawer.letter(id).unwrap(), None, "{id}");
        }
    }
}
