package grantor.junit;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** An environment of the server for tests, and its controls. Two worlds know nothing of each other. */
public final class World implements AutoCloseable {
    private final Calls calls;
    private final Members told;
    private final List<Application> applications;
    private final List<User> users;
    private final WorldClock clock = new WorldClock(this);

    World(Calls calls, Members told) {
        this.calls = calls;
        this.told = told;
        this.applications = told.all("applications").stream().map(Application::of).toList();
        this.users = told.all("users").stream().map(User::of).toList();
    }

    /** How the recorder shows a secret, a code or a token. */
    public static String hashed(String value) {
        try {
            byte[] hash = MessageDigest.getInstance("SHA-256").digest(value.getBytes(StandardCharsets.UTF_8));
            return "sha256:" + HexFormat.of().formatHex(hash);
        } catch (NoSuchAlgorithmException impossible) {
            throw new IllegalStateException(impossible);
        }
    }

    public String id() {
        return told.text("id");
    }

    public String issuer() {
        return told.text("issuer");
    }

    public String discovery() {
        return told.text("discovery");
    }

    /** Of the management API. */
    public String apiUrl() {
        return told.text("apiUrl");
    }

    /** Administers this world alone, with a token by {@code client_credentials}. */
    public Application worker() {
        Members worker = Members.of(told.map("worker"));
        return new Application("worker", null, worker.text("clientId"), worker.text("clientSecret"), List.of());
    }

    public List<Application> applications() {
        return applications;
    }

    public List<User> users() {
        return users;
    }

    /** The first one. */
    public Application application() {
        return applications.get(0);
    }

    /** The first one. */
    public User user() {
        return users.get(0);
    }

    public WorldClock clock() {
        return clock;
    }

    /** An access token of the first application. */
    public Minted mint() {
        return mint(Mint.access());
    }

    public Minted mint(Mint wanted) {
        Members minted = call("POST", "/tokens", wanted.members());
        return new Minted(minted.text("token"), minted.map("claims"), minted.map("header"));
    }

    /** Chooses an answer; gives the id of the choice. */
    public String next(Next choice) {
        return call("POST", "/next", choice.members()).text("id");
    }

    /** Takes back all choices that were not given yet. */
    public void clearNext() {
        call("DELETE", "/next", null);
    }

    /** What was asked so far, the oldest first. */
    public List<Recorded> recorded(Requests which) {
        return asked(which, 0);
    }

    /** The same, once there are as many; {@link AssertionError} where they do not come in time. */
    public List<Recorded> recorded(Requests which, int count, Duration limit) {
        long deadline = System.nanoTime() + limit.toNanos();
        var found = new ArrayList<>(asked(which, 0));
        while (found.size() < count) {
            long left = Duration.ofNanos(deadline - System.nanoTime()).toMillis();
            if (left <= 0) {
                throw new AssertionError(found.size() + " of " + count + " requests came within " + limit + " (" + which + ")");
            }
            Requests later = found.isEmpty() ? which : which.after(found.get(found.size() - 1));
            found.addAll(asked(later, left));
        }
        return found;
    }

    public void clearRecorded() {
        call("DELETE", "/requests", null);
    }

    /** A new key that signs from now on; gives its {@code kid}. The one before stays published. */
    public String rotateKeys() {
        return call("POST", "/keys", Map.of()).text("kid");
    }

    public String rotateKeys(String algorithm) {
        return call("POST", "/keys", Map.of("algorithm", algorithm)).text("kid");
    }

    /** Ends what lives before its time; gives how many lived. */
    public int expire(Living what) {
        return call("POST", "/expire", Map.of("what", what)).number("expired");
    }

    public int expire(Living what, Application of) {
        return call("POST", "/expire", Map.of("what", what, "clientId", of.clientId())).number("expired");
    }

    public int expire(Living what, User of) {
        return call("POST", "/expire", Map.of("what", what, "username", of.username())).number("expired");
    }

