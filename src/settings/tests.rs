//! Every way in which settings can be wrong, and what is said then.

use std::{
    fs,
    path::PathBuf,
    sync::atomic::{AtomicUsize, Ordering},
};

use super::{Environment, Settings};

/// A file of settings that is gone afterwards.
struct File(PathBuf);

impl File {
    fn new(text: &str) -> Self {
        static NEXT: AtomicUsize = AtomicUsize::new(0);
        let number = NEXT.fetch_add(1, Ordering::Relaxed);
        let name = format!("banjie-settings-{}-{number}.toml", std::process::id());
        let path = std::env::temp_dir().join(name);
        fs::write(&path, text).unwrap();
        Self(path)
    }
}

impl Drop for File {
    fn drop(&mut self) {
        drop(fs::remove_file(&self.0));
    }
}

fn read(file: &str, environment: &[(&str, &str)]) -> Result<Settings, String> {
    let file = File::new(file);
    let environment: Environment =
        environment.iter().map(|(name, text)| ((*name).to_owned(), (*text).to_owned())).collect();
    let read = Settings::read(&PathBuf::from("var"), Some(&file.0), &environment);
    read.map_err(|error| error.to_string().replace(&file.0.display().to_string(), "FILE"))
}

#[test]
fn the_defaults_are_settings() {
    let settings = read("", &[]).map_err(|error| panic!("{error}")).unwrap();
    assert_eq!(settings.database_url(), "sqlite:var/banjie.sqlite");
    assert_eq!(settings.key_file(), PathBuf::from("var/keys"));
    assert_eq!(settings.public_url(settings.api.listen), "http://127.0.0.1:8080");
    assert_eq!(settings.programs.ceilings["emergency_cap"], 20_000);
}

#[test]
fn the_environment_wins_over_the_file_and_the_file_over_the_defaults() {
    let file = "[mail]\nfrom = \"a@file.cn\"\nreply_to = \"b@file.cn\"\n";
    let environment = [
        ("BANJIE__MAIL__FROM", "a@variable.cn"),
        ("BANJIE__MAIL__CONTACT", "12345"), // a number to look at, text by its default
        ("BANJIE__WORKER__CONCURRENCY", "3"),
        ("BANJIE__DATABASE__MIGRATE", "false"),
        ("BANJIE__API__TRUSTED_PROXIES", "10.0.0.0/8, 192.168.1.1"),
        ("BANJIE_PASSWORD", "is none of the settings"),
        ("PATH", "/bin"),
    ];
    let settings = read(file, &environment).map_err(|error| panic!("{error}")).unwrap();
    assert_eq!(settings.mail.from, "a@variable.cn");
    assert_eq!(settings.mail.reply_to, "b@file.cn");
    assert_eq!(settings.mail.domain, "banjie.localhost");
    assert_eq!(settings.mail.contact, "12345");
    assert_eq!(settings.worker.concurrency, 3);
    assert!(!settings.database.migrate);
    assert_eq!(settings.api.trusted_proxies, ["10.0.0.0/8", "192.168.1.1"]);
}

#[test]
fn a_bad_setting_is_named_with_what_was_found_what_is_allowed_and_its_source() {
    // file, variable, what the error says
    let table: [(&str, (&str, &str), &[&str]); 12] = [
        (
            "[api]\nlissten = 1\n",
            ("", ""),
            &[
                "api.lissten: found a setting that there is not, expected one of account_rate, listen, network_rate, public_url, stop_share, trusted_proxies (from FILE)",
            ],
        ),
        (
            "[apy]\nlisten = 1\n",
            ("", ""),
            &["apy: found a setting that there is not", "one of api, database", "(from FILE)"],
        ),
        (
            "",
            ("BANJIE__API__LISTEM", "1"),
            &[
                "api.listem: found a setting that there is not",
                "(from the environment variable BANJIE__API__LISTEM)",
            ],
        ),
        (
            "[api]\nlisten = 8080\n",
            ("", ""),
            &["api.listen: found 8080, expected text (from FILE)"],
        ),
        (
            "[api]\nlisten = \"here\"\n",
            ("", ""),
            &[
                "api.listen: found \"here\", expected an address and a port such as 127.0.0.1:8080 (from FILE)",
            ],
        ),
        (
            "",
            ("BANJIE__API__LISTEN", "0.0.0.0:80800"),
            &["api.listen: found \"0.0.0.0:80800\"", "variable BANJIE__API__LISTEN"],
        ),
        (
            "",
            ("BANJIE__WORKER__CONCURRENCY", "many"),
            &[
                "worker.concurrency: found \"many\", expected a whole number (from the environment variable BANJIE__WORKER__CONCURRENCY)",
            ],
        ),
        (
            "[worker]\nconcurrency = 0\n",
            ("", ""),
            &["worker.concurrency: found 0, expected 1 to 64 (from FILE)"],
        ),
        (
            "[database]\nmigrate = \"no\"\n",
            ("", ""),
            &["database.migrate: found \"no\", expected true or false (from FILE)"],
        ),
        (
            "[api]\nlisten = \"0.0.0.0:80\"\n",
            ("", ""),
            &[
                "api.public_url: found nothing, though the service listens to others, expected https://",
            ],
        ),
        ("[api\n", ("", ""), &["the file: found", "expected TOML", "FILE"]),
        (
            "[sms]\nsign = \"七个字就太长了\"\n[worker]\nconcurrency = 99\n",
            ("", ""),
            &[
                "2 settings are wrong:",
                "sms.sign: found \"七个字就太长了\", expected 1 to 6 characters",
                "worker.concurrency: found 99",
            ],
        ),
    ];
    for (file, variable, sentences) in table {
        let said = read(file, &[variable]).map(|_| ()).unwrap_err();
        for sentence in sentences {
            assert!(said.contains(sentence), "{file:?} {variable:?}\n{said}\nlacks\n{sentence}");
        }
    }
}

#[test]
fn a_secret_comes_from_a_file_and_is_never_shown() {
    let secret = File::new("postgres://banjie:s3cret@db/banjie\n");
    let path = secret.0.display().to_string();
    let settings = read("", &[("BANJIE__DATABASE__URL_FILE", &path)]);
    let settings = settings.map_err(|error| panic!("{error}")).unwrap();
    assert_eq!(settings.database_url(), "postgres://banjie:s3cret@db/banjie");

    let both = read("[database]\nurl = \"sqlite:x\"\n", &[("BANJIE__DATABASE__URL_FILE", &path)]);
    let said = both.map(|_| ()).unwrap_err();
    assert!(said.contains("database.url_file: found a file beside the value itself"), "{said}");
    let none = read("", &[("BANJIE__SMS__TOKEN_FILE", "not/there")]).map(|_| ()).unwrap_err();
    assert!(none.contains("sms.token_file: found not/there, expected a file"), "{none}");
    let wrong = read("", &[("BANJIE__DATABASE__URL", "mysql://u:s3cret@h/n")]);
    let said = wrong.map(|_| ()).unwrap_err();
    assert!(said.contains("database.url: found something else"), "{said}");
    assert!(!said.contains("s3cret"), "{said}");
}

#[test]
fn a_file_that_was_named_must_be_there() {
    let read = Settings::read(&PathBuf::from("var"), Some(&PathBuf::from("no.toml")), &Vec::new());
    let said = read.map(|_| ()).unwrap_err().to_string();
    assert!(said.contains("--config: found no.toml, expected a file that is there"), "{said}");
}
