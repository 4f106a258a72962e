//! Listening: how long a caller may take, how many may come.

use std::{io, net::TcpListener, time::Duration};

use actix_web::{App, HttpServer, dev::Server, middleware::Compress, web};

use crate::{Services, routes};

/// Answers on `listener` until the returned server is told to stop, then finishes what is
/// under way for at most 12 s: longer than any request may take but an upload over a slow line,
/// which comes again. Signals are left to the program.
///
/// A request that has not sent its head within 10 s is cut off.
///
/// # Errors
/// When the listener cannot be used.
pub fn serve(services: Services, listener: TcpListener) -> io::Result<Server> {
    let services = web::Data::new(services);
    let server = HttpServer::new(move || {
        App::new().app_data(services.clone()).configure(routes::routes).wrap(Compress::default())
    })
    .client_request_timeout(Duration::from_secs(10))
    .client_disconnect_timeout(Duration::from_secs(5))
    .keep_alive(Duration::from_secs(30))
    .max_connections(2_000)
    .shutdown_timeout(12)
    .disable_signals()
    .listen(listener)?;
    Ok(server.run())
}