    /** Messages to people, once there is one or the time is over. */
    public List<Message> outbox(Duration wait) {
        String query = wait.isZero() ? "" : "?waitMs=" + Math.min(wait.toMillis(), 30_000);
        return call("GET", "/outbox" + query, null).all("messages").stream().map(Message::of).toList();
    }

    /** Those to this address, once there is one or the time is over. */
    public List<Message> outbox(String to, Duration wait) {
        String query = "?to=" + Calls.encoded(to) + "&waitMs=" + Math.min(wait.toMillis(), 30_000);
        return call("GET", "/outbox" + query, null).all("messages").stream().map(Message::of).toList();
    }

    public void clearOutbox() {
        call("DELETE", "/outbox", null);
    }

    /** Of an application and a person together. */
    public int expire(Living what, Application client, User user) {
        var of = Map.of("what", what, "clientId", client.clientId(), "username", user.username());
        return call("POST", "/expire", of).number("expired");
    }

    /** Who signs on without a form; null where nobody does. */
    public String autoSignOn() {
        return call("GET", "/settings", null).text("autoSignOn");
    }

    /** Signs on this person without a form; nobody where it is null. */
    public void autoSignOn(User user) {
        var members = new LinkedHashMap<String, Object>();
        members.put("autoSignOn", user == null ? null : user.username());
        call("PUT", "/settings", members);
    }

    /** Whether {@code login_hint} signs on whom it names. */
    public void loginHintSignsOn(boolean does) {
        call("PUT", "/settings", Map.of("loginHintSignsOn", does));
    }

    /** As it was when it was made. */
    public void reset() {
        call("POST", "/reset", null);
    }

    /** Gives the id that {@link #restore} takes. */
    public String snapshot() {
        return call("POST", "/snapshots", null).text("id");
    }

    public void restore(String snapshot) {
        call("POST", "/snapshots/" + Calls.encoded(snapshot) + "/restore", null);
    }

    /** For good: nothing of it answers any more. */
    public void delete() {
        call("DELETE", "", null);
    }

    /** The same where it may be gone already. */
    @Override
    public void close() {
        try {
            delete();
        } catch (GrantorException refused) {
            if (refused.status() != 404) {
                throw refused;
            }
        }
    }

    /**
     * What Spring Boot has to know: the issuer for a resource server and for the provider {@code grantor} of clients, and as
     * {@code grantor.issuer}, {@code grantor.client-id}, {@code grantor.client-secret} and {@code grantor.api-url} for properties of one's own.
     *
     * @param registration the registration of a client that is the first application; empty for none
     */
    public Map<String, String> springProperties(String registration) {
        var properties = new LinkedHashMap<String, String>();
        properties.put("spring.security.oauth2.resourceserver.jwt.issuer-uri", issuer());
        properties.put("spring.security.oauth2.client.provider.grantor.issuer-uri", issuer());
        properties.put("grantor.issuer", issuer());
        properties.put("grantor.api-url", apiUrl());
        if (!applications.isEmpty()) {
            properties.put("grantor.client-id", application().clientId());
            if (application().clientSecret() != null) {
                properties.put("grantor.client-secret", application().clientSecret());
            }
        }
        if (!registration.isEmpty()) {
            if (applications.isEmpty()) {
                throw new IllegalStateException("the registration " + registration + " is the first application of the world, and it has none");
            }
            String at = "spring.security.oauth2.client.registration." + registration + ".";
            properties.put(at + "provider", "grantor");
            properties.put(at + "client-id", application().clientId());
            if (application().clientSecret() == null) {
                // A public client: Spring proves it by PKCE alone.
                properties.put(at + "client-authentication-method", "none");
            } else {
                properties.put(at + "client-secret", application().clientSecret());
            }
        }
        return properties;
    }

    private List<Recorded> asked(Requests which, long waitMillis) {
        return call("GET", "/requests" + which.query(waitMillis), null).all("requests").stream().map(Recorded::of).toList();
    }

    Members call(String method, String path, Map<String, ?> body) {
        return calls.call(method, "/worlds/" + id() + path, body);
    }
}
