//! The two processes: each the whole server on its own way to the database, with its own clock; it dies, and starts again.

use std::cell::{Cell, RefCell};
use std::rc::Rc;
use std::sync::Arc;
use std::time::Duration;

use engine::{Allowance, housekeeping};
use store::{Options, Store};
use testkit::{Answer, FakeWorld, Request, TestApp};
use tokio::time::{Instant, sleep};
use web::layers::rate::FailureLimits;

use crate::database::Database;
use crate::dice::Dice;
use crate::fault::Fault;
use crate::link::{Life, Link};

pub(crate) struct Cluster {
    pub(crate) database: Arc<Database>,
    processes: [Process; 2],
    dice: Dice,
    /// Whether processes follow what others configure.
    deaf: bool,
}

#[derive(Default)]
struct Process {
    /// Microseconds that its clock is ahead.
    ahead: i64,
    running: RefCell<Option<Rc<Running>>>,
    starts: Cell<u64>,
}

/// A process that lives.
pub(crate) struct Running {
    pub(crate) server: TestApp,
    pub(crate) life: Arc<Life>,
}

/// What a client gets.
#[derive(Debug)]
pub(crate) enum Reply {
    Answered(Box<Answer>, By),
    /// Sent, and nobody knows what became of it.
    Lost,
    /// Not sent: there was nobody.
    Unsent,
}

/// Which life of which process answered, and when.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct By {
    pub(crate) process: usize,
    pub(crate) life: u64,
    pub(crate) at: Instant,
}

impl Cluster {
    pub(crate) fn new(database: Arc<Database>, dice: &Dice, deaf: bool) -> Self {
        let skewed = database.happens(Fault::Skewed);
        let ahead = if skewed { dice.millis(0, 4000).as_micros() as i64 - 2_000_000 } else { 0 };
        let processes = [0, ahead].map(|ahead| Process { ahead: HOUR + ahead, ..Process::default() });
        Self { database, processes, dice: dice.another(), deaf }
    }

    /// Starts a process again and again until the run ends.
    pub(crate) async fn keep(self: Rc<Self>, number: usize) {
        loop {
            let running = Rc::new(self.start(number).await);
            *self.processes[number].running.borrow_mut() = Some(running.clone());
            running.life.ended().await;
            self.processes[number].running.borrow_mut().take();
            drop(running);
            self.database.trace.tell(&format!("process {number} died"));
            sleep(self.dice.millis(50, 3000)).await;
        }
    }

    async fn start(&self, number: usize) -> Running {
        let process = &self.processes[number];
        process.starts.set(process.starts.get() + 1);
        let life = Arc::new(Life::new(number, process.starts.get()));
        self.database.trace.tell(&format!("process {number} starts for the {}. time", life.number));
        if self.database.is_likely(Fault::Away) {
            // It hardly knows anything yet.
            self.cut_off(number, self.dice.millis(0, 300));
        }
        let link = Link::new(self.database.clone(), life.clone());
        let world = FakeWorld::simulated(self.dice.roll(), self.database.trace.begun(), process.ahead);
        let build = TestApp::build().clock(world).over(Store::over(Arc::new(link), &Options::default())).again();
        let build = build.limits(generous()).config(|config| {
            // The same on every machine.
            config.allowance = Allowance { requests: 16, cores: 2, ..config.allowance };
        });
        let build = if self.deaf { build.config(|config| config.max_stale = None) } else { build };
        let server = build.start().await;
        if !self.deaf {
            tokio::spawn(housekeeping::follow_changes(server.app.clone()));
        }
        Running { server, life }
    }

    /// For a while the process does not reach the database, beginning soon.
    fn cut_off(&self, number: usize, soon: Duration) {
        let (database, time, silent) = (self.database.clone(), self.dice.millis(50, 30_000), self.dice.chance(500));
        tokio::spawn(async move {
            sleep(soon).await;
            database.go_away(&[number], time, silent);
        });
    }

    pub(crate) fn running(&self, number: usize) -> Option<Rc<Running>> {
        self.processes[number].running.borrow().clone()
    }

    /// How often the process was started.
    pub(crate) fn starts(&self, number: usize) -> u64 {
        self.processes[number].starts.get()
    }

    pub(crate) fn kill(&self, number: usize) {
        if let Some(running) = self.running(number) {
            self.database.tally.count(Fault::Killed);
            running.life.end();
        }
    }

    /// Sends a request to a process.
    pub(crate) async fn send(&self, number: usize, what: &str, request: Request) -> Reply {
        sleep(self.dice.millis(0, 2)).await;
        let Some(running) = self.running(number) else {
            sleep(Duration::from_millis(20)).await;
            return Reply::Unsent;
        };
        let hangs_up = self.database.is_likely(Fault::HungUp);
        let patience = if hangs_up { self.dice.millis(1, 80) } else { Duration::ZERO };
        let reply = tokio::select! {
            biased;
            () = running.life.ended() => Reply::Lost,
            answer = running.server.send(request) => {
                let by = By { process: number, life: running.life.number, at: Instant::now() };
                Reply::Answered(Box::new(answer), by)
            }
            () = sleep(patience), if hangs_up => {
                self.database.tally.count(Fault::HungUp);
                Reply::Lost
            }
        };
        let told = match &reply {
            Reply::Answered(answer, _) => answer.status.to_string(),
            Reply::Lost => "lost".to_owned(),
            Reply::Unsent => "unsent".to_owned(),
        };
        self.database.trace.tell(&format!("process {number}: {what}: {told}"));
        reply
    }
}

/// Nobody is slowed down for failures: that is another clock's.
fn generous() -> FailureLimits {
    FailureLimits { burst: 1_000_000, ..FailureLimits::default() }
}

/// After the fixture was built.
const HOUR: i64 = 3_600_000_000;
