package grantor.junit;

import grantor.junit.GrantorTest.Scope;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.Arrays;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.platform.commons.support.AnnotationSupport;

/** The worlds that all tests of a class share. They belong to no test engine: Spring asks for them before the first test. */
public final class ClassWorlds {
    private static final Map<Class<?>, World> WORLDS = new ConcurrentHashMap<>();
    private static final String SPRING = "org.springframework.test.context.junit.jupiter.SpringExtension";

    private ClassWorlds() {}

    /** The annotation of a class, or of one that it lies in; null where there is none. */
    public static GrantorTest annotation(Class<?> test) {
        Class<?> annotated = annotated(test);
        return annotated == null ? null : AnnotationSupport.findAnnotation(annotated, GrantorTest.class).orElse(null);
    }

    /** The class itself, or one that it lies in. */
    private static Class<?> annotated(Class<?> test) {
        Class<?> at = test;
        while (at != null && !AnnotationSupport.isAnnotated(at, GrantorTest.class)) {
            at = at.getEnclosingClass();
        }
        return at;
    }

    /** Whether the tests of a class share a world. */
    public static boolean shared(Class<?> test) {
        GrantorTest annotation = annotation(test);
        if (annotation == null || annotation.world() == Scope.TEST) {
            return false;
        }
        return annotation.world() == Scope.CLASS || hasSpring(test);
    }

    /** The world of a class, made when it is first asked for. */
    public static World of(Class<?> test) {
        return WORLDS.computeIfAbsent(annotated(test), key -> made(annotation(test)));
    }

    /** When the tests of the annotated class have run: others may lie in it. */
    static void end(Class<?> test) {
        World world = WORLDS.remove(test);
        if (world != null) {
            world.close();
        }
    }

    static World made(GrantorTest annotation) {
        var wanted = new WorldOptions();
        if (!annotation.seed().isBlank()) {
            wanted.seed(text(annotation.seed().strip()));
        }
        if (!annotation.clock().isEmpty()) {
            wanted.clock(Instant.parse(annotation.clock()));
        }
        return Grantor.shared().world(wanted);
    }

    private static String text(String seed) {
        if (seed.startsWith("{")) {
            return seed;
        }
        ClassLoader loader = Thread.currentThread().getContextClassLoader();
        try (InputStream resource = loader.getResourceAsStream(seed)) {
            if (resource == null) {
                throw new IllegalArgumentException("the class path has no seed " + seed);
            }
            return new String(resource.readAllBytes(), StandardCharsets.UTF_8);
        } catch (IOException error) {
            throw new UncheckedIOException(error);
        }
    }

    private static boolean hasSpring(Class<?> test) {
        for (Class<?> at = test; at != null; at = at.getEnclosingClass()) {
            var extensions = AnnotationSupport.findRepeatableAnnotations(at, ExtendWith.class);
            if (extensions.stream().flatMap(each -> Arrays.stream(each.value())).anyMatch(each -> each.getName().equals(SPRING))) {
                return true;
            }
        }
        return false;
    }
}
