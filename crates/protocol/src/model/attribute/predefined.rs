//! The predefined attributes of the resource `openid`: the claims of OpenID Connect Core §5.1, with what PingOne says they are worth.

/// The name and the value of each, in order of the names. Where the value is empty PingOne knows nothing; here the claim is told as far as
/// this server knows it.
pub const PREDEFINED: [(&str, &str); 24] = [
    ("address.country", "${user.address.countryCode}"),
    ("address.formatted", ""),
    ("address.locality", "${user.address.locality}"),
    ("address.postal_code", "${user.address.postalCode}"),
    ("address.region", "${user.address.region}"),
    ("address.street_address", "${user.address.streetAddress}"),
    ("birthdate", ""),
    ("email", "${user.email}"),
    ("email_verified", ""),
    ("family_name", "${user.name.family}"),
    ("gender", ""),
    ("given_name", "${user.name.given}"),
    ("locale", "${user.locale}"),
    ("middle_name", "${user.name.middle}"),
    ("name", "${user.name.formatted}"),
    ("nickname", "${user.nickname}"),
    ("phone_number", "${user.primaryPhone}"),
    ("phone_number_verified", ""),
    ("picture", "${user.photo.href}"),
    ("preferred_username", "${user.username}"),
    ("profile", ""),
    ("updated_at", "${#datetime.toUnixTimestamp(user.updatedAt)}"),
    ("website", ""),
    ("zoneinfo", "${user.timezone}"),
];

/// What the claim is worth until somebody says otherwise; None for a name that is no predefined one.
pub(super) fn value(name: &str) -> Option<&'static str> {
    PREDEFINED.iter().find(|(known, _)| *known == name).map(|(_, value)| *value)
}

#[cfg(test)]
mod tests {
    use super::PREDEFINED;
    use crate::expression::Expression;

    #[test]
    fn each_can_be_read() {
        for (name, value) in PREDEFINED {
            assert!(Expression::parse(value).is_ok(), "{name}");
        }
    }
}
