//! A token taken apart, and its signature checked with the key that its header names.

use protocol::id::EnvironmentId;
use serde_json::Value;

use crate::page::{ClaimView, SignatureCheck, TokenKind, TokenView};
use crate::state::AppState;

/// A JWT's parts as text.
pub(super) struct Taken {
    kind: TokenKind,
    raw: String,
    alg: String,
    kid: String,
    header: Vec<(String, String)>,
    claims: Vec<(String, String)>,
}

impl Taken {
    /// None for what is no JWT.
    pub(super) fn apart(kind: TokenKind, raw: &str) -> Option<Self> {
        let mut parts = raw.split('.').map(jose::b64::decode);
        let header: Value = serde_json::from_slice(&parts.next()??).ok()?;
        let claims: Value = serde_json::from_slice(&parts.next()??).ok()?;
        let text = |name: &str| header.get(name).and_then(Value::as_str).unwrap_or_default().to_owned();
        let members = |value: &Value| -> Vec<(String, String)> {
            value.as_object().into_iter().flatten().map(|(name, value)| (name.clone(), value.to_string())).collect()
        };
        Some(Self {
            kind,
            raw: raw.to_owned(),
            alg: text("alg"),
            kid: text("kid"),
            header: members(&header),
            claims: members(&claims),
        })
    }

    /// A claim that is text.
    pub(super) fn text(&self, name: &str) -> Option<String> {
        let (_, value) = self.claims.iter().find(|(known, _)| known == name)?;
        serde_json::from_str(value).ok()
    }

    /// Whether the signature holds under the environment's published keys.
    pub(super) async fn verifies(&self, web: &AppState, environment: EnvironmentId) -> bool {
        let Ok(Some(tenant)) = web.app.tenant(environment).await else { return false };
        let Some(key) = tenant.keys.find(&self.kid) else { return false };
        jose::Compact::parse(&self.raw).is_ok_and(|compact| compact.verify(&key.verifying).is_ok())
    }

    pub(super) fn views(&self) -> (Vec<ClaimView<'_>>, Vec<ClaimView<'_>>) {
        (claims(&self.header), claims(&self.claims))
    }

    pub(super) fn view<'a>(
        &'a self,
        views: &'a (Vec<ClaimView<'a>>, Vec<ClaimView<'a>>),
        valid: bool,
        keys: &'a str,
    ) -> TokenView<'a> {
        let (algorithm, kid, jwks_uri) = (self.alg.as_str(), self.kid.as_str(), keys);
        let signature = if valid {
            SignatureCheck::Valid { algorithm, kid, jwks_uri }
        } else {
            SignatureCheck::Invalid { algorithm, kid, jwks_uri }
        };
        TokenView { kind: self.kind, raw: &self.raw, header: &views.0, claims: &views.1, signature }
    }
}

fn claims(members: &[(String, String)]) -> Vec<ClaimView<'_>> {
    members.iter().map(|(name, value)| ClaimView { name, value }).collect()
}
