import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import okhttp3.FormBody;
import okhttp3.OkHttpClient;
import okhttp3.Request;
import okhttp3.Response;

/**
 * The code exchange with OkHttp.
 *
 * <p>Reads authPath, envID, sharedWebAppID, sharedWebAppSecret and postAuthCode. Run from its source file, with the
 * library of pom.xml on the class path.
 */
public final class Exchange {
    public static void main(String[] arguments) throws Exception {
        FormBody form = new FormBody.Builder()
                .add("grant_type", "authorization_code")
                .add("code", System.getenv("postAuthCode"))
                .add("redirect_uri", "http://localhost:3000/callback")
                .add("client_id", System.getenv("sharedWebAppID"))
                .add("client_secret", System.getenv("sharedWebAppSecret"))
                .build();
        String url = System.getenv("authPath") + "/" + System.getenv("envID") + "/as/token";
        OkHttpClient client = new OkHttpClient();
        try (Response response = client.newCall(new Request.Builder().url(url).post(form).build()).execute()) {
            String body = response.body().string();
            expect(response.code() == 200, response.code() + ": " + body);
            expect(member(body, "token_type").equals("\"Bearer\""), body);
            expect(member(body, "expires_in").equals("3600"), body);
            expect(member(body, "scope").equals("\"openid\""), body);
            expect(header(member(body, "access_token")).contains("\"RS256\""), "the access token is not RS256");
            expect(header(member(body, "id_token")).contains("\"RS256\""), "the ID token is not RS256");
        }
        System.out.println("ok Java OkHttp");
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
