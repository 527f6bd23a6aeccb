package grantor.junit;

import java.time.Instant;
import java.util.List;
import java.util.Map;

/**
 * A request that a world was asked, and its answer. Secrets, codes and tokens are {@link World#hashed hashes} of them.
 *
 * @param status null where the connection was dropped
 * @param reason null where it was not refused
 * @param gave the hashes of the codes and tokens that the answer hands out
 * @param forced the id of the choice by which it was answered; null where none was
 * @param from the id of the request that gave what this one shows; null where it shows nothing of that kind
 */
public record Recorded(
        String id,
        Instant at,
        String correlationId,
        String endpoint,
        String method,
        String path,
        Map<String, Object> query,
        Map<String, Object> headers,
        Map<String, Object> form,
        Integer status,
        String reason,
        String clientId,
        String userId,
        List<String> gave,
        String from,
        String forced,
        Map<String, Object> answer) {
    static Recorded of(Members told) {
        return new Recorded(
                told.text("id"),
                Instant.parse(told.text("at")),
                told.text("correlationId"),
                told.text("endpoint"),
                told.text("method"),
                told.text("path"),
                told.map("query"),
                told.map("headers"),
                told.map("form"),
                told.number("status"),
                told.text("reason"),
                told.text("clientId"),
                told.text("userId"),
                told.texts("gave"),
                told.text("from"),
                told.text("forced"),
                told.map("answer"));
    }
}
