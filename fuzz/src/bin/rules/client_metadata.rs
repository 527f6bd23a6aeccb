//! `protocol::registration` (RFC 7591 §2): what is told of a registered client registers the same client again, and the faults of
//! metadata are told in bounded words that name a member.

use jose::json::parse_strict_object;
use protocol::id::{ApplicationId, EnvironmentId};
use protocol::model::{Application, FrontChannelTokens};
use protocol::policy::RFC9700;
use protocol::registration::{Registrant, application, draw};
use protocol::time::Time;

pub fn check((trusted, metadata): (u8, &[u8])) {
    let Ok(metadata) = parse_strict_object(metadata, 16) else { return };
    let registrant = if trusted & 1 == 1 { Registrant::Trusted } else { Registrant::Anybody };
    let blank = Application::blank(ApplicationId::default(), EnvironmentId::default(), Time(0));
    let terms = (FrontChannelTokens::All, &RFC9700);
    match application(&metadata, &blank, registrant, terms) {
        Ok(registered) => {
            assert!(registered.enabled && !registered.auth_methods.is_empty());
            let again = application(&draw(&registered), &blank, registrant, terms);
            assert_eq!(again.as_ref(), Ok(&registered));
            let replaced = application(&draw(&registered), &registered, registrant, terms);
            assert_eq!(replaced.as_ref(), Ok(&registered));
        }
        Err(refused) => assert!(refused.message.is_some_and(|told| (1..=1024).contains(&told.len()))),
    }
}
