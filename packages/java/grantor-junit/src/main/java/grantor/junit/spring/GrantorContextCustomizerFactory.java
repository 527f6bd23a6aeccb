package grantor.junit.spring;

import grantor.junit.ClassWorlds;
import java.util.List;
import java.util.Map;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.core.env.MapPropertySource;
import org.springframework.test.context.ContextConfigurationAttributes;
import org.springframework.test.context.ContextCustomizer;
import org.springframework.test.context.ContextCustomizerFactory;
import org.springframework.test.context.MergedContextConfiguration;

/** Tells the context of a test class the issuer of its world. Spring finds it by {@code META-INF/spring.factories}. */
public final class GrantorContextCustomizerFactory implements ContextCustomizerFactory {
    @Override
    public ContextCustomizer createContextCustomizer(Class<?> test, List<ContextConfigurationAttributes> configuration) {
        if (!ClassWorlds.shared(test)) {
            return null;
        }
        String registration = ClassWorlds.annotation(test).registration();
        return new Customizer(ClassWorlds.of(test).springProperties(registration));
    }

    /** Equal for equal properties: a context is shared by those who share a world, and by nobody else. */
    private record Customizer(Map<String, String> properties) implements ContextCustomizer {
        @Override
        public void customizeContext(ConfigurableApplicationContext context, MergedContextConfiguration configuration) {
            var source = new MapPropertySource("grantor", Map.<String, Object>copyOf(properties));
            context.getEnvironment().getPropertySources().addFirst(source);
        }
    }
}
