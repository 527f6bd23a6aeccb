package grantor.junit;

import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.Map;

/** What a world is made with. */
public final class WorldOptions {
    private final Map<String, Object> members = new LinkedHashMap<>();

    public WorldOptions name(String name) {
        members.put("name", name);
        return this;
    }

    /** What is in it, as JSON in the shapes of the management API. */
    public WorldOptions seed(String json) {
        members.put("seed", Json.read(json));
        return this;
    }

    /** What is in it, as maps and lists. */
    public WorldOptions seed(Map<String, ?> seed) {
        members.put("seed", seed);
        return this;
    }

    /** What its clock shows from its making on. */
    public WorldOptions clock(Instant now) {
        members.put("clock", Map.of("now", now));
        return this;
    }

    Map<String, Object> members() {
        return members;
    }
}
