import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import okhttp3.Credentials;
import okhttp3.FormBody;
import okhttp3.OkHttpClient;
import okhttp3.Request;
import okhttp3.Response;

/**
 * The code exchange with OkHttp, by the method in authMethod (client_secret_post when it is not set).
 *
 * <p>Reads authPath, envID, sharedWebAppID, postAuthCode, and what the method needs (see ../exchanges.py). Run from its source file, with
 * the libraries of pom.xml on the class path.
 */
public final class Exchange {
    public static void main(String[] arguments) throws Exception {
        String method = System.getenv().getOrDefault("authMethod", "client_secret_post");
        FormBody.Builder form = new FormBody.Builder()
                .add("grant_type", "authorization_code")
                .add("code", System.getenv("postAuthCode"))
                .add("redirect_uri", "http://localhost:3000/callback");
        String url = System.getenv("authPath") + "/" + System.getenv("envID") + "/as/token";
        Request.Builder request = new Request.Builder().url(url);
        String application = System.getenv("sharedWebAppID");
        switch (method) {
            case "client_secret_basic" ->
                request.header("Authorization", Credentials.basic(application, System.getenv("sharedWebAppSecret")));
            case "client_secret_post" -> form.add("client_id", application).add("client_secret", System.getenv("sharedWebAppSecret"));
            case "none" -> form.add("client_id", application).add("code_verifier", System.getenv("codeVerifier"));
            default -> form.add("client_assertion_type", "urn:ietf:params:oauth:client-assertion-type:jwt-bearer")
                    .add("client_assertion", System.getenv("clientAssertion"));
        }
        OkHttpClient client = new OkHttpClient();
        try (Response response = client.newCall(request.post(form.build()).build()).execute()) {
            String body = response.body().string();
            expect(response.code() == 200, response.code() + ": " + body);
            expect(member(body, "token_type").equals("\"Bearer\""), body);
            expect(member(body, "expires_in").equals("3600"), body);
            expect(member(body, "scope").equals("\"openid\""), body);
            expect(header(member(body, "access_token")).contains("\"RS256\""), "the access token is not RS256");
            expect(header(member(body, "id_token")).contains("\"RS256\""), "the ID token is not RS256");
        }
        System.out.println("ok Java OkHttp " + method);
        // OkHttp's idle threads would hold the process for a minute.
        System.exit(0);
    }

    /** One scalar member as written: enough for this flat answer, and no JSON library needed. */
    private static String member(String json, String name) {
        Matcher found = Pattern.compile("\"" + name + "\"\\s*:\\s*(\"[^\"]*\"|[^,}\\s]+)").matcher(json);
        expect(found.find(), "no " + name + " in " + json);
        return found.group(1);
    }

    private static String header(String quoted) {
        String first = quoted.substring(1).split("\\.")[0];
        return new String(Base64.getUrlDecoder().decode(first), StandardCharsets.UTF_8);
    }

    private static void expect(boolean holds, String sentence) {
        if (!holds) {
            System.err.println(sentence);
            System.exit(1);
        }
    }
}
