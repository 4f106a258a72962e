//! The writes of one transaction, gathered: one statement a table, and on PostgreSQL one in all.

use sea_orm::{
    ActiveModelTrait, ColumnTrait, Condition, ConnectionTrait, DatabaseTransaction, DbBackend,
    DbErr, EntityTrait, IntoActiveModel, Iterable, ModelTrait, PrimaryKeyToColumn, QueryTrait,
    sea_query::{
        Alias, CommonTableExpression, DeleteStatement, Expr, OnConflict, Query, SubQueryStatement,
        UpdateStatement, WithClause, WithQuery,
    },
};

/// Statements that do not read what the others write, so that their order does not matter.
#[derive(Debug, Default)]
pub(crate) struct Batch(Vec<SubQueryStatement>);

impl Batch {
    /// New rows of one table.
    pub(crate) fn insert<E>(&mut self, rows: Vec<E::Model>)
    where
        E: EntityTrait,
        E::Model: IntoActiveModel<E::ActiveModel>,
        E::ActiveModel: ActiveModelTrait<Entity = E>,
    {
        if !rows.is_empty() {
            let rows = rows.into_iter().map(|row| row.into_active_model().reset_all());
            self.0.push(E::insert_many(rows).into_query().into());
        }
    }

    /// Rows of one table, new or changed.
    pub(crate) fn upsert<E>(&mut self, rows: Vec<E::Model>)
    where
        E: EntityTrait,
        E::Model: IntoActiveModel<E::ActiveModel>,
        E::ActiveModel: ActiveModelTrait<Entity = E>,
    {
        if rows.is_empty() {
            return;
        }
        let keys: Vec<E::Column> =
            E::PrimaryKey::iter().map(PrimaryKeyToColumn::into_column).collect();
        let others = E::Column::iter()
            .filter(|column| !keys.iter().any(|key| format!("{key:?}") == format!("{column:?}")));
        let merge = OnConflict::columns(keys.iter().copied()).update_columns(others).to_owned();
        let rows = rows.into_iter().map(|row| row.into_active_model().reset_all());
        self.0.push(E::insert_many(rows).on_conflict(merge).into_query().into());
    }

    /// A stored row that became another: what differs is written, and nothing else.
    pub(crate) fn change<E>(&mut self, was: &E::Model, is: &E::Model)
    where
        E: EntityTrait,
        E::Model: ModelTrait<Entity = E> + PartialEq,
    {
        if was == is {
            return;
        }
        let mut update = Query::update().table(E::default().table_ref()).to_owned();
        for column in E::Column::iter() {
            let value = is.get(column);
            if was.get(column) != value {
                update.value(column, column.save_as(Expr::val(value)));
            }
        }
        for key in E::PrimaryKey::iter().map(PrimaryKeyToColumn::into_column) {
            update.and_where(key.eq(is.get(key)));
        }
        self.0.push(update.into());
    }

    /// New rows of one table; those whose key is there already stay as they are.
    pub(crate) fn insert_once<E>(&mut self, rows: Vec<E::Model>, key: E::Column)
    where
        E: EntityTrait,
        E::Model: IntoActiveModel<E::ActiveModel>,
        E::ActiveModel: ActiveModelTrait<Entity = E>,
    {
        if !rows.is_empty() {
            let rows = rows.into_iter().map(|row| row.into_active_model().reset_all());
            let skip = OnConflict::column(key).do_nothing().to_owned();
            self.0.push(E::insert_many(rows).on_conflict(skip).into_query().into());
        }
    }

    /// The payable lines of one award: one that is there already takes the new amount.
    pub(crate) fn award_lines(&mut self, rows: Vec<entities::award_line::Model>) {
        use entities::award_line::{Column, Entity};
        if rows.is_empty() {
            return;
        }
        let merge =
            OnConflict::columns([Column::CaseId, Column::Line, Column::Payer, Column::Round])
                .update_columns([
                    Column::Fen,
                    Column::Basis,
                    Column::TableVersion,
                    Column::State,
                    Column::PaidAt,
                ])
                .to_owned();
        let rows = rows.into_iter().map(|row| row.into_active_model().reset_all());
        self.0.push(Entity::insert_many(rows).on_conflict(merge).into_query().into());
    }

    /// Takes out the lines of an award that are not among `kept`, as long as nobody was told to
    /// pay them. It touches no row that [`Self::award_lines`] writes.
    pub(crate) fn forget_lines(&mut self, case: entities::CaseId, kept: &[crate::event::Line]) {
        use entities::{
            PaymentState,
            award_line::{Column, Entity},
        };
        let kept = kept.iter().map(|line| (line.line.as_str(), line.payer.as_str()));
        let kept = super::payments::any_of(kept);
        let mut gone = Condition::all()
            .add(Column::CaseId.eq(case))
            .add(Column::State.is_in([PaymentState::Planned, PaymentState::Held]));
        if !kept.is_empty() {
            gone = gone.add(kept.not());
        }
        self.delete(Query::delete().from_table(Entity).cond_where(gone).to_owned());
    }

    /// Rows that are no longer there.
    pub(crate) fn delete(&mut self, statement: DeleteStatement) {
        self.0.push(statement.into());
    }

    /// A change of rows that were not loaded.
    pub(crate) fn update(&mut self, statement: UpdateStatement) {
        self.0.push(statement.into());
    }

    /// Sends all of it: PostgreSQL takes one statement, so one round trip; SQLite, which is in
    /// the same process, one after the other.
    pub(crate) async fn run(self, tx: &DatabaseTransaction) -> Result<(), DbErr> {
        if tx.get_database_backend() == DbBackend::Postgres {
            let Some(all) = self.together() else { return Ok(()) };
            tx.execute(&all).await?;
            return Ok(());
        }
        for statement in self.0 {
            match statement {
                SubQueryStatement::InsertStatement(insert) => tx.execute(&insert).await?,
                SubQueryStatement::UpdateStatement(update) => tx.execute(&update).await?,
                SubQueryStatement::DeleteStatement(delete) => tx.execute(&delete).await?,
                other => return Err(DbErr::Custom(format!("not a write: {other:?}"))),
            };
        }
        Ok(())
    }

    fn together(self) -> Option<WithQuery> {
        let mut clause = WithClause::new();
        let mut any = false;
        for (number, statement) in self.0.into_iter().enumerate() {
            let mut part = CommonTableExpression::new();
            part.table_name(Alias::new(format!("w{number}"))).query(statement);
            clause.cte(part);
            any = true;
        }
        any.then(|| clause.query(Query::select().expr(Expr::val(1)).to_owned()))
    }
}
