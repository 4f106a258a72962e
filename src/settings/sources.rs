//! Where settings come from, and which of them there are: those of `defaults.toml`.

use std::path::Path;

use figment::{
    Figment, Metadata, Profile, Provider,
    providers::{Format, Toml},
    value::{Dict, Map, Value},
};

use super::{Fault, NotSettings, Settings};

/// The built-in settings: the documentation of all of them.
const DEFAULTS: &str = include_str!("../defaults.toml");

/// The file that is read when it is there and no other was named.
const FILE: &str = "banjie.toml";

const PREFIX: &str = "BANJIE__";

/// Environment variables, name and value.
pub(crate) type Environment = Vec<(String, String)>;

/// Settings that fit their types, and whence each came.
pub(super) struct Merged {
    pub(super) settings: Settings,
    figment: Figment,
}

impl Merged {
    /// Where a setting was said.
    pub(super) fn source(&self, key: &str) -> String {
        self.figment.find_metadata(key).map_or_else(|| "the defaults".to_owned(), said_in)
    }

    /// A fault of `key`, as it stands there; what a secret is, is not shown.
    pub(super) fn fault(&self, key: &str, found: &str, allowed: &str) -> Fault {
        Fault {
            key: key.to_owned(),
            found: if is_secret(key) { "something else".to_owned() } else { found.to_owned() },
            allowed: allowed.to_owned(),
            source: self.source(key),
        }
    }
}

fn is_secret(key: &str) -> bool {
    ["database.url", "redis.url", "mail.smtp", "sms.token", "demo.password"].contains(&key)
}

fn said_in(metadata: &Metadata) -> String {
    let file = metadata.source.as_ref().and_then(|source| source.file_path());
    file.map_or_else(|| metadata.name.to_string(), |path| path.display().to_string())
}

/// Defaults, file and environment in one.
///
/// # Errors
/// Every key that is none, and every value of another type than its default's.
pub(super) fn merged(
    file: Option<&Path>,
    environment: &Environment,
) -> Result<Merged, NotSettings> {
    let defaults = Figment::from(Toml::string(DEFAULTS));
    let known = tree(&defaults)?;
    let mut figment = defaults.merge(named_file(file)?);
    let mut faults = Vec::new();
    for (name, text) in environment {
        let Some(path) = name.strip_prefix(PREFIX) else { continue };
        let key = path.to_lowercase().replace("__", ".");
        let default = find(&known, &key);
        let value = default.map_or_else(|| Value::from(text.as_str()), |like| typed(text, like));
        figment = figment.merge(Variable { name: name.clone(), key, value });
    }
    let given = tree(&figment)?;
    compare(&figment, "", (&known, &given), &mut faults);
    if !faults.is_empty() {
        return Err(NotSettings(faults));
    }
    let settings = figment.extract().map_err(|error| unread(&figment, &error))?;
    Ok(Merged { settings, figment })
}

/// A file that was named must be there.
fn named_file(file: Option<&Path>) -> Result<figment::providers::Data<Toml>, NotSettings> {
    match file {
        Some(file) if !file.is_file() => Err(NotSettings(vec![Fault {
            key: "--config".to_owned(),
            found: file.display().to_string(),
            allowed: "a file that is there".to_owned(),
            source: "the command line".to_owned(),
        }])),
        Some(file) => Ok(Toml::file_exact(file)),
        None if Path::new(FILE).is_file() => Ok(Toml::file_exact(FILE)),
        None => Ok(Toml::string("")),
    }
}

fn tree(figment: &Figment) -> Result<Dict, NotSettings> {
    figment.extract::<Dict>().map_err(|error| unread(figment, &error))
}

/// What figment itself could not read: a file that is no TOML, a value that is no address.
fn unread(figment: &Figment, error: &figment::Error) -> NotSettings {
    let key = error.path.join(".");
    let metadata = error.metadata.as_ref().or_else(|| figment.find_metadata(&key));
    let source = metadata.map_or_else(|| "the settings".to_owned(), said_in);
    let text = figment.find_value(&key).ok().and_then(Value::into_string);
    let (key, found, allowed) = match (key.as_str(), text) {
        ("api.listen", Some(text)) => {
            (key, format!("{text:?}"), "an address and a port such as 127.0.0.1:8080")
        }
        ("", _) => (
            "the file".to_owned(),
            error.kind.to_string(),
            "TOML with the sections of the defaults",
        ),
        _ => (key, error.kind.to_string(), "a value such as its default"),
    };
    NotSettings(vec![Fault { key, found, allowed: allowed.to_owned(), source }])
}

