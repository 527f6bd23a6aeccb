package grantor.junit;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** What an endpoint answers next: {@code Next.at(Endpoint.TOKEN).refuse("code_expired")}. */
public final class Next {
    private final Map<String, Object> members;

    private Next(Map<String, Object> members) {
        this.members = members;
    }

    public static Asked at(Endpoint endpoint) {
        var members = new LinkedHashMap<String, Object>();
        members.put("endpoint", endpoint);
        return new Asked(members);
    }

    Map<String, Object> members() {
        return members;
    }

    /** Which requests, before it is said what is answered. */
    public static final class Asked {
        private final Map<String, Object> members;

        private Asked(Map<String, Object> members) {
            this.members = members;
        }

        /** Those of this application alone. */
        public Asked client(Application application) {
            return set("clientId", application.clientId());
        }

        /** The next so many, in place of one. */
        public Asked times(int times) {
            return set("times", times);
        }

        /** A refusal by its name ({@code secret_wrong}), as a real one. */
        public Next refuse(String reason) {
            return new Next(set("refuse", reason).members);
        }

        /** Other claims in what is given. */
        public Next claims(Map<String, ?> set, String... remove) {
            return new Next(set("claims", Map.of("set", set, "remove", List.of(remove))).members);
        }

        /** As it is, and so much later. */
        public Next delayMillis(long millis) {
            return new Next(set("delayMs", millis).members);
        }

        /** No answer: the connection is closed. */
        public Next drop() {
            return new Next(set("drop", true).members);
        }

        /** A body that breaks off. */
        public Next malformed() {
            return new Next(set("malformed", true).members);
        }

        public Next status(int status) {
            return new Next(set("status", status).members);
        }

        /** With {@code Retry-After}, in seconds. */
        public Next status(int status, int retryAfter) {
            return new Next(set("retryAfter", retryAfter).set("status", status).members);
        }

        private Asked set(String name, Object value) {
            members.put(name, value);
            return this;
        }
    }
}
