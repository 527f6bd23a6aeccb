package grantor.junit;

import java.io.File;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/** The process: started at a free port, known by its env file, ended with this one. */
final class Server {
    private static final long START_MILLIS = 30_000;

    private final Path folder;
    private final Process process;
    private final Map<String, String> environment;
    private final Thread hook = new Thread(this::stop, "grantor-end");

    private Server(Path folder, Process process, Map<String, String> environment) {
        this.folder = folder;
        this.process = process;
        this.environment = environment;
        Runtime.getRuntime().addShutdownHook(hook);
    }

    static Server start(List<String> words) {
        try {
            Path program = Program.path();
            Path folder = Files.createTempDirectory("grantor-");
            try {
                return started(program, folder, words);
            } catch (IOException | RuntimeException error) {
                delete(folder);
                throw error;
            }
        } catch (IOException error) {
            throw new UncheckedIOException(error);
        }
    }

    private static Server started(Path program, Path folder, List<String> words) throws IOException {
        File log = folder.resolve("log").toFile();
        Path file = folder.resolve("env");
        var command = new ArrayList<>(List.of(program.toString(), "dev", "--port", "0", "--env-file", file.toString()));
        // Its standard input is a pipe of this process: that ends with it, however it ends.
        command.add("--until-stdin-ends");
        command.addAll(words);
        Process process = new ProcessBuilder(command).redirectErrorStream(true).redirectOutput(log).start();
        try {
            return new Server(folder, process, written(file, process, log.toPath()));
        } catch (IOException | RuntimeException error) {
            process.destroyForcibly();
            throw error;
        }
    }

    Map<String, String> environment() {
        return environment;
    }

    /** May be called again. */
    void end() {
        try {
            Runtime.getRuntime().removeShutdownHook(hook);
        } catch (IllegalStateException ending) {
            return;
        }
        stop();
    }

    private void stop() {
        process.destroy();
        try {
            if (!process.waitFor(5, TimeUnit.SECONDS)) {
                process.destroyForcibly();
            }
        } catch (InterruptedException interrupted) {
            process.destroyForcibly();
            Thread.currentThread().interrupt();
        }
        delete(folder);
    }

    /** The variables, once all of them are written: the port is bound by then. */
    private static Map<String, String> written(Path file, Process process, Path log) throws IOException {
        long deadline = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(START_MILLIS);
        while (true) {
            String text = read(file);
            if (text.endsWith("\n") && text.contains("\nmsIssuer=")) {
                return variables(text);
            }
            if (!process.isAlive() || System.nanoTime() > deadline) {
                String what = process.isAlive() ? "was not ready in " + START_MILLIS + " ms" : "did not start";
                String said = read(log).strip();
                throw new IllegalStateException("grantor dev " + what + ": " + (said.isEmpty() ? "it said nothing" : said));
            }
            try {
                Thread.sleep(2);
            } catch (InterruptedException interrupted) {
                Thread.currentThread().interrupt();
                throw new IllegalStateException("interrupted while grantor dev starts", interrupted);
            }
        }
    }

    private static String read(Path file) throws IOException {
        try {
            return Files.readString(file);
        } catch (NoSuchFileException absent) {
            return "";
        }
    }

    private static Map<String, String> variables(String text) {
        var variables = new LinkedHashMap<String, String>();
        text.lines().filter(line -> line.indexOf('=') > 0).forEach(line -> {
            int at = line.indexOf('=');
            variables.put(line.substring(0, at), line.substring(at + 1));
        });
        return Map.copyOf(variables);
    }

    private static void delete(Path folder) {
        try (var files = Files.walk(folder)) {
            files.sorted(Comparator.reverseOrder()).map(Path::toFile).forEach(File::delete);
        } catch (IOException | UncheckedIOException left) {
            // A folder below the system's temporary one; nothing depends on it.
        }
    }
}
