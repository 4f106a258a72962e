//! The keys that are kept outside the database: those that wrap data keys, and the pepper.
//!
//! As text, one `name=value` in base64 on a line (or between commas, for an environment
//! variable): `pepper` once, for ever; `key` at least once, the first wraps, the others only
//! open. `#` begins a comment.

use std::{
    fmt, fs,
    io::{self, Write},
    path::Path,
};

use base64::{Engine, engine::general_purpose::STANDARD};

use super::{Aad, BlindIndex, DataKey, KeyId, SealError, decrypt, encrypt, random};
use crate::canonical::{digest, hex};

const HEAD: &str = "\
# Banjie's keys. Without them no personal data in the database can be read, with them all of it:
# keep a copy, and not beside the database's backups.
";

/// The keys that wrap data keys, the current one first, and the pepper of all blind indices.
#[derive(Clone)]
pub struct KeyRing {
    pepper: [u8; 32],
    current: Kek,
    older: Vec<Kek>,
}

/// A key-encryption key; its id is a hash of it, so that no file can pair them wrongly.
#[derive(Clone)]
struct Kek {
    id: KeyId,
    secret: [u8; 32],
}

/// Why there are no keys.
#[derive(Debug, thiserror::Error)]
pub enum NotKeyRing {
    #[error("entry {0} of the keys is not `key=` or `pepper=` with 32 bytes in base64")]
    Entry(usize),
    #[error("the keys lack a `{0}=` entry")]
    Missing(&'static str),
    #[error("the keys have a second `pepper=` entry")]
    TwoPeppers,
    #[error("the key file {path} cannot be read or written")]
    File { path: String, source: io::Error },
    #[error(transparent)]
    Random(SealError),
}

impl Kek {
    fn new(secret: [u8; 32]) -> Self {
        let hash = digest([b"banjie kek 1\0", &secret[..]].concat());
        let mut id = KeyId::default();
        id.iter_mut().zip(hash).for_each(|(place, byte)| *place = byte);
        Self { id, secret }
    }
}

impl KeyRing {
    /// A fresh ring with one key.
    ///
    /// # Errors
    /// [`NotKeyRing::Random`].
    pub fn generate() -> Result<Self, NotKeyRing> {
        let bytes = || random().map_err(NotKeyRing::Random);
        Ok(Self { pepper: bytes()?, current: Kek::new(bytes()?), older: Vec::new() })
    }

    /// Reads the text of a key file or an environment variable.
    ///
    /// # Errors
    /// The first entry that is wrong, by its place; no error shows a key.
    pub fn parse(text: &str) -> Result<Self, NotKeyRing> {
        let lines = text.lines().map(|line| line.split('#').next().unwrap_or_default());
        let entries = lines.flat_map(|line| line.split(',')).map(str::trim);
        let (mut pepper, mut keys) = (None, Vec::new());
        for (index, entry) in entries.filter(|entry| !entry.is_empty()).enumerate() {
            let bad = || NotKeyRing::Entry(index + 1);
            let (name, value) = entry.split_once('=').ok_or_else(bad)?;
            let bytes = STANDARD.decode(value.trim()).map_err(|_| bad())?;
            let secret: [u8; 32] = bytes.try_into().map_err(|_| bad())?;
            match name.trim() {
                "key" => keys.push(Kek::new(secret)),
                "pepper" if pepper.is_some() => return Err(NotKeyRing::TwoPeppers),
                "pepper" => pepper = Some(secret),
                _ => return Err(bad()),
            }
        }
        let mut keys = keys.into_iter();
        let current = keys.next().ok_or(NotKeyRing::Missing("key"))?;
        let pepper = pepper.ok_or(NotKeyRing::Missing("pepper"))?;
        Ok(Self { pepper, current, older: keys.collect() })
    }

    /// Reads the key file at `path`; where there is none, makes one that only its owner may read.
    /// Two processes that start at once end up with the same file.
    ///
    /// # Errors
    /// [`NotKeyRing`]; a file that is there is never replaced.
    pub fn load_or_create(path: &Path) -> Result<Self, NotKeyRing> {
        let file = |source| NotKeyRing::File { path: path.display().to_string(), source };
        match fs::read_to_string(path) {
            Ok(text) => return Self::parse(&text),
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(file(error)),
            Err(_) => {}
        }
        let draft = Self::generate()?.write_beside(path).map_err(file)?;
        let placed = fs::hard_link(&draft, path);
        fs::remove_file(&draft).map_err(file)?;
        match placed {
            Err(error) if error.kind() != io::ErrorKind::AlreadyExists => return Err(file(error)),
            _ => sync_folder(path).map_err(file)?,
        }
        Self::parse(&fs::read_to_string(path).map_err(file)?)
    }

