package grantor.junit;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;

/**
 * What happens, as it happens (server-sent events, WHATWG HTML 9.2). Reading waits for the next; the server says something every 15
 * seconds, if only that nothing happened.
 */
public final class Events implements AutoCloseable {
    private final BufferedReader lines;

    Events(InputStream stream) {
        lines = new BufferedReader(new InputStreamReader(stream, StandardCharsets.UTF_8));
    }

    /** The next one; null where the server ended. */
    public Event next() {
        try {
            String kind = "";
            for (String line = lines.readLine(); line != null; line = lines.readLine()) {
                if (line.startsWith("event:")) {
                    kind = line.substring("event:".length()).strip();
                } else if (line.startsWith("data:")) {
                    // The server writes one line of data for an event.
                    Members told = Members.of(Json.read(line.substring("data:".length())));
                    return new Event(kind, told.text("world"), told.all());
                }
            }
            return null;
        } catch (IOException error) {
            throw new UncheckedIOException(error);
        }
    }

    @Override
    public void close() {
        try {
            lines.close();
        } catch (IOException error) {
            throw new UncheckedIOException(error);
        }
    }
}
