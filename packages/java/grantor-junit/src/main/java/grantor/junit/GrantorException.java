package grantor.junit;

/** What the server refused: its sentence, the status, and the path of the member. */
public final class GrantorException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    private final int status;
    private final String at;

    GrantorException(int status, String message, String at) {
        super(at == null ? message : message + " (at " + at + ")");
        this.status = status;
        this.at = at;
    }

    public int status() {
        return status;
    }

    /** The path of the member that is wrong; null where it is none. */
    public String at() {
        return at;
    }
}
