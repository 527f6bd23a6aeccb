package grantor.junit;

import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.util.Map;

/**
 * The clock of a world. It is a {@link Clock}: give it to what checks tokens itself ({@code JwtTimestampValidator.setClock}), and that
 * goes by it as well. Every reading asks the server.
 */
public final class WorldClock extends Clock {
    private final World world;
    private final ZoneId zone;

    WorldClock(World world, ZoneId zone) {
        this.world = world;
        this.zone = zone;
    }

    WorldClock(World world) {
        this(world, ZoneOffset.UTC);
    }

    @Override
    public Instant instant() {
        return Instant.parse(world.call("GET", "/clock", null).text("now"));
    }

    @Override
    public ZoneId getZone() {
        return zone;
    }

    @Override
    public Clock withZone(ZoneId other) {
        return new WorldClock(world, other);
    }

    /** What it shows from here; gives that. */
    public Instant set(Instant now) {
        return turned("now", now);
    }

    /** So much further, or back; gives what it shows. */
    public Instant advance(Duration by) {
        return turned("advance", by.getNano() == 0 ? (Number) by.getSeconds() : by.toMillis() / 1_000.0);
    }

    /** It keeps what it shows. */
    public Instant freeze() {
        return turned("frozen", true);
    }

    public Instant unfreeze() {
        return turned("frozen", false);
    }

    /** Seconds in one of the machine's. */
    public Instant rate(double rate) {
        return turned("rate", rate);
    }

    public boolean frozen() {
        return world.call("GET", "/clock", null).flag("frozen");
    }

    private Instant turned(String member, Object value) {
        return Instant.parse(world.call("PUT", "/clock", Map.of(member, value)).text("now"));
    }
}
