//! The calendar as all that runs in one process shares it: replaced as a whole by an import.

use std::sync::{Arc, PoisonError, RwLock};

use super::{Calendar, Days};

/// The calendar that counts now. Cheap to clone; all clones see a replacement at once.
#[derive(Clone, Debug, Default)]
pub struct SharedCalendar(Arc<RwLock<Arc<Calendar>>>);

impl From<Calendar> for SharedCalendar {
    fn from(calendar: Calendar) -> Self {
        Self(Arc::new(RwLock::new(Arc::new(calendar))))
    }
}

impl From<Arc<Calendar>> for SharedCalendar {
    fn from(calendar: Arc<Calendar>) -> Self {
        Self(Arc::new(RwLock::new(calendar)))
    }
}

impl SharedCalendar {
    /// All rows as they are now.
    pub fn now(&self) -> Arc<Calendar> {
        Arc::clone(&self.0.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// From now on `calendar` counts.
    pub fn replace(&self, calendar: Calendar) {
        *self.0.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(calendar);
    }

    /// The days of a division, as [`Calendar::of`].
    pub fn of(&self, code: &str) -> Days {
        self.now().of(code)
    }

    /// As [`Calendar::revision`].
    pub fn revision(&self) -> String {
        self.now().revision()
    }
}
