//! The numbers of signing in.

use chrono::TimeDelta;

/// How often, how long, how many. The defaults are the service's rules (ASVS 6.3, GB/T 22239
/// 8.1.4.1); an operator whose whole office has one address may raise those per network.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SignInLimits {
    /// Wrong passwords for one account before it is locked.
    pub wrong_per_account: i32,
    /// Wrong passwords from one network before it is locked.
    pub wrong_per_network: i32,
    /// Within which wrong passwords add up, and how long a lock lasts.
    pub lock: TimeDelta,
    /// How long a code may be used.
    pub code_life: TimeDelta,
    /// Between one code and the next to the same phone.
    pub code_resend: TimeDelta,
    /// Wrong entries against one code.
    pub code_tries: i32,
    /// Codes sent to one phone in an hour.
    pub codes_per_phone: i32,
    /// Codes asked for by one network in an hour.
    pub codes_per_network: i32,
    /// Wrong codes from one network before it is locked.
    pub wrong_codes_per_network: i32,
    /// A staff session ends after so long without a request.
    pub staff_idle: TimeDelta,
    /// An applicant's session ends after so long without a request.
    pub applicant_idle: TimeDelta,
    /// Every session ends after so long.
    pub absolute: TimeDelta,
}

impl Default for SignInLimits {
    fn default() -> Self {
        Self {
            wrong_per_account: 5,
            wrong_per_network: 5,
            lock: TimeDelta::minutes(15),
            code_life: TimeDelta::minutes(5),
            code_resend: TimeDelta::seconds(60),
            code_tries: 5,
            codes_per_phone: 5,
            codes_per_network: 60,
            wrong_codes_per_network: 20,
            staff_idle: TimeDelta::minutes(30),
            applicant_idle: TimeDelta::hours(2),
            absolute: TimeDelta::hours(12),
        }
    }
}
