//! Typed identifiers: a `CaseId` cannot be passed where a `TaskId` is meant.
//!
//! All are UUIDv7, so that ordering by id is ordering by creation time (RFC 9562 §5.7), to the
//! millisecond: what must be in order has a number.

use std::{fmt, str::FromStr};

use chrono::{DateTime, Utc};
use sea_orm::{DbErr, DeriveValueType, TryFromU64};
use serde::{Deserialize, Serialize};
use uuid::{Builder, NoContext, Timestamp, Uuid};

macro_rules! id {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[derive(Serialize, Deserialize, DeriveValueType)]
        #[serde(transparent)]
        pub struct $name(pub Uuid);

        impl $name {
            /// A new id that sorts at `now`.
            #[must_use]
            pub fn at(now: DateTime<Utc>) -> Self {
                let seconds = u64::try_from(now.timestamp()).unwrap_or_default();
                let stamp = Timestamp::from_unix(NoContext, seconds, now.timestamp_subsec_nanos());
                Self(Uuid::new_v7(stamp))
            }

            /// The id that sorts at `now` and whose other bits are `bits`: the same input gives
            /// the same id, so that rules which open things stay pure.
            #[must_use]
            pub fn derived(now: DateTime<Utc>, bits: [u8; 10]) -> Self {
                let millis = u64::try_from(now.timestamp_millis()).unwrap_or_default();
                Self(Builder::from_unix_timestamp_millis(millis, &bits).into_uuid())
            }
        }

        impl TryFromU64 for $name {
            /// Keys are made here, never counted up by the database.
            fn try_from_u64(_: u64) -> Result<Self, DbErr> {
                Err(DbErr::ConvertFromU64(stringify!($name)))
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.fmt(f)
            }
        }

        impl FromStr for $name {
            type Err = uuid::Error;

            fn from_str(text: &str) -> Result<Self, Self::Err> {
                text.parse().map(Self)
            }
        }
    };
}

id!(/** How one signs in. */ AccountId);
id!(/** One account's right to act for one person. */ ActsForId);
id!(/** One person's duty in one unit for a time. */ AppointmentId);
id!(/** One payable line of an award. */ AwardLineId);
id!(/** Like cases that one person approves in one act. */ BatchId);
id!(/** One application. */ CaseId);
id!(/** One line of a case. */ CaseRowId);
id!(/** One budget of time that runs. */ ClockId);
id!(/** A declared conflict of interest. */ ConflictId);
id!(/** Who decides in the name of somebody who is away. */ SubstitutionId);
id!(/** One line of somebody's digest. */ DigestLineId);
id!(/** One request for more time. */ ExtensionId);
id!(/** One state of a form, encrypted. */ FormVersionId);
id!(/** What one case says to another. */ LetterId);
id!(/** One text to an applicant who is asked for more. */ NoteId);
id!(/** One message to one recipient. */ NoticeId);
id!(/** One job that has been decided. */ OutboxId);
id!(/** One uploaded document. */ PaperId);
id!(/** One payment of a share of an award line. */ PaymentId);
id!(/** A natural person. */ PersonId);
id!(/** A program as somebody would change it. */ ProgramDraftId);
id!(/** One look at what a draft would have changed. */ ProgramReplayId);
id!(/** One published version of a program. */ ProgramVersionId);
id!(/** One public notice. */ PublicityId);
id!(/** From whose cases somebody keeps away. */ RecusalId);
id!(/** One sign-in. */ SessionId);
id!(/** One round of one step of one case. */ StepRunId);
id!(/** One slot of a step run that somebody signs. */ TaskId);
id!(/** A moment at which something must be looked at. */ TimerId);
id!(/** One code sent to a phone. */ SignInCodeId);
id!(/** A bearer token of a machine. */ BearerTokenId);
id!(/** One office at one level in one place. */ UnitId);
id!(/** What somebody who is not staff has said once. */ VoiceId);
