use super::{client, params, proven};
use crate::client_auth::Method;
use crate::grant::{Grant, GrantType};
use crate::refusal::Reason;

#[test]
fn the_grant_type_is_missing_unknown_or_not_allowed_in_this_order() {
    let all = proven(client(&[Method::ClientSecretPost]));
    let mut few = client(&[Method::ClientSecretPost]);
    few.application.grant_types = vec![GrantType::AuthorizationCode];
    let few = proven(few);
    let table = [
        // TE-02: absent and empty are the same.
        (&all, "", Reason::GrantTypeMissing),
        (&all, "grant_type=", Reason::GrantTypeMissing),
        // TE-03: the password grant does not exist, whatever it brings.
        (&all, "grant_type=password&username=u&password=p", Reason::GrantTypeUnsupported),
        // TE-04
        (&all, "grant_type=implicit", Reason::GrantTypeUnsupported),
        (&all, "grant_type=AUTHORIZATION_CODE", Reason::GrantTypeUnsupported),
        (&all, "grant_type=client_credentials%20", Reason::GrantTypeUnsupported),
        (&all, "grant_type=urn%3Afoo", Reason::GrantTypeUnsupported),
        // TE-05: before any parameter of the grant is looked at.
        (&few, "grant_type=refresh_token", Reason::GrantTypeNotAllowed),
        (&few, "grant_type=client_credentials&scope=a%20%20b", Reason::GrantTypeNotAllowed),
        // specs §2.3, step 7
        (&all, "grant_type=authorization_code", Reason::ParameterMissing),
        (&all, "grant_type=authorization_code&code=", Reason::ParameterMissing),
        (&all, "grant_type=refresh_token", Reason::ParameterMissing),
        // TE-12, D13
        (&all, "grant_type=client_credentials&scope=a%20%20b", Reason::ScopeMalformed),
        (&all, "grant_type=client_credentials&scope=a%09b", Reason::ScopeMalformed),
        (&all, "grant_type=client_credentials&scope=%22", Reason::ScopeMalformed),
    ];
    for (client, form, reason) in table {
        assert_eq!(Grant::read(&params(form), client).map(|g| g.kind()).unwrap_err().reason, reason, "{form}");
    }
    // A name that is nobody's is not repeated; one that is known here is.
    for (name, came) in [("implicit", "implicit"), ("password", "another value"), ("x", "another value")] {
        let refused = Grant::read(&params(&format!("grant_type={name}")), &all).unwrap_err();
        assert_eq!((refused.came.as_str(), refused.details[0].target.as_str()), (came, "grant_type"));
        assert_eq!(refused.expected, "authorization_code client_credentials refresh_token");
    }
    for kind in GrantType::ALL {
        let form = format!("grant_type={}&code=c&refresh_token=r", kind.name());
        assert_eq!(Grant::read(&params(&form), &all).unwrap().kind(), kind);
    }
}
