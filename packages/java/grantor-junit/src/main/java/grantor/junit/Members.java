package grantor.junit;

import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Stream;

/** The members of a JSON object; what is absent, or of another kind, is null or empty. */
record Members(Map<String, Object> all) {
    @SuppressWarnings("unchecked")
    static Members of(Object json) {
        return new Members(json instanceof Map<?, ?> map ? (Map<String, Object>) map : Map.of());
    }

    String text(String name) {
        return all.get(name) instanceof String text ? text : null;
    }

    Integer number(String name) {
        return all.get(name) instanceof Number number ? Integer.valueOf(number.intValue()) : null;
    }

    double decimal(String name) {
        return all.get(name) instanceof Number number ? number.doubleValue() : 0;
    }

    boolean flag(String name) {
        return Boolean.TRUE.equals(all.get(name));
    }

    Map<String, Object> map(String name) {
        return of(all.get(name)).all();
    }

    List<Members> all(String name) {
        return stream(name).map(Members::of).toList();
    }

    List<String> texts(String name) {
        return stream(name).filter(Objects::nonNull).map(Object::toString).toList();
    }

    private Stream<?> stream(String name) {
        return all.get(name) instanceof List<?> list ? list.stream() : Stream.empty();
    }
}
