//! What the grants are called in requests, in metadata, and in registrations.

use crate::grant::GrantType;

#[test]
fn each_grant_has_its_two_names() {
    // RFC 6749 §4, RFC 8628 §3.4, RFC 8693 §2.1, CIBA §10.1; PingOne's enumeration beside them.
    let table = [
        (GrantType::AuthorizationCode, "authorization_code", "AUTHORIZATION_CODE"),
        (GrantType::Ciba, "urn:openid:params:grant-type:ciba", "CIBA"),
        (GrantType::ClientCredentials, "client_credentials", "CLIENT_CREDENTIALS"),
        (GrantType::DeviceCode, "urn:ietf:params:oauth:grant-type:device_code", "DEVICE_CODE"),
        (GrantType::Implicit, "implicit", "IMPLICIT"),
        (GrantType::RefreshToken, "refresh_token", "REFRESH_TOKEN"),
        (GrantType::TokenExchange, "urn:ietf:params:oauth:grant-type:token-exchange", "TOKEN_EXCHANGE"),
    ];
    assert_eq!(table.map(|(grant, ..)| grant), GrantType::REGISTRABLE);
    for (grant, name, registered) in table {
        assert_eq!((grant.name(), grant.management_name()), (name, registered));
        assert_eq!(GrantType::from_management_name(registered), Some(grant));
    }
    for unknown in ["", "authorization_code", "Authorization_Code", "PASSWORD", "JWT_BEARER"] {
        assert_eq!(GrantType::from_management_name(unknown), None, "{unknown}");
    }
}
