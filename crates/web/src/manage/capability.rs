//! What may be done in an environment (PingOne's `capabilities`): what this server does is true, whatever it has not is false.

#![expect(clippy::unused_async, reason = "the rows of the route table are asynchronous; this is answered from memory")]

use engine::Failure;

use super::answer::Answer;
use super::call::Call;
use super::shape::linked;

pub(super) async fn read(call: Call) -> Result<Answer, Failure> {
    let environment = call.environment()?;
    let path = format!("/environments/{environment}");
    let links = linked(&call.by, &[("self", format!("{path}/capabilities")), ("environment", path)]);
    let all = DONE.iter().map(|name| (*name, true)).chain(LACKED.iter().map(|name| (*name, false)));
    let answer = all.fold(links, |answer, (name, can)| answer.with(name, can));
    Ok(Answer::ok(answer.with("environmentId", environment.to_string())))
}

const DONE: [&str; 10] = [
    "canAddResources",
    "canAssignUsersRoles",
    "canCreateConnections",
    "canUseCustomSchema",
    "canUseIdentities",
    "canUsePasswordManagement",
    "canUsePasswordOnlyAuthentication",
    "canUsePasswordPolicy",
    "canUsePlatform",
    "canUsersUpdateSelf",
];
const LACKED: [&str; 44] = [
    "canContactSupport",
    "canCreateCustomDomain",
    "canPromoteToProd",
    "canSendMfaNotificationsOutsideWhitelist",
    "canSendPasswordManagementNotifications",
    "canSendVerificationFlowNotifications",
    "canUseAccountProtection",
    "canUseApiAccessManagement",
    "canUseApplicationPermissions",
    "canUseBotMaliciousDeviceDetection",
    "canUseCredentials",
    "canUseCredentialsPushNotifications",
    "canUseDaVinciAdminPortal",
    "canUseDataBasedVerifications",
    "canUseDigitalVerifications",
    "canUseDocumentMatch",
    "canUseDynamicAuthorization",
    "canUseEditNotificationTemplate",
    "canUseEmailOtp",
    "canUseFaceMatch",
    "canUseIdentityProviders",
    "canUseInboundProvisioning",
    "canUseIntelligence",
    "canUseIntelligenceAdvancedPredictors",
    "canUseIntelligenceAnonymousNetworkDetection",
    "canUseIntelligenceDataConsent",
    "canUseIntelligenceGeoVelocity",
    "canUseIntelligenceReputation",
    "canUseIntelligenceRisk",
    "canUseKerberosGateway",
    "canUseLdapGateway",
    "canUseManualIdInspection",
    "canUseMfa",
    "canUseMfaFido2Devices",
    "canUseMfaPushNotifications",
    "canUseMfaVoiceOtp",
    "canUseMyAccount",
    "canUseOrchestration",
    "canUseProvisioning",
    "canUseRadiusGateway",
    "canUseSmsOtp",
    "canUseTotp",
    "canUseVerificationFlow",
    "canUseVerify",
];
