//! The programs that a deployment has: those shipped, and those published since.

use std::{
    collections::BTreeSet,
    sync::{Arc, PoisonError, RwLock},
};

use chrono::NaiveDate;
use entities::Fen;

use super::{
    Finding, Program, Shared, Tables,
    editions::{Edition, Editions},
    lint::{Against, lint, lint_shared},
    load,
};

const SHARED: (&str, &str) = ("shared.yaml", include_str!("../../programs/shared.yaml"));

/// File and text of each program that is shipped: all of `workflow/programs`, by `build.rs`.
const SHIPPED: &[(&str, &str)] = include!(concat!(env!("OUT_DIR"), "/programs.rs"));

/// All programs, every version that cases may stand on. Cheap to clone; all clones see what is
/// published or retired meanwhile, and no decision hangs on when they do: a case asks for the
/// version it stands on, by its hash.
#[derive(Clone, Debug)]
pub struct Programs(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    shared: Arc<Shared>,
    tables: Arc<Tables>,
    editions: RwLock<Arc<Editions>>,
}

impl Programs {
    /// The programs, named rules and tables that come with the binary.
    ///
    /// # Errors
    /// What is wrong with them; a test sees that nothing is.
    pub fn shipped() -> Result<Self, Vec<Finding>> {
        let (file, source) = SHARED;
        let shared = load::shared(file, source).map_err(|finding| vec![finding])?;
        refuse_errors(lint_shared(file, &shared))?;
        let tables = Tables::shipped().map_err(|error| {
            let said = error.to_string();
            let mut finding = Finding::error(super::At::default(), "tables", said.clone(), said);
            "amounts.toml".clone_into(&mut finding.file);
            vec![finding]
        })?;
        // All are known before the first is held against the rules: they name one another.
        let mut programs =
            Self::of(Arc::new(shared), Arc::new(tables), Arc::new(Editions::default()));
        let mut read = Vec::new();
        for (file, source) in SHIPPED {
            let program = load::program(file, source).map_err(|finding| vec![finding])?;
            programs = programs.with(program.clone());
            read.push((*file, *source, program));
        }
        for (file, source, program) in read {
            refuse_errors(programs.lint(file, Some(source), &program))?;
        }
        Ok(programs)
    }

    /// The same programs and one more, or a further version, from a file's text.
    ///
    /// # Errors
    /// What is wrong with it: it was not read, or a lint rule refuses it.
    pub fn with_source(&self, file: &str, source: &str) -> Result<Self, Vec<Finding>> {
        let program = load::program(file, source).map_err(|finding| vec![finding])?;
        refuse_errors(self.lint(file, Some(source), &program))?;
        Ok(self.with(program))
    }

    /// The same programs and one that was published before: it is not linted again, because a
    /// stricter rule of today must not stop cases of yesterday.
    #[must_use]
    pub fn with(&self, program: Program) -> Self {
        self.with_edition(Edition::of(program))
    }

    /// The same, with the day from which it counts and the day on which it was retired.
    #[must_use]
    pub fn with_edition(&self, edition: Edition) -> Self {
        let mut editions = Editions::clone(&self.editions());
        editions.take(edition);
        Self::of(Arc::clone(&self.0.shared), Arc::clone(&self.0.tables), Arc::new(editions))
    }

    /// The same, where of the program `id` only the versions with these hashes count.
    #[must_use]
    pub(crate) fn only(&self, id: &str, hashes: &BTreeSet<&str>) -> Self {
        let mut editions = Editions::clone(&self.editions());
        editions.keep(id, hashes);
        Self::of(Arc::clone(&self.0.shared), Arc::clone(&self.0.tables), Arc::new(editions))
    }

    /// The same, beside a version that this process cannot read.
    #[must_use]
    pub(crate) fn beside_unread(&self, hash: &str) -> Self {
        let mut editions = Editions::clone(&self.editions());
        editions.cannot_read(hash);
        Self::of(Arc::clone(&self.0.shared), Arc::clone(&self.0.tables), Arc::new(editions))
    }

    /// Whether all this is known already of the version with this hash.
    pub(crate) fn knows(
        &self,
        hash: &str,
        from: Option<NaiveDate>,
        retired: Option<NaiveDate>,
    ) -> bool {
        self.editions().knows(hash, from, retired)
    }

    /// The same programs, where one amount is a setting of the deployment.
    #[must_use]
    pub fn with_cap(&self, table: &str, fen: Fen) -> Self {
        let tables = Arc::new(Tables::clone(&self.0.tables).with_cap(table, fen));
        Self::of(Arc::clone(&self.0.shared), tables, self.editions())
    }

    /// The same programs, which do not see what the others are told from now on.
    #[must_use]
    pub fn apart(&self) -> Self {
        Self::of(Arc::clone(&self.0.shared), Arc::clone(&self.0.tables), self.editions())
    }

    /// All clones see the versions of `other` from now on.
    pub fn replace(&self, other: &Self) {
        *self.0.editions.write().unwrap_or_else(PoisonError::into_inner) = other.editions();
    }

    fn of(shared: Arc<Shared>, tables: Arc<Tables>, editions: Arc<Editions>) -> Self {
        Self(Arc::new(Inner { shared, tables, editions: RwLock::new(editions) }))
    }

