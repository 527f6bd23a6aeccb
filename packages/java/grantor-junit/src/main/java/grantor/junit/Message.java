package grantor.junit;

import java.time.Instant;
import java.util.List;

/** A message to a person. Subject, HTML and code are null where it has none. */
public record Message(
        String id, Instant at, String kind, String to, String subject, String text, String html, String code, List<String> links) {
    static Message of(Members told) {
        return new Message(
                told.text("id"),
                Instant.parse(told.text("at")),
                told.text("kind"),
                told.text("to"),
                told.text("subject"),
                told.text("text"),
                told.text("html"),
                told.text("code"),
                told.texts("links"));
    }
}
