package api;

import static org.junit.jupiter.api.Assertions.*;

import grantor.junit.*;
import java.net.URI;
import java.net.http.*;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.springframework.beans.factory.annotation.Value;
import org.springframework.boot.test.context.SpringBootTest;

@GrantorTest
@SpringBootTest(webEnvironment = SpringBootTest.WebEnvironment.RANDOM_PORT)
class ApiTest {
    private final HttpClient http = HttpClient.newHttpClient();
    @Value("http://localhost:${local.server.port}/me")
    private URI me;

    @Test
    void whoBringsATokenIsAnswered(World world) throws Exception {
        var answer = called(world.mint(Mint.access().user(world.user()).scope("openid")));
        assertEquals(world.user().id(), answer.body());
    }

    @ParameterizedTest
    @EnumSource(value = Wrong.class, names = {"EXPIRED", "NOT_YET_VALID", "ISSUER", "SIGNATURE", "ALG_NONE", "UNKNOWN_KID", "TYP"})
    void whatIsWrongIsRefused(Wrong wrong, World world) throws Exception {
        assertEquals(401, called(world.mint(Mint.access().wrong(wrong))).statusCode());
    }

    @Test
    void aTokenOfYesterdayHasExpired(World world) throws Exception {
        world.clock().advance(Duration.ofDays(-1));
        assertEquals(401, called(world.mint()).statusCode());
    }

    @Test
    void aNewKeyIsLearnt(World world) throws Exception {
        assertEquals(200, called(world.mint()).statusCode());
        world.rotateKeys();
        assertEquals(200, called(world.mint()).statusCode());
    }

    @Test
    void aTokenOfAnotherWorldIsRefused(Grantor grantor) throws Exception {
        try (World other = grantor.world()) {
            assertEquals(401, called(other.mint()).statusCode());
        }
    }

    @Test
    void aRefreshTokenThatWasRevokedGivesNothing(World world) throws Exception {
        String token = world.mint(Mint.refresh().user(world.user()).scope("openid")).token();
        world.expire(Living.REFRESH_TOKENS);
        assertTrue(token(world, "grant_type=refresh_token&refresh_token=" + token).body().contains("invalid_grant"));
    }

    @Test
    void aClientThatIsRefused(World world) throws Exception {
        world.next(Next.at(Endpoint.TOKEN).refuse("secret_wrong"));
        assertTrue(token(world, "grant_type=client_credentials").body().contains("invalid_client"));
        assertEquals("secret_wrong", world.recorded(Requests.at(Endpoint.TOKEN)).get(0).reason());
    }

    private HttpResponse<String> called(Minted token) throws Exception {
        return http.send(HttpRequest.newBuilder(me).header("Authorization", token.bearer()).build(), BodyHandlers.ofString());
    }

    private HttpResponse<String> token(World world, String form) throws Exception {
        String body = form + "&client_id=" + world.application().clientId() + "&client_secret=" + world.application().clientSecret();
        var request = HttpRequest.newBuilder(URI.create(world.issuer() + "/token")).POST(BodyPublishers.ofString(body));
        return http.send(request.header("Content-Type", "application/x-www-form-urlencoded").build(), BodyHandlers.ofString());
    }
}
