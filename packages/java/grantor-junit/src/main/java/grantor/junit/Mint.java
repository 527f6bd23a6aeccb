package grantor.junit;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Which token is to be made. What is not said is as the token endpoint would have it. */
public final class Mint {
    private final Map<String, Object> members = new LinkedHashMap<>();
    private final Map<String, Object> claims = new LinkedHashMap<>();

    private Mint(String kind) {
        members.put("kind", kind);
    }

    public static Mint access() {
        return new Mint("access");
    }

    public static Mint id() {
        return new Mint("id");
    }

    public static Mint refresh() {
        return new Mint("refresh");
    }

    /** Of this person of the world. */
    public Mint user(User user) {
        return set("username", user.username());
    }

    /** Any text; a person's id for a person. */
    public Mint subject(String subject) {
        return set("subject", subject);
    }

    /** Given to this application, in place of the first one. */
    public Mint client(Application application) {
        return set("clientId", application.clientId());
    }

    /** Scope-tokens with spaces between. */
    public Mint scope(String scope) {
        return set("scope", scope);
    }

    public Mint audience(String... audience) {
        return set("audience", List.of(audience));
    }

    public Mint claim(String name, Object value) {
        claims.put(name, value);
        return set("claims", claims);
    }

    public Mint without(String... claims) {
        return set("removeClaims", List.of(claims));
    }

    /** Seconds; less than none for one that has ended. */
    public Mint expiresIn(long seconds) {
        return set("expiresIn", seconds);
    }

    public Mint algorithm(String algorithm) {
        return set("algorithm", algorithm);
    }

    public Mint wrong(Wrong wrong) {
        return set("wrong", wrong);
    }

    private Mint set(String name, Object value) {
        members.put(name, value);
        return this;
    }

    Map<String, Object> members() {
        return members;
    }
}
