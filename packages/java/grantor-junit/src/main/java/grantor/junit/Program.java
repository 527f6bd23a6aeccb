package grantor.junit;

import java.io.File;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Locale;

/** Where the program is: named, in the jar of this platform, or on the search path. */
final class Program {
    private Program() {}

    static Path path() {
        String named = System.getProperty("grantor.binary", System.getenv("GRANTOR_BINARY"));
        if (named != null && !named.isEmpty()) {
            Path file = Path.of(named);
            if (!Files.isRegularFile(file)) {
                throw new IllegalStateException("there is no program " + file);
            }
            return file;
        }
        String platform = platform();
        try {
            Path unpacked = unpacked("/grantor/" + platform + "/grantor");
            if (unpacked != null) {
                return unpacked;
            }
        } catch (IOException error) {
            throw new UncheckedIOException(error);
        }
        for (String folder : System.getenv().getOrDefault("PATH", "").split(File.pathSeparator)) {
            Path candidate = Path.of(folder, "grantor");
            if (Files.isExecutable(candidate) && Files.isRegularFile(candidate)) {
                return candidate;
            }
        }
        throw new IllegalStateException("the artifact grantor-" + platform + " is not on the class path: add it, or name a program in "
                + "GRANTOR_BINARY");
    }

    private static String platform() {
        String system = System.getProperty("os.name").toLowerCase(Locale.ROOT);
        String name = system.startsWith("mac") ? "darwin" : system.startsWith("windows") ? "windows" : "linux";
        String processor = System.getProperty("os.arch");
        return name + "-" + switch (processor) {
            case "amd64", "x86_64" -> "x64";
            case "aarch64" -> "arm64";
            default -> processor;
        };
    }

    /** The program of a jar, as a file of the user's own cache that bears its hash; null where there is no such jar. */
    private static Path unpacked(String resource) throws IOException {
        String hash;
        try (InputStream text = Program.class.getResourceAsStream(resource + ".sha256")) {
            if (text == null) {
                return null;
            }
            hash = new String(text.readAllBytes(), StandardCharsets.US_ASCII).strip();
        }
        Path folder = cache().resolve(hash);
        Path file = folder.resolve("grantor");
        if (Files.isExecutable(file)) {
            return file;
        }
        Files.createDirectories(folder);
        // Other processes may do the same at this moment: whoever is last replaces what is the same.
        Path part = Files.createTempFile(folder, "grantor", ".part");
        try (InputStream octets = Program.class.getResourceAsStream(resource)) {
            if (octets == null) {
                throw new IOException("the jar has no " + resource);
            }
            Files.copy(octets, part, StandardCopyOption.REPLACE_EXISTING);
            Files.setPosixFilePermissions(part, PosixFilePermissions.fromString("rwx------"));
            Files.move(part, file, StandardCopyOption.ATOMIC_MOVE);
        } finally {
            Files.deleteIfExists(part);
        }
        return file;
    }

    private static Path cache() {
        String set = System.getenv("XDG_CACHE_HOME");
        Path base = set != null && set.startsWith("/") ? Path.of(set) : Path.of(System.getProperty("user.home"), ".cache");
        return base.resolve("grantor");
    }
}
