//! One body, two tests: `name::sqlite` and `name::postgres`.

use super::servers::Store;

/// What a test that runs on both stores is given.
pub(crate) trait OnStore {
    async fn on(store: Store) -> Self;
}

impl OnStore for Store {
    async fn on(store: Store) -> Self {
        store
    }
}

/// Runs one test on one store.
pub(crate) async fn show<World: OnStore>(test: impl AsyncFnOnce(World), store: Store) {
    test(World::on(store).await).await;
}

/// Runs each of these functions as a test on SQLite and as a test on PostgreSQL. A function takes
/// one argument, anything that is [`OnStore`]: the [`Store`] itself, or a world that stands on it.
macro_rules! both {
    ($($name:ident),+ $(,)?) => {$(
        mod $name {
            #[actix_web::test]
            async fn sqlite() {
                use $crate::harness::{Store, show};
                show(super::$name, Store::Sqlite).await;
            }

            #[actix_web::test]
            async fn postgres() {
                use $crate::harness::{Store, show};
                show(super::$name, Store::Postgres).await;
            }
        }
    )+};
}
pub(crate) use both;
