package grantor.junit;

/** What can be ended before its time. */
public enum Living {
    CODES("codes"),
    ACCESS_TOKENS("accessTokens"),
    REFRESH_TOKENS("refreshTokens"),
    SESSIONS("sessions"),
    FLOWS("flows");

    private final String word;

    Living(String word) {
        this.word = word;
    }

    @Override
    public String toString() {
        return word;
    }
}