    fn editions(&self) -> Arc<Editions> {
        Arc::clone(&self.0.editions.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// Everything that the rules find in a program, errors first.
    pub fn lint(&self, file: &str, source: Option<&str>, program: &Program) -> Vec<Finding> {
        let editions = self.editions();
        let newest = editions.newest();
        let against = Against { shared: &self.0.shared, tables: &self.0.tables, programs: &newest };
        let mut found = lint(file, source, program, &against);
        let same =
            |other: &&Arc<Program>| other.code == program.code && other.program != program.program;
        if let Some(other) = newest.values().find(same) {
            let zh = format!("代码 {} 已被 {} 使用", program.code, other.program);
            let en = format!("the code {} belongs to {}", program.code, other.program);
            let mut finding = Finding::error(program.code.at, "code", zh, en);
            file.clone_into(&mut finding.file);
            found.insert(0, finding);
        }
        found
    }

    /// Reads the first text of a program that is wholly new; what else is wrong with it is for later.
    ///
    /// # Errors
    /// It cannot be read, or its id is no id, or is another program's.
    pub fn begun(&self, source: &str) -> Result<Program, Vec<Finding>> {
        let program = load::program("new.yaml", source).map_err(|finding| vec![finding])?;
        let at = program.program.at;
        let wrong = if !program.program.split('-').all(super::place::is_name) {
            let en = "expected an id of small letters, digits and hyphens";
            Some(Finding::error(at, "id", "编号只能用小写字母、数字和连字符", en))
        } else if self.get(program.id()).is_some() {
            let zh = format!("已有项目 {}：请在该项目下起草下一版", program.id());
            let en = format!(
                "there is a program {} already: draft its next version instead",
                program.id()
            );
            Some(Finding::error(at, "id-taken", zh, en))
        } else {
            None
        };
        match wrong {
            Some(finding) => Err(vec![Finding { file: "new.yaml".to_owned(), ..finding }]),
            None => Ok(program),
        }
    }

    /// Reads the text of the version `number` of `id` and looks at it: the program, where it can
    /// be read at all, and all that is wrong with it.
    pub fn look_at(&self, id: &str, number: u32, source: &str) -> (Option<Program>, Vec<Finding>) {
        let file = format!("{id}.yaml");
        let program = match load::program(&file, source) {
            Ok(program) => program,
            Err(finding) => return (None, vec![finding]),
        };
        let mut found = self.lint(&file, Some(source), &program);
        if program.id() != id {
            let zh = format!("此处应为 {id}：草稿属于该项目");
            let en = format!("expected {id}: the draft is of that program");
            found.insert(0, Finding::error(program.program.at, "another-program", zh, en));
        }
        if program.version != number {
            let line = source.lines().position(|line| line.starts_with("version:"));
            let line = line.and_then(|line| u64::try_from(line + 1).ok()).unwrap_or(0);
            let at = super::At { line, column: u64::from(line > 0) };
            let zh = format!("此处应为 version: {number}：版本号依次递增");
            let en = format!("expected version: {number}: versions count up");
            found.insert(0, Finding::error(at, "version-number", zh, en));
        }
        for finding in &mut found {
            finding.file.clone_from(&file);
        }
        (Some(program), found)
    }

    /// The newest version of a program, whether or not it takes cases.
    pub fn get(&self, id: &str) -> Option<Arc<Program>> {
        self.editions().last(id).map(|edition| Arc::clone(&edition.program))
    }

    /// The version of a program that new cases begin on at `day`; none where none counts yet, or
    /// it takes no cases any more.
    pub fn in_force(&self, id: &str, day: NaiveDate) -> Option<Arc<Program>> {
        self.editions().in_force(id, day).map(|edition| Arc::clone(&edition.program))
    }

    /// Every program that new cases begin on at `day`, by id.
    pub fn all_in_force(&self, day: NaiveDate) -> Vec<Arc<Program>> {
        let editions = self.editions();
        let found = editions.ids().filter_map(|id| editions.in_force(id, day));
        found.map(|edition| Arc::clone(&edition.program)).collect()
    }

    /// The version with this hash: the one a case stands on.
    pub fn by_hash(&self, hash: &str) -> Option<Arc<Program>> {
        self.editions().by_hash(hash).cloned()
    }

    /// The newest version of every program, by id.
    pub fn all(&self) -> impl Iterator<Item = Arc<Program>> {
        self.editions().newest().into_values()
    }

    /// Each version with its hash.
    pub fn versions(&self) -> Vec<(String, Arc<Program>)> {
        self.editions().hashes()
    }

    /// The text of a version that came with the binary; `None` for all others.
    pub fn shipped_text(hash: &str) -> Option<&'static str> {
        let is = |source: &&str| load::program("", source).is_ok_and(|p| p.hash() == hash);
        SHIPPED.iter().map(|(_, source)| *source).find(is)
    }

    /// The named rules.
    pub fn shared(&self) -> &Shared {
        &self.0.shared
    }

    pub fn tables(&self) -> &Arc<Tables> {
        &self.0.tables
    }
}

fn refuse_errors(found: Vec<Finding>) -> Result<(), Vec<Finding>> {
    if found.iter().any(|finding| !finding.warning) { Err(found) } else { Ok(()) }
}
