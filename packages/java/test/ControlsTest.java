import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.sun.net.httpserver.HttpServer;
import grantor.junit.Application;
import grantor.junit.Endpoint;
import grantor.junit.Event;
import grantor.junit.Events;
import grantor.junit.Grantor;
import grantor.junit.GrantorException;
import grantor.junit.GrantorTest;
import grantor.junit.Living;
import grantor.junit.Mint;
import grantor.junit.Minted;
import grantor.junit.Next;
import grantor.junit.Requests;
import grantor.junit.World;
import grantor.junit.WorldOptions;
import grantor.junit.Wrong;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;

/** What the installed jars do, in a project that has nothing else. */
@GrantorTest
class ControlsTest {
    private final HttpClient http = HttpClient.newHttpClient();
    private World before;

    @BeforeEach
    void taken(World world) {
        before = world;
    }

    @Test
    void aServerStartsAndGivesATokenAtOnce() {
        long began = System.nanoTime();
        try (Grantor own = Grantor.start()) {
            own.world().mint();
            System.out.println("first token after " + Duration.ofNanos(System.nanoTime() - began).toMillis() + " ms");
        }
        assertThrows(IllegalStateException.class, () -> Grantor.start("--bogus"));
    }

    @Test
    void aTokenEndsWhenTheClockMovesPastItsExpiry(World world) {
        assertEquals(before.id(), world.id());
        Minted minted = world.mint(Mint.access().user(world.user()).scope("openid").expiresIn(60));
        assertEquals(world.user().id(), minted.claims().get("sub"));
        assertTrue(active(world, minted.token()));
        Instant shown = world.clock().advance(Duration.ofSeconds(61));
        assertTrue(shown.isAfter(Instant.now().plusSeconds(55)));
        assertFalse(active(world, minted.token()));
        world.clock().set(Instant.now());
        assertTrue(active(world, minted.token()));
        world.clock().freeze();
        assertTrue(world.clock().frozen());
        assertEquals(world.clock().instant(), world.clock().instant());
        world.clock().unfreeze();
        assertFalse(world.clock().frozen());
    }

    @Test
    void aRotatedKeySignsAndTheOneBeforeStaysPublished(World world) {
        Minted old = world.mint();
        String kid = world.rotateKeys("ES256");
        Minted young = world.mint(Mint.id().user(world.user()).algorithm("ES256").claim("tier", "gold").without("acr"));
        assertNotEquals(kid, old.header().get("kid"));
        assertEquals(kid, young.header().get("kid"));
        assertEquals("gold", young.claims().get("tier"));
        String published = get(world.issuer() + "/jwks");
        assertTrue(published.contains(kid) && published.contains((String) old.header().get("kid")), published);
    }

    @Test
    void aRefreshTokenThatWasEndedIsRefused(World world) {
        String token = world.mint(Mint.refresh().user(world.user()).scope("openid")).token();
        assertEquals(200, refreshed(world, token).statusCode());
        String other = world.mint(Mint.refresh().user(world.user()).scope("openid")).token();
        assertTrue(world.expire(Living.REFRESH_TOKENS, world.user()) > 0);
        HttpResponse<String> refused = refreshed(world, other);
        assertEquals(400, refused.statusCode());
        assertEquals("invalid_grant", member(refused.body(), "error"));
    }

    @Test
    void aClientIsRefusedWhenTheTestSaysSoAndOnce(World world) {
        world.next(Next.at(Endpoint.TOKEN).client(world.application()).refuse("secret_wrong"));
        assertEquals("invalid_client", member(machine(world).body(), "error"));
        world.next(Next.at(Endpoint.TOKEN).times(2).status(429, 2));
        HttpResponse<String> limited = machine(world);
        assertEquals(429, limited.statusCode());
        assertEquals("2", limited.headers().firstValue("Retry-After").orElseThrow());
        world.clearNext();
        assertEquals(200, machine(world).statusCode());
        world.next(Next.at(Endpoint.TOKEN).malformed());
        assertEquals(200, machine(world).statusCode());
    }

    @Test
    void whatWasAskedIsToldAndWaitedFor(World world) {
        var later = CompletableFuture.supplyAsync(() -> world.recorded(Requests.at(Endpoint.TOKEN), 2, Duration.ofSeconds(10)));
        HttpResponse<String> given = machine(world);
        form(world, world.application(), "wrong", Map.of("grant_type", "client_credentials"));
        var found = later.join();
        assertEquals(List.of(World.hashed(member(given.body(), "access_token"))), found.get(0).gave());
        assertEquals(World.hashed(world.application().clientSecret()), found.get(0).form().get("client_secret"));
        assertEquals(401, found.get(1).status());
        assertEquals("secret_wrong", found.get(1).reason());
        assertEquals(1, world.recorded(Requests.at(Endpoint.TOKEN).status(401)).size());
        world.clearRecorded();
        Requests none = Requests.at("token");
        assertThrows(AssertionError.class, () -> world.recorded(none, 1, Duration.ofMillis(50)));
        assertEquals(List.of(), world.outbox(Duration.ZERO));
        assertEquals(List.of(), world.outbox("ada@example.com", Duration.ZERO));
    }

