package site;

import com.nimbusds.jose.jwk.JWK;
import com.nimbusds.jose.jwk.OctetSequenceKey;
import java.nio.charset.StandardCharsets;
import java.text.ParseException;
import org.springframework.core.env.Environment;
import org.springframework.security.oauth2.client.endpoint.AbstractOAuth2AuthorizationGrantRequest;
import org.springframework.security.oauth2.client.endpoint.AbstractRestClientOAuth2AccessTokenResponseClient;
import org.springframework.security.oauth2.client.endpoint.NimbusJwtClientAuthenticationParametersConverter;
import org.springframework.security.oauth2.client.endpoint.OAuth2AccessTokenResponseClient;
import org.springframework.security.oauth2.client.endpoint.OAuth2AuthorizationCodeGrantRequest;
import org.springframework.security.oauth2.client.endpoint.OAuth2ClientCredentialsGrantRequest;
import org.springframework.security.oauth2.client.endpoint.OAuth2RefreshTokenGrantRequest;
import org.springframework.security.oauth2.client.endpoint.RestClientAuthorizationCodeTokenResponseClient;
import org.springframework.security.oauth2.client.endpoint.RestClientClientCredentialsTokenResponseClient;
import org.springframework.security.oauth2.client.endpoint.RestClientRefreshTokenTokenResponseClient;
import org.springframework.security.oauth2.client.registration.ClientRegistration;
import org.springframework.security.oauth2.core.ClientAuthenticationMethod;

/** Requests at the token endpoint, with an assertion where the registration's method is one. */
class Assertions {
    private final Environment settings;

    Assertions(Environment settings) {
        this.settings = settings;
    }

    OAuth2AccessTokenResponseClient<OAuth2AuthorizationCodeGrantRequest> forCodes() {
        return signing(new RestClientAuthorizationCodeTokenResponseClient());
    }

    OAuth2AccessTokenResponseClient<OAuth2RefreshTokenGrantRequest> forRefreshing() {
        return signing(new RestClientRefreshTokenTokenResponseClient());
    }

    OAuth2AccessTokenResponseClient<OAuth2ClientCredentialsGrantRequest> forItself() {
        return signing(new RestClientClientCredentialsTokenResponseClient());
    }

    private <T extends AbstractOAuth2AuthorizationGrantRequest> OAuth2AccessTokenResponseClient<T> signing(
            AbstractRestClientOAuth2AccessTokenResponseClient<T> client) {
        client.addParametersConverter(new NimbusJwtClientAuthenticationParametersConverter<>(this::key));
        return client;
    }

    /** The secret, or the JWK that the settings have under the registration's name. */
    private JWK key(ClientRegistration registration) {
        ClientAuthenticationMethod method = registration.getClientAuthenticationMethod();
        if (method.equals(ClientAuthenticationMethod.CLIENT_SECRET_JWT)) {
            byte[] secret = registration.getClientSecret().getBytes(StandardCharsets.UTF_8);
            return new OctetSequenceKey.Builder(secret).keyID(registration.getRegistrationId()).build();
        }
        try {
            return JWK.parse(settings.getRequiredProperty("keys." + registration.getRegistrationId()));
        } catch (ParseException failure) {
            throw new IllegalStateException(failure);
        }
    }
}
