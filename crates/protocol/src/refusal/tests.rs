use super::*;

#[test]
fn every_reason_has_its_own_row_in_order() {
    assert_eq!(Reason::ALL.len(), TABLE.len());
    for reason in Reason::ALL {
        let letters = format!("{reason:?}").to_lowercase();
        assert_eq!(reason.row().name.replace('_', ""), letters, "the row of {reason:?} stands elsewhere");
        assert_eq!(Reason::parse(reason.row().name), Some(*reason));
    }
}

#[test]
fn public_sentences_fit_error_description() {
    for reason in Reason::ALL {
        // RFC 6749 §5.2: %x20-21 / %x23-5B / %x5D-7E.
        let fits = |b: u8| matches!(b, 0x20..=0x21 | 0x23..=0x5B | 0x5D..=0x7E);
        assert!(reason.row().public.bytes().all(fits), "{reason:?}");
        assert!(!reason.row().mend.is_empty(), "{reason:?}");
    }
}

#[test]
fn failures_of_client_authentication_look_alike() {
    // CA-38, CA-39: what differs is only in the owner's explanation.
    let alike = [
        Reason::ApplicationDisabled,
        Reason::AssertionInvalid,
        Reason::AssertionUsed,
        Reason::ClientKeyExpired,
        Reason::ClientKeyUnknown,
        Reason::ClientUnknown,
        Reason::CredentialsMalformed,
        Reason::CredentialsMissing,
        Reason::MethodOther,
        Reason::MethodUnfit,
        Reason::SecretWrong,
    ];
    for reason in alike {
        let (row, first) = (reason.row(), alike[0].row());
        assert_eq!(
            (row.status, row.oauth, row.code, row.detail, row.public),
            (401, first.oauth, first.code, first.detail, first.public)
        );
    }
}

#[test]
fn failures_of_sign_on_look_alike() {
    // PW-01: unknown, wrong, disabled and without a password. A locked account is told to whoever knows its password (C6).
    let alike = [
        Reason::UserUnknown,
        Reason::PasswordWrong,
        Reason::AccountDisabled,
        Reason::AccountElsewhere,
        Reason::PasswordMissing,
    ];
    for reason in alike {
        let (row, first) = (reason.row(), alike[0].row());
        assert_eq!((row.status, row.code, row.detail, row.public), (400, first.code, first.detail, first.public));
    }
}

#[test]
fn failures_of_a_code_look_alike() {
    // RFC 6749 §10.5: who found a code learns nothing of it; nor who found a refresh token (§10.4).
    let codes = [
        Reason::CodeConsumed,
        Reason::CodeExpired,
        Reason::CodeOfOtherClient,
        Reason::CodeUnknown,
        Reason::RedirectUriMismatch,
        Reason::VerifierInvalid,
        Reason::VerifierMissing,
        Reason::VerifierUnexpected,
    ];
    let refresh_tokens = [
        Reason::RefreshTokenExpired,
        Reason::RefreshTokenOfOtherClient,
        Reason::RefreshTokenReused,
        Reason::RefreshTokenUnknown,
    ];
    for alike in [codes.as_slice(), &refresh_tokens] {
        for reason in alike {
            let (row, first) = (reason.row(), alike[0].row());
            assert_eq!((row.status, row.oauth, row.public), (400, "invalid_grant", first.public), "{reason:?}");
        }
    }
}
