package grantor.junit;

import org.junit.jupiter.api.extension.AfterAllCallback;
import org.junit.jupiter.api.extension.AfterEachCallback;
import org.junit.jupiter.api.extension.BeforeEachCallback;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.jupiter.api.extension.ParameterContext;
import org.junit.jupiter.api.extension.ParameterResolutionException;
import org.junit.jupiter.api.extension.ParameterResolver;

/** Gives tests their server and their world. */
final class GrantorExtension implements ParameterResolver, BeforeEachCallback, AfterEachCallback, AfterAllCallback {
    private static final ExtensionContext.Namespace NAMESPACE = ExtensionContext.Namespace.create(GrantorExtension.class);

    @Override
    public boolean supportsParameter(ParameterContext parameter, ExtensionContext context) {
        Class<?> type = parameter.getParameter().getType();
        return type == World.class || type == Grantor.class || type == WorldClock.class;
    }

    @Override
    public Object resolveParameter(ParameterContext parameter, ExtensionContext context) {
        Class<?> type = parameter.getParameter().getType();
        if (type == Grantor.class) {
            return Grantor.shared();
        }
        World world = world(context);
        return type == World.class ? world : world.clock();
    }

    /** A world of the class is as it was made. */
    @Override
    public void beforeEach(ExtensionContext context) {
        Class<?> test = context.getRequiredTestClass();
        if (ClassWorlds.shared(test)) {
            ClassWorlds.of(test).reset();
        }
    }

    @Override
    public void afterEach(ExtensionContext context) {
        World own = context.getStore(NAMESPACE).remove(World.class, World.class);
        if (own != null) {
            own.close();
        }
    }

    /** Also called for nested classes, of which most share what is outside of them. */
    @Override
    public void afterAll(ExtensionContext context) {
        ClassWorlds.end(context.getRequiredTestClass());
    }

    private static World world(ExtensionContext context) {
        Class<?> test = context.getRequiredTestClass();
        if (ClassWorlds.shared(test)) {
            return ClassWorlds.of(test);
        }
        if (context.getTestMethod().isEmpty()) {
            throw new ParameterResolutionException("each test has a world of its own: take it as a parameter of the test, of @BeforeEach "
                    + "or of @AfterEach, or say @GrantorTest(world = Scope.CLASS)");
        }
        var store = context.getStore(NAMESPACE);
        World own = store.get(World.class, World.class);
        if (own == null) {
            own = ClassWorlds.made(ClassWorlds.annotation(test));
            store.put(World.class, own);
        }
        return own;
    }
}