/// The value at `a.b.c`.
fn find<'a>(dict: &'a Dict, key: &str) -> Option<&'a Value> {
    match key.split_once('.') {
        Some((first, rest)) => find(dict.get(first)?.as_dict()?, rest),
        None => dict.get(key),
    }
}

/// The text of a variable as a value of the kind that its default has.
fn typed(text: &str, like: &Value) -> Value {
    match like {
        Value::Bool(..) => text.parse::<bool>().map_or_else(|_| Value::from(text), Value::from),
        Value::Num(..) => text.parse::<i64>().map_or_else(|_| Value::from(text), Value::from),
        Value::Array(..) => {
            let items = text.split(',').map(str::trim).filter(|item| !item.is_empty());
            Value::from(items.collect::<Vec<_>>())
        }
        _ => Value::from(text),
    }
}

/// Every key of `given` must be one of `known`, with a value of its kind.
fn compare(figment: &Figment, above: &str, trees: (&Dict, &Dict), faults: &mut Vec<Fault>) {
    let (known, given) = trees;
    for (name, value) in given {
        let key = if above.is_empty() { name.clone() } else { format!("{above}.{name}") };
        match (known.get(name), value) {
            (Some(Value::Dict(_, known)), Value::Dict(_, given)) => {
                compare(figment, &key, (known, given), faults);
            }
            (Some(like), value) if kind(like) == kind(value) => {}
            (like, value) => {
                let metadata = metadata(figment, &key, value);
                let allowed = like.map_or_else(|| one_of(known), |like| kind(like).to_owned());
                let found = match like {
                    None => "a setting that there is not".to_owned(),
                    Some(_) if is_secret(&key) => kind(value).to_owned(),
                    Some(_) => shown(value),
                };
                faults.push(Fault { key, found, allowed, source: metadata });
            }
        }
    }
}

fn metadata(figment: &Figment, key: &str, value: &Value) -> String {
    let found = figment.find_metadata(key).or_else(|| {
        let inner = value.as_dict().and_then(|dict| dict.values().next());
        inner.and_then(|value| figment.get_metadata(value.tag()))
    });
    found.map_or_else(|| "the settings".to_owned(), said_in)
}

fn one_of(known: &Dict) -> String {
    let names: Vec<&str> = known.keys().map(String::as_str).collect();
    format!("one of {}", names.join(", "))
}

fn kind(value: &Value) -> &'static str {
    match value {
        Value::String(..) | Value::Char(..) => "text",
        Value::Bool(..) => "true or false",
        Value::Num(..) => "a whole number",
        Value::Empty(..) => "nothing",
        Value::Dict(..) => "a section",
        Value::Array(..) => "a list",
    }
}

fn shown(value: &Value) -> String {
    match value {
        Value::String(_, text) => format!("{text:?}"),
        Value::Char(_, c) => format!("{c:?}"),
        Value::Bool(_, yes) => yes.to_string(),
        Value::Num(_, number) => number
            .to_i128()
            .map(|number| number.to_string())
            .or_else(|| number.to_f64().map(|number| number.to_string()))
            .unwrap_or_else(|| "a number".to_owned()),
        other => kind(other).to_owned(),
    }
}

/// One environment variable, which names itself in errors.
struct Variable {
    name: String,
    key: String,
    value: Value,
}

impl Provider for Variable {
    fn metadata(&self) -> Metadata {
        Metadata::named(format!("the environment variable {}", self.name))
    }

    fn data(&self) -> Result<Map<Profile, Dict>, figment::Error> {
        let mut parts = self.key.rsplit('.');
        let last = parts.next().unwrap_or_default().to_owned();
        let innermost = Dict::from([(last, self.value.clone())]);
        let dict =
            parts.fold(innermost, |dict, part| Dict::from([(part.to_owned(), Value::from(dict))]));
        Ok(Map::from([(Profile::Default, dict)]))
    }
}
