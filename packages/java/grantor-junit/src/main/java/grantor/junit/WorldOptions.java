package grantor.junit;

import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.Map;

/** What a world is made with. */
public final class WorldOptions {
    private final Map<String, Object> members = new LinkedHashMap<>();
    private final Map<String, Object> clock = new LinkedHashMap<>();

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
        return clock("now", now);
    }

    /** Whether its clock stands. */
    public WorldOptions frozen(boolean frozen) {
        return clock("frozen", frozen);
    }

    /** Seconds of its clock in one of the machine's. */
    public WorldOptions rate(double rate) {
        return clock("rate", rate);
    }

    private WorldOptions clock(String member, Object value) {
        clock.put(member, value);
        members.put("clock", clock);
        return this;
    }

    Map<String, Object> members() {
        return members;
    }
}
