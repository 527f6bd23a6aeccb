import grantor.junit.Mint;
import grantor.testcontainers.GrantorContainer;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.testcontainers.utility.MountableFile;

/** What the module asks an engine for, against the stand-in of engine.py, which says what that does not show. */
public final class ContainerTest {
    public static void main(String[] words) throws Exception {
        theIssuerIsWhereTheTestReachesIt();
        aPublicUrlIsTheIssuersAndTheControlsAreAtTheMappedPort();
        System.out.println("2 tests");
    }

    private static void theIssuerIsWhereTheTestReachesIt() throws Exception {
        Path seed = Files.writeString(Files.createTempDirectory("seed").resolve("shop.json"), "{\"name\": \"Shop\"}");
        try (var container = new GrantorContainer("grantor:test").withSeed(MountableFile.forHostPath(seed)).withWords("--host", "grantor.test")) {
            container.start();
            var command = List.of(container.getCommandParts());
            expect(command.subList(0, 4).equals(List.of("dev", "--listen", "0.0.0.0:8085", "--allow-remote")), command);
            expect(container.getDockerImageName().equals("grantor:test"), container.getDockerImageName());
            expect(container.publicUrl().endsWith(":" + container.getMappedPort(8085)), container.publicUrl());
            var world = container.grantor().world();
            expect(world.issuer().startsWith(container.publicUrl() + "/"), world.issuer());
            expect(status(world.issuer() + "/jwks") == 200, world.issuer());
            expect(!world.mint(Mint.access()).token().isEmpty(), world);
            expect(container.grantor().worlds().containsValue("Shop"), container.grantor().worlds());
            expect(container.environment().get("username").equals("jane.doe"), "the environment");
            expect(status(container.publicUrl() + "/dev/v1/worlds") == 401, "the controls ask for the key");
        }
    }

    private static void aPublicUrlIsTheIssuersAndTheControlsAreAtTheMappedPort() throws Exception {
        try (var container = new GrantorContainer("grantor:test").withPublicUrl("http://grantor:8085")) {
            container.start();
            var world = container.grantor().world();
            expect(world.issuer().startsWith("http://grantor:8085/"), world.issuer());
            expect(container.getExposedPorts().equals(List.of(8085)), container.getExposedPorts());
        }
    }

    private static int status(String url) throws Exception {
        var request = HttpRequest.newBuilder(URI.create(url)).build();
        return HttpClient.newHttpClient().send(request, HttpResponse.BodyHandlers.discarding()).statusCode();
    }

    private static void expect(boolean holds, Object otherwise) {
        if (!holds) {
            throw new AssertionError(otherwise);
        }
    }
}
