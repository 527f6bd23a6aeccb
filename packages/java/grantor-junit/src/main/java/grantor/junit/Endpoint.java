package grantor.junit;

import java.util.Locale;

/** What of a world can be told what to answer next. */
public enum Endpoint {
    AUTHORIZE,
    TOKEN,
    USERINFO,
    INTROSPECT,
    REVOKE,
    JWKS,
    DISCOVERY,
    PAR,
    MANAGEMENT;

    @Override
    public String toString() {
        return name().toLowerCase(Locale.ROOT);
    }
}
