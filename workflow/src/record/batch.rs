//! The writes of one transaction, gathered: one statement a table, and on PostgreSQL one in all.

use std::any::Any;

use sea_orm::{
    ActiveModelTrait, ColumnTrait, Condition, ConnectionTrait, DatabaseTransaction, DbBackend,
    DbErr, EntityTrait, IntoActiveModel, Iterable, ModelTrait, PrimaryKeyToColumn, QueryTrait,
    sea_query::{
        Alias, CommonTableExpression, DeleteStatement, Expr, OnConflict, Query, SubQueryStatement,
        UpdateStatement, WithClause, WithQuery,
    },
};

/// Statements that do not read what the others write, so that their order does not matter.
#[derive(Default)]
pub(crate) struct Batch(Vec<Write>);

/// One of them.
enum Write {
    Statement(Box<SubQueryStatement>),
    /// New rows: those of one table, whichever case they belong to, are one statement.
    Fresh(Box<dyn Fresh>),
}

impl From<Write> for SubQueryStatement {
    fn from(write: Write) -> Self {
        match write {
            Write::Statement(statement) => *statement,
            Write::Fresh(rows) => rows.statement(),
        }
    }
}

/// New rows of one table that are still to be written.
trait Fresh: Send {
    fn statement(self: Box<Self>) -> SubQueryStatement;
    fn as_any(&mut self) -> &mut dyn Any;
}

/// The rows, and the column by which a row that is there already stays as it is.
struct Rows<E: EntityTrait>(Vec<E::ActiveModel>, Option<E::Column>);

impl<E> Fresh for Rows<E>
where
    E: EntityTrait,
    E::ActiveModel: ActiveModelTrait<Entity = E> + Send,
    E::Column: Send,
{
    fn statement(self: Box<Self>) -> SubQueryStatement {
        let insert = E::insert_many(self.0);
        match self.1 {
            None => insert.into_query().into(),
            Some(key) => {
                let skip = OnConflict::column(key).do_nothing().to_owned();
                insert.on_conflict(skip).into_query().into()
            }
        }
    }

    fn as_any(&mut self) -> &mut dyn Any {
        self
    }
}

impl Batch {
    /// New rows of one table.
    pub(crate) fn insert<E>(&mut self, rows: Vec<E::Model>)
    where
        E: EntityTrait,
        E::Model: IntoActiveModel<E::ActiveModel>,
        E::ActiveModel: ActiveModelTrait<Entity = E> + Send,
        E::Column: Send,
    {
        self.add::<E>(rows, None);
    }

    fn statement(&mut self, statement: impl Into<SubQueryStatement>) {
        self.0.push(Write::Statement(Box::new(statement.into())));
    }

    fn add<E>(&mut self, rows: Vec<E::Model>, key: Option<E::Column>)
    where
        E: EntityTrait,
        E::Model: IntoActiveModel<E::ActiveModel>,
        E::ActiveModel: ActiveModelTrait<Entity = E> + Send,
        E::Column: Send,
    {
        if rows.is_empty() {
            return;
        }
        let rows = rows.into_iter().map(|row| row.into_active_model().reset_all());
        let known = self.0.iter_mut().find_map(|write| {
            let Write::Fresh(fresh) = write else { return None };
            let known = fresh.as_any().downcast_mut::<Rows<E>>()?;
            (known.1.is_some() == key.is_some()).then_some(known)
        });
        match known {
            Some(known) => known.0.extend(rows),
            None => self.0.push(Write::Fresh(Box::new(Rows::<E>(rows.collect(), key)))),
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
        self.statement(E::insert_many(rows).on_conflict(merge).into_query());
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
        self.statement(update);
    }

    /// New rows of one table; those whose key is there already stay as they are.
    pub(crate) fn insert_once<E>(&mut self, rows: Vec<E::Model>, key: E::Column)
    where
        E: EntityTrait,
        E::Model: IntoActiveModel<E::ActiveModel>,
        E::ActiveModel: ActiveModelTrait<Entity = E> + Send,
        E::Column: Send,
    {
        self.add::<E>(rows, Some(key));
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
        self.statement(Entity::insert_many(rows).on_conflict(merge).into_query());
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
        self.statement(statement);
    }

    /// A change of rows that were not loaded.
    pub(crate) fn update(&mut self, statement: UpdateStatement) {
        self.statement(statement);
    }

    /// Sends all of it: PostgreSQL takes one statement, so one round trip; SQLite, which is in
    /// the same process, one after the other.
    pub(crate) async fn run(self, tx: &DatabaseTransaction) -> Result<(), DbErr> {
        if tx.get_database_backend() == DbBackend::Postgres {
            let Some(all) = self.together() else { return Ok(()) };
            tx.execute(&all).await?;
            return Ok(());
        }
        for statement in self.0.into_iter().map(SubQueryStatement::from) {
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
        for (number, statement) in self.0.into_iter().map(SubQueryStatement::from).enumerate() {
            let mut part = CommonTableExpression::new();
            part.table_name(Alias::new(format!("w{number}"))).query(statement);
            clause.cte(part);
            any = true;
        }
        any.then(|| clause.query(Query::select().expr(Expr::val(1)).to_owned()))
    }
}
