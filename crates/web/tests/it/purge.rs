//! Deleting what has expired, beside the requests.

use std::sync::atomic::{AtomicBool, Ordering};

use engine::bootstrap::dev;
use protocol::change::Change;
use protocol::flow::Flow;
use protocol::id::{EnvironmentId, FlowId};
use testkit::each_store;
use uuid::Uuid;

use crate::attacks::begin;

/// F14: a request that writes waits for a part of it, never for all.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nobody_waits_for_all_that_expired() {
    each_store(|app| async move {
        let environment = EnvironmentId::new(dev::ENVIRONMENT);
        let id = begin(&app).await.rsplit('/').next().and_then(FlowId::parse).unwrap();
        let flow = app.app.store.flow(environment, id).await.unwrap().unwrap();
        let expired =
            |number: usize| Flow { id: FlowId::new(Uuid::from_u128(number as u128 + 1)), version: 0, ..flow.clone() };
        for numbers in (0..COUNT).collect::<Vec<_>>().chunks(500) {
            app.furnish(numbers.iter().map(|n| Change::CreateFlow(Box::new(expired(*n)))).collect()).await;
        }
        app.wait(86_400);
        let (store, now, over) = (app.base.store.clone(), app.now(), std::sync::Arc::new(AtomicBool::new(false)));
        let ended = over.clone();
        let purge = tokio::spawn(async move {
            let purged = store.purge(now, now.plus(-1)).await;
            ended.store(true, Ordering::Relaxed);
            purged
        });
        let mut halfway = 0;
        while !over.load(Ordering::Relaxed) {
            begin(&app).await;
            let mut left = 0;
            for number in (0..COUNT).step_by(COUNT / SAMPLED) {
                left += usize::from(app.app.store.flow(environment, expired(number).id).await.unwrap().is_some());
            }
            halfway += usize::from(left > 0 && left < SAMPLED);
        }
        purge.await.unwrap().unwrap();
        assert!(halfway > 0, "no request came in between");
        assert!(app.app.store.flow(environment, expired(COUNT - 1).id).await.unwrap().is_none());
    })
    .await;
}

const COUNT: usize = 6_000;
const SAMPLED: usize = 30;
