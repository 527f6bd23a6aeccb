package grantor.junit;

import java.util.List;
import java.util.Map;

/** A {@code grantor dev}: a process of its own, or one that runs already. */
public final class Grantor implements AutoCloseable {
    private final Calls calls;
    private final Server server;

    private Grantor(Calls calls, Server server) {
        this.calls = calls;
        this.server = server;
    }

    /** The server of this run: started at its first use and ended with the run, or the one of {@code GRANTOR_URL}. */
    public static Grantor shared() {
        return Shared.SERVER;
    }

    /** Starts one at a free port. {@code words} are added to its command line ({@code "--seed", "shop.yaml"}). */
    public static Grantor start(String... words) {
        Server server = Server.start(List.of(words));
        Map<String, String> says = server.environment();
        try {
            return new Grantor(new Calls(says.get("authPath"), says.get("GRANTOR_CONTROL_KEY"), says.get("GRANTOR_CA")), server);
        } catch (RuntimeException error) {
            server.end();
            throw error;
        }
    }

    /** One that runs already. The control key is null on loopback, the file of whom to trust unless it speaks https. */
    public static Grantor at(String url, String controlKey, String authority) {
        return new Grantor(new Calls(url, controlKey, authority), null);
    }

    public String url() {
        return calls.url();
    }

    /** What the env file of a started process says; empty of one that ran already. */
    public Map<String, String> environment() {
        return server == null ? Map.of() : server.environment();
    }

    /** Makes an environment with an application and a user. */
    public World world() {
        return world(new WorldOptions());
    }

    public World world(WorldOptions wanted) {
        return new World(calls, calls.call("POST", "/worlds", wanted.members()));
    }

    /** The controls of an environment that is there. */
    public World open(String id) {
        return new World(calls, calls.call("GET", "/worlds/" + Calls.encoded(id), null));
    }

    /** The ids of all environments with their names. */
    public Map<String, String> worlds() {
        var names = new java.util.LinkedHashMap<String, String>();
        calls.call("GET", "/worlds", null).all("worlds").forEach(each -> names.put(each.text("id"), each.text("name")));
        return names;
    }

    /** What happens in all worlds from now on. */
    public Events events() {
        return new Events(calls.open("/events"));
    }

    /** Ends the process, where it was started here. */
    @Override
    public void close() {
        if (server != null) {
            server.end();
        }
    }

    private static final class Shared {
        private static final Grantor SERVER = made();

        private static Grantor made() {
            String url = System.getenv("GRANTOR_URL");
            return url == null ? start() : at(url, System.getenv("GRANTOR_CONTROL_KEY"), System.getenv("GRANTOR_CA"));
        }
    }
}
