package site;

import org.springframework.boot.SpringApplication;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.context.annotation.Import;

/**
 * A Spring Boot application with two providers: people sign on by either, and its API takes the tokens of either.
 *
 * <p>Its settings come from the environment (SPRING_APPLICATION_JSON); ../sites/spring.py starts and visits it.
 */
@EnableAutoConfiguration
@Import({Assertions.class, Security.class, Pages.class})
public class Site {
    public static void main(String[] arguments) {
        SpringApplication.run(Site.class, arguments);
    }
}