    @Test
    void worldsThatAreMadeAtTheSameTimeKnowNothingOfEachOther(Grantor grantor) {
        var worlds = IntStream.range(0, 20)
                .mapToObj(index -> CompletableFuture.supplyAsync(grantor::world))
                .toList()
                .stream()
                .map(CompletableFuture::join)
                .toList();
        assertEquals(20, new HashSet<>(worlds.stream().map(World::issuer).toList()).size());
        String token = worlds.get(0).mint().token();
        assertTrue(active(worlds.get(0), token));
        assertFalse(active(worlds.get(1), token));
        worlds.forEach(World::delete);
        assertEquals(404, assertThrows(GrantorException.class, worlds.get(0)::mint).status());
    }

    @Test
    void aSnapshotIsRestoredAndASeedIsAWorld(Grantor grantor) {
        var wanted = new WorldOptions()
                .seed("{\"users\": [{\"username\": \"ada\", \"password\": \"a clear password\", \"email\": \"ada@example.com\"}]}")
                .clock(Instant.parse("2030-01-01T00:00:00Z"));
        try (World world = grantor.world(wanted)) {
            assertEquals(List.of("ada"), world.users().stream().map(user -> user.username()).toList());
            String snapshot = world.snapshot();
            world.clock().advance(Duration.ofDays(400));
            world.restore(snapshot);
            assertTrue(world.clock().instant().isBefore(Instant.parse("2030-01-02T00:00:00Z")));
            world.autoSignOn(world.user());
            assertEquals("ada", world.autoSignOn());
            world.reset();
            assertNull(world.autoSignOn());
            assertEquals(world.issuer(), grantor.open(world.id()).issuer());
        }
        var refused = assertThrows(GrantorException.class, () -> before.next(Next.at(Endpoint.TOKEN).times(0).drop()));
        assertEquals(400, refused.status());
        assertEquals("times", refused.at());
    }

    @Test
    void whatHappensIsToldAsItHappens(Grantor grantor, World world) {
        try (Events events = grantor.events()) {
            machine(world);
            form(world, world.application(), "wrong", Map.of("grant_type", "client_credentials"));
            Event told = events.next();
            while (!told.kind().equals("refusal") || !world.id().equals(told.world())) {
                told = events.next();
            }
            assertEquals("secret_wrong", told.told().get("reason"));
        }
    }

    @Test
    void aWorldMayBeDeletedByItsTest(World world) {
        world.delete();
        assertThrows(GrantorException.class, world::delete);
        world.close();
    }

    @Test
    void noSecretIsPrinted(World world) {
        Minted minted = world.mint(Mint.id().user(world.user()));
        String printed = world.applications() + " " + world.users() + " " + world.worker() + " " + minted;
        for (String secret : List.of(
                world.application().clientSecret(), world.user().password(), world.worker().clientSecret(), minted.token())) {
            assertFalse(printed.contains(secret), printed);
        }
        assertTrue(printed.contains(world.application().clientId()) && printed.contains(world.user().username()), printed);
    }

    @Test
    void aPublicClientIsARegistrationOfSpring(Grantor grantor) {
        var wanted = new WorldOptions()
                .seed("{\"applications\": [{\"name\": \"Page\", \"enabled\": true, \"type\": \"SINGLE_PAGE_APP\", \"protocol\": \"OPENID_CONNECT\", "
                        + "\"clientId\": \"page\", \"tokenEndpointAuthMethod\": \"NONE\", \"grantTypes\": [\"AUTHORIZATION_CODE\"], "
                        + "\"responseTypes\": [\"CODE\"], \"pkceEnforcement\": \"S256_REQUIRED\", \"redirectUris\": [\"http://localhost:3000/callback\"]}]}")
                .frozen(true)
                .rate(2);
        try (World world = grantor.world(wanted)) {
            // Without a null: Spring's own maps take none.
            Map<String, String> properties = Map.copyOf(world.springProperties("page"));
            String at = "spring.security.oauth2.client.registration.page.";
            assertEquals("page", properties.get(at + "client-id"));
            assertEquals("none", properties.get(at + "client-authentication-method"));
            assertFalse(properties.containsKey(at + "client-secret"));
            assertTrue(world.clock().frozen());
        }
    }

