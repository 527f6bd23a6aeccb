package grantor.junit;

/** The one thing that is wrong in a token. */
public enum Wrong {
    EXPIRED("expired"),
    NOT_YET_VALID("notYetValid"),
    ISSUER("issuer"),
    AUDIENCE("audience"),
    SIGNATURE("signature"),
    ALG_NONE("algNone"),
    UNKNOWN_KID("unknownKid"),
    TYP("typ");

    private final String word;

    Wrong(String word) {
        this.word = word;
    }

    @Override
    public String toString() {
        return word;
    }
}
