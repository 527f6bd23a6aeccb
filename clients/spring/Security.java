package site;

import jakarta.servlet.http.HttpServletRequest;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.core.annotation.Order;
import org.springframework.security.authentication.AuthenticationManager;
import org.springframework.security.authentication.AuthenticationManagerResolver;
import org.springframework.security.authentication.ProviderManager;
import org.springframework.security.config.annotation.web.builders.HttpSecurity;
import org.springframework.security.oauth2.client.OAuth2AuthorizedClientManager;
import org.springframework.security.oauth2.client.OAuth2AuthorizedClientProviderBuilder;
import org.springframework.security.oauth2.client.oidc.web.logout.OidcClientInitiatedLogoutSuccessHandler;
import org.springframework.security.oauth2.client.registration.ClientRegistration;
import org.springframework.security.oauth2.client.registration.ClientRegistrationRepository;
import org.springframework.security.oauth2.client.web.DefaultOAuth2AuthorizationRequestResolver;
import org.springframework.security.oauth2.client.web.DefaultOAuth2AuthorizedClientManager;
import org.springframework.security.oauth2.client.web.OAuth2AuthorizationRequestCustomizers;
import org.springframework.security.oauth2.client.web.OAuth2AuthorizedClientRepository;
import org.springframework.security.oauth2.jwt.JwtDecoders;
import org.springframework.security.oauth2.server.resource.authentication.JwtAuthenticationProvider;
import org.springframework.security.oauth2.server.resource.authentication.OpaqueTokenAuthenticationProvider;
import org.springframework.security.oauth2.server.resource.introspection.SpringOpaqueTokenIntrospector;
import org.springframework.security.web.SecurityFilterChain;

/** Sign-on with PKCE and sign-off at the provider; an API whose addresses say of which provider a token is and how it is checked. */
@Configuration(proxyBeanMethods = false)
class Security {
    @Bean
    @Order(1)
    SecurityFilterChain api(HttpSecurity http, ClientRegistrationRepository registrations) throws Exception {
        AuthenticationManagerResolver<HttpServletRequest> managers = managers(registrations);
        return http.securityMatcher("/api/**")
                .authorizeHttpRequests(requests -> requests.anyRequest().authenticated())
                .csrf(csrf -> csrf.disable())
                .oauth2ResourceServer(server -> server.authenticationManagerResolver(managers))
                .build();
    }

    /** /api/{provider}/jwt verifies with the provider's keys, /api/{provider}/opaque asks it. */
    private static AuthenticationManagerResolver<HttpServletRequest> managers(ClientRegistrationRepository registrations) {
        Map<String, AuthenticationManager> managers = new HashMap<>();
        for (String provider : Pages.PROVIDERS) {
            ClientRegistration registration = registrations.findByRegistrationId(provider + "-api");
            ClientRegistration.ProviderDetails details = registration.getProviderDetails();
            var jwt = new JwtAuthenticationProvider(JwtDecoders.fromIssuerLocation(details.getIssuerUri()));
            managers.put("/api/" + provider + "/jwt", new ProviderManager(jwt));
            var introspector = SpringOpaqueTokenIntrospector
                    .withIntrospectionUri(details.getConfigurationMetadata().get("introspection_endpoint").toString())
                    .clientId(registration.getClientId())
                    .clientSecret(registration.getClientSecret())
                    .build();
            var opaque = new OpaqueTokenAuthenticationProvider(introspector);
            managers.put("/api/" + provider + "/opaque", new ProviderManager(opaque));
        }
        return request -> managers.get(request.getRequestURI());
    }

    @Bean
    @Order(2)
    SecurityFilterChain pages(HttpSecurity http, ClientRegistrationRepository registrations, Assertions assertions) throws Exception {
        var withPkce = new DefaultOAuth2AuthorizationRequestResolver(registrations, "/oauth2/authorization");
        withPkce.setAuthorizationRequestCustomizer(OAuth2AuthorizationRequestCustomizers.withPkce());
        var signOff = new OidcClientInitiatedLogoutSuccessHandler(registrations);
        signOff.setPostLogoutRedirectUri("{baseUrl}/signed-out");
        return http.authorizeHttpRequests(requests -> requests
                        .requestMatchers("/signed-out", "/service/**").permitAll()
                        .anyRequest().authenticated())
                .oauth2Login(login -> login
                        .authorizationEndpoint(endpoint -> endpoint.authorizationRequestResolver(withPkce))
                        .tokenEndpoint(endpoint -> endpoint.accessTokenResponseClient(assertions.forCodes())))
                .logout(logout -> logout.logoutSuccessHandler(signOff))
                .build();
    }

    /** Every token counts as about to expire, so that each use refreshes it. */
    @Bean
    OAuth2AuthorizedClientManager refreshing(
            ClientRegistrationRepository registrations, OAuth2AuthorizedClientRepository clients, Assertions assertions) {
        var provider = OAuth2AuthorizedClientProviderBuilder.builder()
                .authorizationCode()
                .refreshToken(refresh -> refresh.clockSkew(Duration.ofDays(1)).accessTokenResponseClient(assertions.forRefreshing()))
                .clientCredentials(itself -> itself.accessTokenResponseClient(assertions.forItself()))
                .build();
        var manager = new DefaultOAuth2AuthorizedClientManager(registrations, clients);
        manager.setAuthorizedClientProvider(provider);
        return manager;
    }
}
