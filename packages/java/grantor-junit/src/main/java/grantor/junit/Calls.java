package grantor.junit;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.HttpURLConnection;
import java.net.Proxy;
import java.net.URI;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.cert.CertificateFactory;
import java.util.Map;
import javax.net.ssl.HttpsURLConnection;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLSocketFactory;
import javax.net.ssl.TrustManagerFactory;

/** Calls below {@code /dev/v1} of one server: JSON in and out, and never by a proxy. */
final class Calls {
    // More than the longest that a control waits.
    private static final int READ_MILLIS = 60_000;
    private static final int CONNECT_MILLIS = 10_000;

    private final URI url;
    private final String controlKey;
    private final SSLSocketFactory sockets;

    Calls(String url, String controlKey, String authority) {
        URI named = URI.create(url);
        if (!"http".equals(named.getScheme()) && !"https".equals(named.getScheme()) || named.getHost() == null) {
            throw new IllegalArgumentException(url + " is no address of a server such as http://localhost:8085");
        }
        this.url = named.resolve("/");
        this.controlKey = controlKey;
        this.sockets = authority == null ? null : trusting(Path.of(authority));
    }

    /** Without the slash at its end. */
    String url() {
        String text = url.toString();
        return text.substring(0, text.length() - 1);
    }

    static String encoded(String text) {
        return URLEncoder.encode(text, StandardCharsets.UTF_8);
    }

    /** With the body as JSON where there is one. */
    Members call(String method, String path, Map<String, ?> body) {
        try {
            HttpURLConnection connection = connection(method, path);
            if (body != null) {
                byte[] octets = Json.written(body).getBytes(StandardCharsets.UTF_8);
                connection.setRequestProperty("Content-Type", "application/json");
                connection.setDoOutput(true);
                connection.setFixedLengthStreamingMode(octets.length);
                connection.getOutputStream().write(octets);
            }
            return answered(connection, method);
        } catch (IOException error) {
            throw unanswered(method, path, error);
        }
    }

    private UncheckedIOException unanswered(String method, String path, IOException error) {
        return new UncheckedIOException(url() + " does not answer: " + method + " /dev/v1" + path + ": " + error.getMessage(), error);
    }

    /** An answer that has no end, once it begins. */
    InputStream open(String path) {
        try {
            HttpURLConnection connection = connection("GET", path);
            if (connection.getResponseCode() != 200) {
                answered(connection, "GET");
            }
            return connection.getInputStream();
        } catch (IOException error) {
            throw unanswered("GET", path, error);
        }
    }

    private HttpURLConnection connection(String method, String path) throws IOException {
        var connection = (HttpURLConnection) url.resolve("/dev/v1" + path).toURL().openConnection(Proxy.NO_PROXY);
        if (sockets != null && connection instanceof HttpsURLConnection secure) {
            secure.setSSLSocketFactory(sockets);
        }
        connection.setRequestMethod(method);
        connection.setConnectTimeout(CONNECT_MILLIS);
        connection.setReadTimeout(READ_MILLIS);
        if (controlKey != null) {
            connection.setRequestProperty("Authorization", "Bearer " + controlKey);
        }
        return connection;
    }

    private static Members answered(HttpURLConnection connection, String method) throws IOException {
        int status = connection.getResponseCode();
        Object read = null;
        boolean refused = status >= 400;
        try (InputStream octets = status < 400 ? connection.getInputStream() : connection.getErrorStream()) {
            String text = octets == null ? "" : new String(octets.readAllBytes(), StandardCharsets.UTF_8);
            read = text.isEmpty() ? null : Json.read(text);
        } catch (IllegalArgumentException noJson) {
            refused = true;
        }
        Members members = Members.of(read);
        if (refused) {
            String told = members.text("message");
            String message = told == null ? method + " " + connection.getURL() + " answered " + status + ": is it a grantor dev?" : told;
            throw new GrantorException(status, message, members.text("at"));
        }
        return members;
    }

    private static SSLSocketFactory trusting(Path authority) {
        try (InputStream octets = Files.newInputStream(authority)) {
            KeyStore store = KeyStore.getInstance(KeyStore.getDefaultType());
            store.load(null, null);
            int count = 0;
            for (var each : CertificateFactory.getInstance("X.509").generateCertificates(octets)) {
                store.setCertificateEntry("authority-" + count++, each);
            }
            var trust = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
            trust.init(store);
            SSLContext context = SSLContext.getInstance("TLS");
            context.init(null, trust.getTrustManagers(), null);
            return context.getSocketFactory();
        } catch (GeneralSecurityException error) {
            throw new IllegalArgumentException(authority + " is no file of certificates", error);
        } catch (IOException error) {
            throw new UncheckedIOException(error);
        }
    }
}
