//! A request that `web` refuses before an endpoint decides: no route takes it, its body is too large, a page's form is not
//! this server's. It ends in the same exit as every other.

use protocol::audit::Action;
use protocol::refusal::Refused;

use crate::app::{App, Ask};
use crate::call::Call;
use crate::finish::{Failed, Finished, Granted};
use crate::flow::{about, load};
use crate::site::Site;

/// Records a refusal of what is for no environment, and hands it back to be answered.
pub async fn outside(app: &App, ask: &Ask, refused: Refused) -> Failed {
    failed(Call::new(app, ask, Action::RequestReceived).stop(refused.into()).await)
}

/// Records a refusal of a request for the endpoint whose action it is, and hands it back to be answered. It is the one that
/// was found first, also where the environment does not exist.
pub async fn inside(app: &App, site: &Site, ask: &Ask, action: Action, refused: Refused) -> Failed {
    match Call::find(app, site, ask, action).await {
        Ok(call) => failed(call.stop(refused.into()).await),
        Err((call, _)) => failed(call.stop(refused.into()).await),
    }
}

/// Records what an administrator wants to hear of, though nothing was refused by it.
///
/// # Errors
/// As of every event: the store takes none.
pub async fn alarm(app: &App, site: &Site, ask: &Ask, action: Action, note: String) -> Result<(), Failed> {
    let mut call = match Call::begin(app, site, ask, action).await {
        Ok(call) => call,
        Err(refused) => return refused.into_result(),
    };
    call.note(note);
    call.finish_stateless(Ok(Granted { value: (), changes: Vec::new() })).await.into_result()
}

/// The same of a request that is about a flow, if there is one of this id.
pub async fn at_flow(app: &App, site: &Site, ask: &Ask, action: Action, flow: &str, refused: Refused) -> Failed {
    match Call::find(app, site, ask, action).await {
        Ok(mut call) => {
            if let Ok(flow) = load(&call, flow).await {
                about(&mut call, &flow);
            }
            failed(call.stop(refused.into()).await)
        }
        Err((call, _)) => failed(call.stop(refused.into()).await),
    }
}

enum Never {}

fn failed(finished: Finished<Never>) -> Failed {
    match finished.into_result() {
        Ok(never) => match never {},
        Err(failed) => failed,
    }
}
