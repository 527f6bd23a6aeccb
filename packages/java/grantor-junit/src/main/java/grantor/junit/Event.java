package grantor.junit;

import java.util.Map;

/**
 * What happened: {@code request}, {@code refusal}, {@code message}, {@code clock} or {@code lost}.
 *
 * @param world the id of the world; null of {@code lost}
 * @param told all members of it
 */
public record Event(String kind, String world, Map<String, Object> told) {}
