package site;

import java.util.List;
import java.util.Map;
import org.springframework.http.ResponseEntity;
import org.springframework.security.core.Authentication;
import org.springframework.security.core.annotation.AuthenticationPrincipal;
import org.springframework.security.oauth2.client.ClientAuthorizationException;
import org.springframework.security.oauth2.client.OAuth2AuthorizeRequest;
import org.springframework.security.oauth2.client.OAuth2AuthorizedClient;
import org.springframework.security.oauth2.client.OAuth2AuthorizedClientManager;
import org.springframework.security.oauth2.client.authentication.OAuth2AuthenticationToken;
import org.springframework.security.oauth2.client.web.OAuth2AuthorizedClientRepository;
import org.springframework.security.oauth2.core.oidc.user.OidcUser;
import org.springframework.web.bind.annotation.ExceptionHandler;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.RestController;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;

/** What the application knows about the person and its tokens, as JSON. */
@RestController
class Pages {
    static final List<String> PROVIDERS = List.of("pingone", "spring");

    private final OAuth2AuthorizedClientManager manager;
    private final OAuth2AuthorizedClientRepository clients;

    Pages(OAuth2AuthorizedClientManager manager, OAuth2AuthorizedClientRepository clients) {
        this.manager = manager;
        this.clients = clients;
    }

    /** The person, and the tokens as they were kept. */
    @GetMapping("/")
    Map<String, Object> home(
            OAuth2AuthenticationToken authentication, @AuthenticationPrincipal OidcUser user, HttpServletRequest request) {
        String provider = authentication.getAuthorizedClientRegistrationId();
        OAuth2AuthorizedClient kept = clients.loadAuthorizedClient(provider, authentication, request);
        return Map.of(
                "provider", provider,
                "name", user.getName(),
                "idTokenClaims", user.getIdToken().getClaims(),
                "userinfo", user.getUserInfo() == null ? Map.of() : user.getUserInfo().getClaims(),
                "idToken", user.getIdToken().getTokenValue(),
                "accessToken", kept.getAccessToken().getTokenValue(),
                "refreshes", kept.getRefreshToken() != null);
    }

    /** The access token after a refresh. */
    @GetMapping("/refreshed")
    Map<String, Object> refreshed(
            OAuth2AuthenticationToken authentication, HttpServletRequest request, HttpServletResponse response) {
        return authorized(authentication.getAuthorizedClientRegistrationId(), authentication, request, response);
    }

    /** A token of the application itself. */
    @GetMapping("/service/{registration}")
    Map<String, Object> service(
            @PathVariable("registration") String registration, HttpServletRequest request, HttpServletResponse response) {
        return authorized(registration, null, request, response);
    }

    private Map<String, Object> authorized(
            String registration, Authentication who, HttpServletRequest request, HttpServletResponse response) {
        OAuth2AuthorizeRequest.Builder asked = OAuth2AuthorizeRequest.withClientRegistrationId(registration);
        asked = who == null ? asked.principal(registration) : asked.principal(who);
        OAuth2AuthorizedClient client = manager.authorize(asked
                .attribute(HttpServletRequest.class.getName(), request)
                .attribute(HttpServletResponse.class.getName(), response)
                .build());
        return Map.of("accessToken", client.getAccessToken().getTokenValue(), "scopes", client.getAccessToken().getScopes());
    }

    @GetMapping("/api/{provider}/{way}")
    Map<String, Object> api(@PathVariable("provider") String provider, Authentication authentication) {
        return Map.of("provider", provider, "name", String.valueOf(authentication.getName()));
    }

    @GetMapping("/signed-out")
    String signedOut() {
        return "signed out";
    }

    @ExceptionHandler(ClientAuthorizationException.class)
    ResponseEntity<String> refused(ClientAuthorizationException refusal) {
        return ResponseEntity.status(502).body(refusal.getError().toString());
    }
}
