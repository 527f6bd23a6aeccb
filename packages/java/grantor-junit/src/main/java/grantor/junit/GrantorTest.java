package grantor.junit;

import java.lang.annotation.Documented;
import java.lang.annotation.ElementType;
import java.lang.annotation.Inherited;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;
import org.junit.jupiter.api.extension.ExtendWith;

/**
 * Tests of this class may take a {@link Grantor} and a {@link World} as parameters.
 *
 * <p>One server is started for the whole run, at the first use. Where Spring builds a context for the class, it knows the issuer of the
 * world ({@link World#springProperties(String)}).
 */
@Documented
@Inherited
@Target(ElementType.TYPE)
@Retention(RetentionPolicy.RUNTIME)
@ExtendWith(GrantorExtension.class)
public @interface GrantorTest {
    /** Which tests share a world. */
    Scope world() default Scope.AUTOMATIC;

    /** What is in the world, as JSON: the text itself, or a resource of the class path. Without it an application and a user. */
    String seed() default "";

    /** What the clock of the world shows when it is made, as RFC 3339. Without it the time. */
    String clock() default "";

    /** The registration of Spring's client that is the world's first application. */
    String registration() default "";

    /** Which tests share a world. */
    enum Scope {
        /** {@link #CLASS} where Spring builds a context for the class, else {@link #TEST}. */
        AUTOMATIC,
        /** Each test has its own. Such tests may run at the same time. */
        TEST,
        /** One for all tests of a class, which is taken back to its making before each of them. */
        CLASS
    }
}
