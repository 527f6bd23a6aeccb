package grantor.junit;

import java.util.List;

/** An application of a world. The secret is null where it has none. */
public record Application(String name, String id, String clientId, String clientSecret, List<String> redirectUris) {
    /** Without the secret, which does not belong into the log of a test. */
    @Override
    public String toString() {
        return "Application[name=" + name + ", id=" + id + ", clientId=" + clientId + ", redirectUris=" + redirectUris + "]";
    }

    static Application of(Members told) {
        return new Application(
                told.text("name"), told.text("id"), told.text("clientId"), told.text("clientSecret"), told.texts("redirectUris"));
    }
}
