//! What the server runs on.

/// The runtime for `workers` cores (as [`std::thread::available_parallelism`] counts them: affinity and quota respected).
/// On one core the current thread alone serves, because work stealing costs more there than it gives.
pub fn runtime() -> tokio::runtime::Builder {
    let workers = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
    let mut builder = if workers == 1 {
        tokio::runtime::Builder::new_current_thread()
    } else {
        let mut builder = tokio::runtime::Builder::new_multi_thread();
        builder.worker_threads(workers);
        builder
    };
    builder.enable_all().event_interval(EVENT_INTERVAL);
    builder
}

/// So many steps of tasks are made before what came on the sockets is looked at. A signature takes half a millisecond: with tokio's 61,
/// whoever comes with one request waits for thirty milliseconds of somebody else's.
const EVENT_INTERVAL: u32 = 8;
