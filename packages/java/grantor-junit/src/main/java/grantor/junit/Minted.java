package grantor.junit;

import java.util.Map;

/** A token that was made without a flow. Claims and header are empty where it is no JWT. */
public record Minted(String token, Map<String, Object> claims, Map<String, Object> header) {
    /** Without the token, which does not belong into the log of a test. */
    @Override
    public String toString() {
        return "Minted[claims=" + claims + ", header=" + header + "]";
    }

    /** As a resource server reads it. */
    public String bearer() {
        return "Bearer " + token;
    }
}