    /// Replaces the key file at `path` by this ring, at once or not at all.
    ///
    /// # Errors
    /// [`NotKeyRing::File`].
    pub fn save(&self, path: &Path) -> Result<(), NotKeyRing> {
        let file = |source| NotKeyRing::File { path: path.display().to_string(), source };
        let draft = self.write_beside(path).map_err(file)?;
        fs::rename(&draft, path).and_then(|()| sync_folder(path)).map_err(file)
    }

    /// The ring with a new current key; the old ones still open. Then every data key is
    /// re-wrapped, and then [`KeyRing::without_older`] may be saved.
    ///
    /// # Errors
    /// [`NotKeyRing::Random`].
    pub fn rotated(&self) -> Result<Self, NotKeyRing> {
        let mut ring = self.clone();
        let fresh = Kek::new(random().map_err(NotKeyRing::Random)?);
        ring.older.insert(0, std::mem::replace(&mut ring.current, fresh));
        Ok(ring)
    }

    /// The ring without the keys that only open.
    #[must_use]
    pub fn without_older(&self) -> Self {
        Self { older: Vec::new(), ..self.clone() }
    }

    /// The id of the key that wraps now, as hex.
    pub fn current_id(&self) -> String {
        hex(&self.current.id)
    }

    /// `key` as it may be stored in the row `owner` of `data_key`.
    ///
    /// # Errors
    /// [`SealError::Random`].
    pub fn wrap(&self, key: &DataKey, owner: &str) -> Result<Vec<u8>, SealError> {
        encrypt(self.current.id, &self.current.secret, &place(owner), &key.to_bytes())
    }

    /// The data key that was wrapped for `owner`.
    ///
    /// # Errors
    /// [`SealError::Key`] when the key that wrapped it is not in the ring, [`SealError::Forged`]
    /// when it was wrapped for somebody else, [`SealError::Format`].
    pub fn unwrap(&self, wrapped: &[u8], owner: &str) -> Result<DataKey, SealError> {
        let find = |id| self.keys().find(|kek| kek.id == id).map(|kek| &kek.secret);
        let bytes = decrypt(&place(owner), wrapped, find)?;
        DataKey::from_bytes(&bytes).ok_or(SealError::Format)
    }

    /// The same data key under the current key; `None` when it is already. Fields sealed with it
    /// stay as they are.
    ///
    /// # Errors
    /// As [`KeyRing::unwrap`] and [`KeyRing::wrap`].
    pub fn rewrap(&self, wrapped: &[u8], owner: &str) -> Result<Option<Vec<u8>>, SealError> {
        if wrapped.get(1..9) == Some(&self.current.id) {
            return Ok(None);
        }
        self.wrap(&self.unwrap(wrapped, owner)?, owner).map(Some)
    }

    /// The index of `column`, written `table.column`. Rotation of keys does not touch it.
    pub fn blind_index(&self, column: &str) -> BlindIndex {
        BlindIndex::derive(&self.pepper, column)
    }

    fn keys(&self) -> impl Iterator<Item = &Kek> {
        std::iter::once(&self.current).chain(&self.older)
    }

    /// A file of this ring next to `path`, on disk before it gets its name.
    fn write_beside(&self, path: &Path) -> io::Result<std::path::PathBuf> {
        if let Some(folder) = path.parent() {
            fs::create_dir_all(folder)?;
        }
        let chance: [u8; 8] = random().map_err(io::Error::other)?;
        let draft = path.with_extension(format!("{}.new", hex(&chance)));
        let mut options = fs::OpenOptions::new();
        options.write(true).create_new(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        let mut file = options.open(&draft)?;
        writeln!(file, "{HEAD}pepper={}", STANDARD.encode(self.pepper))?;
        for kek in self.keys() {
            writeln!(file, "key={}", STANDARD.encode(kek.secret))?;
        }
        file.sync_all()?;
        Ok(draft)
    }
}

impl fmt::Debug for KeyRing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "KeyRing({} and {} older)", self.current_id(), self.older.len())
    }
}

fn place(owner: &str) -> Aad<'_> {
    Aad { table: "data_key", column: "wrapped", row: owner }
}

/// A new name survives a power cut once its folder is on disk.
fn sync_folder(path: &Path) -> io::Result<()> {
    match path.parent().filter(|folder| !folder.as_os_str().is_empty()) {
        Some(folder) => fs::File::open(folder)?.sync_all(),
        None => Ok(()),
    }
}
