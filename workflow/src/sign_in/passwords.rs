//! Hashing passwords: slowly, off the request threads, two at a time.

use std::sync::{
    Arc,
    atomic::{AtomicU64, Ordering},
};

use argon2::{Algorithm, Argon2, Params, PasswordHash, PasswordHasher, PasswordVerifier, Version};
use entities::Sensitive;
use tokio::sync::Semaphore;

use super::{SignInError, new_token};

/// argon2id with 19 MiB, two passes, one lane (OWASP's first choice); at most two at once, so
/// that a crowd at the door takes neither the memory nor all cores.
#[derive(Clone, Debug)]
pub struct Passwords {
    gate: Arc<Semaphore>,
    nobodys: Sensitive,
    checked: Arc<AtomicU64>,
}

impl Passwords {
    /// Ready to hash. Takes some 30 ms, for the hash that unknown logins are checked against.
    ///
    /// # Errors
    /// When the machine has no random bytes.
    pub fn new() -> Result<Self, SignInError> {
        let nobodys = hash(new_token()?.expose())?;
        Ok(Self { gate: Arc::new(Semaphore::new(2)), nobodys, checked: Arc::default() })
    }

    /// The PHC string to store for `password`.
    ///
    /// # Errors
    /// [`SignInError::Hashing`].
    pub async fn hash(&self, password: Sensitive) -> Result<Sensitive, SignInError> {
        self.apart(move || hash(password.expose())).await
    }

    /// Whether `password` is the one behind `stored`. Without a stored hash the answer is no,
    /// after the same work.
    ///
    /// # Errors
    /// [`SignInError::Hashing`].
    pub async fn fits(
        &self,
        password: Sensitive,
        stored: Option<Sensitive>,
    ) -> Result<bool, SignInError> {
        self.checked.fetch_add(1, Ordering::Relaxed);
        let known = stored.is_some();
        let stored = stored.unwrap_or_else(|| self.nobodys.clone());
        let fits = self.apart(move || fits(password.expose(), stored.expose())).await?;
        Ok(fits && known)
    }

    /// How many passwords have been checked since the start.
    pub fn checked(&self) -> u64 {
        self.checked.load(Ordering::Relaxed)
    }

    async fn apart<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> Result<T, SignInError> + Send + 'static,
    ) -> Result<T, SignInError> {
        let _turn = self.gate.acquire().await.map_err(|e| SignInError::Hashing(e.to_string()))?;
        let done = tokio::task::spawn_blocking(work).await;
        done.map_err(|e| SignInError::Hashing(e.to_string()))?
    }
}

fn argon2() -> Result<Argon2<'static>, SignInError> {
    let params = Params::new(19 * 1024, 2, 1, None);
    let params = params.map_err(|e| SignInError::Hashing(e.to_string()))?;
    Ok(Argon2::new(Algorithm::Argon2id, Version::V0x13, params))
}

fn hash(password: &str) -> Result<Sensitive, SignInError> {
    let made = argon2()?.hash_password(password.as_bytes());
    let made = made.map_err(|e| SignInError::Hashing(e.to_string()))?;
    Ok(Sensitive::new(made.to_string()))
}

fn fits(password: &str, stored: &str) -> Result<bool, SignInError> {
    let stored = PasswordHash::new(stored).map_err(|e| SignInError::Hashing(e.to_string()))?;
    Ok(argon2()?.verify_password(password.as_bytes(), &stored).is_ok())
}