    @Test
    void noServerIsToldByItsName() throws IOException {
        var nonsense = assertThrows(IllegalArgumentException.class, () -> Grantor.at("nonsense", null, null));
        assertTrue(nonsense.getMessage().startsWith("nonsense is no address"), nonsense.getMessage());
        var other = HttpServer.create(new InetSocketAddress("127.0.0.1", 0), 0);
        other.createContext("/", exchange -> {
            exchange.sendResponseHeaders(200, 6);
            exchange.getResponseBody().write("<html>".getBytes(StandardCharsets.UTF_8));
            exchange.close();
        });
        other.start();
        String url = "http://127.0.0.1:" + other.getAddress().getPort();
        var another = assertThrows(GrantorException.class, () -> Grantor.at(url, null, null).world());
        assertTrue(another.getMessage().endsWith("answered 200: is it a grantor dev?"), another.getMessage());
        other.stop(0);
        var dead = assertThrows(UncheckedIOException.class, () -> Grantor.at(url, null, null).world());
        assertTrue(dead.getMessage().startsWith(url + " does not answer: POST /dev/v1/worlds: Connection refused"), dead.getMessage());
    }

    @Test
    void aStartThatFailsLeavesNothingBehind() throws IOException {
        Path file = Files.createTempFile("no-program", "");
        String before = System.setProperty("grantor.binary", file.toString());
        try {
            Set<Path> folders = folders();
            assertThrows(UncheckedIOException.class, Grantor::start);
            assertEquals(folders, folders());
        } finally {
            if (before == null) {
                System.clearProperty("grantor.binary");
            } else {
                System.setProperty("grantor.binary", before);
            }
            Files.delete(file);
        }
    }

    private static Set<Path> folders() throws IOException {
        try (var files = Files.list(Path.of(System.getProperty("java.io.tmpdir")))) {
            return files.filter(file -> file.getFileName().toString().startsWith("grantor-")).collect(Collectors.toSet());
        }
    }

    /** One world for all tests of the class. */
    @Nested
    @GrantorTest(world = GrantorTest.Scope.CLASS, clock = "2031-05-05T05:05:05Z", seed = "shop.json")
    class OfAClass {
        private final World constructed;

        OfAClass(World world) {
            constructed = world;
        }

        @Test
        void isTheSameAndTakenBackOnce(World world) {
            turned(world);
        }

        @Test
        void isTheSameAndTakenBackTwice(World world) {
            turned(world);
        }

        private void turned(World world) {
            assertEquals(constructed.id(), world.id());
            assertEquals("portal", world.application().clientId());
            assertTrue(world.clock().instant().isBefore(Instant.parse("2031-05-06T00:00:00Z")));
            world.clock().advance(Duration.ofDays(3));
        }
    }

    @Test
    void aTokenIsWrongInOneThing(World world) {
        for (Wrong wrong : Wrong.values()) {
            assertFalse(world.mint(Mint.access().user(world.user()).audience("https://api.test").wrong(wrong)).token().isEmpty());
        }
        assertFalse(active(world, world.mint(Mint.access().wrong(Wrong.SIGNATURE)).token()));
    }

    private boolean active(World world, String token) {
        return post(world.issuer() + "/introspect", world.application(), world.application().clientSecret(), Map.of("token", token))
                .body()
                .contains("\"active\":true");
    }

    private HttpResponse<String> machine(World world) {
        return form(world, world.application(), world.application().clientSecret(), Map.of("grant_type", "client_credentials"));
    }

    private HttpResponse<String> refreshed(World world, String token) {
        var parameters = Map.of("grant_type", "refresh_token", "refresh_token", token);
        return form(world, world.application(), world.application().clientSecret(), parameters);
    }

    private HttpResponse<String> form(World world, Application client, String secret, Map<String, String> parameters) {
        return post(world.issuer() + "/token", client, secret, parameters);
    }

    private HttpResponse<String> post(String url, Application client, String secret, Map<String, String> parameters) {
        var credentials = Map.of("client_id", client.clientId(), "client_secret", secret);
        String body = Stream.of(credentials, parameters)
                .flatMap(each -> each.entrySet().stream())
                .map(each -> each.getKey() + "=" + URLEncoder.encode(each.getValue(), StandardCharsets.UTF_8))
                .collect(Collectors.joining("&"));
        return sent(HttpRequest.newBuilder(URI.create(url))
                .header("Content-Type", "application/x-www-form-urlencoded")
                .POST(HttpRequest.BodyPublishers.ofString(body))
                .build());
    }

    private String get(String url) {
        return sent(HttpRequest.newBuilder(URI.create(url)).build()).body();
    }

    private HttpResponse<String> sent(HttpRequest request) {
        return http.sendAsync(request, HttpResponse.BodyHandlers.ofString()).join();
    }

    private static String member(String json, String name) {
        var found = Pattern.compile('"' + name + "\"\\s*:\\s*\"([^\"]*)\"").matcher(json);
        return found.find() ? found.group(1) : "";
    }
}
