//! Measurements that the catalogue asks for; what they gave is in `bench/README.md`. They assert nothing about time, so they run only when they are asked for, on
//! a machine with nothing else to do: `cargo test -p grantor-web --test it attacks::timing -- --ignored --nocapture`.

use std::time::{Duration, Instant};

use engine::bootstrap::dev;
use protocol::change::Change;
use protocol::id::{EnvironmentId, UserId};
use protocol::model::Account;
use reqwest::Method;
use serde_json::json;
use testkit::{FakeWorld, TestApp};

use super::{authorize, people};

/// Five kinds of refused sign-on, interleaved, [`SAMPLES`] in all; each name once, so that nothing locks or slows
/// down on the way.
#[tokio::test]
#[ignore = "a measurement of minutes"]
async fn refused_sign_ons_by_kind() {
    let app = TestApp::start().await;
    let each = SAMPLES / KINDS.len();
    for (number, kind) in KINDS.iter().enumerate().skip(1) {
        let ids = people(&app, (0..each).map(|n| format!("{kind}-{n}"))).await;
        prepare(&app, number, &ids).await;
    }
    let flow = app.get(&authorize(&dev::SHARED_WEB_APPLICATION.to_string(), &[("response_mode", "pi.flow")])).await;
    let flow = flow.body["_links"]["self"]["href"].as_str().unwrap().strip_prefix(&app.url("")).unwrap().to_owned();
    let mut times = vec![Vec::with_capacity(each); KINDS.len()];
    for n in 0..each {
        for turn in 0..KINDS.len() {
            // Each kind comes after each other one.
            let number = (turn + n) % KINDS.len();
            let password = if number == 1 { "Another-password-1!" } else { dev::PASSWORD };
            let body = json!({ "username": format!("{}-{n}", KINDS[number]), "password": password });
            let request = app.request(Method::POST, &flow);
            let request = request.header("content-type", "application/vnd.pingidentity.usernamePassword.check+json");
            let began = Instant::now();
            let answer = app.send(request.body(body.to_string())).await;
            times[number].push(began.elapsed());
            assert_eq!(answer.body["details"][0]["code"], "INVALID_CREDENTIALS", "{}", answer.text);
        }
    }
    for (kind, times) in KINDS.iter().zip(&mut times) {
        let t = welch(times, &mut []);
        eprintln!("{kind}: {} samples, median {:?}, p95 {:?} {t:?}", times.len(), at(times, 50), at(times, 95));
    }
    let (known, others) = (times[1].clone(), [0, 2, 3, 4]);
    for other in others {
        let t = welch(&mut known.clone(), &mut times[other]);
        eprintln!("{} against {}: t = {:.2}", KINDS[1], KINDS[other], t.unwrap_or_default());
    }
}

/// The token endpoint of one environment at a steady rate, alone and beside ten times as much at another's.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "a measurement of a minute"]
async fn a_neighbours_load() {
    let app = std::sync::Arc::new(
        TestApp::build().socket().clock(FakeWorld::new(0)).database(testkit::Database::Sqlite).start().await,
    );
    let quiet =
        || steady(app.clone(), dev::ADMIN_ENVIRONMENT, (dev::ADMIN_APPLICATION.to_string(), dev::ADMIN_SECRET), RATE);
    for round in 1..=3 {
        let mut alone = quiet().await;
        let playground = (PLAYGROUND_CLIENT.0.to_owned(), PLAYGROUND_CLIENT.1);
        let noise = tokio::spawn(steady(app.clone(), dev::PLAYGROUND, playground, RATE * 10));
        let mut beside = quiet().await;
        noise.await.unwrap();
        eprintln!(
            "round {round}: alone p50 {:?} p99 {:?}; beside p50 {:?} p99 {:?}",
            at(&mut alone, 50),
            at(&mut alone, 99),
            at(&mut beside, 50),
            at(&mut beside, 99)
        );
    }
}

/// Requests at a fixed rate, whatever the answers take; the time from when each was due to its answer.
async fn steady(
    app: std::sync::Arc<TestApp>,
    environment: uuid::Uuid,
    client: (String, &'static str),
    rate: u32,
) -> Vec<Duration> {
    let path = format!("/{environment}/as/token");
    let began = Instant::now();
    let mut under_way = Vec::new();
    for n in 0..rate * SECONDS {
        let due = began + Duration::from_secs(1) * n / rate;
        tokio::time::sleep_until(due.into()).await;
        let (app, path, client) = (app.clone(), path.clone(), client.clone());
        under_way.push(tokio::spawn(async move {
            let grant = ("grant_type", "client_credentials");
            let answer = if environment == dev::PLAYGROUND {
                let fields = [grant, ("client_id", &client.0), ("client_secret", client.1), ("scope", "country.read")];
                app.form(&path, &fields).await
            } else {
                app.form_basic(&path, (&client.0, client.1), &[grant]).await
            };
            assert_eq!(answer.status, 200, "{}", answer.text);
            due.elapsed()
        }));
    }
    let mut times = Vec::with_capacity(under_way.len());
    for task in under_way {
        times.push(task.await.unwrap());
    }
    times
}

/// Makes users what their kind says.
async fn prepare(app: &TestApp, number: usize, ids: &[UserId]) {
    let environment = EnvironmentId::new(dev::ENVIRONMENT);
    let mut changes = Vec::new();
    for id in ids {
        let user = app.app.store.user(environment, *id).await.unwrap().unwrap();
        let user_id = user.id;
        changes.push(match number {
            2 => {
                let account = Account { locked_at: Some(user.created_at), unlock_at: None, failures: 0 };
                Change::SetAccount { environment, user: user_id, was: 0, account }
            }
            3 => Change::UpdateUser(Box::new(protocol::model::User { enabled: false, ..user })),
            4 => Change::SetPassword { environment, user: user_id, password: None, end_families: false },
            _ => continue,
        });
    }
    app.furnish(changes).await;
}

/// Welch's t of the two without their slowest twentieth, which is the machine's and not the server's.
fn welch(one: &mut [Duration], other: &mut [Duration]) -> Option<f64> {
    let of = |times: &mut [Duration]| {
        times.sort_unstable();
        let kept: Vec<f64> = times[..times.len() * 19 / 20].iter().map(Duration::as_secs_f64).collect();
        let n = f64::from(u32::try_from(kept.len()).unwrap());
        let mean = kept.iter().sum::<f64>() / n;
        (mean, kept.iter().map(|time| (time - mean).powi(2)).sum::<f64>() / (n - 1.0) / n)
    };
    if other.is_empty() {
        return None;
    }
    let ((first, a), (second, b)) = (of(one), of(other));
    Some((first - second) / (a + b).sqrt())
}

/// A percentile.
fn at(times: &mut [Duration], percent: usize) -> Duration {
    times.sort_unstable();
    times[(times.len() - 1) * percent / 100]
}

const SAMPLES: usize = 5_000;
const KINDS: [&str; 5] = ["unknown", "wrong", "locked", "disabled", "passwordless"];
const RATE: u32 = 10;
const SECONDS: u32 = 10;
const PLAYGROUND_CLIENT: (&str, &str) = ("service-client-jwt", "service-client-jwt-secret");
