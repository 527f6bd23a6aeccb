package grantor.testcontainers;

import com.github.dockerjava.api.command.InspectContainerResponse;
import grantor.junit.Grantor;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.ServerSocket;
import java.net.URI;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.testcontainers.DockerClientFactory;
import org.testcontainers.containers.GenericContainer;
import org.testcontainers.containers.wait.strategy.Wait;
import org.testcontainers.utility.DockerImageName;
import org.testcontainers.utility.MountableFile;

/**
 * A {@code grantor dev} in a container. Its controls are those of {@link Grantor}.
 *
 * <p>The issuer of a world is part of every token, so the address has to be known before the server starts: unless a public URL is said, a port
 * that is free here is chosen, and the container's port is mapped to that one.
 */
public final class GrantorContainer extends GenericContainer<GrantorContainer> {
    private static final int PORT = 8085;
    private static final Pattern KEY = Pattern.compile("^ *GRANTOR_CONTROL_KEY +(\\S+)", Pattern.MULTILINE);
    private static final Pattern VALUE = Pattern.compile("^ {2}(\\w+) +(\\S+)$", Pattern.MULTILINE);

    private final List<String> words = new ArrayList<>();
    private String publicUrl;
    private boolean mapped;
    private Grantor grantor;
    private Map<String, String> environment = Map.of();
    private int seeds;

    /** The image that was loaded from the archive of {@code cargo xtask dist}, such as {@code grantor:0.1.0}: none is published. */
    public GrantorContainer(DockerImageName image) {
        super(image);
        waitingFor(Wait.forHttp("/readyz").forPort(PORT).forStatusCode(200));
    }

    public GrantorContainer(String image) {
        this(DockerImageName.parse(image));
    }

    /**
     * The origin of issuers and links, such as {@code http://grantor:8085} for containers of one network that call it by that alias. The
     * controls are reached by the mapped port all the same.
     */
    public GrantorContainer withPublicUrl(String origin) {
        publicUrl = origin;
        return this;
    }

    /** A world that is there from the start. */
    public GrantorContainer withSeed(MountableFile file) {
        String path = file.getResolvedPath();
        String place = "/seeds/" + seeds++ + path.substring(Math.max(path.lastIndexOf('.'), path.lastIndexOf('/') + 1));
        words.addAll(List.of("--seed", place));
        return withCopyFileToContainer(file, place);
    }

    /** More words for {@code grantor dev}. */
    public GrantorContainer withWords(String... more) {
        words.addAll(List.of(more));
        return this;
    }

    @Override
    protected void configure() {
        if (publicUrl == null) {
            int port = free();
            publicUrl = "http://" + DockerClientFactory.instance().dockerHostIpAddress() + ":" + port;
            addFixedExposedPort(port, PORT);
        } else if (!mapped && getExposedPorts().isEmpty() && getPortBindings().isEmpty()) {
            addExposedPort(PORT);
        }
        mapped = true;
        var command = new ArrayList<>(List.of("dev", "--listen", "0.0.0.0:" + PORT, "--allow-remote", "--public-url", publicUrl));
        // Requests to the mapped port name this host; addresses are answered for in any case.
        command.addAll(List.of("--host", URI.create("http://" + DockerClientFactory.instance().dockerHostIpAddress()).getHost()));
        command.addAll(words);
        withCommand(command.toArray(String[]::new));
    }

    @Override
    protected void containerIsStarted(InspectContainerResponse info) {
        Matcher key = KEY.matcher(getLogs());
        if (!key.find()) {
            throw new IllegalStateException("grantor dev told no control key: is " + getDockerImageName() + " its image?");
        }
        Function<Matcher, Map<String, String>> told =
                found -> found.results().collect(Collectors.toMap(one -> one.group(1), one -> one.group(2), (first, second) -> first));
        environment = told.apply(VALUE.matcher(getLogs()));
        grantor = Grantor.at("http://" + getHost() + ":" + getMappedPort(PORT), key.group(1), null);
    }

    /** The server, once it is started: worlds, and with them clocks, tokens and answers. */
    public Grantor grantor() {
        if (grantor == null) {
            throw new IllegalStateException("the container is not started");
        }
        return grantor;
    }

    /** The origin of its issuers and links. */
    public String publicUrl() {
        return publicUrl;
    }

    /** The documented ids and secrets of the environments that are always there, as {@code --env-file} has them. */
    public Map<String, String> environment() {
        return environment;
    }

    private static int free() {
        try (var socket = new ServerSocket(0)) {
            return socket.getLocalPort();
        } catch (IOException error) {
            throw new UncheckedIOException(error);
        }
    }
}
