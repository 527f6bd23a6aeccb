package api;

import org.springframework.boot.SpringApplication;
import org.springframework.boot.autoconfigure.SpringBootApplication;
import org.springframework.security.core.annotation.AuthenticationPrincipal;
import org.springframework.security.oauth2.jwt.Jwt;
import org.springframework.web.bind.annotation.*;

/** Answers whoever brings a token of its issuer. */
@SpringBootApplication
@RestController
public class Api {
    public static void main(String[] words) {
        SpringApplication.run(Api.class, words);
    }

    @GetMapping("/me")
    String me(@AuthenticationPrincipal Jwt token) {
        return token.getSubject();
    }
}
