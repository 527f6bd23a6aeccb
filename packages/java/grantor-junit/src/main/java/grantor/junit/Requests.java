package grantor.junit;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.stream.Collectors;

/** Which requests of the recorder: {@code Requests.at(Endpoint.TOKEN).status(401)}. */
public final class Requests {
    private final Map<String, String> query;

    private Requests(Map<String, String> query) {
        this.query = query;
    }

    public static Requests all() {
        return new Requests(Map.of());
    }

    public static Requests at(Endpoint endpoint) {
        return at(endpoint.toString());
    }

    /** One that can be recorded but not told what to answer: {@code flows}, {@code signon}, {@code resume} … */
    public static Requests at(String endpoint) {
        return all().set("endpoint", endpoint);
    }

    public Requests client(Application application) {
        return set("clientId", application.clientId());
    }

    public Requests status(int status) {
        return set("status", Integer.toString(status));
    }

    /** Those that came later than this one. */
    public Requests after(Recorded request) {
        return set("after", request.id());
    }

    private Requests set(String name, String value) {
        var more = new LinkedHashMap<>(query);
        more.put(name, value);
        return new Requests(more);
    }

    /** Of a call that is answered as soon as there is one, or when so much time is over. */
    String query(long waitMillis) {
        var all = new LinkedHashMap<>(query);
        if (waitMillis > 0) {
            all.put("waitMs", Long.toString(Math.min(waitMillis, 30_000)));
        }
        String words = all.entrySet().stream()
                .map(each -> each.getKey() + "=" + Calls.encoded(each.getValue()))
                .collect(Collectors.joining("&"));
        return words.isEmpty() ? "" : "?" + words;
    }

    @Override
    public String toString() {
        return query.toString();
    }
}
