//! The programs that a deployment has: those shipped, and those published since.

use std::{collections::BTreeMap, sync::Arc};

use entities::Fen;

use super::{
    Finding, Program, Shared, Tables,
    lint::{Against, lint, lint_shared},
    load,
};

const SHARED: (&str, &str) = ("shared.yaml", include_str!("../../programs/shared.yaml"));

/// File and text of each program that is shipped: all of `workflow/programs`, by `build.rs`.
const SHIPPED: &[(&str, &str)] = include!(concat!(env!("OUT_DIR"), "/programs.rs"));

/// All programs, every version that cases may stand on. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Programs(Arc<Inner>);

#[derive(Clone, Debug)]
struct Inner {
    shared: Shared,
    tables: Arc<Tables>,
    /// The newest version of each.
    newest: BTreeMap<String, Arc<Program>>,
    by_hash: BTreeMap<String, Arc<Program>>,
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
        let inner = Inner {
            shared,
            tables: Arc::new(tables),
            newest: BTreeMap::new(),
            by_hash: BTreeMap::new(),
        };
        // All are known before the first is held against the rules: they name one another.
        let mut programs = Self(Arc::new(inner));
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
        let mut inner = Inner::clone(&self.0);
        let program = Arc::new(program);
        inner.by_hash.insert(program.hash(), Arc::clone(&program));
        let newest = inner.newest.entry(program.program.text.clone());
        let newest = newest.or_insert_with(|| Arc::clone(&program));
        if newest.version <= program.version {
            *newest = program;
        }
        Self(Arc::new(inner))
    }

    /// The same programs, where one amount is a setting of the deployment.
    #[must_use]
    pub fn with_cap(&self, table: &str, fen: Fen) -> Self {
        let mut inner = Inner::clone(&self.0);
        inner.tables = Arc::new(Tables::clone(&inner.tables).with_cap(table, fen));
        Self(Arc::new(inner))
    }

    /// Everything that the rules find in a program, errors first.
    pub fn lint(&self, file: &str, source: Option<&str>, program: &Program) -> Vec<Finding> {
        let against =
            Against { shared: &self.0.shared, tables: &self.0.tables, programs: &self.0.newest };
        let mut found = lint(file, source, program, &against);
        let same =
            |other: &&Arc<Program>| other.code == program.code && other.program != program.program;
        if let Some(other) = self.all().find(same) {
            let zh = format!("代码 {} 已被 {} 使用", program.code, other.program);
            let en = format!("the code {} belongs to {}", program.code, other.program);
            let mut finding = Finding::error(program.code.at, "code", zh, en);
            file.clone_into(&mut finding.file);
            found.insert(0, finding);
        }
        found
    }

    /// The newest version of a program.
    pub fn get(&self, id: &str) -> Option<&Arc<Program>> {
        self.0.newest.get(id)
    }

    /// The version with this hash: the one a case stands on.
    pub fn by_hash(&self, hash: &str) -> Option<&Arc<Program>> {
        self.0.by_hash.get(hash)
    }

    /// The newest version of every program, by id.
    pub fn all(&self) -> impl Iterator<Item = &Arc<Program>> {
        self.0.newest.values()
    }

    /// Each version with its hash.
    pub fn versions(&self) -> impl Iterator<Item = (&str, &Arc<Program>)> {
        self.0.by_hash.iter().map(|(hash, program)| (hash.as_str(), program))
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
